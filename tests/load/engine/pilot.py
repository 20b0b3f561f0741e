"""A pilot that people work in: tickets change in HPSM and in TOPdesk, and a load comes every night.

A hypothesis state machine before the real engine and a simulated TOPdesk. Beside it runs a model
that knows every value in plain words and decides three ways, field by field, what a load may do.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from loading import Desk, incident

from migrate.load.conflicts import Conflict, conflicts, decide
from migrate.load.look import Look
from migrate.load.pacer import Pacer
from migrate.load.undo import Undo, dry
from migrate.records import PHASES, Chain, Step
from migrate.simulate.topdesk.server import Settings, TopdeskServer
from migrate.state.journal_aside import Scope

TICKETS = ("IM1", "IM2", "IM3")
DATES = tuple(f"2019-10-{day:02}T10:00:00.000+0000" for day in (1, 2, 3))
IMPACTS = ("Hele organisasjonen", "Avdeling", "Gruppe", "Person")
VALUES: dict[str, tuple[Any, ...]] = {
    "briefDescription": ("Skriveren", "Skanneren", "Nettet", "Døra"),
    "targetDate": DATES,
    "optionalFields2.text1": ("Rom 1", "Rom 2", "Rom 3"),
    "optionalFields2.text2": ("Bygg A", "Bygg B"),
    "callType": ("Hendelse", "Bestilling"),
    "onHold": (True, False),
    "impact": IMPACTS,
}
"""What both sides may write, and what of it: few values, so that both sides often agree."""
PERSONS = {**VALUES, "priority": ("P1", "P2", "P3", "P4")}
"""HPSM says nothing of a priority here; TOPdesk makes it from the impact where nobody chose one."""

tally: Counter[str] = Counter()
"""What all machines of this process did."""


def plain(name: str, record: dict[str, Any]) -> Any:
    """A field of an answer in plain words."""
    group, _, part = name.partition(".")
    value = record.get(group)
    if part:
        return (value or {}).get(part)
    return value["name"] if isinstance(value, dict) else value


def body(name: str, value: Any) -> dict[str, Any]:
    group, _, part = name.partition(".")
    if part:
        return {group: {part: value}}
    return {name: {"name": value} if name in ("callType", "impact", "priority") else value}


@dataclass
class Ticket:
    """`hpsm` is what HPSM has, `base` how it was when both were last reconciled, `left` what we
    left in TOPdesk (or a person decided to keep), `ours` what we wrote there ourselves."""

    hpsm: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    notes: int = 1
    told: int = 1
    version: int = 0
    entries: list[str] = field(default_factory=list)
    archived: bool = False


class Pilot(RuleBasedStateMachine):
    """Each step is something that a person, HPSM or the night does."""

    def __init__(self) -> None:
        super().__init__()
        tally["pilots"] += 1
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name)
        self.server = TopdeskServer(Settings(path / "topdesk.db"))
        self.server.__enter__()
        self.desk = Desk(path, self.server)
        self.http = requests.Session()
        self.http.auth, self.http.trust_env = self.server.auth, False
        self.tickets = {number: Ticket() for number in TICKETS}

    @initialize()
    def loaded(self) -> None:
        """The unit's tickets are loaded, and the pilot begins."""
        for ticket in self.tickets.values():
            # A ticket of which HPSM does not say that it is on hold is not on hold.
            ticket.hpsm |= {"briefDescription": "Skriveren", "onHold": False}
        self.desk.plan(*self.chains())
        self.desk.load()
        for number, ticket in self.tickets.items():
            shown = self.shown(number)
            ticket.base = dict(ticket.hpsm)
            ticket.left = {name: plain(name, shown) for name in PERSONS}
            ticket.ours = dict(ticket.left)

    # What happens by day.

    @rule(number=st.sampled_from(TICKETS), name=st.sampled_from(list(VALUES)), data=st.data())
    def hpsm_changes(self, number: str, name: str, data: st.DataObject) -> None:
        ticket = self.tickets[number]
        ticket.hpsm[name] = data.draw(st.sampled_from(VALUES[name]))
        ticket.version += 1
        tally["changes in HPSM"] += 1

    @rule(number=st.sampled_from(TICKETS), name=st.sampled_from(list(VALUES)), data=st.data())
    def both_change_the_same(self, number: str, name: str, data: st.DataObject) -> None:
        if self.tickets[number].archived:
            return
        hpsm, person = data.draw(st.permutations(VALUES[name]))[:2]
        self.tickets[number].hpsm[name] = hpsm
        self.tickets[number].version += 1
        self.patch(number, body(name, person))
        tally["changes in HPSM"] += 1
        tally["edits in TOPdesk"] += 1

    @rule(number=st.sampled_from(TICKETS))
    def hpsm_writes_a_note(self, number: str) -> None:
        self.tickets[number].notes += 1
        self.tickets[number].version += 1
        tally["notes in HPSM"] += 1

    @rule(number=st.sampled_from(TICKETS), name=st.sampled_from(list(PERSONS)), data=st.data())
    def a_person_edits(self, number: str, name: str, data: st.DataObject) -> None:
        if self.tickets[number].archived:
            return
        value = data.draw(st.sampled_from(PERSONS[name]))
        self.patch(number, body(name, value))
        tally["edits in TOPdesk"] += 1

    @rule(number=st.sampled_from(TICKETS))
    def a_person_writes_an_entry(self, number: str) -> None:
        ticket = self.tickets[number]
        if ticket.archived:
            return
        text = f"Skrevet av en saksbehandler, {len(ticket.entries)}"
        self.patch(number, {"action": text})
        ticket.entries.append(text)
        tally["entries in TOPdesk"] += 1

    @rule(number=st.sampled_from(TICKETS), often=st.integers(0, 4))
    def a_person_archives_or_brings_back(self, number: str, often: int) -> None:
        ticket = self.tickets[number]
        if often and not ticket.archived:
            return
        verb = "unarchive" if ticket.archived else "archive"
        self.ask("PUT", f"{self.id(number)}/{verb}", None if ticket.archived else {})
        ticket.archived = not ticket.archived
        tally["archived or brought back"] += 1

    # What happens by night.

    @rule()
    def a_load(self) -> None:
        self.reconcile(edit=None)

    @rule(number=st.sampled_from(TICKETS), name=st.sampled_from(list(PERSONS)), data=st.data())
    def a_load_while_a_person_edits(self, number: str, name: str, data: st.DataObject) -> None:
        """Between the plan and the requests."""
        if not self.tickets[number].archived:
            value = data.draw(st.sampled_from(PERSONS[name]))
            tally["edits in TOPdesk"] += 1
            self.reconcile(edit=(number, body(name, value)))

    @rule()
    def another_process(self) -> None:
        self.desk.close()
        self.desk.open()

    @precondition(lambda self: any(ticket.open for ticket in self.tickets.values()))
    @rule(data=st.data(), side=st.sampled_from(["topdesk", "hpsm"]))
    def a_person_decides(self, data: st.DataObject, side: Any) -> None:
        waiting = [each for each in self.waiting() if not each.over]
        if not waiting:
            return
        conflict = data.draw(st.sampled_from(waiting))
        ticket = self.tickets[conflict.record.identity]
        name = conflict.field
        if not decide(self.desk.journal, self.desk.target, conflict, side, 1, 1.0):
            raise AssertionError("a decision on what is there was not taken")
        ticket.open.discard(name)
        now = plain(name, self.shown(conflict.record.identity))
        if side == "topdesk":
            ticket.base[name] = self.seen[conflict.record.identity][name]
        ticket.left[name] = now
        tally["decisions"] += 1

    # The model: what a load may do, three ways, field by field.

    def reconcile(self, edit: tuple[str, dict[str, Any]] | None) -> None:
        chains = self.chains()
        self.desk.plan(*chains)
        if edit:
            self.agree()
            self.patch(*edit)
        before = {number: self.shown(number) for number in TICKETS}
        self.desk.load()
        if edit:
            # What was planned on other facts is planned again.
            self.desk.plan(*chains)
            self.desk.load()
        self.seen = {number: dict(ticket.hpsm) for number, ticket in self.tickets.items()}
        for number, ticket in self.tickets.items():
            self.one(number, ticket, before[number], self.shown(number))
        tally["loads"] += 1

    def agree(self) -> None:
        """Where both sides have the same when it is planned, that is what they last agreed on,
        whatever a person writes before the requests leave."""
        for number, ticket in self.tickets.items():
            shown = self.shown(number)
            for name in () if ticket.archived else VALUES:
                hpsm, now = ticket.hpsm.get(name), plain(name, shown)
                if hpsm is not None and hpsm == now:
                    ticket.base[name], ticket.left[name] = hpsm, now

    def one(
        self, number: str, ticket: Ticket, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Hold one ticket against what a load was allowed to do."""
        was_open, ticket.open = ticket.open, set()
        if ticket.archived:
            ticket.open = was_open
            assert after == before, f"{number} is archived and was changed"
            return
        applied = set()
        for name in VALUES:
            hpsm, now = ticket.hpsm.get(name), plain(name, before)
            expected = now
            if hpsm == ticket.base.get(name) or hpsm is None:
                pass
            elif hpsm == now:
                ticket.base[name], ticket.left[name] = hpsm, now
            elif now == ticket.left.get(name) or now == ticket.base.get(name):
                expected = hpsm
                applied.add(name)
                ticket.base[name] = ticket.left[name] = ticket.ours[name] = hpsm
            else:
                ticket.open.add(name)
                tally["conflicts planted"] += name not in was_open
            assert plain(name, after) == expected, f"{number} {name}: an edit is lost"
        if "impact" in applied and plain("priority", before) == ticket.left["priority"]:
            made = plain("priority", after)
            ticket.left["priority"] = ticket.ours["priority"] = made
        else:
            assert plain("priority", after) == plain("priority", before), f"{number}: priority"
        ticket.told = ticket.notes

    # What always holds.

    @invariant()
    def conflicts_shown_are_conflicts_planted(self) -> None:
        tally["steps"] += 1
        if not hasattr(self, "seen"):
            return
        shown = {(each.record.identity, each.field) for each in self.waiting()}
        planted = {(number, name) for number, t in self.tickets.items() for name in t.open}
        assert shown == planted
        tally["steps with conflicts compared"] += 1

    @invariant()
    def what_people_wrote_is_there_once(self) -> None:
        for number, ticket in self.tickets.items():
            if not ticket.version:
                continue
            texts = [entry.text for entry in self.desk.target.trail(self.id(number))]
            assert [t for t in texts[::-1] if t.startswith("Skrevet")] == ticket.entries
            ours = [text for text in texts if not text.startswith("Skrevet")]
            assert len(ours) == ticket.told, f"{number}: {len(ours)} of {ticket.told} notes"

    def teardown(self) -> None:
        try:
            if any(ticket.base for ticket in self.tickets.values()):
                self.taken_back()
        finally:
            self.desk.close()
            self.http.close()
            self.server.__exit__(None, None, None)
            self.folder.cleanup()

    def taken_back(self) -> None:
        """At the end the unit is taken back: every edit stays, and what nobody touched goes."""
        before = {number: self.shown(number) for number in TICKETS}
        touched = {
            number
            for number, ticket in self.tickets.items()
            if ticket.archived
            or ticket.entries
            or any(plain(n, before[number]) != ticket.ours.get(n) for n in PERSONS)
        }
        scope, desk = Scope(units=("it",)), self.desk
        for phase in PHASES:
            desk.store.outdate("it", phase)
        said = dry(Look(desk.journal, desk.target, desk.window, 4), scope)
        undo = Undo(desk.journal, desk.target, Pacer(4), 99, window=desk.window, threads=4)
        result = undo.undo(scope)
        assert sorted(map(repr, result.lines)) == sorted(map(repr, said.lines))
        kept = {line.identity for line in result.lines if line.what == "keep"}
        assert kept == touched
        for number in TICKETS:
            after = self.shown(number)
            if number in touched:
                assert after == before[number], f"{number}: an edit is lost by the undo"
            else:
                assert after["status"].endswith("Archived")
        again = Undo(desk.journal, desk.target, Pacer(4), 99, window=desk.window, threads=4)
        assert again.undo(scope).requests == 0
        tally["tickets kept by an undo"] += len(touched)
        tally["tickets taken back"] += len(TICKETS) - len(touched)
        tally["undos"] += 1

    # TOPdesk as a person sees it.

    def chains(self) -> list[Chain]:
        return [self.chain(number, ticket) for number, ticket in self.tickets.items()]

    def chain(self, number: str, ticket: Ticket) -> Chain:
        """What the transform gives of a ticket now."""
        chain = incident(number, parts=1)
        create, call_date, note, _ = chain.steps
        fields: dict[str, Any] = {}
        for name, value in ticket.hpsm.items():
            for group, part in body(name, value).items():
                if isinstance(part, dict) and group in fields:
                    fields[group] = {**fields[group], **part}
                else:
                    fields[group] = part
        digest = f"{number} {ticket.version}"
        told = self.desk.journal.told(number, digest)
        steps = [replace(create, body={**create.body, **fields}), call_date]
        if told is None:
            steps.append(note)
        else:
            for n in range(ticket.notes):
                text = f"Del {n + 1}"
                if text not in told.carries:
                    part = told.next_visible + n
                    marker = f"[{number}/v/{part}]"
                    action = {"action": f"{text}<br>{marker}", "actionInvisibleForCaller": False}
                    steps.append(Step(f"history/v/{part}", action, marker, (text,)))
        return replace(chain, steps=tuple(steps), source_digest=digest)

    def waiting(self) -> list[Conflict]:
        return conflicts(self.desk.journal, self.desk.target, "it", self.chains())

    def id(self, number: str) -> str:
        return self.desk.journal.records("incident", [number])[number].target_id or self.ids[number]

    def shown(self, number: str) -> dict[str, Any]:
        self.ids = getattr(self, "ids", {})
        self.ids.setdefault(number, self.desk.journal.lookup(number)[0].target_id)
        record: dict[str, Any] = self.ask("GET", self.ids[number])
        return {n: v for n, v in record.items() if not n.startswith("modif")}

    def patch(self, number: str, fields: dict[str, Any]) -> None:
        self.ask("PATCH", self.id(number), fields)

    def ask(self, method: str, path: str, sent: Any = None) -> Any:
        url = f"{self.server.url}/tas/api/incidents/id/{path}"
        answer = self.http.request(method, url, json=sent, timeout=10)
        assert answer.ok, answer.text
        return answer.json()
