"""What the journal of a record says beyond its activities.

HPSM books its history twice, and not every installation alike: where activities are purged, or made
for some events only, the journal alone has the rest. What both say is told once, by the activity,
which knows its author, its time and who may see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from migrate.records import JournalEntry

_HEADER = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[.:]\d{2}")
_LONGEST_HEADER = 120
_AFTER = re.compile(r".*[)\]>:](?=\s|$)")
_SHORT = 20
"""Characters below which a line must be a line there, since a few letters stand in any text."""


def beyond(
    journal: str, told: Sequence[str], read: Callable[[str], Sequence[JournalEntry]]
) -> tuple[JournalEntry, ...]:
    """The entries of a journal that say more than `told`, the texts of the record's activities;
    `read` divides it, and is asked only where something is missing. Of a journal that cannot be
    divided, the lines that are nowhere in them."""
    said = _Said(told)
    if not any(said.lacks(block) for block in _blocks(journal)):
        return ()
    found = []
    for entry in read(journal):
        missing = said.lacks(entry.text.splitlines())
        if entry.stamp and missing:
            found.append(entry)
        elif any(map(_rest, missing)):
            found.append(entry._replace(text="\n".join(missing)))
    return tuple(found)


class _Said:
    """Texts in which lines are looked for, however they are broken there, and in any case."""

    def __init__(self, told: Iterable[str]) -> None:
        texts = list(told)
        self._lines = {_plain(line) for text in texts for line in text.splitlines()}
        self._lines.update(map(_plain, texts))
        self._all = "\n".join(map(_plain, texts))

    def lacks(self, lines: Sequence[str]) -> list[str]:
        """Those of the lines that are nowhere, neither by themselves nor all together."""
        if self._has("".join(lines)):
            return []
        return [line for line in lines if line.strip() and not self._has(line)]

    def _has(self, text: str) -> bool:
        plain = _plain(text)
        return plain in self._lines or (len(plain) >= _SHORT and plain in self._all)


def _blocks(journal: str) -> Iterator[list[str]]:
    """What stands between lines that look like headers."""
    block: list[str] = []
    for line in journal.splitlines():
        rest = _rest(line)
        if rest == line.strip():
            block.append(line)
            continue
        yield block
        block = [rest]
    yield block


def _rest(line: str) -> str:
    """A line without what makes it the header of an entry: all of it, unless something follows."""
    line = line.strip()
    if len(line) > _LONGEST_HEADER or not _HEADER.search(line[:40]):
        return line
    head = _AFTER.match(line)
    return line[head.end() :].strip() if head else ""


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
