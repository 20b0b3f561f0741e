"""TOPdesk as it is changed: one request of an operation, and what its answer means."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO

from migrate.config import TargetConfig
from migrate.errors import MigrateError
from migrate.load.form import Form
from migrate.load.http import Http, NotSendable, Reply, stop_code
from migrate.load.keys import key_for, step_name
from migrate.load.partials import number_of, partials
from migrate.load.policy import Action, Kind, Situation, decide, unread
from migrate.load.rights import sort_of
from migrate.load.topdesk import (
    branches,
    departments,
    incidents,
    operator_groups,
    operators,
    persons,
    removal,
    rights,
    services,
)
from migrate.load.topdesk.errors import of_file, passes, refusal
from migrate.load.topdesk.knowledge_base import FILES, KINDS
from migrate.load.topdesk.reader import TopdeskReader, word
from migrate.records import Answer, Operation, Outcome

_UPDATES = ("call_date", "history", "left_out", "hold", "close", "update")
_ATTACH = ("incident", "attachment")
_SPEND = ("incident", "time_spent")
_RIGHT = ("operator", "right")
_PARTIAL = ("incident", "partial")
_PARTIAL_UPDATE = ("incident", "partial_update")
_BELOW = frozenset({_ATTACH, _SPEND, _PARTIAL, _PARTIAL_UPDATE})
# A file that a TOPdesk, or a proxy before it, does not take: too large, or not of a legal type.
_NO_SUCH_FILE = {400, 413, 415, 422}
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
    _PARTIAL: lambda http, op: incidents.create(
        http, {**op.body, "mainIncident": {"id": op.parent_id}}
    ),
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


class TopdeskTarget(TopdeskReader):
    """Changes TOPdesk, one request at a time. Thread-safe. `contents` are those of the files."""

    def __init__(self, http: Http, config: TargetConfig, contents: Contents) -> None:
        super().__init__(http, config)
        self._contents = contents
        up, down = config.escalation_reason, config.deescalation_reason
        self._send: dict[tuple[str, str], Callable[[Http, Operation], Reply]] = {
            **_SEND,
            ("incident", "escalate"): lambda http, op: incidents.escalate(http, op.parent_id, up),
            ("incident", "deescalate"): lambda http, op: incidents.deescalate(
                http, op.parent_id, down
            ),
        }

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
            if (operation.key.kind, step_name(operation)) == _RIGHT:
                return self._give(operation, kind)
            if (operation.key.kind, step_name(operation)) == _PARTIAL_UPDATE:
                return self._update_partial(operation, kind)
            reply = self._send[operation.key.kind, step_name(operation)](self._http, operation)
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
                "invisibleForCaller": word(bool(body["invisibleForCaller"])),
                "description": str(body["description"]),
            }
            form = Form(str(body["name"]), content, body["size"], values)
            reply = incidents.attach(self._http, operation.parent_id, form)
        return self._outcome(operation, kind, reply)

    def _give(self, operation: Operation, kind: Kind) -> Outcome:
        """Refused, and nothing sent, where TOPdesk has no right of this name."""
        sort = sort_of(operation.key.step)
        try:
            id = self.rights(sort).get(operation.marker)
        except MigrateError as error:
            return unread(operation.key, error)
        if id is None:
            detail = f"{sort}: {operation.marker}"
            return Outcome(operation.key, Answer.REFUSED, code="right-unknown", detail=detail)
        reply = rights.link(self._http, operation.parent_id, sort, id)
        return self._outcome(operation, kind, reply)

    def _update_partial(self, operation: Operation, kind: Kind) -> Outcome:
        """Refused, and nothing sent, where there is not one partial incident of this number."""
        number = number_of(operation.key.step)
        try:
            here = partials(self, [number], operation.parent_id)[number]
        except MigrateError as error:
            return unread(operation.key, error)
        if len(here) != 1:
            code = "target-duplicate" if here else "target-record-missing"
            return Outcome(operation.key, Answer.REFUSED, code=code, detail=f"{len(here)} there")
        reply = incidents.update(self._http, here[0].id, operation.body)
        return self._outcome(replace(operation, parent_id=here[0].id), kind, reply)

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
                if _carries_file(operation) and reply.status in _NO_SUCH_FILE:
                    why = of_file(reply)
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
            detail=_heard(how, reply),
            **common,
        )


def request_kind(operation: Operation) -> Kind:
    """What the request does. A change that carries an `action` adds an entry each time."""
    kind = key_for(operation).kind
    return Kind.APPEND if kind is Kind.UPDATE and "action" in operation.body else kind


def _heard(how: Situation, reply: Reply) -> str:
    """What the journal keeps of an answer that leaves a request in doubt."""
    passing = "passing" if how is Situation.SERVER_ERROR and passes(reply) else ""
    status = f"status {reply.status}" if reply.status else ""
    return ", ".join(part for part in (how.value, status, passing) if part)


def _is_bare(operation: Operation, reply: Reply) -> bool:
    """Whether an answer is what an upload to the knowledge base gets: 201, and no body."""
    uploaded = _carries_file(operation) and not is_attachment(operation)
    return uploaded and reply.status == 201 and reply.empty


def _carries_file(operation: Operation) -> bool:
    of_article = operation.key.kind in KINDS and step_name(operation) in FILES
    return of_article or is_attachment(operation)


def is_attachment(operation: Operation) -> bool:
    return (operation.key.kind, step_name(operation)) == _ATTACH


def shows_record(operation: Operation) -> bool:
    """Whether the answer is the record itself, and not what was added to it."""
    return (operation.key.kind, step_name(operation)) not in _BELOW


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
    return reply.status == 200 and _same(reply.record.get("id"), operation.parent_id)


def _same(shown: Any, id: str) -> bool:
    """An id is a UUID: the same in capitals and without (RFC 4122, section 3)."""
    return str(shown).casefold() == id.casefold()


def _target_id(operation: Operation, kind: Kind, reply: Reply) -> str:
    if kind is Kind.CREATE:
        return str(reply.record["id"])
    return operation.parent_id or str(operation.body.get("operator") or "")
