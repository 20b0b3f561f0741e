"""An alias table as a dbdict has it: where each of its fields lies in this installation's tables.

What the alias table says becomes what it would say, had somebody looked every field up by hand:
columns, tables to join, row tables and places in RC blobs. Pure; whether the database agrees is
looked up afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from migrate.extract.dbdict import ARRAY, UNIQUE, Dbdict, DbdictField, Node
from migrate.extract.defaults import DEFAULTS
from migrate.extract.table import Column, Member, RowTable, Table

Descriptor = Literal["auto", "all", "unmapped"]
"""By what place a field without a column lies in DESCRIPTOR: among all fields of the record, among
those without a column, or by whichever of the two has as many as the record has values."""

_MAIN = "m1"
_Trail = tuple[Node, ...]
"""An entry of the dbdict, behind all those that it lies in."""
_Forms = tuple[tuple[int | None, tuple[int, ...]], ...]


def dbdict_of(table: Table, dbdicts: Mapping[str, Dbdict]) -> Dbdict | None:
    """The dbdict that defines what `table` reads: by the table's name in the database, by the name
    of the file where that is given instead, else by the file that such records have. `dbdicts` are
    by the file's name in small letters."""
    named = table.table.casefold()
    tables = {known.name.casefold(): found for found in dbdicts.values() for known in found.tables}
    by_table = tables.get(named) or dbdicts.get(named)
    by_file = dbdicts.get(table.file.casefold())
    return by_table or by_file if _said_table(table) else by_file or by_table


def translated(table: Table, dbdict: Dbdict, descriptor: Descriptor) -> Table:
    """`table` in the words of the database. A field that the dbdict does not know stays as it is,
    to be looked for by its name.

    A default column stands for the field of that name (BRIEF_DESCRIPTION for `brief.description`),
    wherever it lies. A configured one is a field of the dbdict, or a column.
    """
    return _Translation(table, dbdict, descriptor).done()


class _Translation:
    def __init__(self, table: Table, dbdict: Dbdict, descriptor: Descriptor) -> None:
        self._table = table
        self._dbdict = dbdict
        self._descriptor = descriptor
        self._trails = tuple(_trails(dbdict.top))
        self._alias, self._main = self._read_from()
        self._key = self._key_columns()
        self._joins: dict[tuple[str, str], None] = dict.fromkeys(table.join)

    def done(self) -> Table:
        fields = {ours: self._column(ours, asked) for ours, asked in self._table.fields.items()}
        return replace(self._table, table=self._main, fields=fields, join=tuple(self._joins))

    def _read_from(self) -> tuple[str, str]:
        """The alias and the name of the table that has a row per record: the one that was
        configured, be it a view over it, else the file's first."""
        main = self._dbdict.table(_MAIN)
        named = self._table.table.casefold()
        if not _said_table(self._table) or named == self._dbdict.file.casefold():
            return _MAIN, main or self._table.table
        listed = (t.alias for t in self._dbdict.tables if t.name.casefold() == named)
        return next(listed, _MAIN), self._table.table

    def _key_columns(self) -> tuple[str, ...]:
        """The columns by which the tables of the file belong together."""
        keys = self._dbdict.keys
        key = next((key for key in keys if key.type == UNIQUE), next(iter(keys), None))
        trails = [self._trail_of(name.rpartition(",")[2]) for name in (key.fields if key else ())]
        stored = [_stored(trail[-1]) if trail else None for trail in trails]
        columns = tuple(entry.column for entry in stored if entry)
        return columns if len(columns) == len(trails) else ()

    def _column(self, ours: str, asked: Column) -> Column:
        """The column with everything said; the same one where the dbdict cannot say it."""
        if asked.rows or asked.member or (trail := self._trail(ours, asked.column)) is None:
            return asked
        place, entry, forms = self._stored_in(trail)
        if entry is None or (table := self._table_of(entry)) is None:
            return asked
        many = any(node.field.type == ARRAY for node in trail)
        # an array that identifies records is a record per element
        exploded = many and ours in self._table.key and self._alias == _MAIN
        type_ = "array" if exploded else asked.type
        member = Member(forms) if forms else None
        if place == len(trail) - 1 and not self._is_main(entry) and not _is_further(entry):
            rows = RowTable(table, self._key, width=_width(entry.sql_type))
            return Column(entry.column, type_, rows, form=asked.form)
        return Column(self._read(entry, table), type_, member=member, form=asked.form)

    def _stored_in(self, trail: _Trail) -> tuple[int, DbdictField | None, _Forms]:
        """Where in the trail the entry is whose column holds the field (-1: DESCRIPTOR), that
        entry, and the places within the column if it is an RC blob."""
        for place in range(len(trail) - 1, -1, -1):
            if entry := _stored(trail[place]):
                inner = place < len(trail) - 1
                forms: _Forms = ((None, _steps(trail[place:])),) if inner or entry.rc else ()
                return place, entry, forms
        descriptor = self._dbdict.descriptor
        forms = self._forms(trail)
        elsewhere = any(_stored(inner[-1]) for inner in _trails((trail[-1],)))
        if descriptor is None or not descriptor.column or not forms or elsewhere:
            return -1, None, ()
        return -1, descriptor, forms

    def _table_of(self, entry: DbdictField) -> str | None:
        """The table that an entry's column is in, None where the dbdict does not name it."""
        if self._is_main(entry):
            return self._main
        return self._dbdict.table(entry.alias) or None

    def _is_main(self, entry: DbdictField) -> bool:
        """A row table that is read by itself has the key's columns too."""
        own = not entry.alias or entry.alias.casefold() == self._alias.casefold()
        return own or (self._alias != _MAIN and entry.column in self._key)

    def _read(self, entry: DbdictField, table: str) -> str:
        """The column as a SELECT over the main table has it, with what must be joined."""
        if self._is_main(entry):
            return entry.column
        for column in self._key or self._own_key():
            self._joins[table, column] = None
        return f"{table}.{entry.column}"

    def _own_key(self) -> Iterator[str]:
        """The columns of the alias table's own key, where the dbdict tells none."""
        for ours in self._table.key:
            asked = self._table.fields[ours].column
            trail = self._trail(ours, asked)
            entry = _stored(trail[-1]) if trail else None
            yield entry.column if entry else asked

    def _forms(self, trail: _Trail) -> _Forms:
        """Where a field without a column lies in DESCRIPTOR, by how many values that has."""
        inwards = _steps(trail)
        both = {"all": self._dbdict.top, "unmapped": self._dbdict.unmapped}
        forms = {
            how: (len(nodes), (place, *inwards))
            for how, nodes in both.items()
            for place, node in enumerate(nodes)
            if node is trail[0]
        }
        if self._descriptor == "auto":
            return tuple(dict.fromkeys(forms.values()))
        return (forms[self._descriptor],) if self._descriptor in forms else ()

    def _trail(self, ours: str, asked: str) -> _Trail | None:
        """The field that is meant: of one name, or with a column of this name."""
        prefix, _, bare = asked.rpartition(".")

        def named(entry: DbdictField) -> bool:
            return entry.name.casefold() == asked.casefold()

        def standing_for(entry: DbdictField) -> bool:
            return _standard(entry.name) == _standard(asked)

        def in_column(entry: DbdictField) -> bool:
            table = self._dbdict.table(entry.alias)
            there = not prefix or prefix.casefold() in (table.casefold(), entry.alias.casefold())
            return there and entry.column.casefold() == bare.casefold()

        by_name = (named, standing_for, in_column)
        by_column = (named, in_column) if "." in asked else (in_column, named, standing_for)
        said = _said(self._table, ours, asked)
        tried = by_column if said else by_name
        return next((found for is_it in tried if (found := self._found(is_it, said))), None)

    def _trail_of(self, name: str) -> _Trail | None:
        return self._found(lambda entry: entry.name == name, said=True)

    def _found(self, is_it: Callable[[DbdictField], bool], said: bool) -> _Trail | None:
        """The first that has a column, else the first; what lies within an array of structures only
        where nothing else does, and somebody has `said` it."""
        found = [
            trail for trail in self._trails if any(is_it(entry) for entry in trail[-1].columns)
        ]
        of_record = [trail for trail in found if not trail[-1].is_inner]
        found = of_record or (found if said else [])
        stored = (trail for trail in found if _stored(trail[-1]))
        return next(stored, found[0] if found else None)


def _trails(nodes: Iterable[Node], before: _Trail = ()) -> Iterator[_Trail]:
    for node in nodes:
        yield (trail := (*before, node))
        yield from _trails(node.children, trail)


def _steps(trail: _Trail) -> tuple[int, ...]:
    """From the value of the first to that of the last; into every element of an array is no step of
    its own."""
    inwards = trail[-1].steps[len(trail[0].steps) :]
    return tuple(step for step in inwards if step is not None)


def _stored(node: Node) -> DbdictField | None:
    """The entry that names the field's column."""
    return next((entry for entry in node.columns if entry.column), None)


def _is_further(entry: DbdictField) -> bool:
    """Whether its table has one row per record, as M2 has; A1 and the like have one per element."""
    return entry.alias[:1].casefold() == _MAIN[0]


def _width(sql_type: str) -> int:
    """The characters that a column of this type holds; 0 where it does not say."""
    found = re.fullmatch(r"\w*CHAR\w*\s*\(\s*(\d+).*\)", sql_type.strip(), re.IGNORECASE)
    return int(found[1]) if found else 0


def _standard(name: str) -> str:
    """A field's name as its column is called unless somebody chose another: `brief.description` is
    BRIEF_DESCRIPTION."""
    return re.sub(r"\W", "_", name).casefold()


def _said_table(table: Table) -> bool:
    return all(table.table != known.table for known in _alike(table))


def _said(table: Table, ours: str, column: str) -> bool:
    """Whether somebody configured this column, and it is not one of ours."""
    defaults = (known.fields[ours].column for known in _alike(table) if ours in known.fields)
    return column not in defaults


def _alike(table: Table) -> Iterator[Table]:
    return (known for known in DEFAULTS.values() if known.kind == table.kind)
