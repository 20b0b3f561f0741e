"""How the tasks of an incident become partial incidents under it, and which of them do not.

TOPdesk takes a partial incident only under an open one of the second line, and copies what it is
not told from there (incident API 4.2.6). One request makes it whole, so it is a step of its
incident, before that is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from migrate.records import Bundle, Chain, Member, Ref, Row, State, Step, Told, Verdict
from migrate.transform.groups import Staff
from migrate.transform.mapping import Mappings
from migrate.transform.people import People
from migrate.transform.routing import restriction, route
from migrate.transform.sight import confidential
from migrate.transform.source_digest import source_digest
from migrate.transform.text import clean, field_text, html_length, label, one_line, shorten, to_html
from migrate.transform.ticket_fields import Draft, operator_field
from migrate.transform.times import shown, to_topdesk, valid

STEP = "partial"
_TITLE = 80  # incident API 4.2.6, briefDescription
_NUMBER = 60  # incident API 4.2.6, externalNumber
_LINE = "secondLine"


def ticket_digest(bundle: Bundle, mappings: Mappings) -> str:
    """By what a ticket is seen to have changed: its records, and which of its tasks may be sent."""
    along = [str(task["number"]) for task in bundle.tasks if _stays(task, _LINE, mappings) is None]
    return source_digest(bundle.digest, along) if bundle.tasks else bundle.digest


def carried(bundle: Bundle, line: str, mappings: Mappings, told: Told | None) -> list[Row]:
    """The tasks that go along with an incident of this line, and those that did before it was."""
    return [
        task
        for task in bundle.tasks
        if _stays(task, line, mappings) is None
        or (told is not None and _carries(field_text(task["number"])) in told.carries)
    ]


def partial_steps(
    draft: Draft, tasks: list[Row], ended: str | None, people: People, staff: Staff
) -> Iterator[Step]:
    """A step `partial/NUMBER` for each task, known again by its number.

    `ended` is when the incident did, empty for one that has no time: what HPSM never closed of it
    has ended with it; None, where it is open.
    """
    for task in tasks:
        number = field_text(task["number"])
        body = _body(draft, task, number, ended, people, staff)
        mark = f"[{draft.identity}/p/{number}]"
        yield Step(f"{STEP}/{number}", body, mark, (_carries(number),))


def task_chains(bundle: Bundle, chain: Chain, mappings: Mappings) -> Iterator[Chain]:
    """The chains of the tasks that do not go along with their incident, whose `chain` this is.

    Verdicts: those of `sight.confidential` and `routing.restriction`, `number-too-long` (rejected),
    `task-of-first-line` (skipped).
    """
    along = {member for member in chain.members if member.kind == "tasks"}
    line = next((str(s.body.get("status")) for s in chain.steps if s.name == "create"), "")
    for task in bundle.tasks:
        member = _member(task)
        if member not in along:
            yield Chain(
                "incident",
                member.key,
                (member,),
                chain.unit,
                verdict=_stays(task, line, mappings),
                source_digest=source_digest(bundle.digest, member.key),
            )


def members(tasks: Iterable[Row]) -> tuple[Member, ...]:
    return tuple(map(_member, tasks))


def _carries(number: str) -> str:
    return f"task {number}"


def _member(task: Row) -> Member:
    return Member("tasks", str(task["number"]))


def _stays(task: Row, line: str, mappings: Mappings) -> Verdict | None:
    """Why a task does not go along with its incident."""
    if hidden := confidential((task,), mappings):
        return hidden
    group = field_text(task.get("assignment"))
    if held := restriction("", [group] if group else [], mappings):
        return held
    if len(field_text(task["number"])) > _NUMBER:
        reason = f"the number is longer than the {_NUMBER} characters that fit"
        return Verdict(State.REJECTED, "number-too-long", reason)
    if line != _LINE:
        reason = "its incident is first line in TOPdesk, where nothing can stand under it"
        return Verdict(State.SKIPPED, "task-of-first-line", reason)
    return None


def _body(
    draft: Draft, task: Row, number: str, ended: str | None, people: People, staff: Staff
) -> dict[str, Any]:
    closed = valid(task.get("close_time")) or ended
    body: dict[str, Any] = {"status": STEP, "externalNumber": number}
    title = one_line(field_text(task.get("title")))
    if title:
        body["briefDescription"] = shorten(title, _TITLE)
    body.update(_group(draft, task, closed is None, people, staff))
    body.update(_texts(draft, task, number, title if len(title) > _TITLE else ""))
    if closed is not None:
        body["completed"] = True
        if closed:
            body["completedDate"] = to_topdesk(closed)
    return body


def _group(draft: Draft, task: Row, is_open: bool, people: People, staff: Staff) -> dict[str, Any]:
    """The task's own group, where TOPdesk takes it in the second line; else that of the incident,
    which TOPdesk copies. Without an operator of its own the group stands in that place too: that of
    the incident would be no member of it."""
    group = field_text(task.get("assignment"))
    way = route(group, is_open, draft.mappings, (task,)) if group else None
    if way is None or way.verdict or not way.target or way.line == "first":
        return {}
    draft.uses.update(way.uses)
    here = {"id": Ref("operator_group", way.target)}
    operator = operator_field(draft, task, way.target, people, staff)
    return {"operatorGroup": here, "operator": here, **operator}


def _texts(draft: Draft, task: Row, number: str, title: str) -> dict[str, Any]:
    """The request, headed by what TOPdesk has no field for; an internal entry for what is too long
    for it."""
    policy = draft.mappings.policy
    zone = ZoneInfo(policy.time_zone)
    opened = valid(task.get("open_time"))
    facts = {
        "Oppgave i HPSM": number,
        "Status": label(field_text(task.get("status"))),
        "HPSM-gruppe": label(field_text(task.get("assignment"))),
        "Opprettet": shown(opened, zone) if opened else "",
        "Sluttkode": label(field_text(task.get("completion_code"))),
    }
    head = " · ".join(f"{name}: {text}" for name, text in facts.items() if text)
    told = clean(field_text(task.get("description")))
    whole = "\n\n".join(filter(None, (head, title, told)))
    if html_length(whole) <= policy.tickets.request_chars:
        return {"request": to_html(whole)}
    return {
        "request": to_html(head),
        "action": to_html("\n\n".join(filter(None, (title, told)))),
        "actionInvisibleForCaller": True,
    }
