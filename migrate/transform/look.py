"""What a check looks at: mappings, facts, and where each entry stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from migrate.errors import Problem
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.mapping import Mappings
from migrate.transform.policy import Policy
from migrate.transform.split import MAKES, targets_of


class Look:
    """The mappings beside the facts; `problems` are those that reading the files found."""

    def __init__(
        self,
        mappings: Mappings,
        facts: SourceFacts | None,
        lists: TargetFacts | None,
        problems: Sequence[Problem],
    ) -> None:
        self.mappings = mappings
        self.facts = facts
        self.lists = lists
        self._unread = {p.place.rpartition(":")[0] for p in problems if p.code == "mapping-yaml"}
        self._faulty = {p.place.rpartition(":")[0] for p in problems}

    @property
    def policy(self) -> Policy:
        return self.mappings.policy

    def place(self, entry: str) -> str:
        """`file:line` of an entry, of its file where it has no line of its own."""
        places = self.mappings.places
        return places.get(entry) or places.get(entry.partition("#")[0], entry)

    def broken(self, file: str) -> bool:
        """Whether a file could not be read, so that nothing more can be said of what is in it."""
        shown = self.place(file).rpartition(":")[0]
        return shown in (self._faulty if file.endswith("unit.yaml") else self._unread)

    @property
    def unread_units(self) -> list[str]:
        """Units that have a folder, and a unit.yaml that is of no use."""
        folders = {at.split("/")[1] for at in self.mappings.places if at.startswith("units/")}
        return sorted(folders - set(self.mappings.units))

    @cached_property
    def group_names(self) -> frozenset[str]:
        """The TOPdesk groups that decisions make or use."""
        return frozenset(
            target
            for unit in self.mappings.units.values()
            for entry in unit.groups.values()
            for target in targets_of(entry.decision)
        )

    @cached_property
    def decided_groups(self) -> frozenset[str]:
        """The HPSM groups that become a TOPdesk group."""
        return frozenset(
            entry.source
            for unit in self.mappings.units.values()
            for entry in unit.groups.values()
            if entry.decision and entry.decision.action in MAKES
        )

    @cached_property
    def logins(self) -> frozenset[str]:
        """TOPdesk's login names, in lower case: TOPdesk does not tell cases apart."""
        return frozenset(map(str.casefold, self.lists.operators if self.lists else ()))

    def sources(self, file: str) -> list[str]:
        """What the entries of a file are about, also of those whose form is wrong."""
        start = f"{file}#"
        return [at.removeprefix(start) for at in self.mappings.places if at.startswith(start)]
