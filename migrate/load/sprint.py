"""A unit through its phases: planned whole, then loaded foundation → people → groups → tickets.

What a ticket needs (its caller, its group, its operator) decides which people and groups a unit
takes with it, so plans are made tickets first and loaded tickets last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain as chained
from typing import Any, Protocol

from migrate.config import StopLine as Limits
from migrate.load.plan import Planner
from migrate.load.plan_cards import NOT_A_CALLER
from migrate.load.resolve import Resolver
from migrate.load.run import Loader
from migrate.load.shelf import Shelf
from migrate.load.stop_line import Band, StopLine, forecast
from migrate.load.work import Tally
from migrate.records import PHASES, Chain, Ref
from migrate.state.journal import Journal
from migrate.state.plan_store import PlanHead, PlanStore

Needs = dict[str, set[str]]
"""Target kind → the identities that chains refer to."""

Ids = dict[tuple[str, str], str]
"""(target kind, identity) → the target's id."""


class Chains(Protocol):
    """Where chains come from: the transform over the snapshot and the mappings, as the composition
    root wires it. `basis` names what they are made from, and changes when any of it does."""

    def basis(self, unit: str, sprint: str) -> str: ...

    def tickets(self, unit: str, sprint: str) -> Iterator[Chain]: ...

    def groups(self, unit: str) -> Iterator[Chain]: ...

    def operators(self, unit: str) -> Iterator[Chain]: ...

    def persons(self, unit: str, identities: Collection[str]) -> Iterator[Chain]: ...

    def foundation(self, unit: str, needs: Needs) -> Iterator[Chain]: ...

    def knowledge(self, unit: str) -> Iterator[Chain]: ...


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """The plan of a unit: its heads by phase, and whether it replaced one that had gone stale."""

    unit: str
    heads: tuple[PlanHead, ...]
    made: bool
    stale: bool


@dataclass
class UnitLoader:
    """Plans and loads units of one sprint.

    `loader` makes an engine for one run; `hold` takes the lock of a unit or of what is shared.
    """

    chains: Chains
    planner: Planner
    journal: Journal
    store: PlanStore
    loader: Callable[[Resolver, int], Loader]
    hold: Callable[[str], AbstractContextManager[None]]
    clock: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    incident_address: str | None = None
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.journal, self.store, self.planner.reader, self.incident_address)

    def plan(self, unit: str, sprint: str, *, anew: bool = False) -> UnitPlan:
        """Plan every phase of a unit, unless the plan at hand still stands on the same facts.

        Raises StoppedError when a load is at work on it: its plan must not change under it.
        """
        with self.hold(unit):
            return self._plan(unit, sprint, anew)

    def _plan(self, unit: str, sprint: str, anew: bool) -> UnitPlan:
        basis = self.chains.basis(unit, sprint)
        heads = [self.store.head(unit, phase) for phase in PHASES]
        fresh = all(head and head.basis == basis and head.sprint == sprint for head in heads)
        if fresh and not anew:
            return UnitPlan(unit, tuple(h for h in heads if h), made=False, stale=False)
        before = {h.phase: h.digest for h in heads if h}
        now = self.clock()
        needs: Needs = {}

        def plan(phase: str, chains: Iterable[Chain]) -> PlanHead:
            return self.planner.plan(unit, phase, sprint, _noting(chains, needs), basis, now)

        knowledge = plan("knowledge", self.chains.knowledge(unit))
        tickets = plan("tickets", self.chains.tickets(unit, sprint))
        groups = plan("groups", self.chains.groups(unit))
        people = plan(
            "people",
            chained(
                self.chains.operators(unit),
                _late(lambda: self.chains.persons(unit, needs.get("person", set()))),
            ),
        )
        foundation = plan("foundation", self.chains.foundation(unit, needs))
        made = (foundation, people, groups, tickets, knowledge)
        stale = bool(before) and any(before.get(h.phase) != h.digest for h in made)
        return UnitPlan(unit, made, made=True, stale=stale)

    def load(
        self,
        unit: str,
        sprint: str,
        phases: Collection[str],
        run: int,
        *,
        only: Mapping[str, Set[str]] | None = None,
        waived: frozenset[Band] = frozenset(),
    ) -> bool:
        """Load the phases of a planned unit in their order: all of it, or `only` these identities
        by kind. False when something in doubt was settled that the plan does not go on with: what
        is left of it must be planned anew.

        Raises StoppedError when another load is at work on it, when it goes over its stop-line in
        a band that is not `waived`, and what the engine raises.
        """
        with self.hold(unit):
            line = StopLine(unit, forecast(self.store, unit, phases), self.limits, waived)
            line.before()
            self.journal.recover(unit, self.clock())
            ids: Ids = {}
            for phase, kinds in PHASES.items():
                if phase not in phases:
                    continue
                shared = phase in ("foundation", "people")
                with self.hold("shared" if shared else f"{unit}/{phase}"):
                    for kind in kinds:
                        chosen = None if only is None else only.get(kind, frozenset())
                        if chosen is None or chosen:
                            self._load(unit, sprint, phase, kind, run, ids, line, chosen)
        return all(head.basis for phase in phases if (head := self.store.head(unit, phase)))

    def load_links(self, unit: str, sprint: str, run: int) -> None:
        """Write the links that waited, where what they lead to has come with another unit since.

        Raises as `load` does.
        """
        waiting = any(
            kind == "knowledge_links" and code == "parent-missing"
            for kind, _, code, _, _ in self.store.summary(unit, "knowledge")
        )
        if not waiting:
            return
        with self.hold(unit), self.hold(f"{unit}/knowledge"):
            line = StopLine(unit, forecast(self.store, unit, {"knowledge"}), self.limits)
            self._load(unit, sprint, "knowledge", "knowledge_links", run, {}, line, None)

    def _load(
        self,
        unit: str,
        sprint: str,
        phase: str,
        kind: str,
        run: int,
        ids: Ids,
        line: StopLine,
        only: Set[str] | None,
    ) -> None:
        """Load one kind. `ids` is filled anew from the journal, in place: there may be many, and
        an engine that is done may still hold them."""
        self.planner.look_again(unit, phase, kind)
        kinds = [k for phase, kinds in PHASES.items() if phase != "tickets" for k in kinds]
        ids.update(((kind, identity), id) for kind, identity, id in self.journal.targets(kinds))
        if phase == "knowledge":
            ids.update(self.shelf.known(unit, kind))
        resolver = Resolver(ids, self.store.identities("person", NOT_A_CALLER))
        loader = self.loader(resolver, run)
        times = sum(1 for key in self.tallies if key[0] == unit and key[1].rstrip("+") == kind)
        self.tallies[unit, kind + "+" * times] = loader.tally
        loader.hold_against(line)
        loader.load(unit, sprint, phase, kind, only)
        if kind == "knowledge_folder" and loader.tally.waiting and loader.tally.done:
            # A folder waits for the one above it, which has come by now.
            self._load(unit, sprint, phase, kind, run, ids, line, only)


def _noting(chains: Iterable[Chain], needs: Needs) -> Iterator[Chain]:
    """The same chains; what those refer to that will be sent is added to `needs` on the way."""
    for chain in chains:
        if chain.verdict is None:
            for step in chain.steps:
                for ref in references(step.body):
                    needs.setdefault(ref.kind, set()).add(ref.key)
        yield chain


def references(body: Mapping[str, Any]) -> Iterator[Ref]:
    """Every reference in a body."""
    for value in body.values():
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, dict):
            yield from references(value)


def _late(make: Callable[[], Iterator[Chain]]) -> Iterator[Chain]:
    """Chains that are made only when it is their turn, after `needs` is complete."""
    yield from make()
