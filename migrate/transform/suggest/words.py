"""How alike two names are, word by word, once abbreviations and learnt words are seen through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from migrate.transform.names import folded, spelled_out

Known = Callable[[str, str], float]
"""(HPSM's word, TOPdesk's word) → how surely the one becomes the other, 0 to 1."""

_SILENT = frozenset({"gruppe", "grp", "team", "linje", "forstelinje", "andrelinje", "operator"})
"""Words that a name can have or lack and mean the same."""

OLD = frozenset({"gammel", "gamle", "old", "utgatt", "ikke", "bruk", "avviklet", "nedlagt"})
"""Words of a group that somebody has already written off."""


@lru_cache(maxsize=100_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name that say something, written out; all of them where none does."""
    every = tuple(spelled_out(name).split())
    return tuple(word for word in every if word not in _SILENT and not word.isdigit()) or every


@lru_cache(maxsize=500_000)
def same_word(one: str, other: str) -> float:
    """Whether two folded words are one, 0 to 1: equal, mistyped, cut off, contained, shortened."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) < 2 or short.isdigit():
        return 0.0
    if long.startswith(short) and len(short) >= 3:
        return 0.9
    alike = fuzz.ratio(one, other) / 100
    if alike >= 0.8 and len(short) >= 4:
        return 0.95 * alike
    if len(short) >= 4 and short in long:
        return 0.7
    if long.startswith(short):
        return 0.5
    if len(short) <= len(long) - 3 and short[0] == long[0] and _in_order(short, long):
        return 0.55
    return 0.0


def _in_order(short: str, long: str) -> bool:
    """Whether the letters of `short` stand in `long` in that order, as in `bst` of brukerstøtte."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words if word)


def alike(
    source: Sequence[str],
    target: Sequence[str],
    weight: Mapping[str, float],
    known: Known,
) -> float:
    """How far the words of one name are those of the other, 0 to 1: the harmonic mean of both
    ways, in which rare words weigh more (`weight`, 1 where it does not say)."""
    if not source or not target:
        return 0.0
    table = [[max(same_word(a, b), known(a, b)) for b in target] for a in source]
    there = [max(row) for row in table]
    back = [max(row[at] for row in table) for at in range(len(target))]
    forth = _mean(source, there, weight)
    home = _mean(target, back, weight)
    both = 2 * forth * home / (forth + home) if forth + home else 0.0
    if both < 0.6 and len(source) == 1 and len(target) > 1 and source[0] == initials(target):
        return 0.6
    return both


def _mean(words: Sequence[str], shares: Sequence[float], weight: Mapping[str, float]) -> float:
    weights = [weight.get(word, 1.0) for word in words]
    return sum(w * share for w, share in zip(weights, shares, strict=True)) / sum(weights)


def whole(source: str, target: str) -> float:
    """How alike two names are as they stand, words in any order, 0 to 1."""
    return fuzz.token_sort_ratio(spelled_out(source), spelled_out(target)) / 100


def equal(source: str, target: str) -> bool:
    return folded(source) == folded(target)
