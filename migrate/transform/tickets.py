"""How a ticket of HPSM becomes an incident of TOPdesk: a chain of steps, or the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from migrate.records import Bundle, Chain, Finding, Member, Ref, Row, State, Step, Told, Verdict
from migrate.transform.attachments import attachment_steps
from migrate.transform.groups import Staff
from migrate.transform.history import Note, history_steps, tell
from migrate.transform.inline_images import Album
from migrate.transform.mapping import Mappings, Scope, ServiceValue
from migrate.transform.partials import carried, members, partial_steps, ticket_digest
from migrate.transform.people import People, fold
from migrate.transform.policy import Policy
from migrate.transform.routing import Route, restriction, route
from migrate.transform.sight import confidential
from migrate.transform.text import field_text, label
from migrate.transform.ticket_fields import (
    Draft,
    caller_fields,
    closure_code,
    first,
    listed_fields,
    operator_field,
    service_of,
)
from migrate.transform.ticket_text import text_fields, texts_of, told_later
from migrate.transform.time_spent import Clock
from migrate.transform.times import shown, to_topdesk, valid

_NUMBER = 60  # incident API 4.2.6, externalNumber
_ON_HOLD = "På vent"
_CONTACTS = {"callback_contact": "Kontakt for henvendelsen", "alternate_contact": "Annen kontakt"}
"""Further people of a ticket → what the history calls them."""

NOBODY = Staff()


@dataclass(frozen=True, slots=True)
class Status:
    """What a ticket is in TOPdesk's terms, and since when. Times are GMT."""

    state: str
    processing: str | None
    opened: str | None
    resolved: str | None
    closed: str | None

    @property
    def is_open(self) -> bool:
        return self.state in ("open", "on_hold")


def ticket_chain(
    bundle: Bundle,
    mappings: Mappings,
    people: People,
    unit_key: str,
    scope: Scope,
    staff: Staff = NOBODY,
    told: Told | None = None,
) -> Chain:
    """The chain of kind `incident` for one ticket; `unit_key` is used where its group has no unit.

    A ticket that is already loaded (`bundle.bound`) is in every scope; its history then leaves out
    what is `told`.
    Verdicts, in this order: `ticket-confidential`, `group-restricted`,
    `group-restriction-unknown` (held), `members-of-two-records` (conflict), `major-call` (waiting,
    where the policy says so), those of `routing.route`, `number-too-long`,
    `number-shared` (rejected), `outside-scope` (skipped), `value-unmapped` (rejected).
    """
    album = Album()
    bundle = album.lift(bundle)
    own = () if bundle.incident is None else (bundle.incident,)
    work, calls = (*own, *bundle.interactions), (*bundle.interactions, *own)
    natural = str(work[0]["number"]) if work else bundle.key
    identity = bundle.bound[0] if len(bundle.bound) == 1 else natural
    draft = Draft(identity, mappings, work, calls)

    service = service_of(draft)
    groups = [group for row in work if (group := field_text(row.get("assignment")))]
    if not groups and service and service.default_group:
        groups = [service.default_group]
    above = field_text(bundle.above.get("assignment")) if bundle.above is not None else ""
    group = groups[0] if groups else above
    status = _status(draft, bundle)
    way = route(group, status.is_open, mappings, work)
    if above and way.verdict and way.verdict.code in ("group-missing", "unit-not-moved"):
        group, way = above, route(above, status.is_open, mappings, work)
    draft.uses.update(way.uses)

    # Of a restricted caller's matter the work may tell as well, whoever else asked for it.
    above_it = (bundle.above,) if bundle.above is not None else ()
    around = (*above_it, *bundle.below, *bundle.beside)
    verdict = (
        confidential((*work, *around), mappings)
        or restriction(
            group, [*groups, *(field_text(r.get("assignment")) for r in around)], mappings
        )
        or (way.verdict if way.verdict and way.verdict.state is State.HELD else None)
        or _crowd(bundle, mappings)
        or way.verdict
        or _number(identity, bundle)
        or (None if bundle.bound else _outside(scope, _deciding(status, bundle, mappings), draft))
    )
    steps: tuple[Step, ...] = ()
    activities = 0
    tasks = list(bundle.tasks)
    if verdict is None:
        line = _line(draft, bundle.incident is not None, way)
        tasks = carried(bundle, line, mappings, told)
        ended = None if status.is_open else status.closed or status.resolved or ""
        partials = list(partial_steps(draft, tasks, ended, people, staff))
        steps, activities = _steps(
            *(draft, bundle, album, status, way, people, staff, service, told), line, partials
        )
        if draft.unmapped:
            reason = f"no mapping for {', '.join(sorted(set(draft.unmapped)))}"
            verdict = Verdict(State.REJECTED, "value-unmapped", reason)
    held = verdict is not None and verdict.state is State.HELD
    findings = tuple(draft.findings)
    if held:
        findings = (Finding("held-after-load", identity),) if bundle.bound else ()
    return Chain(
        "incident",
        identity,
        (*_members(bundle), *members(tasks)),
        way.unit or unit_key,
        steps=steps if verdict is None else (),
        verdict=verdict,
        findings=findings,
        find=() if held else (("externalNumber", identity),),
        uses=tuple(sorted(draft.uses)),
        source_digest=ticket_digest(bundle, mappings),
        activities=activities if verdict is None else 0,
    )


def callers(bundle: Bundle, people: People) -> list[str]:
    """The identities of the persons that a ticket refers to: what must be in TOPdesk before it."""
    rows = (*bundle.interactions, *((bundle.incident,) if bundle.incident is not None else ()))
    name = first(rows, "contact_name") or first(rows, "callback_contact")
    person = people.named(name) if name else None
    return [person.identity] if person else []


def _members(bundle: Bundle) -> tuple[Member, ...]:
    members = [Member("interactions", row["number"]) for row in bundle.interactions]
    if bundle.incident is not None:
        members.insert(0, Member(bundle.kind, bundle.incident["number"]))
    return tuple(members)


def _crowd(bundle: Bundle, mappings: Mappings) -> Verdict | None:
    waits = mappings.policy.tickets.several_calls == "wait"
    several = len(bundle.interactions) > 1 and not bundle.major
    if len(bundle.bound) > 1 or (several and bundle.bound and not waits):
        reason = f"two loaded records would become one: {', '.join(sorted(bundle.bound))}"
        return Verdict(State.CONFLICT, "members-of-two-records", reason)
    if several and waits:
        reason = f"{len(bundle.interactions)} interactions: the policy lets them wait"
        return Verdict(State.WAITING, "major-call", reason)
    return None


def _deciding(status: Status, bundle: Bundle, mappings: Mappings) -> Status:
    """The status by which a ticket is in the scope: a major call is moved whole, by its own."""
    if bundle.above is None:
        return status
    number, rows = str(bundle.above["number"]), (bundle.above,)
    return _status(Draft(number, mappings, rows, rows), bundle)


def _number(identity: str, bundle: Bundle) -> Verdict | None:
    if bundle.shared:
        reason = f"a record of another ticket has the same number: {', '.join(bundle.shared)}"
        return Verdict(State.REJECTED, "number-shared", reason)
    if len(identity) <= _NUMBER:
        return None
    reason = f"the number has {len(identity)} characters, {_NUMBER} fit"
    return Verdict(State.REJECTED, "number-too-long", reason)


def _status(draft: Draft, bundle: Bundle) -> Status:
    """The status decides; dates that say something else are a finding.

    Findings: `status-missing`, `time-invalid`, `open-with-close-time`, `close-without-date`,
    `close-before-open`.
    """
    row: Row = draft.work[0] if draft.work else {}
    opened = next((t for each in draft.calls if (t := draft.time(each, "open_time"))), None)
    resolved, closed = draft.time(row, "resolved_time"), draft.time(row, "close_time")
    text = first(draft.work, "status")
    value = draft.mapped("status", text) if text else None
    if not text:
        draft.note("status-missing")
        state = "closed" if closed else "open"
    else:
        state = (value.state if value else None) or "open"
    ended = state in ("completed", "closed")
    if not ended and closed and closed > (valid(row.get("reopen_time")) or ""):
        draft.note("open-with-close-time")
    if ended and not (closed or resolved):
        draft.note("close-without-date")
        last = valid(bundle.activities[-1].get("time")) if bundle.activities else None
        closed = draft.time(row, "update_time") or last
    if ended and opened and any(end < opened for end in (resolved, closed) if end):
        draft.note("close-before-open")
    return Status(state, value.target if value else None, opened, resolved, closed)


def _outside(scope: Scope, status: Status, draft: Draft) -> Verdict | None:
    """A ticket of which nobody knows when it ended did so after it was opened."""
    reason = "not in the sprint's scope"
    ended = status.closed or status.resolved or status.opened
    if status.is_open:
        inside = scope.open
    elif scope.closed_since is None:
        inside = False
    elif ended is None:
        inside, reason = False, "closed, and HPSM does not say when: in no scope that names a day"
    else:
        inside = shown(ended, _zone(draft.mappings))[:10] >= scope.closed_since.isoformat()
    return None if inside else Verdict(State.SKIPPED, "outside-scope", reason)


def _zone(mappings: Mappings) -> ZoneInfo:
    return ZoneInfo(mappings.policy.time_zone)


def _steps(
    draft: Draft,
    bundle: Bundle,
    album: Album,
    status: Status,
    way: Route,
    people: People,
    staff: Staff,
    service: ServiceValue | None,
    told: Told | None,
    line: str,
    partials: Sequence[Step],
) -> tuple[tuple[Step, ...], int]:
    """The steps in the order TOPdesk must see them, and the activities that they carry."""
    policy, zone = draft.mappings.policy, _zone(draft.mappings)
    numbers = [m.key for m in _members(bundle) if m.key != draft.identity]
    texts, opening = text_fields(draft, numbers, way.lost)
    body: dict[str, Any] = {
        "status": line,
        **texts,
        "externalNumber": draft.identity,
        **caller_fields(draft, people),
        **listed_fields(draft, service),
        **operator_field(draft, bundle.incident, way.target, people, staff),
    }
    if bundle.major:
        body["majorCall"] = True
    if bundle.under:
        body["majorCallObject"] = {"id": Ref("incident", bundle.under)}
    if way.target:
        body["operatorGroup"] = {"id": Ref("operator_group", way.target)}
    if policy.tickets.branch:
        body["branch"] = {"id": Ref("branch", policy.tickets.branch)}
    if status.state == "open" and status.processing:
        body["processingStatus"] = {"name": status.processing}

    steps = [Step("create", body, carries=tuple(texts_of(draft)))]
    if status.opened:
        steps.append(Step("call_date", {"callDate": to_topdesk(status.opened)}))
    else:
        draft.note("open-without-date")
    story = tell(
        *(draft.identity, draft.work, bundle.activities, people, policy.history, zone),
        bundle.journals,
    )
    draft.findings += story.findings
    for number in bundle.dangling:
        draft.note("relation-dangling", number)
    if bundle.related:
        draft.note("relation-left", str(bundle.related))
    ending, closing = _last_step(draft, status, zone)
    later = told_later(draft, told)
    notes = [*opening, *_contacts(draft, people), *story.notes, *later, *closing]
    if told and (hidden := sum(not n.visible and n.key in told.shown for n in notes)):
        draft.note("visibility-withdrawn", str(hidden))
    steps += history_steps(draft.identity, notes, policy.history, told)
    files, found = attachment_steps(
        draft.identity, bundle.attachments, policy.attachments, zone, told
    )
    draft.findings += found
    pictures, found = album.files(draft.identity, steps, policy.attachments, anew=told is None)
    draft.findings += found
    steps = [*album.show(steps), *files, *pictures]
    clock = Clock(draft.identity, way.target, policy.tickets.time_spent, people, staff, zone)
    spent, found = clock.steps(draft.work, bundle.activities)
    draft.findings += found
    steps += [*spent, *partials]
    return (*steps, *ending, *_archived(bundle, status, policy, zone)), story.activities


def _contacts(draft: Draft, people: People) -> list[Note]:
    """Who else is to be asked than the caller: TOPdesk has one person for a ticket. Internal, since
    HPSM does not say that the caller knows of them."""
    caller = first(draft.calls, "contact_name") or first(draft.calls, "callback_contact")
    known, notes = {_who(caller, people)}, []
    for field, heading in _CONTACTS.items():
        for row in draft.calls:
            name = label(field_text(row.get(field)))
            if name and (who := _who(name, people)) not in known:
                known.add(who)
                person = people.named(name)
                shown_as = person.name if person and person.name else ""
                notes.append(
                    Note(False, heading, " · ".join(dict.fromkeys(filter(None, (shown_as, name)))))
                )
    return notes


def _who(name: str, people: People) -> str:
    person = people.named(name) if name else None
    return person.identity if person else fold(name)


def _archived(bundle: Bundle, status: Status, policy: Policy, zone: ZoneInfo) -> list[Step]:
    """The step that archives a ticket which ended long ago."""
    before = policy.tickets.archive.closed_before
    ended = status.closed or status.resolved
    if before is None or status.state != "closed" or not ended or bundle.major or bundle.under:
        return []
    if shown(ended, zone)[:10] >= before.isoformat():
        return []
    reason = policy.tickets.archive.reason
    return [Step("archive", {"archivingReason": {"name": reason}} if reason else {})]


def _line(draft: Draft, escalated: bool, way: Route) -> str:
    """An incident is second line, an interaction alone first line; a group that works in one line
    only decides, since TOPdesk refuses a group without the task for the line."""
    line = "second" if escalated else "first"
    if way.line and way.line != line:
        draft.note("line-by-group", way.line)
        line = way.line
    return f"{line}Line"


def _last_step(draft: Draft, status: Status, zone: ZoneInfo) -> tuple[list[Step], list[Note]]:
    """The step that puts the ticket on hold or closes it, and what the history must say of it."""
    if status.state == "open":
        return [], []
    processing = {"processingStatus": {"name": status.processing}} if status.processing else {}
    if status.state == "on_hold":
        resumes, notes = _hold(draft, zone)
        return [Step("hold", {"onHold": True, **processing, **resumes})], notes
    completed = status.resolved or status.closed
    body: dict[str, Any] = {"completed": True}
    if completed:
        body["completedDate"] = to_topdesk(completed)
    if status.state == "closed":
        body["closed"] = True
        if ended := status.closed or status.resolved:
            body["closedDate"] = to_topdesk(ended)
    return [Step("close", {**body, **closure_code(draft), **processing})], []


def _hold(draft: Draft, zone: ZoneInfo) -> tuple[dict[str, str], list[Note]]:
    """Why it waits and until when. Findings: `hold-without-reason`, `hold-without-date`."""
    reason = label(first(draft.work, "pending_code"))
    until = draft.time(draft.work[0], "pending_until")
    if not reason:
        draft.note("hold-without-reason")
    if not until:
        draft.note("hold-without-date")
    resumes: dict[str, str] = {}
    words = [reason]
    if until and draft.mappings.policy.tickets.resume_date == "target_date":
        resumes["targetDate"] = to_topdesk(until)
    elif until:
        words.append(f"til {shown(until, zone)}")
    said = " ".join(filter(None, words))
    return resumes, [Note(False, _ON_HOLD, said)] if said else []
