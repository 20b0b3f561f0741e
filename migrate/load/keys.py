"""How each step is found again in the target: the one table of look-ups and keys.

TOPdesk has no idempotency key, so a request without an answer is settled by asking for what it
would have left behind.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from migrate.load.compare import TEXTS, canonical, differing, digests
from migrate.load.directory import by_number
from migrate.load.files import ours
from migrate.load.partials import number_of, partials
from migrate.load.policy import Kind
from migrate.load.rights import held
from migrate.load.target import TargetReader
from migrate.records import Found, Operation

PERSON_KEYS = ("employeeNumber", "networkLoginName", "email")


@dataclass(frozen=True, slots=True)
class Key:
    """How one (kind, step) is known again.

    `kind` is what its request does; `look_up` says in words where the key is looked for. `of` gives
    an operation's key, empty where it has none; `find` the records that carry it.
    """

    kind: Kind
    look_up: str
    of: Callable[[Operation], str]
    find: Callable[[TargetReader, Operation], list[Found]]

    @property
    def repeatable(self) -> bool:
        """The same request again would change nothing more."""
        return self.kind is Kind.UPDATE


def key_for(operation: Operation) -> Key:
    """The table's row for an operation; `history/2` is a `history` step. Raises KeyError for a step
    that the target does not have."""
    return KEYS[operation.key.kind, step_name(operation)]


def step_name(operation: Operation) -> str:
    return operation.key.step.partition("/")[0]


def key_of(operation: Operation) -> str:
    """The value by which the operation can be found again; empty: it must not be sent."""
    return key_for(operation).of(operation)


def look_for(reader: TargetReader, operation: Operation) -> list[Found]:
    """What the target holds that this operation would have left behind: none, one, or several.

    For a create it is the record, for a history part the entry of the trail, for an attachment the
    file, for a membership the operator, for an update the record itself where it shows every value
    that was sent. Raises LookupError where the operation has no key, and what the reader raises.
    """
    if not key_of(operation):
        raise LookupError(operation.key)
    key = key_for(operation)
    found = key.find(reader, operation)
    if key is _RESTORE:
        return found  # it is what was taken back
    return [each for each in found if each.id not in operation.gone or is_back(reader, each)]


def is_back(reader: TargetReader, found: Found) -> bool:
    """Whether a person brought back what an undo archived. A list may show late what was archived,
    so the record itself is asked."""
    now = None if found.archived else reader.get(found.kind, found.id)
    return now is not None and not now.archived


def shows(reader: TargetReader, operation: Operation, sent: Mapping[str, str]) -> list[Found]:
    """The record of a change of which only the digests are known still, where it shows them; of a
    text, the item in its language. Of an item that is not there, there is none."""
    step, _, language = operation.key.step.partition("/")
    if step in ("content", "translation", "links"):
        id = operation.parent_id
        found = reader.knowledge.item(id, language) if id else None
        sent = {name: digest for name, digest in sent.items() if name in TEXTS}
    else:
        found = reader.get(operation.key.kind, operation.parent_id)
    return [found] if found and not differing(sent, found.fields) else []


def _from_body(field: str) -> Callable[[Operation], str]:
    return lambda operation: str(operation.body.get(field) or "")


def _incident(reader: TargetReader, operation: Operation) -> list[Found]:
    return [found for found, _ in by_number(reader, [key_of(operation)])]


def _partial(reader: TargetReader, operation: Operation) -> list[Found]:
    number = number_of(operation.key.step)
    return partials(reader, [number], operation.parent_id)[number]


def _partial_updated(reader: TargetReader, operation: Operation) -> list[Found]:
    sent = digests(canonical(operation.body))
    return [each for each in _partial(reader, operation) if not differing(sent, each.fields)]


def _person_key(operation: Operation) -> str:
    return next((str(operation.body[f]) for f in PERSON_KEYS if operation.body.get(f)), "")


def _person(reader: TargetReader, operation: Operation) -> list[Found]:
    """By the first key that the body has: a person who was created carries it. A login name that is
    shown cut counts, if the surname agrees: planning asks a person about such names beforehand."""
    field = next(f for f in PERSON_KEYS if operation.body.get(f))
    wanted = str(operation.body[field])
    return [
        found
        for found in _current(reader.find("person", field, [wanted]))
        if found.fields.get(field) == wanted
        or found.fields.get("surName") == operation.body.get("surName")
    ]


def _named(kind: str, field: str) -> Callable[[TargetReader, Operation], list[Found]]:
    def find(reader: TargetReader, operation: Operation) -> list[Found]:
        return _current(reader.find(kind, field, [key_of(operation)]))

    return find


def _group(reader: TargetReader, operation: Operation) -> list[Found]:
    branch = operation.body["branch"]["id"]
    found = _current(reader.find("operator_group", "groupName", [key_of(operation)]))
    return [group for group in found if (group.fields.get("branch") or {}).get("id") == branch]


def _current(found: Iterable[Found]) -> list[Found]:
    """Without archived records: one that was just created is not archived."""
    return [record for record in found if not record.archived]


def _member(reader: TargetReader, operation: Operation) -> list[Found]:
    operator = key_of(operation)
    members = reader.members(str(operation.body["group"]))
    return [Found("membership", operator, "")] if operator in members else []


def _entry(reader: TargetReader, operation: Operation) -> list[Found]:
    marker = _folded(operation.marker)
    return [
        Found("trail_entry", entry.id, operation.marker)
        for entry in reader.trail(operation.parent_id)
        if marker in _folded(entry.text)
    ]


def _attached(reader: TargetReader, operation: Operation) -> list[Found]:
    there = reader.attachments(operation.parent_id)
    sent = digests(canonical(operation.body))
    mine = ours(reader, operation.parent_id, there, operation.marker, sent)
    return [Found("attachment", file.id, operation.marker) for file in mine]


def _spent(reader: TargetReader, operation: Operation) -> list[Found]:
    return [
        Found("time_spent", spent.id, operation.marker)
        for spent in reader.time_spent(operation.parent_id)
        if operation.marker in spent.notes
    ]


def _put_away(reader: TargetReader, operation: Operation) -> list[Found]:
    found = reader.get(operation.key.kind, operation.parent_id)
    return [found] if found is not None and found.archived else []


def _folded(text: str) -> str:
    return " ".join(html.unescape(text).split())


def _updated(reader: TargetReader, operation: Operation) -> list[Found]:
    found = reader.get(operation.key.kind, operation.parent_id)
    if found is None or differing(digests(canonical(operation.body)), found.fields):
        return []
    return [found]


def _parent(operation: Operation) -> str:
    return operation.parent_id


def _marker(operation: Operation) -> str:
    return operation.marker


def _number(operation: Operation) -> str:
    return number_of(operation.key.step)


def _brought_back(reader: TargetReader, operation: Operation) -> list[Found]:
    found = reader.get(operation.key.kind, operation.parent_id)
    return [found] if found is not None and not found.archived else []


_RESTORE = Key(Kind.UPDATE, "the record, not archived any more", _parent, _brought_back)
_UPDATE = Key(Kind.UPDATE, "the record, and the values that were sent", _parent, _updated)


def _external_id(operation: Operation) -> str:
    return str((operation.body.get("externalLink") or {}).get("id") or "")


def _linked(reader: TargetReader, operation: Operation) -> list[Found]:
    """By the external link: its id, and its type where the operation says one and the target shows
    it."""
    wanted = operation.body.get("externalLink") or {}
    found = reader.find(operation.key.kind, "externalLink.id", [_external_id(operation)])
    return [
        each
        for each in _current(found)
        if (each.fields.get("externalLink") or {}).get("type") in (None, wanted.get("type"))
        or wanted.get("type") is None
    ]


def _image(reader: TargetReader, operation: Operation) -> list[Found]:
    here = operation.marker in reader.knowledge.images(operation.parent_id)
    return [Found("image", operation.parent_id, operation.marker)] if here else []


def _article_file(reader: TargetReader, operation: Operation) -> list[Found]:
    return [
        Found("attachment", file.id, operation.marker)
        for file in reader.knowledge.files(operation.parent_id)
        if operation.marker in file.description
    ]


def _told(reader: TargetReader, operation: Operation) -> list[Found]:
    """The item, where it shows this text in this language, and leads where it shall."""
    body = operation.body
    id = operation.parent_id or str(body.get("item") or "")
    found = reader.knowledge.item(id, str(body.get("language") or ""))
    sent = {name: value for name, value in body.items() if name in TEXTS}
    if found is None or differing(digests(canonical(sent)), found.fields):
        return []
    there = html.unescape(str(found.fields.get("content") or ""))
    addresses = [str(value) for name, value in body.items() if "/" in name]
    return [found] if all(f'href="{address}"' in there for address in addresses) else []


def _item_or_parent(operation: Operation) -> str:
    return operation.parent_id or str(operation.body.get("item") or "")


_TOLD = Key(Kind.UPDATE, "the item, its text and its links", _item_or_parent, _told)
_LINKED = Key(
    Kind.CREATE, "items or folders by externalLink.id, in every language", _external_id, _linked
)

KEYS: dict[tuple[str, str], Key] = {
    ("branch", "create"): Key(
        Kind.CREATE, "branches by name", _from_body("name"), _named("branch", "name")
    ),
    ("department", "create"): Key(
        Kind.CREATE, "departments by name", _from_body("name"), _named("department", "name")
    ),
    ("person", "create"): Key(
        Kind.CREATE, "persons by employeeNumber, networkLoginName, email", _person_key, _person
    ),
    ("operator", "create"): Key(
        Kind.CREATE,
        "operators by loginName",
        _from_body("loginName"),
        _named("operator", "loginName"),
    ),
    ("operator", "right"): Key(
        Kind.UPDATE, "the operator's permission groups or filters", _marker, held
    ),
    ("operator_group", "create"): Key(
        Kind.CREATE,
        "operator groups by groupName within the branch",
        _from_body("groupName"),
        _group,
    ),
    ("operator_group", "tasks"): _UPDATE,
    **dict.fromkeys(
        ((kind, "update") for kind in ("person", "operator", "operator_group")), _UPDATE
    ),
    **dict.fromkeys(
        (
            (kind, "restore")
            for kind in ("branch", "department", "person", "operator", "operator_group")
        ),
        _RESTORE,
    ),
    ("membership", "add"): Key(
        Kind.UPDATE, "the operators of the group", _from_body("operator"), _member
    ),
    ("incident", "create"): Key(
        Kind.CREATE,
        "incidents by externalNumber, all=true",
        _from_body("externalNumber"),
        _incident,
    ),
    ("incident", "call_date"): _UPDATE,
    ("incident", "history"): Key(Kind.APPEND, "the marker in the progress trail", _marker, _entry),
    ("incident", "attachment"): Key(
        Kind.APPEND, "the marker in the descriptions of its attachments", _marker, _attached
    ),
    ("incident", "left_out"): Key(Kind.APPEND, "the marker in the progress trail", _marker, _entry),
    ("incident", "time_spent"): Key(
        Kind.APPEND, "the marker in the notes of the time spent on it", _marker, _spent
    ),
    ("incident", "partial"): Key(
        Kind.CREATE,
        "partial incidents under it by externalNumber, all=true",
        _number,
        _partial,
    ),
    ("incident", "partial_update"): Key(
        Kind.UPDATE,
        "the partial incident, and the values that were sent",
        _number,
        _partial_updated,
    ),
    ("incident", "archive"): Key(Kind.UPDATE, "the record, archived", _parent, _put_away),
    ("incident", "hold"): _UPDATE,
    ("incident", "update"): _UPDATE,
    ("incident", "escalate"): _UPDATE,
    ("incident", "deescalate"): _UPDATE,
    ("incident", "close"): _UPDATE,
    ("service", "create"): Key(
        Kind.CREATE, "services by name", _from_body("name"), _named("service", "name")
    ),
    ("knowledge_folder", "create"): _LINKED,
    ("knowledge_folder", "publish"): _UPDATE,
    ("knowledge_folder", "restore"): _RESTORE,
    ("knowledge_item", "create"): _LINKED,
    ("knowledge_item", "hide"): _UPDATE,
    ("knowledge_item", "image"): Key(
        Kind.UPDATE, "its name among the item's images", _marker, _image
    ),
    ("knowledge_item", "attachment"): Key(
        Kind.APPEND, "the marker in the descriptions of its attachments", _marker, _article_file
    ),
    ("knowledge_item", "content"): _TOLD,
    ("knowledge_item", "translation"): Key(
        Kind.APPEND, "the item, its text in this language", _parent, _told
    ),
    ("knowledge_item", "publish"): _UPDATE,
    ("knowledge_item", "restore"): _RESTORE,
    ("knowledge_links", "links"): _TOLD,
}
"""(target kind, step) → key. A membership is a set: adding a member twice leaves one."""
