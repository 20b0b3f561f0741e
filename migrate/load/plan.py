"""Plan: asks the target and the journal what each chain needs, and writes it down as data.

It is given the reader only, so it cannot change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from itertools import islice

from migrate.load.article_delta import again, article_delta, is_ours, second_pass
from migrate.load.baseline import live, open_conflicts
from migrate.load.delta import delta
from migrate.load.directory import FIND_FIELDS, Directory, by_number
from migrate.load.partials import changed_numbers, partials
from migrate.load.resolve import Resolver
from migrate.load.target import TargetReader
from migrate.records import PHASES, Chain, Finding, Found, Ref, State, Step, Verdict
from migrate.state.buckets import TROUBLE
from migrate.state.journal import Entry, Journal, Record
from migrate.state.journal_aside import CONFLICT
from migrate.state.plan_store import NewPlanned, PlanHead, PlanStore, dump_steps

FINISHED = frozenset({State.DONE, State.VERIFIED, State.SKIPPED, State.KEPT, State.UNDONE})
"""States of a step that is not sent again."""
_THERE = FINISHED | {State.MISMATCH, State.CONFLICT}
NOT_A_CALLER = "not-a-caller"
SAME_RECORD = "same-record"
"""Another identity is going to be the same record; its name is the verdict's reason."""
_ALREADY = Verdict(State.SKIPPED, "already-there", "the target has it already")
_ARCHIVED = Verdict(State.SKIPPED, "archived-in-target", "it is archived there")
_STUCK = TROUBLE - {State.MISMATCH}


@dataclass(slots=True)
class Planner:
    """Plans phases of units against one target. `progress` is told how many chains are planned."""

    journal: Journal
    store: PlanStore
    reader: TargetReader
    progress: Callable[[int], None] = lambda done: None
    page: int = 500
    _not_callers: set[str] = field(default_factory=set)
    _not_ours: set[str] = field(default_factory=set)
    _directories: dict[str, Directory] = field(default_factory=dict)
    _ids: dict[tuple[str, str], str] = field(default_factory=dict)
    _members: dict[str, frozenset[str]] = field(default_factory=dict)

    def plan(
        self, unit: str, phase: str, sprint: str, chains: Iterable[Chain], basis: str, now: float
    ) -> PlanHead:
        """Write the plan of one phase anew and return its head. Raises what the reader raises."""
        self.store.clear(unit, phase)
        made = {
            (kind, identity): id
            for kind, identity, id in self.journal.targets(_ALL_BUT_TICKETS)
            if (kind, identity) not in self._ids
        }
        if made:
            # What the load of another unit has made since is found, and not made again.
            self._directories.clear()
            self._members.clear()
            self._ids.update(made)
        self._not_callers = self.store.identities("person", NOT_A_CALLER)
        digest, done = blake2b(digest_size=16), 0
        for batch in _pages(chains, self.page):
            planned = self._batch(batch)
            for chain in batch:
                # What HPSM and the mappings ask for, not what is left of it: our own loading makes
                # no plan stale.
                code = chain.verdict.code if chain.verdict else ""
                digest.update(
                    f"{chain.kind}\0{chain.identity}\0{code}\0{chain.source_digest}\0".encode()
                )
                digest.update(dump_steps(chain.steps))
            self.store.add(unit, phase, planned)
            done += len(batch)
            self.progress(done)
        head = PlanHead(unit, phase, sprint, digest.hexdigest(), basis, now)
        self.store.finish(head)
        return head

    def _batch(self, chains: Sequence[Chain]) -> list[NewPlanned]:
        by_kind: dict[str, list[str]] = {}
        for chain in chains:
            by_kind.setdefault(chain.kind, []).append(chain.identity)
        entries = {kind: self.journal.entries(kind, ids) for kind, ids in by_kind.items()}
        records = {kind: self.journal.records(kind, ids) for kind, ids in by_kind.items()}
        incidents = records.get("incident", {})
        there = self._incidents_there(chains, incidents, entries.get("incident", {}))
        result = []
        for chain in chains:
            everything = entries[chain.kind].get(chain.identity, [])
            known = live(everything)
            if everything and not known:
                # Taken back since: it is loaded again, in further revisions.
                revision = 1 + max(entry.key.revision for entry in everything)
                steps = tuple(replace(step, revision=revision) for step in chain.steps)
                chain = replace(chain, steps=steps)
            if known:
                record = records[chain.kind].get(chain.identity)
                if chain.kind.startswith("knowledge_") and record:
                    result.append(self._knowledge(chain, everything, record))
                elif _changed(chain, everything, record):
                    found = self._found_now(chain, record, there)
                    result.append(self._delta(chain, everything, record, found))
                else:
                    result.append(_continued(chain, known, record))
                    if chain.kind == "person" and result[-1].verdict is None:
                        self._directory("person").expect(chain)
            elif chain.verdict:
                result.append(NewPlanned(chain, chain.verdict))
            elif chain.kind == "incident":
                result.append(_new_incident(chain, there.get(chain.identity, [])))
            elif chain.kind == "membership":
                result.append(self._membership(chain))
            elif chain.kind == "knowledge_links":
                result.append(second_pass(chain, self._not_ours))
            else:
                result.append(self._directory_record(chain))
            if chain.kind == "knowledge_item" and not is_ours(result[-1].verdict, known or ()):
                self._not_ours.add(chain.identity)
        return result

    def _knowledge(self, chain: Chain, known: Sequence[Entry], record: Record) -> NewPlanned:
        """What is left of an item, or of the second pass over it, and what changed in HPSM."""
        steps = live(known)
        stands = record.whole and record.digest != chain.source_digest and not chain.verdict
        stuck = any(entry.state in _STUCK for entry in steps)
        if chain.kind == "knowledge_folder" or not stands or stuck:
            return _continued(chain, steps, record)
        if not any(entry.fields for entry in steps):
            return NewPlanned(replace(chain, steps=()), _ALREADY, record.target_id)
        if chain.kind == "knowledge_links":
            if chain.identity in self._not_ours:
                return second_pass(chain, self._not_ours)
            new = again(chain, known)
        else:
            look = partial(self.reader.knowledge.item, record.target_id)
            new = article_delta(chain, known, look, Resolver(self._ids, self._not_callers))
        verdict = new.verdict or (None if new.steps else _LOADED)
        return NewPlanned(new, verdict, record.target_id, record.number, len(new.steps))

    def _incidents_there(
        self,
        chains: Sequence[Chain],
        records: dict[str, Record],
        entries: dict[str, list[Entry]],
    ) -> dict[str, list[Found]]:
        """Incidents that the target has under our keys: those that changed in HPSM since they were
        loaded, and those of which the journal knows nothing (another state folder, or somebody's
        hand)."""
        wanted = [
            chain.identity
            for chain in chains
            if chain.kind == "incident"
            and chain.steps
            and (
                chain.identity not in records
                or not live(entries.get(chain.identity, []))
                or _changed(chain, entries.get(chain.identity, []), records[chain.identity])
            )
        ]
        there: dict[str, list[Found]] = {}
        if wanted:
            gone = self.journal.taken_back("incident", wanted)
            for found, number in by_number(self.reader, wanted):
                if found.id not in gone.get(number, ()):
                    there.setdefault(number, []).append(found)
        return there

    def _found_now(
        self, chain: Chain, record: Record | None, there: dict[str, list[Found]]
    ) -> list[Found]:
        """What the target has now of a record that changed in HPSM."""
        if chain.kind == "incident":
            return there.get(chain.identity, [])
        found = self.reader.get(chain.kind, record.target_id) if record else None
        return [found] if found else []

    def _delta(
        self, chain: Chain, known: Sequence[Entry], record: Record | None, found: Sequence[Found]
    ) -> NewPlanned:
        """What a record needs that changed in HPSM since it was loaded. That a person changed it in
        the target, as verify may have found, keeps nothing else from being sent."""
        target_id, number = (record.target_id, record.number) if record else ("", "")
        stuck = next((e for e in live(known) if e.state in _STUCK), None)
        if stuck or chain.verdict:
            worst = Verdict(stuck.state, stuck.code, stuck.detail) if stuck else chain.verdict
            return NewPlanned(replace(chain, steps=()), worst, target_id, number)
        if not any(entry.fields for entry in live(known)):
            # It was there before us, so nobody knows what of HPSM it has.
            return NewPlanned(replace(chain, steps=()), _ALREADY, target_id, number)
        if len(found) != 1:
            verdict = Verdict(State.MISMATCH, "gone", "the target does not have it any more")
            if found:
                verdict = Verdict(State.CONFLICT, "several-in-target", f"{len(found)} are there")
            return NewPlanned(replace(chain, steps=()), verdict, target_id, number)
        if found[0].archived:
            finding = Finding("archived-in-target", chain.identity)
            new = replace(chain, steps=(), findings=(*chain.findings, finding))
            return NewPlanned(new, _ARCHIVED, target_id, number)
        ids = {**self._ids, **self._above(chain)} if _above(chain) else self._ids
        resolver = Resolver(ids, self._not_callers)
        numbers = changed_numbers(chain, live(known), resolver)
        below = partials(self.reader, numbers, found[0].id) if numbers else None
        new = delta(chain, known, found[0], resolver, below)
        if new.steps:
            requests = sum(1 for step in new.steps if not step.name.startswith(CONFLICT))
            return NewPlanned(new, None, target_id, number, requests=requests)
        return NewPlanned(new, _LOADED, target_id, number)

    def _above(self, chain: Chain) -> dict[tuple[str, str], str]:
        """The ids of the incidents that a ticket hangs on, where they are loaded."""
        records = self.journal.records("incident", _above(chain))
        return {("incident", key): r.target_id for key, r in records.items() if r.target_id}

    def _directory_record(self, chain: Chain) -> NewPlanned:
        found = self._directory(chain.kind).match(chain)
        branch = _branch(chain)
        if chain.kind == "operator_group" and branch:
            here = [f for f in found if (f.fields.get("branch") or {}).get("name") == branch]
            if found and not here:
                return NewPlanned(
                    chain,
                    Verdict(
                        State.CONFLICT, "group-in-other-branch", "the name is taken in a branch"
                    ),
                )
            found = here
        if len(found) > 1:
            return NewPlanned(
                chain,
                Verdict(
                    State.CONFLICT, "several-in-target", f"the key fits {len(found)} records there"
                ),
            )
        if found:
            return self._found(chain, found[0])
        if not chain.create:
            return NewPlanned(
                chain,
                Verdict(
                    State.SKIPPED,
                    f"{chain.kind}-not-found",
                    "not in the target, and the policy does not create it",
                ),
            )
        if chain.kind == "person":
            self._directory("person").expect(chain)
        return NewPlanned(chain, None, requests=len(chain.steps))

    def look_again(self, unit: str, phase: str, kind: str) -> None:
        """Find what is planned to be made and was not there when it was planned: the load of
        another unit, the directory or a person may have made it since."""
        if kind not in FIND_FIELDS:
            return
        self._directories.pop(kind, None)
        for page in self.store.records(unit, phase, kind, steps=False):
            known = self.journal.records(kind, [planned.identity for planned in page])
            new = [p for p in page if p.verdict is None and p.identity not in known]
            steps = self.store.steps([planned.id for planned in new])
            for planned in new:
                chain = Chain(
                    kind,
                    planned.identity,
                    planned.members,
                    unit,
                    steps=steps[planned.id],
                    find=planned.find,
                )
                now = self._directory_record(chain)
                if now.verdict or now.target_id != planned.target_id:
                    self.store.decide(planned.id, now.verdict, now.target_id)

    def _found(self, chain: Chain, found: Found) -> NewPlanned:
        if not found.id:
            return NewPlanned(chain, Verdict(State.SKIPPED, SAME_RECORD, found.name))
        if found.archived:
            return self._archived(chain, found.id)
        self._ids[chain.kind, chain.identity] = found.id
        if chain.kind == "person" and found.fields.get("isCaller") is False:
            verdict = Verdict(State.SKIPPED, NOT_A_CALLER, "found, without the caller role")
            return NewPlanned(chain, verdict, found.id)
        missing = [
            step
            for step in chain.steps
            if step.name == "tasks"
            and any(found.fields.get(k) is False for k, v in step.body.items() if v is True)
        ]
        if missing:
            return NewPlanned(chain, None, found.id, requests=len(missing))
        return NewPlanned(chain, _ALREADY, found.id)

    def _archived(self, chain: Chain, id: str) -> NewPlanned:
        """Left as it is; but what an undo of ours archived is brought back."""
        taken = self.journal.taken_back(chain.kind, [chain.identity]).get(chain.identity, ())
        if id not in taken:
            return NewPlanned(chain, _ARCHIVED)
        self._ids[chain.kind, chain.identity] = id
        steps = (Step("restore", {}, revision=chain.steps[0].revision),) if chain.steps else ()
        return NewPlanned(replace(chain, steps=steps), None, id, requests=len(steps))

    def _membership(self, chain: Chain) -> NewPlanned:
        refs = {name: _as_ref(value) for name, value in chain.steps[0].body.items()}
        group, operator = (self._id(refs.get(name)) for name in ("group", "operator"))
        if group and group not in self._members:
            self._members[group] = self.reader.members(group)
        if group and operator in self._members[group]:
            return NewPlanned(chain, _ALREADY, group)
        return NewPlanned(chain, None, requests=1)

    def _id(self, ref: Ref | None) -> str:
        return self._ids.get((ref.kind, ref.key), "") if ref else ""

    def _directory(self, kind: str) -> Directory:
        if kind not in self._directories:
            self._directories[kind] = Directory.read(self.reader, kind)
        return self._directories[kind]


_ALL_BUT_TICKETS = [k for phase, kinds in PHASES.items() if phase != "tickets" for k in kinds]


def _new_incident(chain: Chain, found: list[Found]) -> NewPlanned:
    if len(found) > 1:
        return NewPlanned(
            chain,
            Verdict(
                State.CONFLICT,
                "several-in-target",
                f"{len(found)} incidents there have this external number",
            ),
        )
    if found:
        return NewPlanned(chain, _ALREADY, found[0].id, found[0].number)
    return NewPlanned(chain, None, requests=len(chain.steps))


def _continued(chain: Chain, known: Sequence[Entry], record: Record | None) -> NewPlanned:
    """A chain that a load has begun: what is left of it, or why it does not go on."""
    target_id = record.target_id if record else ""
    number = record.number if record else ""
    if record and record.whole:
        return NewPlanned(chain, _LOADED, target_id, number)
    states = {(e.key.step, e.key.revision): e.state for e in known}
    left = [s for s in chain.steps if states.get((s.name, s.revision)) not in FINISHED]
    if not left:
        worst = next((e for e in known if e.state in TROUBLE), None)
        verdict = Verdict(worst.state, worst.code, worst.detail) if worst else chain.verdict
        return NewPlanned(chain, verdict or _LOADED, target_id, number)
    return NewPlanned(chain, None, target_id, number, requests=len(left))


_LOADED = Verdict(State.DONE, "loaded", "loaded before")


_UPDATED = frozenset({"incident", "person", "operator", "operator_group"})
"""The kinds that are brought up to date when HPSM changes: no other has a field that could."""


def _changed(chain: Chain, known: Sequence[Entry], record: Record | None) -> bool:
    """Whether HPSM has something else of a record than when we created it in the target; or a
    person changed it there, so that it must be looked at again. A ticket that was there before us
    counts too, and stays as it is; of other kinds only what we made."""
    there = _THERE if chain.kind == "incident" else _THERE - {State.SKIPPED}
    created = any(e.key.step == "create" and e.state in there for e in live(known))
    if not created or record is None or chain.kind not in _UPDATED:
        return False
    disturbed = any(e.state is State.PLANNED and e.code == "edited-meanwhile" for e in known)
    return chain.source_digest != record.digest or disturbed or bool(open_conflicts(known))


def _as_ref(value: object) -> Ref | None:
    if isinstance(value, dict) and "$ref" in value:
        return Ref(*value["$ref"])
    return value if isinstance(value, Ref) else None


def _above(chain: Chain) -> list[str]:
    """The identities of the incidents that a ticket hangs on."""
    links = [step.body.get("majorCallObject") for step in chain.steps]
    refs = [_as_ref(link.get("id")) for link in links if isinstance(link, dict)]
    return [ref.key for ref in refs if ref]


def _branch(chain: Chain) -> str:
    body = chain.steps[0].body if chain.steps else {}
    ref = _as_ref((body.get("branch") or {}).get("id"))
    return ref.key if ref else ""


def _pages(chains: Iterable[Chain], size: int) -> Iterator[list[Chain]]:
    iterator = iter(chains)
    while page := list(islice(iterator, size)):
        yield page
