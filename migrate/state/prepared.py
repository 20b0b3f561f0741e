"""How a batch becomes rows of the snapshot: the table's order of columns, a key, a digest.

Pure, so that it can be done where the batch is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from xxhash import xxh3_128_digest

from migrate.records import Batch

_MADE_KEY = "key"
_NOTHING = b",null]"


class Prepared(NamedTuple):
    """A batch as it is stored. `fields` is what the batch has, name → type; `order` is all columns
    of the table by then; a row of `rows` is (key, digest, *values in that order). `raws` is row →
    unreadable texts as JSON. `skipped` and `position` are the batch's."""

    kind: str
    fields: dict[str, str]
    order: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    raws: dict[int, str]
    skipped: int
    position: str = ""

    def values(self, field: str) -> list[Any]:
        """One column."""
        place = 2 + self.order.index(field)
        return [row[place] for row in self.rows]


class Preparer:
    """Prepares the batches of one kind, one after the other, for a table with these `columns`. What
    the table does not have yet is put behind them, as a table is widened."""

    def __init__(self, columns: Iterable[str]) -> None:
        self._order = tuple(columns)

    def __call__(self, batch: Batch) -> Prepared:
        fields = _fields(batch)
        self._order += tuple(name for name in fields if name not in self._order)
        values = _arranged(batch, self._order)
        raws = {row: _json(texts) for row, texts in batch.raw.items()}
        keys = map(itemgetter(batch.key), batch.rows)
        digests = _digests(values, raws)
        rows = [(key, digest, *row) for key, digest, row in zip(keys, digests, values, strict=True)]
        return Prepared(batch.kind, fields, self._order, rows, raws, batch.skipped, batch.position)


def _fields(batch: Batch) -> dict[str, str]:
    """Field → type, without the key column that the source made up itself."""
    types = batch.types or ("text",) * len(batch.columns)
    return {
        name: type_
        for i, (name, type_) in enumerate(zip(batch.columns, types, strict=True))
        if not (i == batch.key and name == _MADE_KEY)
    }


def _arranged(batch: Batch, order: tuple[str, ...]) -> Sequence[Sequence[Any]]:
    """The batch's rows in the order of the table's columns, None for what the batch lacks."""
    if batch.columns == order:
        return batch.rows
    if batch.columns[1:] == order and batch.key == 0:
        return [row[1:] for row in batch.rows]
    columns = dict(zip(batch.columns, zip(*batch.rows, strict=True), strict=False))
    nothing = (None,) * len(batch.rows)
    return list(zip(*(columns.get(name, nothing) for name in order), strict=True))


def _json(texts: Mapping[str, str]) -> str:
    return orjson.dumps(texts, option=orjson.OPT_SORT_KEYS).decode()


def _digests(rows: Sequence[Sequence[Any]], raws: Mapping[int, str]) -> list[bytes]:
    """A digest per row over its values. NULLs at the end do not count, so that a column which is
    added later does not change the rows that have nothing in it."""
    texts = list(map(orjson.dumps, rows))
    for i, text in enumerate(texts):
        if text.endswith(_NOTHING):
            while text.endswith(_NOTHING):
                text = text[: -len(_NOTHING)] + b"]"
            texts[i] = text
    for i, raw in raws.items():
        texts[i] += raw.encode()
    return list(map(xxh3_128_digest, texts))
