"""Tables that nothing reads and that look like a kind: whole tables that an installation made
itself, such as RB_REQUESTM1 beside or instead of OCMQM1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from migrate.extract.defaults import DEFAULTS
from migrate.extract.sql_catalog import Catalog
from migrate.extract.table import Table

_MAIN = re.compile(r"(.+)[Mm]1")
_FEW = 4
_SHARE = 0.5
_MANY = 8
"""So many columns of a kind are a sign, however many it has."""
_EVERYWHERE = 6
"""In so many alias tables a column is no sign of any of them."""


def alike(catalog: Catalog, tables: Iterable[Table]) -> dict[str, tuple[str, ...]]:
    """Kind → the main tables that have half of its usual columns or `_MANY` of them, also with a
    prefix, and that none of `tables` is read from."""
    used = {name.casefold() for table in tables for name in _names(table)}
    stems = {stem for name in used if (stem := _stem(name))}
    names = [
        name
        for name in catalog.names
        if name.casefold() not in used and (stem := _stem(name)) and stem not in stems
    ]
    catalog.load(names)
    signs = _signs()
    found: dict[str, list[str]] = {}
    for name in names:
        if (table := catalog.table(name)) is None:
            continue
        columns = [column.name.casefold() for column in table.c]
        shares = {alias: _share(own, columns) for alias, own in signs.items()}
        best = max(shares, key=lambda alias: shares[alias])
        if shares[best]:
            found.setdefault(DEFAULTS[best].kind, []).append(name)
    return {kind: tuple(there) for kind, there in found.items()}


def _names(table: Table) -> Iterable[str]:
    yield table.table
    yield from (joined for joined, _ in table.join)
    yield from (column.rows.table for column in table.fields.values() if column.rows)


def _stem(name: str) -> str:
    met = _MAIN.fullmatch(name)
    return met[1].casefold() if met else ""


def _signs() -> Mapping[str, frozenset[str]]:
    """Alias table → the columns that tell it from others."""
    columns = {
        name: {column.column.casefold() for column in table.fields.values()}
        for name, table in DEFAULTS.items()
    }
    met = Counter(column for own in columns.values() for column in own)
    told = {
        name: frozenset(column for column in own if met[column] < _EVERYWHERE)
        for name, own in columns.items()
    }
    return {name: own for name, own in told.items() if len(own) >= _FEW}


def _share(own: frozenset[str], columns: list[str]) -> float:
    """How much of `own` is among `columns`, as it is or behind a prefix (`rb_`); nothing where that
    is no sign."""
    bare = {rest for column in columns for rest in (column, column.partition("_")[2])}
    there = len(own & bare)
    share = there / len(own)
    return share if there >= _MANY or (there >= _FEW and share >= _SHARE) else 0.0
