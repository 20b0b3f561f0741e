"""Whose turn it is to be spoiled: kinds of dirt one after the other, at even distances."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.simulate.world.dirt import Dirt


class Rota:
    """Gives every `every`th of many things one of `kinds`, each in its turn."""

    def __init__(self, kinds: Sequence[Dirt], every: int) -> None:
        self._kinds = kinds
        self._every = every
        self._seen = self._given = 0

    def next(self) -> tuple[Dirt | None, int]:
        """The kind for the next thing, mostly none, and how often that kind was given before."""
        self._seen += 1
        if self._seen % self._every:
            return None, 0
        turn, place = divmod(self._given, len(self._kinds))
        self._given += 1
        return self._kinds[place], turn
