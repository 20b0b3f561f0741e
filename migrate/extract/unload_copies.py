"""Which records of a hand-over are older copies of others: the same key in an older and a newer
unload file, or twice in a file that was appended to.

Only digests of keys are held, eight bytes a record; of so many records that this is too much, a
part at a time. The newer one is that which HPSM modified later, else which stands later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from migrate.extract.rc_places import locate, minutes
from migrate.extract.unload_layout import Sections, UnloadTable, Wanted
from migrate.extract.unload_scan import UnloadReader
from migrate.extract.unload_table import Mask, beginning, read_column, rows

MANY = 8 << 20
"""Digests that are held at once."""

_BLOCK = 10_000


class Keys(NamedTuple):
    """The keys of records one behind the other, as digests; `known` says which of them have one,
    `modified` when HPSM modified the record, in minutes (-1: not known)."""

    digests: NDArray[np.int64]
    known: Mask
    modified: NDArray[np.float64]


Reading = Callable[[bool], Iterator[Keys]]
"""Reads all keys from the start; True: together with the times."""


def older_copies(reading: Reading, count: int, many: int = MANY) -> Mask | None:
    """By number, the records of which there is a newer copy among the `count` that `reading` gives,
    the same each time; None where there is none."""
    older = np.zeros(count, dtype=np.bool_)
    parts = -(-count // many) or 1
    for part in range(parts):
        twice = _twice(reading, count, part, parts)
        if len(twice):
            slices = -(-len(twice) // (many // 4))
            for its in np.array_split(twice, slices):
                older |= _older(reading, its, count)
    return older if older.any() else None


def keys_of(reader: UnloadReader, tables: Sections, encoding: str, times: bool) -> Iterator[Keys]:
    """The keys of the records of one alias table, in the order in which they are read. With
    `times`, when they were modified too, and none of a record that cannot be read."""
    for table, section in tables:
        key = key_fields(table)
        looked_at = table.wanted if times else key
        for found in rows(reader, section, beginning(section), _BLOCK):
            values = section.values if times else 0
            located = locate(found.piece, [each.place for each in looked_at], values)
            columns = [
                each.field.convert(
                    read_column(each, found.piece, located.places[each.place], encoding).values,
                    _unread,
                )
                for each in key
            ]
            cells = columns[0] if len(columns) == 1 else zip(*columns, strict=True)
            size = len(found.offsets)
            digests = np.fromiter(map(hash, cells), np.int64, size)
            known = ~(located.damaged | located.odd)
            for each, column in zip(key, columns, strict=True):
                if each.field.name in table.layout.table.needed or len(key) == 1:
                    known &= np.fromiter(map(bool, column), np.bool_, size)
            changed = np.full(size, np.nan)
            if times and table.modified:
                changed = minutes(found.piece, located.places[table.modified.place])
            yield Keys(digests, known, np.nan_to_num(changed, nan=-1.0))


def key_fields(table: UnloadTable) -> list[Wanted]:
    """The fields that identify a record; an array among those of the alias table's key does not:
    all of its elements are of one record."""
    found = (table.of(name) for name in table.layout.table.key)
    return [each for each in found if each and each.field.type != "array"]


def _twice(reading: Reading, count: int, part: int, parts: int) -> NDArray[np.int64]:
    """The digests, sorted, that several records have."""
    digests = np.empty(count, dtype=np.int64)
    size = 0
    for keys in reading(False):
        its = keys.digests[keys.known & (keys.digests % parts == part)]
        digests[size : size + len(its)] = its
        size += len(its)
    digests = digests[:size]
    digests.sort()
    return np.unique(digests[1:][digests[1:] == digests[:-1]])


def _older(reading: Reading, twice: NDArray[np.int64], count: int) -> Mask:
    """By number, the records with these digests that are not the newest of theirs."""
    found = []
    number = 0
    for keys in reading(True):
        at = np.searchsorted(twice, keys.digests).clip(max=len(twice) - 1)
        its = (keys.known & (twice[at] == keys.digests)).nonzero()[0]
        found.append((keys.digests[its], keys.modified[its], its + number))
        number += len(keys.digests)
    digests, modified, numbers = map(np.concatenate, zip(*found, strict=True))
    older = np.zeros(count, dtype=np.bool_)
    if not len(numbers):  # a damaged record has a key by the one way of reading it alone
        return older
    order = np.lexsort((numbers, modified, digests))
    newest = np.append(digests[order][1:] != digests[order][:-1], True)
    older[numbers[order][~newest]] = True
    return older


def _unread(_row: int, _text: str) -> None:
    """Told when the record is read."""
