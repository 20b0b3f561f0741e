"""Which values a field has that marks single tickets as confidential."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from migrate.records import marked
from migrate.state.database import quoted
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot

_KINDS = ("incidents", "interactions", "requests", "tasks")
_TEXTS = frozenset({"title", "description", "journal", "resolution"})
_MOST, _LONGEST = 5, 40
_WORDS = re.compile(r"\w+")


class Marked(NamedTuple):
    """How many records the words mark; of the values that they do not, the most frequent ones, and
    those in which a word stands all the same; both with how often, and none where the field is
    text that people wrote."""

    tickets: int = 0
    others: tuple[tuple[str, int], ...] = ()
    near: tuple[tuple[str, int], ...] = ()


def marked_values(snapshot: Snapshot, field: str, words: Collection[str]) -> Marked:
    """What stands in `field`, of whichever kind of ticket has it; `words` as `records.marked`
    takes them."""
    count = 0
    others: Counter[str] = Counter()
    near: Counter[str] = Counter()
    parts = [found for word in words if (found := tuple(_WORDS.findall(word)))]
    for value, times in _values(snapshot, field):
        text = str(value).strip()
        if marked(value, words):
            count += times
        elif text and field not in _TEXTS and len(text) <= _LONGEST:
            others[text] += times
            if any(_within(part, _WORDS.findall(text.casefold())) for part in parts):
                near[text] += times
    return Marked(count, tuple(others.most_common(_MOST)), tuple(near.most_common(_MOST)))


def _values(snapshot: Snapshot, field: str) -> Iterator[tuple[Any, int]]:
    for kind in _KINDS:
        mirror = Mirror(snapshot.connection, kind)
        if field in mirror.columns:
            name = quoted(field)
            for value, times in snapshot.connection.execute(
                f"SELECT {name}, count(*) FROM {mirror.name}"
                f" WHERE until_run IS NULL AND {name} IS NOT NULL GROUP BY 1"
            ):
                yield value, int(times)


def _within(part: tuple[str, ...], words: list[str]) -> bool:
    """Whether these words follow each other there."""
    size = len(part)
    return any(tuple(words[at : at + size]) == part for at in range(len(words) - size + 1))
