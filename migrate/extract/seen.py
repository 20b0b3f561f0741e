"""Which records of a long list were met, in eight bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

_BLOCK = 1 << 17


class Seen:
    """A set of ids that costs little to add to and some time to ask; it forgets the ids themselves,
    and knows them by their hashes. Two of a million share one once in forty million lists."""

    def __init__(self) -> None:
        self._filling = array("q")
        self._sorted: list[array[int]] = []
        self._recent: set[int] = set()

    def add(self, ids: Iterable[str]) -> None:
        self._filling.extend(map(hash, ids))

    def unknown(self, ids: Iterable[str]) -> list[int]:
        """The places in `ids` of those that were never added, each id once."""
        self._settle()
        new, found = set[str](), []
        for place, id_ in enumerate(ids):
            if id_ not in new and not self._has(hash(id_)):
                new.add(id_)
                found.append(place)
        return found

    def _has(self, wanted: int) -> bool:
        if wanted in self._recent:
            return True
        for block in self._sorted:
            place = bisect_left(block, wanted)
            if place < len(block) and block[place] == wanted:
                return True
        return False

    def _settle(self) -> None:
        """Sort what came since in blocks, so that no list of all of them is made; a few wait."""
        whole = len(self._filling) // _BLOCK * _BLOCK
        for start in range(0, whole, _BLOCK):
            self._sorted.append(array("q", sorted(self._filling[start : start + _BLOCK])))
        self._recent.update(self._filling[whole:])
        self._filling = array("q")
        if len(self._recent) >= _BLOCK:
            self._sorted.append(array("q", sorted(self._recent)))
            self._recent = set()
