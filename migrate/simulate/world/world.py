"""The invented university as a whole, the same for the same seed and scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.matter import Matter
from migrate.simulate.world.organisation import GROUPS, Shape
from migrate.simulate.world.people import People
from migrate.simulate.world.scale import SCALES
from migrate.simulate.world.tickets import stream


class World:
    """People, groups and tickets of the invented university.

    `tally` holds the dirt of groups and people; that of tickets is counted as `matters` runs.
    Raises ValueError for a scale that is not in `SCALES`.
    """

    def __init__(self, seed: int = 1, scale: str = "small") -> None:
        if scale not in SCALES:
            raise ValueError(f"no such scale: {scale} (there are {', '.join(SCALES)})")
        self.seed = seed
        self.scale = scale
        self.tickets = SCALES[scale]
        self.tally = Tally()
        self.people = People(seed, scale, self.tally)
        self._note_groups()

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Group name → the logins of its members."""
        found: dict[str, list[str]] = {name: [] for name in GROUPS}
        for membership in self.people.memberships:
            found[membership.group].append(membership.login)
        return {name: tuple(logins) for name, logins in found.items()}

    def matters(self, tally: Tally | None = None) -> Iterator[Matter]:
        """Every ticket of the world in order of opening, made as it is asked for.

        A matter is an interaction, an incident, or several of them tied together, with history and
        relations. What dirt is planted on the way is counted in `tally`.
        """
        return stream(self, Tally() if tally is None else tally)

    def _note_groups(self) -> None:
        kinds = {
            Shape.EMPTY: Dirt.GROUP_EMPTY,
            Shape.ONE_PERSON: Dirt.GROUP_ONE_PERSON,
            Shape.DORMANT: Dirt.GROUP_DORMANT,
        }
        beginnings = Counter(name[:30] for name in GROUPS)
        for group in GROUPS.values():
            if kind := kinds.get(group.shape):
                self.tally.note(kind, group.name)
            if len(group.name) > 30:
                self.tally.note(Dirt.GROUP_NAME_LONG, group.name)
            if beginnings[group.name[:30]] > 1:
                self.tally.note(Dirt.GROUP_NAMES_AGREE, group.name)
