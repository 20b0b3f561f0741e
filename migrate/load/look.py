"""What an undo would take back and what it would keep, record by record: it only reads.

Newest first, and what refers to something before what it refers to: tickets, memberships, groups,
operators, people, places. An undo and its dry run go through the same look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TypeVar

from migrate.errors import ConfigurationError
from migrate.load.baseline import ARRIVED
from migrate.load.baseline import live as standing
from migrate.load.compare import differing, expected
from migrate.load.directory import by_number
from migrate.load.judge import DOUBTFUL, HOW, REFERENCES, Judgement, Shown, judge
from migrate.load.partials import untouched
from migrate.load.policy import UNSEEN
from migrate.load.target import TargetReader
from migrate.load.topdesk.paging import Refused
from migrate.load.verify_knowledge import edits_of_item
from migrate.records import PHASES, Found
from migrate.state.journal import Entry, Journal, Record
from migrate.state.journal_aside import MAKES, UNDO, Scope

ORDER = tuple(
    kind
    for kinds in reversed(PHASES.values())
    for kind in reversed(kinds)
    if kind != "knowledge_links"
)
"""The kinds in the order in which they are taken back; the links of an item go with it."""

_SECOND_LOOK = 0.05
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Case:
    """One record of ours and what is done with it. `users` is what is needed to take a membership
    back: its operator and its group."""

    record: Record
    revision: int
    judgement: Judgement
    body: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Look:
    """Looks at every record in a scope. `window` is seconds: what is in doubt is judged after it,
    counted from when the look began, since clocks jump and those of machines differ. `going` are
    (kind, id) of what is taken back: it keeps nothing else."""

    journal: Journal
    reader: TargetReader
    window: float
    threads: int = 8
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    going: set[tuple[str, str]] = field(default_factory=set)
    _unseen: set[tuple[str, str]] = field(default_factory=set)
    _inside: dict[str, set[tuple[str, str]]] | None = None
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.monotonic()

    def cases(self, scope: Scope, size: int = 16) -> Iterator[list[Case]]:
        """Every record that we made and that was not taken back, page by page."""
        with ThreadPoolExecutor(self.threads) as pool:
            for kind in ORDER:
                found = list(self.journal.made(kind, scope))
                if kind == "knowledge_folder":
                    # Those within others first, and one by one: each looks at what is left in it.
                    found.sort(key=lambda path: (-path.count("/"), path))
                names = iter(found)
                while page := list(islice(names, 1 if kind == "knowledge_folder" else size)):
                    yield self._page(kind, page, pool)

    def begun(self, scope: Scope) -> Iterator[Case]:
        """What an undo was at when it died."""
        for kind in ORDER:
            names = self.journal.undoing(kind, scope)
            entries = self.journal.entries(kind, names)
            begun = {
                name: entry
                for name in names
                for entry in entries[name]
                if entry.key.step == UNDO and entry.state in DOUBTFUL
            }
            for name, record in self.journal.records(kind, list(begun)).items():
                entry = begun[name]
                body = {}
                if kind == "membership":
                    group, _, operator = entry.marker.partition("|")
                    body = {"group": group, "operator": operator}
                how = Judgement(HOW[kind])
                yield Case(record, entry.key.revision, how, body)

    def _page(self, kind: str, page: Sequence[str], pool: ThreadPoolExecutor) -> list[Case]:
        entries = self.journal.entries(kind, page)
        records = self.journal.records(kind, page)
        live = {identity: standing(entries[identity]) for identity in page}
        revisions = {identity: max(e.key.revision for e in entries[identity]) for identity in page}
        if kind not in HOW:
            cannot = Judgement(code="undo-impossible")
            return [Case(records[each], revisions[each], cannot) for each in page]
        self._wait([entry for identity in page for entry in live[identity]])
        shown, bodies = self._shown(kind, [records[identity] for identity in page], live, pool)
        cases = []
        for identity in page:
            here = shown[identity]
            found = here.found
            record = records[identity]
            if isinstance(found, Found) and not record.target_id:
                record = replace(record, target_id=found.id, number=found.number)
            decided = (
                judge(kind, live[identity], here)
                if record.target_id or kind == "membership" or not _lost(kind, live[identity])
                else Judgement(code="in-doubt")
            )
            if decided.how and found and (users := self._family(found, live[identity])):
                decided = Judgement(code="undo-still-used", detail=", ".join(users))
            if (kind, record.target_id) in self._unseen:
                decided = Judgement(code=UNSEEN, detail="status 403")
            if decided.how and found:
                self.going.add((kind, found.id))
            cases.append(Case(record, revisions[identity], decided, bodies.get(identity, {})))
        return cases

    def _wait(self, entries: Sequence[Entry]) -> None:
        """Until what has no answer is done or will never be."""
        over = self._began + self.window * (1 + _SECOND_LOOK)
        if any(e.state in DOUBTFUL for e in entries) and (left := over - self.monotonic()) > 0:
            self.sleep(left)

    def _shown(
        self,
        kind: str,
        records: Sequence[Record],
        known: dict[str, list[Entry]],
        pool: ThreadPoolExecutor,
    ) -> tuple[dict[str, Shown], dict[str, dict[str, str]]]:
        if kind == "membership":
            return self._memberships(records)
        found = self._found(kind, records, pool)
        if kind in ("knowledge_item", "knowledge_folder"):
            return {
                record.identity: Shown(each, (), (), *self._of_knowledge(record, known, each))
                for record, each in zip(records, found.values(), strict=True)
            }, {}
        if kind == "incident":
            ids = [each.id if each else "" for each in found.values()]
            trails = pool.map(lambda id: self._of_ticket(self.reader.trail, id), ids)
            files = pool.map(lambda id: self._of_ticket(self.reader.attachments, id), ids)
            spent = pool.map(self._spent, found.values())
            rows = zip(found.items(), trails, files, spent, strict=True)
            return {
                name: Shown(each, trail, own, spent=notes)
                for (name, each), trail, own, notes in rows
            }, {}
        users = self._users(kind, [each.id for each in found.values() if each])
        return {
            name: Shown(each, users=users.get(each.id, ()) if each else ())
            for name, each in found.items()
        }, {}

    def _spent(self, found: Found | None) -> list[str]:
        """The notes of the time registered on a ticket; it is asked for where there is any."""
        if found is None or not found.fields.get("timeSpent"):
            return []
        return [each.notes for each in self._of_ticket(self.reader.time_spent, found.id)]

    def _gotten(self, kind: str, id: str) -> Found | None:
        return self._seen(kind, id, partial(self.reader.get, kind, id), None)

    def _of_ticket(self, read: Callable[[str], list[Read]], id: str) -> list[Read]:
        return self._seen("incident", id, partial(read, id), []) if id else []

    def _seen(self, kind: str, id: str, read: Callable[[], Read], else_: Read) -> Read:
        """What is read of a record; where it may not be read, that is remembered."""
        try:
            return read()
        except ConfigurationError as error:
            if not error.of_one:
                raise
            self._unseen.add((kind, id))
            return else_

    def _family(self, found: Found, known: Sequence[Entry]) -> list[str]:
        """Incidents below this one that stay: those of a major call, and partial ones that somebody
        made or changed, which would be archived with it."""
        if found.kind != "incident":
            return []
        stay = []
        links = [str(each.get("link") or "") for each in found.fields.get("partialIncidents") or ()]
        ours: frozenset[str] = frozenset()
        if links:
            read = partial(untouched, self.reader, found.id, known)
            ours = self._seen(found.kind, found.id, read, ours)
        if any(link.rpartition("/")[2] not in ours for link in links):
            stay.append("partial incidents")
        if found.fields.get("majorCall"):
            try:
                below = list(self.reader.find("incident", "majorCallObject.id", [found.id]))
            except Refused:
                return [*stay, "incidents of the major call?"]
            if any(not b.archived and ("incident", b.id) not in self.going for b in below):
                stay.append("incidents of the major call")
        return stay

    def _of_knowledge(
        self, record: Record, known: dict[str, list[Entry]], found: Found | None
    ) -> tuple[list[str], list[str]]:
        """What is in a folder still, and what somebody changed of it, or of an item."""
        if found is None or found.archived:
            return [], []
        entries = known[record.identity]
        if record.kind == "knowledge_item":
            edits = partial(edits_of_item, self.journal, self.reader, record, entries, found)
            return [], self._seen(record.kind, record.target_id, edits, [])
        sent = expected(e.fields for e in entries if e.state in ARRIVED and not e.marker)
        if self._inside is None:
            self._inside = {}
            for kind in ("knowledge_folder", "knowledge_item"):
                for each in self.reader.index(kind):
                    above = str((each.fields.get("parent") or {}).get("id") or "")
                    if not each.archived:
                        self._inside.setdefault(above, set()).add((kind, each.id))
        inside = {id for _, id in self._inside.get(found.id, set())}
        left = inside - {id for _, id in self.going}
        return [f"{len(left)} articles or folders"] if left else [], differing(sent, found.fields)

    def _found(
        self, kind: str, records: Sequence[Record], pool: ThreadPoolExecutor
    ) -> dict[str, Found | None]:
        found: dict[str, Found | None] = {}
        if kind == "incident":
            taken = self.journal.taken_back(kind, [record.identity for record in records])
            here: dict[str, list[Found]] = {}
            numbers = [record.identity for record in records]
            for each, number in by_number(self.reader, numbers):
                here.setdefault(number, []).append(each)
            for record in records:
                mine = [f for f in here.get(record.identity, []) if f.id == record.target_id]
                if not record.target_id:
                    past = taken.get(record.identity, frozenset())
                    mine = [f for f in here.get(record.identity, []) if f.id not in past]
                if len(mine) == 1:
                    found[record.identity] = mine[0]
        left = [record for record in records if record.identity not in found]
        gotten = pool.map(
            lambda record: self._gotten(kind, record.target_id) if record.target_id else None,
            left,
        )
        found.update((record.identity, each) for record, each in zip(left, gotten, strict=True))
        return {record.identity: found[record.identity] for record in records}

    def _memberships(
        self, records: Sequence[Record]
    ) -> tuple[dict[str, Shown], dict[str, dict[str, str]]]:
        kinds = ("operator", "operator_group")
        ids = {(kind, name): id for kind, name, id in self.journal.targets(kinds)}
        members: dict[str, frozenset[str]] = {}
        shown, bodies = {}, {}
        for record in records:
            name, _, login = record.identity.rpartition("|")
            group, operator = ids.get(("operator_group", name), ""), ids.get(("operator", login))
            if group and group not in members:
                members[group] = self.reader.members(group)
            there = bool(operator) and operator in members.get(group, frozenset())
            found = Found("membership", f"{group}|{operator}", record.identity) if there else None
            shown[record.identity] = Shown(found)
            bodies[record.identity] = {"group": group, "operator": operator or ""}
        return shown, bodies

    def _users(self, kind: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """What still refers to these records, in words; one that this TOPdesk does not let us ask
        about counts as in use."""
        users: dict[str, list[str]] = {}
        for other, by, words in REFERENCES.get(kind, ()) if ids else ():
            try:
                found = list(self.reader.find(other, by, ids))
            except Refused:
                users.update({id: [*users.get(id, []), f"{words}?"] for id in ids})
                continue
            for each in found:
                id = str((each.fields.get(by.partition(".")[0]) or {}).get("id"))
                said = users.setdefault(id, [])
                if not (each.archived or (other, each.id) in self.going or words in said):
                    said.append(words)
        for id in ids:
            if extra := self._linked(kind, id):
                users.setdefault(id, []).append(extra)
        return users

    def _linked(self, kind: str, id: str) -> str:
        """Memberships that a person made."""
        if kind == "operator_group":
            pairs = [f"{id}|{operator}" for operator in self.reader.members(id)]
        elif kind == "operator":
            pairs = [f"{group}|{id}" for group in self.reader.groups_of(id)]
        else:
            return ""
        left = [pair for pair in pairs if ("membership", pair) not in self.going]
        return f"{len(left)} memberships" if left else ""


def _lost(kind: str, known: Sequence[Entry]) -> bool:
    """Whether nobody knows under which id it was made, if it was: only tickets have a key that the
    journal keeps."""
    return kind != "incident" and any(e.key.step in MAKES and e.state in DOUBTFUL for e in known)
