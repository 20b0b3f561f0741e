"""What earlier units decided for the same words, read from their approved entries and nowhere else.

Nothing is kept between runs: the files are the memory, so that a decision taken back is unlearnt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from migrate.transform.mapping import GroupEntry, Unit

Words = tuple[str, ...]


def decided(unit: Unit) -> Iterator[GroupEntry]:
    """The entries of a unit whose decision somebody approved."""
    for entry in unit.groups.values():
        if entry.decision is not None and entry.review.status == "approved":
            yield entry


@dataclass
class Lessons:
    """By unit, so that a unit's own decisions can be left out when it is judged by the others'.

    `words` counts (HPSM's word, TOPdesk's word) that stand in no other relation, `names` (subject,
    TOPdesk's subject), `ends` (subject, what became of it: `new`, `retire` or `there`), `targets`
    (subject, TOPdesk's group).
    """

    words: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    names: dict[str, Counter[tuple[Words, Words]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    ends: dict[str, Counter[tuple[Words, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    targets: dict[str, Counter[tuple[Words, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )


class Learnt:
    """The lessons of all units but one."""

    def __init__(self, lessons: Lessons, without: str) -> None:
        self._words = _sum(lessons.words, without)
        self._names = _sum(lessons.names, without)
        self._ends = _sum(lessons.ends, without)
        self._targets = _sum(lessons.targets, without)
        self._of_word: Counter[str] = Counter()
        for (word, _), count in self._words.items():
            self._of_word[word] += count
        self._of_name: Counter[Words] = Counter()
        for (name, _), count in self._names.items():
            self._of_name[name] += count
        self._of_end: Counter[Words] = Counter()
        for (name, _), count in self._ends.items():
            self._of_end[name] += count

    def word(self, source: str, target: str) -> float:
        """How surely a word became another: the share of decisions, less where there are few."""
        count = self._words[source, target]
        return 0.9 * count / (self._of_word[source] + 0.5) if count else 0.0

    def name(self, source: Words, target: Words) -> float:
        """The share of decisions on these words that took those."""
        count = self._names[source, target]
        return count / (self._of_name[source] + 0.5) if count else 0.0

    def names_of(self, source: Words) -> list[tuple[Words, int]]:
        """What these words became, the most often first."""
        found = [(to, count) for (name, to), count in self._names.items() if name == source]
        return sorted(found, key=lambda each: (-each[1], each[0]))

    def end(self, source: Words, end: str) -> float:
        """The share of decisions on these words that ended so (`new`, `retire`)."""
        count = self._ends[source, end]
        return count / (self._of_end[source] + 1.0) if count else 0.0

    def target(self, source: Words, target: str) -> float:
        """The share of decisions on these words that went to this very group."""
        count = self._targets[source, target]
        return count / (self._of_end[source] + 0.5) if count else 0.0

    def targets_of(self, source: Words) -> list[str]:
        """The groups that other units' groups of these words became."""
        return [target for (name, target), _ in self._targets.items() if name == source]

    def times(self, source: Words) -> int:
        """How many decisions there were on these words."""
        return self._of_end[source]


Key = TypeVar("Key")


def _sum(counters: dict[str, Counter[Key]], without: str) -> Counter[Key]:
    total: Counter[Key] = Counter()
    for unit, counter in counters.items():
        if unit != without:
            total.update(counter)
    return total
