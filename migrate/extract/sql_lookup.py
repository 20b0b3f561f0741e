"""Looks the fields of one alias table up in a database: the columns that each is read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from migrate.errors import Problem
from migrate.extract.layout import likely, near
from migrate.extract.sql_catalog import Catalog, Column, column_among, column_of
from migrate.extract.sql_join import belonging
from migrate.extract.sql_rows import Width
from migrate.extract.table import Column as Asked
from migrate.extract.table import Member, RowTable, Table

_NUMBERED = re.compile(r"(.+)([A-Za-z])[0-9]+")
_MAIN = "m"
_MADE_BY_HPSM = re.compile("SYS(MOD|HOME).*|RECORD_NUMBER|DESCRIPTOR", re.IGNORECASE)
_RESERVED = "PRGN"
"""What ServiceCenter appended to a name that databases reserve: NUMBERPRGN, DESCPRGN."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """A row table as it is joined: its key, the main table's, and the column of its order."""

    table: sa.TableClause
    key: tuple[Column, ...]
    main: tuple[Column, ...]
    order: Column | None


@dataclass(frozen=True, slots=True)
class Found:
    """Where a field is: `column` is its own, an RC blob's that holds it at `member`, or the one of
    its elements in the row table `rows`. `way` says it in words."""

    column: Column
    way: str
    member: Member | None = None
    rows: RowKey | None = None
    width: Width | None = None

    @property
    def is_cell(self) -> bool:
        """Whether the column's value is the field's, decoded if need be."""
        return self.rows is None and (self.member is None or self.member.forms == ((None, ()),))


class Lookup:
    """The tables of one alias table in a database: the main one, which must be there, and those
    that are joined. `problems` are those of tables that cannot be joined."""

    def __init__(self, catalog: Catalog, name: str, table: Table, main: sa.TableClause) -> None:
        self._catalog = catalog
        self._name = name
        self._table = table
        self.main = main
        self.problems: list[Problem] = []
        self._clauses = {table.table: main}
        self._key = {
            ours: column
            for ours in table.key
            if (asked := table.fields.get(ours)) is not None
            and asked.rows is None
            and (column := column_of(main, asked.column.rpartition(".")[2])) is not None
        }
        self.source: sa.FromClause = main
        for joined in dict.fromkeys(joined for joined, _ in table.join):
            self._join(joined, [on for other, on in table.join if other == joined])

    @property
    def names(self) -> list[str]:
        """Every column that there is, for near matches."""
        rows = (asked.rows.table for asked in self._table.fields.values() if asked.rows)
        further = (self._catalog.table(name) for name in dict.fromkeys(rows))
        clauses = [*self._clauses.values(), *(clause for clause in further if clause is not None)]
        return list(dict.fromkeys(column.name for clause in clauses for column in clause.c))

    def unread(self, unread: Iterable[str]) -> tuple[str, ...]:
        """Of the columns that no field asks for, those that hold something of the customer's, with
        what the file's other tables have: `TABLE.COLUMN`."""
        names = set(unread)
        own = [(clause, clause.c) for clause in self._clauses.values()]
        others = [(table, table.c) for table in self._siblings() if table.name not in self._rows]
        keys = {column.name.casefold() for column in self._key.values()}
        return tuple(
            f"{clause.name}.{column.name}"
            for of, tables in ((names, own), (None, others))
            for clause, columns in tables
            for column in columns
            if (of is None or column.name in of)
            and not _MADE_BY_HPSM.fullmatch(column.name)
            and column.name.casefold().removesuffix(_RESERVED.casefold()) not in keys
        )

    @property
    def _rows(self) -> set[str]:
        """The row tables that fields are read from."""
        asked = (field.rows.table for field in self._table.fields.values() if field.rows)
        return {table.name for name in asked if (table := self._catalog.table(name)) is not None}

    def find(self, asked: Asked) -> Found | str:
        """The field that `asked` describes, or the column that is missing for it."""
        if asked.rows:
            return self._in_rows(asked, asked.rows)
        if (column := column_among(self._clauses, asked.column)) is None:
            return asked.column
        way = f"{column.table.name}.{column.name}"
        if asked.member is None:
            return Found(column, way)
        return Found(column, f"{way} (RC){_steps_shown(asked.member)}", asked.member)

    def hinted(self, problem: Problem, ours: str, column: str) -> Problem:
        """`problem` of a missing column, with the line to add where another table of the same file
        has a column of this name: CM3RM1's may lie in CM3RM2 or, an element a row, in CM3RA4."""
        for table in self._siblings():
            if column_of(table, column) is None:
                continue
            place = f"source.tables.{self._name}"
            if _NUMBERED.fullmatch(table.name)[2].casefold() == _MAIN:  # type: ignore[index]
                add = f"`{table.name}: NAME OF ITS KEY` under {place}.join"
            else:
                line = f"{ours}: {{table: {table.name}, column: {column}}}"
                add = f"`{line}` under {place}.fields"
            near = (f"{table.name}.{column}", *problem.near)[:3]
            return replace(problem, near=near, remedy=f"Add {add} in migrate.yaml.")
        return problem

    def _siblings(self) -> Iterator[sa.TableClause]:
        """The other tables of the same file, as HPSM numbers them."""
        if (main := _NUMBERED.fullmatch(self.main.name)) is None:
            return
        names = [
            name
            for name in sorted(self._catalog.names)
            if (other := _NUMBERED.fullmatch(name)) and other[1].casefold() == main[1].casefold()
        ]
        self._catalog.load(names)
        known = {clause.name for clause in self._clauses.values()}
        tables = map(self._catalog.table, names)
        yield from (table for table in tables if table is not None and table.name not in known)

    def _in_rows(self, asked: Asked, rows: RowTable) -> Found | str:
        table = self._catalog.table(rows.table)
        column = column_of(table, asked.column)
        if table is None or column is None:
            return f"{rows.table}.{asked.column}"
        names = rows.key or tuple(column.name for column in self._key.values())
        key = self._keys_of(table, names, (rows.order, column.name))
        main = self._keys_of_main(names)
        if not key or len(key) != len(main):
            return f"{rows.table}.{names[0] if names else 'KEY'}"
        order = column_of(table, rows.order)
        way = f"rows of {table.name}.{column.name} by {', '.join(part.name for part in key)}"
        if order is None:
            way += f", in no order: it has no {rows.order}"
        width = self._width(column, rows) if rows.spill else None
        return Found(column, way, None, RowKey(table, key, main, order), width)

    def _join(self, joined: str, on: Sequence[str]) -> None:
        if (table := self._catalog.table(joined)) is None:
            problem = absent(self._name, joined, self._catalog)
            remedy = f"Under source.tables.{self._name}.join in migrate.yaml name the right table."
            self.problems.append(replace(problem, remedy=remedy))
            return
        theirs, ours = self._keys_of(table, on, ()), self._keys_of_main(on)
        if not theirs or len(theirs) != len(ours):
            self.problems.append(
                Problem(
                    "source-column-missing",
                    joined,
                    f"has no column {', '.join(on)} to join it by",
                    remedy=f"Under source.tables.{self._name}.join in migrate.yaml write "
                    f"`{joined}: NAME OF THE COLUMN`.",
                    near=near(on[0], [column.name for column in table.c]),
                )
            )
            return
        self._clauses[joined] = table
        pairs = zip(ours, theirs, strict=True)
        belong = (belonging(self._catalog, one, other) for one, other in pairs)
        self.source = self.source.outerjoin(table, sa.and_(*belong))

    def _keys_of_main(self, names: Sequence[str]) -> tuple[Column, ...]:
        """The main table's columns that those of another table belong to: the record's key, else
        those of the same names."""
        key = list(self._key.values())
        if len(key) == len(names) == 1:
            return tuple(key)
        same = list(_all(_spelled(self.main, name) for name in names))
        return tuple(same) or (tuple(key) if len(key) == len(names) else ())

    def _keys_of(
        self, table: sa.TableClause, names: Sequence[str], known: Iterable[str]
    ) -> tuple[Column, ...]:
        """The columns of a further table that hold a record's key: of these names, also as
        ServiceCenter spells them; of one, the only column that is nothing else."""
        if found := tuple(_all(_spelled(table, name) for name in names)):
            return found
        others = {name.casefold() for name in known}
        left = [
            column
            for column in table.c
            if column.name.casefold() not in others
            and not column.name.casefold().startswith("sysmod")
        ]
        return tuple(left) if others and len(left) == len(names) == 1 else ()

    def _width(self, column: Column, rows: RowTable) -> Width | None:
        declared = column.type.length if isinstance(column.type, sa.String) else None
        octets = self._catalog.dialect.name == "oracle" and not isinstance(column.type, sa.Unicode)
        size = rows.width or declared  # HPSM cuts by its dbdict
        return Width(size, octets) if size else None


def absent(name: str, table: str, catalog: Catalog, *, warning: bool = False) -> Problem:
    """The problem of a table that the database does not have. One that another kind is read from is
    not proposed for it."""
    free = [other for other in catalog.names if name in catalog.taken.get(other, {name})]
    candidates = near(table, free)
    line = f"`table: {likely(table, candidates) or 'NAME OF THE TABLE'}`"
    whose = "" if catalog.names else f" ({catalog.whose} has no tables at all)"
    owner = (
        ", or name in source.schema whose tables they are"
        if not candidates and catalog.dialect.name != "sqlite"
        else ""
    )
    return Problem(
        "source-table-missing",
        f"source.tables.{name}",
        f"there is no table {table}{whose}",
        remedy=f"Under source.tables.{name} in migrate.yaml add {line}, "
        f"or leave the kind out of source.kinds{owner}.",
        near=candidates,
        warning=warning,
    )


def _spelled(table: sa.TableClause, name: str) -> Column | None:
    for spelling in (name, name + _RESERVED, name.removesuffix(_RESERVED)):
        if (column := column_of(table, spelling)) is not None:
            return column
    return None


def _all(columns: Iterable[Column | None]) -> Iterator[Column]:
    """The columns if none of them is missing, else nothing."""
    there = list(columns)
    if all(column is not None for column in there):
        yield from (column for column in there if column is not None)


def _steps_shown(member: Member) -> str:
    """The places in a blob, from 1 as a dbdict counts."""
    ways = [".".join(str(step + 1) for step in steps) for _, steps in member.forms]
    return f" at {' or '.join(dict.fromkeys(ways))}" if any(ways) else ""
