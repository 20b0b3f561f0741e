"""TOPdesk behind the seam of `load/target.py`: a reader, and the target that also writes."""

from __future__ import annotations

import base64
import binascii
import html
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO

from migrate.config import TargetConfig
from migrate.errors import ConfigurationError, Problem
from migrate.load import fiql
from migrate.load.directory import LOGIN_CUT
from migrate.load.fiql import Dialect
from migrate.load.form import Form
from migrate.load.http import Http, NotSendable, Reply, stop_code
from migrate.load.keys import key_for, step_name
from migrate.load.policy import Action, Kind, Situation, decide
from migrate.load.target import Attached, ReferenceLists, Spent, TargetInfo, TrailEntry
from migrate.load.topdesk import (
    branches,
    departments,
    general,
    incidents,
    lists,
    locations,
    operator_groups,
    operators,
    persons,
    removal,
    services,
)
from migrate.load.topdesk.errors import Refusal, refusal
from migrate.load.topdesk.knowledge_base import FILES, KINDS, KnowledgeBase
from migrate.load.topdesk.paging import Record, Refused
from migrate.records import Answer, Found, Operation, Outcome

_SEARCH: dict[str, Callable[[Http, str], Iterable[Record]]] = {
    "branch": branches.search,
    "incident": incidents.search,
    "location": locations.search,
    "operator": operators.search,
    "operator_group": operator_groups.search,
    "person": persons.search,
}
_GET: dict[str, Callable[[Http, str], Record | None]] = {
    "branch": branches.get,
    "incident": incidents.get,
    "location": locations.get,
    "operator": operators.get,
    "operator_group": operator_groups.get,
    "person": persons.get,
}
_UPDATES = ("call_date", "history", "left_out", "hold", "close", "update")
_ATTACH = ("incident", "attachment")
_SPEND = ("incident", "time_spent")
# A file that a TOPdesk, or a proxy before it, does not take: too large, or not of a legal type.
_NO_SUCH_FILE = {400, 413, 415, 422}
_NAME = {"operator_group": "groupName", "incident": "briefDescription"}
_SEND: dict[tuple[str, str], Callable[[Http, Operation], Reply]] = {
    ("branch", "create"): lambda http, op: branches.create(http, op.body),
    ("department", "create"): lambda http, op: departments.create(http, op.body),
    ("person", "create"): lambda http, op: persons.create(http, op.body),
    ("operator", "create"): lambda http, op: operators.create(http, op.body),
    ("operator_group", "create"): lambda http, op: operator_groups.create(http, op.body),
    ("operator_group", "tasks"): lambda http, op: operator_groups.update(
        http, op.parent_id, op.body
    ),
    ("membership", "add"): lambda http, op: operators.join(
        http, op.body["operator"], op.body["group"]
    ),
    ("incident", "create"): lambda http, op: incidents.create(http, op.body),
    **dict.fromkeys(
        (("incident", step) for step in _UPDATES),
        lambda http, op: incidents.update(http, op.parent_id, op.body),
    ),
    ("person", "update"): lambda http, op: persons.update(http, op.parent_id, op.body),
    ("operator", "update"): lambda http, op: operators.update(http, op.parent_id, op.body),
    ("operator_group", "update"): lambda http, op: operator_groups.update(
        http, op.parent_id, op.body
    ),
    **dict.fromkeys(
        ((kind, "restore") for kind in removal.RESTORED),
        lambda http, op: removal.restore(http, op.key.kind, op.parent_id),
    ),
    ("incident", "escalate"): lambda http, op: incidents.escalate(http, op.parent_id),
    ("incident", "deescalate"): lambda http, op: incidents.deescalate(http, op.parent_id),
    _SPEND: lambda http, op: incidents.spend(http, op.parent_id, op.body),
    ("incident", "archive"): lambda http, op: incidents.archive(
        http, op.parent_id, op.body.get("archivingReason", {})
    ),
    ("service", "create"): lambda http, op: services.create(http, op.body),
}
Contents = Callable[[str], BinaryIO]
"""Opens a file's content by its SHA-256 in hex; raises OSError where it is not there."""

_AGAIN = {
    Situation.UNREACHABLE: "target-unreachable",
    Situation.BUSY: "target-busy",
    Situation.UNAVAILABLE_BEFORE: "target-busy",
    Situation.HELD_BACK: "held-back",
}
_DOUBT = {Situation.SILENT: "no-answer", Situation.CUT: "connection-cut"}
# Lists that cannot be asked for single records.
_WHOLE = {"department", "service"}
# The answers of these kinds do not say whether a record is archived in a documented way, so that
# they are asked for twice.
_ARCHIVED_UNSAID = {"branch", "location", "operator", "operator_group"}


class TopdeskReader:
    """Asks TOPdesk. Thread-safe; see `TargetReader` for what each method promises."""

    def __init__(self, http: Http, config: TargetConfig) -> None:
        self._http = http
        self._batch = config.lookup_batch
        self._dialects: dict[str, Dialect] = {}
        self.knowledge = KnowledgeBase(http, config.languages, config.lookup_batch)

    def describe(self) -> TargetInfo:
        """Raises ConfigurationError (`target-address`, `credentials-refused`,
        `permission-missing`) or StoppedError (`target-unreachable`, `target-failing`)."""
        version = general.version(self._http)
        if version is None or "version" not in version:
            raise self._address()
        product = general.product_version(self._http) or {}
        operator = operators.current(self._http)
        if operator is None:
            raise self._address()
        numbers = [str(product[name]) for name in ("major", "minor", "patch") if name in product]
        return TargetInfo(
            fingerprint=self._http.base,
            version=".".join(numbers) or str(version["version"]),
            operator=str(operator.get("loginName") or operator.get("id") or ""),
        )

    def lists(self) -> ReferenceLists:
        return lists.read(self._http)

    def index(self, kind: str) -> Iterator[Found]:
        if kind in KINDS:
            yield from self.knowledge.index(kind)
            return
        if kind == "department":
            records: Iterable[Record] = departments.all(self._http)
        elif kind == "service":
            records = services.all(self._http)
        elif kind == "person":
            records = persons.search(self._http)
        else:
            for archived in (False, True):
                query = f"archived=={_word(archived)}"
                for record in _SEARCH[kind](self._http, query):
                    yield _found(kind, record, archived)
            return
        for record in records:
            yield _found(kind, record)

    def members(self, group_id: str) -> frozenset[str]:
        return frozenset(str(row["id"]) for row in operator_groups.members(self._http, group_id))

    def groups_of(self, operator_id: str) -> frozenset[str]:
        return frozenset(str(row["id"]) for row in operators.groups(self._http, operator_id))

    def archiving_reasons(self) -> dict[str, str]:
        return {str(row["name"]): str(row["id"]) for row in removal.reasons(self._http)}

    def find(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        """`field` is TOPdesk's name, dotted for a part. Persons by a `networkLoginName` longer than
        20 characters may be candidates only: those that show its first 20 come too."""
        if kind in KINDS:
            yield from self.knowledge.find(kind, field, values)
            return
        if kind in _WHOLE:
            wanted = set(values)
            yield from (f for f in self.index(kind) if f.fields.get(field) in wanted)
            return
        if field == "networkLoginName":
            values = [*values, *(v[:LOGIN_CUT] for v in values if len(v) > LOGIN_CUT)]
        seen = set()
        for found in self._search(kind, field, values):
            if found.id not in seen:
                seen.add(found.id)
                yield found

    def get(self, kind: str, id: str) -> Found | None:
        if kind in KINDS:
            return self.knowledge.get(kind, id)
        if kind in _WHOLE:
            return next((found for found in self.index(kind) if found.id == id), None)
        record = _GET[kind](self._http, id)
        return _found(kind, record) if record is not None else None

    def trail(self, incident_id: str) -> list[TrailEntry]:
        entries: dict[str, TrailEntry] = {}
        try:
            for record in incidents.trail(self._http, incident_id):
                id = str(record.get("id"))
                invisible = record.get("invisibleForCaller") is True
                entries[id] = TrailEntry(id, _plain_text(record), invisible)
        except Refused as refused:
            if refused.status != 404:
                raise
        return list(entries.values())

    def attachments(self, incident_id: str) -> list[Attached]:
        files: dict[str, Attached] = {}
        try:
            for record in incidents.attachments(self._http, incident_id):
                id = str(record.get("id"))
                files[id] = Attached(
                    id,
                    str(record.get("fileName") or ""),
                    int(record.get("size") or 0),
                    str(record.get("description") or ""),
                    record.get("invisibleForCaller") is True,
                )
        except Refused as refused:
            if refused.status != 404:
                raise
        return list(files.values())

    def time_spent(self, incident_id: str) -> list[Spent]:
        return [
            Spent(
                str(record.get("id")),
                str(record.get("notes") or ""),
                int(record.get("timeSpent") or 0),
            )
            for record in incidents.spent(self._http, incident_id)
        ]

    def digest(self, incident_id: str, attached: Attached) -> str:
        return incidents.download(self._http, incident_id, attached.id, attached.size)

    def _search(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        wanted = set(values)
        dialect = self._dialects.get(kind, Dialect.IN)
        for part in fiql.chunks(field, values, self._batch, dialect):
            for record, archived in self._ask(kind, field, part, dialect):
                shown = _value(record, field)
                if shown in wanted:
                    yield _found(kind, record, archived)

    def _ask(
        self, kind: str, field: str, values: list[str], dialect: Dialect
    ) -> Iterator[tuple[Record, bool | None]]:
        """Records that the filter finds. A TOPdesk that refuses one way of asking is asked in the
        next, and from then on."""
        query = fiql.equals(field, values, dialect)
        try:
            rows = list(self._rows(kind, query))
        except Refused as refused:
            if refused.status != 400 or len(values) == 1:
                raise
            following = Dialect(dialect + 1)
            for part in fiql.chunks(field, values, self._batch, following):
                yield from self._ask(kind, field, part, following)
            self._dialects[kind] = max(following, self._dialects.get(kind, following))
            return
        yield from rows

    def _rows(self, kind: str, query: str) -> Iterator[tuple[Record, bool | None]]:
        if kind not in _ARCHIVED_UNSAID:
            for record in _SEARCH[kind](self._http, query):
                yield record, None
            return
        for archived in (False, True):
            asked = f"({query});archived=={_word(archived)}"
            for record in _SEARCH[kind](self._http, asked):
                yield record, archived

    def _address(self) -> ConfigurationError:
        return ConfigurationError(
            Problem(
                "target-address",
                self._http.base,
                "no TOPdesk answers there",
                expected="the address before /tas/api, as https://example.topdesk.net",
            )
        )


class TopdeskTarget(TopdeskReader):
    """Changes TOPdesk, one request at a time. Thread-safe. `contents` are those of the files."""

    def __init__(self, http: Http, config: TargetConfig, contents: Contents) -> None:
        super().__init__(http, config)
        self._contents = contents

    def write(self, operation: Operation) -> Outcome:
        """Send one request; never twice, and without waiting. `NOT_SENT` says that it certainly was
        not processed, with the seconds that the target asked for in `wait`.

        `target_id` is the new record's id for a create, else that of the record changed (of the
        operator, for a membership). Raises KeyError for a step that is not in `keys.KEYS`.
        """
        kind = request_kind(operation)
        try:
            if operation.key.kind in KINDS:
                return self._of_knowledge(operation, kind)
            if is_attachment(operation):
                return self._attach(operation, kind)
            reply = _SEND[operation.key.kind, step_name(operation)](self._http, operation)
        except (NotSendable, UnicodeEncodeError):
            return Outcome(operation.key, Answer.REFUSED, code="value-not-sendable")
        return self._outcome(operation, kind, reply)

    def remove(self, operation: Operation) -> Outcome:
        key = operation.key
        if key.kind in KINDS:
            return self._outcome(operation, Kind.UPDATE, self.knowledge.archive(operation))
        reply = removal.remove(self._http, key.kind, operation.parent_id, operation.body)
        return self._outcome(operation, Kind.UPDATE, reply)

    def _of_knowledge(self, operation: Operation, kind: Kind) -> Outcome:
        """An image that is there already has our name, which is made from what it shows."""
        if step_name(operation) not in FILES:
            return self._outcome(operation, kind, self.knowledge.send(operation))
        reply = self.knowledge.upload(operation, self._contents)
        if reply is None:
            return Outcome(operation.key, Answer.REFUSED, code="attachment-content-missing")
        if reply.status == 409 and step_name(operation) == "image":
            reply = replace(reply, status=201, empty=True)
        return self._outcome(operation, kind, reply)

    def _attach(self, operation: Operation, kind: Kind) -> Outcome:
        """Refused, and nothing sent, where the content is not there or has another length. A
        picture out of a text brings its content along."""
        body = operation.body
        lost = Outcome(operation.key, Answer.REFUSED, code="attachment-content-missing")
        try:
            content = self._content(body)
        except (OSError, binascii.Error):
            return lost
        with content:
            if content.seek(0, os.SEEK_END) != body["size"]:
                return lost
            content.seek(0)
            values = {
                "invisibleForCaller": _word(bool(body["invisibleForCaller"])),
                "description": str(body["description"]),
            }
            form = Form(str(body["name"]), content, body["size"], values)
            reply = incidents.attach(self._http, operation.parent_id, form)
        return self._outcome(operation, kind, reply)

    def _content(self, body: Mapping[str, Any]) -> BinaryIO:
        """Raises OSError or binascii.Error where it is not there."""
        if "content" in body:
            return BytesIO(base64.b64decode(str(body["content"]), validate=True))
        return self._contents(str(body["sha256"]))

    def _outcome(self, operation: Operation, kind: Kind, reply: Reply) -> Outcome:
        how = self._http.situation(replace(reply, sound=reply.sound or _is_bare(operation, reply)))
        if how is Situation.ANSWERED and not _is_answer(operation, kind, reply):
            how = Situation.GARBLED
        common: dict[str, Any] = {
            "key": operation.key,
            "status": reply.status,
            "wait": reply.wait,
            "latency": reply.latency,
        }
        match decide(kind, how):
            case Action.OK:
                return Outcome(
                    answer=Answer.DONE,
                    target_id=_target_id(operation, kind, reply),
                    number=str(reply.record.get("number") or ""),
                    read=reply.record or None if shows_record(operation) else None,
                    **common,
                )
            case Action.REFUSED:
                why = refusal(reply, operation.body)
                if is_attachment(operation) and reply.status in _NO_SUCH_FILE:
                    why = Refusal("attachment-refused")
                detail = why.detail(reply.status)
                return Outcome(answer=Answer.REFUSED, code=why.code, detail=detail, **common)
            case Action.RESEND:
                code = _AGAIN[how]
                return Outcome(answer=Answer.NOT_SENT, code=code, detail=how.value, **common)
            case Action.STOP:
                return Outcome(
                    answer=Answer.STOP, code=stop_code(reply), detail=how.value, **common
                )
        return Outcome(
            answer=Answer.IN_DOUBT,
            code=_DOUBT.get(how, "answer-unclear"),
            detail=f"{how.value}, status {reply.status}" if reply.status else how.value,
            **common,
        )


def request_kind(operation: Operation) -> Kind:
    """What the request does. A change that carries an `action` adds an entry each time."""
    kind = key_for(operation).kind
    return Kind.APPEND if kind is Kind.UPDATE and "action" in operation.body else kind


def _is_bare(operation: Operation, reply: Reply) -> bool:
    """Whether an answer is what an upload to the knowledge base gets: 201, and no body."""
    uploaded = operation.key.kind in KINDS and step_name(operation) in FILES
    return uploaded and reply.status == 201 and reply.empty


def is_attachment(operation: Operation) -> bool:
    return (operation.key.kind, step_name(operation)) == _ATTACH


def shows_record(operation: Operation) -> bool:
    """Whether the answer is the record itself, and not what was added to it."""
    return (operation.key.kind, step_name(operation)) not in (_ATTACH, _SPEND)


def _is_answer(operation: Operation, kind: Kind, reply: Reply) -> bool:
    """Whether a 2xx answer is what this request gets, and not something in between's."""
    if kind is Kind.CREATE:
        return reply.status in (200, 201) and bool(reply.record.get("id"))
    if (operation.key.kind, step_name(operation)) == _SPEND:
        return reply.status in (200, 201) and "timeSpent" in reply.record
    if is_attachment(operation):
        # Without the parent's id there is only the file's own name to tell it by.
        return reply.status in (200, 201) and bool(
            reply.record.get("id") and reply.record.get("fileName")
        )
    if reply.status == 204 or _is_bare(operation, reply):
        return True
    if operation.key.kind == "membership":
        return reply.status == 200
    return reply.status == 200 and reply.record.get("id") == operation.parent_id


def _target_id(operation: Operation, kind: Kind, reply: Reply) -> str:
    if kind is Kind.CREATE:
        return str(reply.record["id"])
    return operation.parent_id or str(operation.body.get("operator") or "")


def _found(kind: str, record: Record, archived: bool | None = None) -> Found:
    if archived is None:
        status = str(record.get("status") or "")
        archived = record.get("archived") is True or "archived" in status.lower()
    name = record.get(_NAME.get(kind, "name")) or record.get("dynamicName") or ""
    return Found(
        kind,
        str(record["id"]),
        str(name),
        number=str(record.get("number") or ""),
        archived=archived,
        fields=record,
    )


def _value(record: Record, field: str) -> Any:
    value: Any = record
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _plain_text(record: Record) -> str:
    """An entry's text without markup: as TOPdesk gives it, else made from its HTML."""
    plain = record.get("plainText")
    if isinstance(plain, str):
        return plain
    return html.unescape(re.sub(r"<[^>]*>", " ", str(record.get("memoText") or "")))


def _word(value: bool) -> str:
    return "true" if value else "false"
