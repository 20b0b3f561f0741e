"""One ticket before and after: as HPSM shows it, and as TOPdesk will, losses marked in place.

The second half is folded from the very steps that a load sends, so that what is shown is what is
sent; only references stand by name, since ids are known when it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from migrate.records import Bundle, Chain, Ref, Row, State, Step, Verdict
from migrate.transform.losses import Loss, left_behind, losses_of
from migrate.transform.people import People
from migrate.transform.privacy import redacted
from migrate.transform.text import clean, field_text, label, plain
from migrate.transform.times import shown, valid

TEXTS = ("title", "description", "resolution")
_TIMES = frozenset(
    {"open_time", "update_time", "resolved_time", "close_time", "reopen_time", "pending_until"}
)
_TECHNICAL = frozenset({"sysmodtime", "journal", "number", *TEXTS})
_DATES = frozenset({"callDate", "completedDate", "closedDate", "targetDate"})
_HISTORY = ("history", "left_out")
_NOT_SHOWN = frozenset({"status", "action", "actionInvisibleForCaller"})
_BESIDE = {"callerLookup": "caller"}
_INSIDE = frozenset({"optionalFields1", "optionalFields2"})

Show = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its own name in that system, and its value as text."""

    name: str
    value: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a history. `visible` None: nobody knows whether the caller may see it."""

    head: str
    text: str
    visible: bool | None


@dataclass(frozen=True, slots=True)
class File:
    """One attachment. `size` in bytes."""

    name: str
    size: int
    visible: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One of HPSM's records of the ticket, with every field that holds anything."""

    kind: str
    number: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A ticket on both sides. With a `verdict` nothing of it is sent, and the second half is empty;
    where that is `held`, the first one is too. `losses` are those that belong to the whole ticket,
    `history_losses` and `file_losses` stand beside those. `partials` are the partial incidents that
    its tasks become; those that do not go along are on neither side. `raw` is the second half's
    values before they were made text, by field: what a load sends."""

    key: str
    unit: str
    verdict: Verdict | None
    records: tuple[Record, ...] = ()
    history: tuple[Entry, ...] = ()
    files: tuple[File, ...] = ()
    fields: tuple[Line, ...] = ()
    trail: tuple[Entry, ...] = ()
    attachments: tuple[File, ...] = ()
    partials: tuple[Record, ...] = ()
    losses: tuple[Loss, ...] = ()
    history_losses: tuple[Loss, ...] = ()
    file_losses: tuple[Loss, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """How many losses are marked."""
        lines = [line for record in self.records for line in record.lines] + list(self.fields)
        beside = (*self.losses, *self.history_losses, *self.file_losses)
        return len(beside) + sum(len(line.losses) for line in lines)


def held(key: str, unit: str, verdict: Verdict) -> Preview:
    """All that may be shown of a ticket that is held: that it is there, and why it is held."""
    return Preview(key, unit, verdict)


def preview(
    bundle: Bundle,
    chain: Chain,
    people: People,
    zone: ZoneInfo,
    absent: Callable[[Ref], bool] = lambda ref: False,
) -> Preview:
    """Both sides of a ticket, redacted. `absent` says of a person or operator that TOPdesk is known
    not to have, or cannot name; without it they are taken to be there.

    Of a chain that is held nothing is shown.
    """
    if chain.verdict is not None and chain.verdict.state is State.HELD:
        return held(chain.identity, chain.unit, chain.verdict)
    found = losses_of(chain.findings)
    body = fold(chain.steps, absent)
    rows = [(bundle.kind, bundle.incident)] if bundle.incident is not None else []
    rows += [("interactions", row) for row in bundle.interactions]
    if chain.verdict is None:
        along = {member.key for member in chain.members if member.kind == "tasks"}
        rows += [("tasks", row) for row in bundle.tasks if str(row["number"]) in along]
    lost = (
        {} if chain.verdict else left_behind([row for kind, row in rows if kind != "tasks"], body)
    )
    records = tuple(_record(kind, row, people, zone, lost) for kind, row in rows)
    before = Preview(
        chain.identity,
        chain.unit,
        chain.verdict,
        records,
        (
            *(_activity(row, people, zone) for row in bundle.activities),
            *_journals(bundle, zone),
        ),
        tuple(
            File(redacted(field_text(row.get("filename"))), int(row.get("content_size") or 0))
            for row in bundle.attachments
        ),
    )
    if chain.verdict:
        return before
    return replace(
        before,
        fields=tuple(
            Line(
                name,
                redacted(_said(name, value, people, zone)),
                tuple(found.pop(_BESIDE.get(name, name), ())),
            )
            for name, value in body.items()
        ),
        trail=tuple(
            Entry(
                "",
                redacted(plain(str(step.body["action"]))),
                not step.body["actionInvisibleForCaller"],
            )
            for step in chain.steps
            if step.name.startswith(_HISTORY)
        ),
        attachments=tuple(
            File(
                redacted(step.body["name"]), step.body["size"], not step.body["invisibleForCaller"]
            )
            for step in chain.steps
            if step.name.startswith("attachment/")
        ),
        partials=tuple(
            _partial(step, people, zone) for step in chain.steps if step.name.startswith("partial/")
        ),
        history_losses=tuple(found.pop("action", ())),
        file_losses=tuple(found.pop("attachments", ())),
        losses=tuple(loss for losses in found.values() for loss in losses),
        raw=body,
    )


def fold(
    steps: Iterable[Step], absent: Callable[[Ref], bool] = lambda ref: False
) -> dict[str, Any]:
    """The fields of the incident after all its steps, in the order in which they are first set;
    its history and files are not among them. A caller who cannot be named stands as text."""
    body: dict[str, Any] = {}
    for step in steps:
        if not step.marker:
            body.update(step.body)
    fallback = body.pop("caller_fallback", None)
    if (named := body.get("callerLookup")) and absent(named["id"]) and fallback:
        body = {("caller" if n == "callerLookup" else n): v for n, v in body.items()}
        body["caller"] = fallback
    operator = (body.get("operator") or {}).get("id")
    if isinstance(operator, Ref) and absent(operator):
        del body["operator"]
    flat: dict[str, Any] = {}
    for name, value in body.items():
        if name in _INSIDE:
            flat.update({f"{name}.{inner}": each for inner, each in value.items()})
        else:
            flat[name] = value
    return flat


def _said(name: str, value: Any, people: People, zone: ZoneInfo) -> str:
    """A value of TOPdesk's as a person reads it."""
    if isinstance(value, Mapping):
        if isinstance(ref := value.get("id"), Ref):
            person = people.persons.get(ref.key) if ref.kind == "person" else None
            if ref.kind == "operator":
                person = people.by_login(ref.key)
            return (person.name if person else "") or ref.key
        return ", ".join(str(each) for each in value.values() if each)
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _DATES:
        return shown(f"{value[:10]} {value[11:19]}", zone)
    return plain(str(value)) if name == "request" else str(value)


def _record(
    kind: str, row: Row, people: People, zone: ZoneInfo, lost: Mapping[tuple[str, str], Loss]
) -> Record:
    number = str(row["number"])
    lines = []
    for name in (*TEXTS, *(each for each in row if each not in _TECHNICAL)):
        text = clean(field_text(row.get(name)))
        if not text or name.startswith("_"):
            continue
        if name in _TIMES:
            text = shown(time, zone) if (time := valid(text)) else text
        elif name in ("contact_name", "callback_contact", "assignee") and (
            who := people.named(text)
        ):
            text = f"{who.name} ({text})" if who.name and who.name != text else text
        losses = (lost[number, name],) if (number, name) in lost else ()
        lines.append(Line(name, redacted(text), losses))
    return Record(kind, number, tuple(lines))


def _partial(step: Step, people: People, zone: ZoneInfo) -> Record:
    body = {name: value for name, value in step.body.items() if name not in _NOT_SHOWN}
    if told := step.body.get("action"):
        body["request"] += f"<br>{told}"
    lines = (Line(name, redacted(_said(name, value, people, zone))) for name, value in body.items())
    return Record("partial", str(body["externalNumber"]), tuple(lines))


def _activity(row: Row, people: People, zone: ZoneInfo) -> Entry:
    time, login = valid(row.get("time")), field_text(row.get("operator"))
    person = people.by_login(login) if login else None
    head = (
        shown(time, zone) if time else "",
        person.name if person else label(login),
        label(field_text(row.get("type"))),
        str(row.get("number") or ""),
    )
    text = redacted(clean(field_text(row.get("description"))))
    return Entry(" · ".join(filter(None, head)), text, row.get("visible"))


def _journals(bundle: Bundle, zone: ZoneInfo) -> Iterator[Entry]:
    """What the journal texts say beyond the activities, entry by entry."""
    for number, entries in bundle.journals.items():
        for entry in entries:
            time = shown(entry.time, zone) if entry.time else label(entry.stamp)
            head = " · ".join(filter(None, (time, label(entry.author), number)))
            yield Entry(head, redacted(clean(entry.text)), None)
