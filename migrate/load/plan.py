"""Plan: asks the target and the journal what each chain needs, and writes it down as data.

It is given the reader only, so it cannot change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from itertools import islice

from migrate.errors import ConfigurationError
from migrate.load.article_delta import again, article_delta, is_ours, second_pass
from migrate.load.baseline import differs, live, open_conflicts, taken_back, unsent
from migrate.load.delta import delta
from migrate.load.directory import FIND_FIELDS, by_number
from migrate.load.keys import is_back
from migrate.load.partials import changed_numbers, partials
from migrate.load.plan_cards import ALREADY_THERE, ARCHIVED, NOT_A_CALLER, RESTORE, Cards, as_ref
from migrate.load.policy import UNSEEN
from migrate.load.resolve import Resolver
from migrate.load.target import TargetReader
from migrate.records import PHASES, Chain, Finding, Found, State, Verdict
from migrate.state.buckets import TROUBLE
from migrate.state.journal import Entry, Journal, Record
from migrate.state.journal_aside import CONFLICT
from migrate.state.plan_store import NewPlanned, PlanHead, PlanStore, dump_steps

FINISHED = frozenset({State.DONE, State.VERIFIED, State.SKIPPED, State.KEPT, State.UNDONE})
"""States of a step that is not sent again."""
_THERE = FINISHED | {State.MISMATCH, State.CONFLICT}
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
    _cards: Cards = field(init=False)

    def __post_init__(self) -> None:
        self._cards = Cards(self.journal, self.reader)

    def plan(
        self, unit: str, phase: str, sprint: str, chains: Iterable[Chain], basis: str, now: float
    ) -> PlanHead:
        """Write the plan of one phase anew and return its head. Raises what the reader raises."""
        self.store.clear(unit, phase)
        made = self.journal.targets(_ALL_BUT_TICKETS)
        self._cards.learn({(kind, identity): id for kind, identity, id in made})
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
            if revision := first_revision(everything):
                steps = tuple(replace(step, revision=revision) for step in chain.steps)
                chain = replace(chain, steps=steps)
            restoring = next((e for e in known if _restores(e)), None)
            if restoring:
                id, revision = restoring.marker, restoring.key.revision
                result.append(self._cards.restored(chain, id, revision))
            elif known:
                record = records[chain.kind].get(chain.identity)
                if chain.kind.startswith("knowledge_") and record:
                    compare = partial(self._knowledge, chain, everything, record)
                    result.append(_unless_unseen(chain, record, compare))
                elif _changed(chain, everything, record):
                    compare = partial(self._delta, chain, everything, record, there)
                    result.append(_unless_unseen(chain, record, compare))
                else:
                    result.append(_continued(chain, known, record))
                    if chain.kind == "person" and result[-1].verdict is None:
                        self._cards.expect(chain)
            elif chain.verdict:
                result.append(NewPlanned(chain, chain.verdict))
            elif chain.kind == "incident":
                result.append(_new_incident(chain, there.get(chain.identity, [])))
            elif chain.kind == "knowledge_links":
                result.append(second_pass(chain, self._not_ours))
            else:
                result.append(self._cards.new(chain))
            if chain.kind == "knowledge_item" and not is_ours(result[-1].verdict, known or ()):
                self._not_ours.add(chain.identity)
        return result

    def _knowledge(self, chain: Chain, known: Sequence[Entry], record: Record) -> NewPlanned:
        """What is left of an item, or of the second pass over it, and what changed in HPSM."""
        steps = live(known)
        # One that was brought back has no digest: it is compared, whole or not.
        comparable = record.whole or not record.digest
        stands = comparable and record.digest != chain.source_digest and not chain.verdict
        stuck = any(entry.state in _STUCK for entry in steps)
        if chain.kind == "knowledge_folder" or not stands or stuck:
            return _continued(chain, steps, record)
        if not any(entry.fields for entry in steps):
            return NewPlanned(replace(chain, steps=()), ALREADY_THERE, record.target_id)
        if chain.kind == "knowledge_links":
            if chain.identity in self._not_ours:
                return second_pass(chain, self._not_ours)
            new = again(chain, known)
        else:
            look = partial(self.reader.knowledge.item, record.target_id)
            new = article_delta(chain, known, look, Resolver(self._cards.ids, self._not_callers))
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
                if found.id not in gone.get(number, ()) or is_back(self.reader, found):
                    there.setdefault(number, []).append(found)
        return there

    def _found_now(
        self, chain: Chain, record: Record | None, there: dict[str, list[Found]]
    ) -> list[Found]:
        """What the target has now of a record that changed in HPSM. A ticket that is there under
        another number, or that no search shows (yet, or to us), is asked for by its id."""
        here = there.get(chain.identity, [])
        if here or not record or not record.target_id:
            return here
        found = self.reader.get(chain.kind, record.target_id)
        return [found] if found else []

    def _delta(
        self,
        chain: Chain,
        known: Sequence[Entry],
        record: Record | None,
        there: dict[str, list[Found]],
    ) -> NewPlanned:
        """What a record needs that changed in HPSM since it was loaded. That a person changed it in
        the target, as verify may have found, keeps nothing else from being sent."""
        found = self._found_now(chain, record, there)
        target_id, number = (record.target_id, record.number) if record else ("", "")
        stuck = next((e for e in live(known) if e.state in _STUCK), None)
        if stuck or chain.verdict:
            worst = Verdict(stuck.state, stuck.code, stuck.detail) if stuck else chain.verdict
            return NewPlanned(replace(chain, steps=()), worst, target_id, number)
        if not any(entry.fields for entry in live(known)):
            # It was there before us, so nobody knows what of HPSM it has.
            return NewPlanned(replace(chain, steps=()), ALREADY_THERE, target_id, number)
        if len(found) != 1:
            verdict = Verdict(State.MISMATCH, "gone", "the target does not have it any more")
            if found:
                verdict = Verdict(State.CONFLICT, "several-in-target", f"{len(found)} are there")
            return NewPlanned(replace(chain, steps=()), verdict, target_id, number)
        if found[0].archived:
            finding = Finding("archived-in-target", chain.identity)
            new = replace(chain, steps=(), findings=(*chain.findings, finding))
            return NewPlanned(new, ARCHIVED, target_id, number)
        ids = {**self._cards.ids, **self._above(chain)} if _above(chain) else self._cards.ids
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

    def look_again(self, unit: str, phase: str, kind: str) -> None:
        """Find what is planned to be made, or to be brought back, and was not there when it was
        planned: the load of another unit, the directory or a person may have done that since."""
        if kind not in FIND_FIELDS:
            return
        self._cards.read_again(kind)
        for page in self.store.records(unit, phase, kind, steps=False):
            known = self.journal.entries(kind, [planned.identity for planned in page])
            new = [
                p for p in page if p.verdict is None and all(map(unsent, known.get(p.identity, ())))
            ]
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
                now = self._cards.new(chain)
                if now.verdict or now.target_id != planned.target_id:
                    self.store.decide(planned.id, now.verdict, now.target_id)
            gone = [
                p
                for p in page
                if p.verdict is None and p.target_id and _all_undone(known.get(p.identity, ()))
            ]
            steps = self.store.steps([planned.id for planned in gone])
            for planned in gone:
                restored = any(step.name == RESTORE for step in steps[planned.id])
                if restored and self._cards.stands(kind, planned.target_id):
                    self.store.decide(planned.id, ALREADY_THERE, planned.target_id)


def _unless_unseen(
    chain: Chain, record: Record | None, compare: Callable[[], NewPlanned]
) -> NewPlanned:
    """What a comparison gives; a record that the account may not read stays as it is."""
    try:
        return compare()
    except ConfigurationError as error:
        if not error.of_one:
            raise
        verdict = Verdict(State.MISMATCH, UNSEEN, "the account may not read it")
        target_id, number = (record.target_id, record.number) if record else ("", "")
        return NewPlanned(replace(chain, steps=()), verdict, target_id, number)


def _all_undone(known: Sequence[Entry]) -> bool:
    return bool(known) and not live(known) and bool(taken_back(known))


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
        return NewPlanned(chain, ALREADY_THERE, found[0].id, found[0].number)
    return NewPlanned(chain, None, requests=len(chain.steps))


def _continued(chain: Chain, known: Sequence[Entry], record: Record | None) -> NewPlanned:
    """A chain that a load has begun: what is left of it, or why it does not go on."""
    target_id = record.target_id if record else ""
    number = record.number if record else ""
    if record and record.whole:
        return NewPlanned(chain, _LOADED, target_id, number)
    there = {(e.key.step, e.key.revision) for e in known if e.state in FINISHED or differs(e)}
    left = [step for step in chain.steps if (step.name, step.revision) not in there]
    if not left:
        worst = next((e for e in known if e.state in TROUBLE), None)
        verdict = Verdict(worst.state, worst.code, worst.detail) if worst else chain.verdict
        return NewPlanned(chain, verdict or _LOADED, target_id, number)
    return NewPlanned(chain, None, target_id, number, requests=len(left))


def first_revision(known: Sequence[Entry]) -> int:
    """The revision in which a chain is loaded first: what was taken back is loaded again in a
    further one, and stays in it until it is taken back."""
    begun = [e.key.revision for e in live(known) if e.key.step != RESTORE]
    after = max((entry.key.revision for entry in taken_back(known)), default=-1) + 1
    return min(begun, default=after)


def _restores(entry: Entry) -> bool:
    """Whether a load has begun to bring a record back, and has not heard that it is."""
    return entry.key.step == RESTORE and entry.state not in FINISHED


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


def _above(chain: Chain) -> list[str]:
    """The identities of the incidents that a ticket hangs on."""
    links = [step.body.get("majorCallObject") for step in chain.steps]
    refs = [as_ref(link.get("id")) for link in links if isinstance(link, dict)]
    return [ref.key for ref in refs if ref]


def _pages(chains: Iterable[Chain], size: int) -> Iterator[list[Chain]]:
    iterator = iter(chains)
    while page := list(islice(iterator, size)):
        yield page
