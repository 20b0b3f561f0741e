"""What must hold at the end of a walk, when nothing fails any more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from loading import idle
from walked import UNIT, Walk

from migrate.load.baseline import live
from migrate.records import PHASES, Chain, Found, State
from migrate.state.buckets import UNFINISHED
from migrate.state.journal import Entry
from migrate.state.journal_aside import Scope
from migrate.state.overview import Overview

ROUNDS = 4
_FOR_PEOPLE = frozenset({State.CONFLICT, State.REJECTED})
_NOTE = re.compile(r"(Note \d+)\b")
_LAST = frozenset({"service"})
"""Kinds that an undo cannot take back."""


def check(walk: Walk) -> None:
    """Loads come to an end, and TOPdesk then has what HPSM has and what people wrote."""
    idle(walk.desk.server)
    ended(walk)
    nothing_twice(walk)
    edits_stay(walk)
    tickets_whole(walk)
    cards_there(walk)
    verified(walk)
    taken_back(walk)


def ended(walk: Walk) -> None:
    # A load leaves alone what an undo has begun: the same undo goes on.
    for _ in range(ROUNDS):
        if being_undone(walk):
            walk.undo(Scope(units=(UNIT,)))
    writes = []
    for _ in range(ROUNDS):
        walk.reopen()
        writes.append(walk.load())
    quiet = [walk.load()]
    walk.plan()
    quiet += [walk.load()]
    assert quiet == [0, 0], f"loads do not end: {writes} {quiet}"
    assert not left(walk), f"left after {writes}: {left(walk)}"


def being_undone(walk: Walk) -> bool:
    scope = Scope(units=(UNIT,))
    return any(
        walk.desk.journal.undoing(kind, scope) for kinds in PHASES.values() for kind in kinds
    )


def left(walk: Walk) -> list[str]:
    """What is under way still, by the plan and by the journal."""
    desk = walk.desk
    overview = Overview(desk.store.path, desk.journal.path, "hpsm")
    try:
        found = [
            f"{line.kind} {line.bucket}"
            for line in overview.lines(UNIT)
            if line.bucket in UNFINISHED and line.records
        ]
    finally:
        overview.close()
    for kinds in PHASES.values():
        for kind in kinds:
            identities = [
                planned.identity
                for phase in PHASES
                for page in desk.store.records(UNIT, phase, kind, steps=False)
                for planned in page
            ]
            for known in desk.journal.entries(kind, identities).values():
                found += [
                    f"{entry.key} {entry.state} {entry.code}"
                    for entry in live(known)
                    if (entry.state in UNFINISHED and not edited_knowledge(walk, known))
                    or (
                        entry.state in _FOR_PEOPLE and not by_people(walk, kind, entry.key.identity)
                    )
                ]
            found += [
                f"{kind} {planned.identity} {planned.verdict.state} {planned.verdict.code}"
                for phase in PHASES
                for page in desk.store.records(UNIT, phase, kind, steps=False)
                for planned in page
                if planned.verdict and planned.verdict.state in _FOR_PEOPLE
                if not by_people(walk, kind, planned.identity)
            ]
    failed = desk.journal.troubled(UNIT, [State.FAILED])
    if not (walk.people.archived or walk.people.unlinked):
        found += [
            f"{entry.key} failed {entry.code} {entry.detail}"
            for entry in failed
            if entry.code != "article-edited" or not by_people(walk, *entry.key[1:3])
        ]
    return found


def by_people(walk: Walk, kind: str, identity: str) -> bool:
    """Whether a person worked on a record, or on the item that links stand in."""
    item = "knowledge_item" if kind == "knowledge_links" else kind
    return bool({(kind, identity), (item, identity)} & walk.people.touched)


def edited_knowledge(walk: Walk, known: Sequence[Entry]) -> bool:
    """Whether verify found an article or a folder to be edited. What of it was refused is not sent
    any more, since nobody compares who may see it: it is told as a difference."""
    key = known[0].key
    return (
        key.kind.startswith("knowledge_")
        and any(entry.state is State.MISMATCH for entry in known)
        and by_people(walk, key.kind, key.identity)
    )


def nothing_twice(walk: Walk) -> None:
    assert walk.desk.doubles() == {}, walk.desk.doubles()


def edits_stay(walk: Walk) -> None:
    people = walk.people
    for (kind, id), fields in people.edits.items():
        shown = people.shown(kind, id)
        for name, value in fields.items() if shown.fields else ():
            group, _, part = name.partition(".")
            now = (shown.fields.get(group) or {}).get(part) if part else shown.fields.get(name)
            now = shown.name if kind == "knowledge_folder" and name == "title" else now
            assert value in str(now), f"{kind} {name}: {value!r} is lost, there is {now!r}"
        archived = (kind, id) in people.archived
        assert shown.archived == archived or not fields, f"an edited {kind} is archived"
    for id, texts in people.entries.items():
        trail = walk.desk.trail(id)
        assert [t for t in trail if t.startswith("Skrevet av")] == texts
    for kind, id in people.made:
        if (kind, id) not in people.archived:
            assert not people.shown(kind, id).archived, f"{kind} made by hand was archived"
    for kind, id in people.archived:
        assert people.shown(kind, id).archived, f"{kind} that a person archived came back"


def tickets_whole(walk: Walk) -> None:
    """Every ticket of HPSM is there once, with what HPSM says, its notes in order, its files, its
    time and its tasks."""
    desk, people = walk.desk, walk.people
    unmade = people.archived or people.unlinked
    failed = {e.key.identity for e in desk.journal.troubled(UNIT, [State.FAILED])}
    for number, matter in walk.hpsm.tickets.items():
        record = desk.journal.records("incident", [number]).get(number)
        if ("incident", number) in walk.hpsm.left or (unmade and number in failed):
            continue
        if record is None or not record.target_id:
            # Its caller, group or operator was put away by a person.
            assert unmade, f"{number} is missing: {states(walk, number)}"
            continue
        found = people.shown("incident", record.target_id)
        if ("incident", found.id) in people.made:
            continue  # brought back as it was, and theirs by now
        ours = any(line.startswith("archive:") for line in states(walk, number))
        if found.archived and (("incident", found.id) in people.archived or ours):
            continue  # what a load archived is not changed any more, either
        assert told(walk, found.id, True) == [text for text, seen in matter.notes if seen], number
        assert told(walk, found.id, False) == [t for t, seen in matter.notes if not seen], number
        files = sorted(each.name for each in desk.target.attachments(found.id))
        assert files == sorted(matter.files), f"{number} {files} for {matter.files}"
        spent = desk.target.time_spent(found.id)
        assert len(spent) == len(matter.times), f"{number}: {len(spent)} times"
        fields_of(walk, number, found)
        tasks_of(walk, number, found)


def told(walk: Walk, id: str, visible: bool) -> list[str]:
    """HPSM's notes in the trail of a ticket, oldest first, without their marks."""
    texts = [e.text for e in reversed(walk.desk.target.trail(id)) if e.invisible is not visible]
    return [match[1] for text in texts if (match := _NOTE.match(text))]


def fields_of(walk: Walk, number: str, found: Found) -> None:
    matter = walk.hpsm.tickets[number]
    edited = walk.people.edits.get(("incident", found.id), {})
    room = "optionalFields2.text1"
    assert found.fields["briefDescription"] == edited.get("briefDescription", matter.title), number
    assert found.fields["optionalFields2"]["text1"] == edited.get(room, matter.room), number
    assert found.fields["impact"]["name"] == matter.impact, number
    flags = (bool(found.fields.get("onHold")), bool(found.fields.get("completed")))
    assert flags == (matter.ends == "hold", matter.ends in ("close", "archive")), (number, flags)


def tasks_of(walk: Walk, number: str, found: Found) -> None:
    for task, text in walk.hpsm.tickets[number].tasks.items():
        below = [
            each
            for each in walk.desk.target.find("incident", "externalNumber", [task])
            if (each.fields.get("mainIncident") or {}).get("id") == found.id
        ]
        assert len(below) == 1, f"{task}: {len(below)}"
        edited = walk.people.edits.get(("incident", below[0].id), {})
        said = below[0].fields["briefDescription"]
        assert said == edited.get("briefDescription", text), f"{task}: {said} for {text}"


def states(walk: Walk, identity: str, kind: str = "incident") -> list[str]:
    entries = walk.desk.journal.entries(kind, [identity]).get(identity, [])
    return [f"{e.key.step}:{e.key.revision} {e.state} {e.code}" for e in entries]


def cards_there(walk: Walk) -> None:
    """Everything else that HPSM has is there, active, and says what HPSM says."""
    hpsm = walk.hpsm
    says: dict[tuple[str, str], tuple[str, Any]] = {
        **{("person", login): ("jobTitle", job) for login, job in hpsm.people.items()},
        ("operator", "kari"): ("surName", hpsm.operator),
        ("operator_group", "Nett"): ("firstLineCallOperator", hpsm.line),
        **{("knowledge_item", id): ("content", text) for id, text in hpsm.articles.items()},
    }
    for chain in (
        *hpsm.foundation(UNIT, {}),
        *hpsm.persons(UNIT, ()),
        *hpsm.operators(UNIT),
        *hpsm.groups(UNIT),
        *hpsm.knowledge(UNIT),
    ):
        if chain.kind == "membership":
            member_there(walk)
        elif chain.kind != "knowledge_links":
            card_there(walk, chain, says.get((chain.kind, chain.identity)))


def member_there(walk: Walk) -> None:
    desk = walk.desk
    group, operator = (
        next((id for _, _, id in desk.journal.targets([kind])), "")
        for kind in ("operator_group", "operator")
    )
    there = bool(group) and operator in desk.target.members(group)
    assert there or walk.people.unlinked or walk.people.archived, "a membership is missing"


def card_there(walk: Walk, chain: Chain, says: tuple[str, Any] | None) -> None:
    people, where = walk.people, (chain.kind, chain.identity)
    record = walk.desk.journal.records(*(chain.kind, [chain.identity])).get(chain.identity)
    if record is None or not record.target_id:
        assert people.archived, f"{where} is missing: {states(walk, chain.identity, chain.kind)}"
        return
    found = people.shown(chain.kind, record.target_id)
    by_person = (chain.kind, record.target_id) in people.archived
    assert found.archived == by_person, f"{where} archived: {found.archived}"
    # Where a person put away a branch, TOPdesk takes no change to what stands in it.
    if says and where not in people.touched and not people.archived:
        name, value = says
        now = found.fields[name]
        right = value in str(now) if name == "content" else now == value
        assert right, f"{where} {name}: {now!r} for {value!r}"


def verified(walk: Walk) -> None:
    people, hpsm = walk.people, walk.hpsm
    if people.unlinked or people.archived:
        return
    # An article that HPSM does not have any more, and that was taken back, is linked to still.
    led_away = any(kind == "knowledge_item" for kind, _ in hpsm.left)
    wrong = [
        each
        for each in walk.desk.verify().differences
        if not by_people(walk, each.kind, each.identity)
        and not (each.kind == "knowledge_links" and led_away)
    ]
    assert not wrong, wrong


def taken_back(walk: Walk) -> None:
    """At the end the unit is taken back; a second time nothing is left to do."""
    people, desk = walk.people, walk.desk
    result = walk.undo(Scope(units=(UNIT,)))
    again = walk.undo(Scope(units=(UNIT,)))
    assert again.requests == 0, f"a second undo writes: {again.lines}"
    for line in result.lines:
        assert line.what not in ("failed", "in doubt"), line
        if line.what == "keep" and line.kind not in _LAST and line.code != "undo-still-used":
            why = states(walk, line.identity, line.kind)
            assert (line.kind, line.identity) in people.touched, f"kept for nothing: {line} {why}"
    edits_stay(walk)
    for number in walk.hpsm.tickets:
        if ("incident", number) not in people.touched:
            there = desk.target.find("incident", "externalNumber", [number])
            assert all(found.archived for found in there), f"{number} is still there"
