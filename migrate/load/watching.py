"""What a load notes of a record around each request, so that a person's edit is known for one.

Right before a change to a record that was there before this run, the record is read: a field that
somebody changed meanwhile is not sent. What a request changes without naming it (a priority that
follows from an impact) is noted as ours. TOPdesk has no If-Match: an edit between the reading and
the answer is outside of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from migrate.errors import MigrateError
from migrate.load.baseline import WATCHED, Baseline, aside, watched
from migrate.load.compare import TEXTS, TRAIL, canonical, differing, digests, forms, pack
from migrate.load.keys import key_for, step_name
from migrate.load.partials import UPDATE as PARTIAL_UPDATE
from migrate.load.partials import edited, is_of_partial, number_of, partials
from migrate.load.policy import Kind, unread
from migrate.load.target import TargetReader
from migrate.load.work import Send, Work
from migrate.records import Answer, Found, Operation, Outcome

_ONE_BREATH = timedelta(seconds=2)
"""Within this time of being made, a record was changed by nobody but its maker."""


def guarded(work: Work, operation: Operation) -> Baseline | None:
    """As what a record must show itself right before this request; None where this run made it a
    moment ago, or the request changes no field."""
    if work.before is None or not operation.parent_id or operation.key.kind not in WATCHED:
        return None
    own = key_for(operation).kind is Kind.UPDATE and not is_of_partial(operation.key.step)
    return work.before if own else None


def before(reader: TargetReader, send: Send) -> Outcome | None:
    """Read a record right before it is changed; None: it may be. Else nothing is sent: OUTDATED
    where a field is not as we left it, or the record is gone or archived."""
    if send.operation.key.kind == "knowledge_links":
        return _text_before(reader, send)
    if send.operation.key.step.startswith(f"{PARTIAL_UPDATE}/"):
        return _partial_before(reader, send)
    if send.work.texts and step_name(send.operation) in ("content", "translation"):
        return _words_before(reader, send)
    if send.work.before and _of_article(send.operation):
        return _properties_before(reader, send, send.work.before)
    if send.guard is None:
        return None
    key = send.operation.key
    try:
        found = reader.get(key.kind, send.operation.parent_id)
    except MigrateError as error:
        return unread(key, error)
    if found is None or found.archived:
        return Outcome(key, Answer.OUTDATED, code="edited-meanwhile", detail="archived or gone")
    edited = [
        name
        for name, wanted in digests(canonical(send.operation.body)).items()
        if name not in TRAIL and overwritten(send.guard, name, wanted, found)
    ]
    if edited:
        return Outcome(key, Answer.OUTDATED, code="edited-meanwhile", detail=", ".join(edited))
    send.work.shown = watched(key.kind, found.fields)
    return None


def _text_before(reader: TargetReader, send: Send) -> Outcome | None:
    """The second pass writes a text again, with its links: only where it is still ours, as people
    read it. Links and marks that somebody changed alone are not seen."""
    key, body = send.operation.key, send.operation.body
    try:
        found = reader.knowledge.item(str(body["item"]), str(body["language"]))
    except MigrateError as error:
        return unread(key, error)
    text = digests({"content": send.sent["content"]})
    if found is None or differing(text, found.fields):
        return Outcome(key, Answer.REFUSED, code="article-edited", detail="content")
    return None


def _words_before(reader: TargetReader, send: Send) -> Outcome | None:
    """A text of an article that an earlier run began: it is written where there is none yet, or
    still one of ours."""
    key, body = send.operation.key, send.operation.body
    language = str(body.get("language") or "")
    try:
        found = reader.knowledge.item(send.operation.parent_id, language)
    except MigrateError as error:
        return unread(key, error)
    if found is None or found.fields.get("language") != language:
        return None
    wanted = digests({name: text for name, text in send.sent.items() if name in TEXTS})
    edited = [
        name
        for name, digest in wanted.items()
        if (text := forms(name, found.fields)[0])
        if digests({name: text})[name] not in {digest, *send.work.texts.get(name, ())}
    ]
    if edited:
        return Outcome(key, Answer.REFUSED, code="article-edited", detail=", ".join(edited))
    return None


def _of_article(operation: Operation) -> bool:
    """Whether a request says who sees an article, its status and its manager."""
    return operation.key.kind == "knowledge_item" and operation.key.step in ("hide", "publish")


def _properties_before(reader: TargetReader, send: Send, left: Baseline) -> Outcome | None:
    """Who sees an article that an earlier run began: it is shown and hidden only where it still is
    as we left it. What we never said of it, it has from its folder."""
    key = send.operation.key
    try:
        found = reader.get(key.kind, send.operation.parent_id)
    except MigrateError as error:
        return unread(key, error)
    if found is None:
        return None
    edited = [
        name
        for name, wanted in digests(canonical(send.operation.body)).items()
        if name in left.fields and overwritten(left, name, wanted, found)
    ]
    if edited:
        return Outcome(key, Answer.REFUSED, code="article-edited", detail=", ".join(edited))
    return None


def _partial_before(reader: TargetReader, send: Send) -> Outcome | None:
    """The same for a partial incident: it is read in place of the ticket that it stands under."""
    key, body = send.operation.key, send.operation.body
    number = number_of(key.step)
    try:
        here = partials(reader, [number], send.operation.parent_id)[number]
    except MigrateError as error:
        return unread(key, error)
    wanted = digests(canonical(body))
    names = edited(wanted, send.work.below.get(number, {}), here[0]) if len(here) == 1 else ["gone"]
    if names:
        return Outcome(key, Answer.OUTDATED, code="edited-meanwhile", detail=", ".join(names))
    return None


def overwritten(baseline: Baseline, name: str, wanted: str, found: Found) -> bool:
    """Whether sending this field (its digest as `wanted`) would overwrite what a person wrote."""
    now = set(digests({str(n): t for n, t in enumerate(forms(name, found.fields))}).values())
    left = baseline.fields.get(name)
    if wanted in now or (left and left.sent in now):
        return False
    return baseline.edited(name, found.fields)


def left(send: Send, read: Mapping[str, Any] | None) -> str | None:
    """What the journal keeps of a request that was done, by the record in its answer."""
    if not read:
        return None
    work, kind = send.work, send.operation.key.kind
    now, was = watched(kind, read), work.shown
    work.shown = now
    if send.operation.marker or kind not in WATCHED:
        return pack(send.sent, read)
    if was is None:
        # A new record shows what TOPdesk gave it by itself; of another one nobody knows.
        was = {} if send.operation.key.step == "create" else now
    return pack(send.sent, read, aside(send.sent, was, now))


def settled(operation: Operation, found: Found) -> str | None:
    """The same for a record of which the answer was lost: only where nobody can have changed it
    before it was found."""
    made, changed = (
        _moment(found.fields.get(f"{name}Date")) for name in ("creation", "modification")
    )
    if operation.key.step != "create" or len(operation.body) < 2:
        return None
    if made is None or changed is None or changed - made > _ONE_BREATH:
        return None
    sent = canonical(operation.body)
    return pack(sent, found.fields, aside(sent, {}, watched(found.kind, found.fields)))


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def untimely(work: Work, outcome: Outcome, now: float, window: float) -> bool:
    """Whether a refusal is about time, so that it is looked for what was asked.

    Refused as double is what the target may have of an earlier request of ours, done after it was
    believed lost; as not there what it said a moment ago that it had made (`now` in monotonic
    seconds, `window` the settle window).
    """
    if outcome.code == "target-duplicate":
        return work.doubted
    fresh = work.made is not None and now - work.made < window
    return fresh and outcome.code == "target-record-missing"
