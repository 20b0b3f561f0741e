"""How the rows of a record's further table (M2) are found by its key, whatever pads keys in either.

One table may have keys of fixed width and the other not; or somebody wrote blanks behind some. Most
databases compare such keys as different, and the record would lose what stands in M2 without a
word, its group among it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from migrate.extract.sql_catalog import Catalog, Column


def belonging(catalog: Catalog, one: Column, other: Column) -> Column:
    """The condition that `other`, of the further table, is the key `one` of the main table. The
    database is asked whether any key is found without its blanks alone, since a comparison of the
    plain columns is the one that an index serves."""
    trimmed, other_trimmed = sa.func.rtrim(_plain(one)), sa.func.rtrim(_plain(other))
    if not _is_text(one) or not _is_text(other):
        return one == other
    blanks = catalog.finds(_of(one).where(_plain(one) != trimmed))
    other_blanks = catalog.finds(_of(other).where(_plain(other) != other_trimmed))
    if not (blanks or other_blanks):
        return one == other
    if not catalog.finds(_found_by(one, other, trimmed, other_trimmed)):
        return one == other
    if not other_blanks:
        return trimmed == _plain(other)
    return trimmed == other_trimmed if blanks else _plain(one) == other_trimmed


def _found_by(one: Column, other: Column, trimmed: Column, other_trimmed: Column) -> sa.Select[Any]:
    """The main table's keys that the other table has without blanks alone."""
    keys = _of(other, other).where(other.is_not(None))
    bare = _of(other, other_trimmed).where(other.is_not(None))
    return _of(one).where(one.not_in(keys), trimmed.in_(bare))


def _of(column: Column, *shown: Column) -> sa.Select[Any]:
    return sa.select(*(shown or (sa.literal_column("1"),))).select_from(column.table)


def _plain(column: Column) -> Column:
    return sa.type_coerce(column, sa.types.NULLTYPE)


def _is_text(column: Column) -> bool:
    return isinstance(column.type, sa.String) and not isinstance(column.type, sa.Text)
