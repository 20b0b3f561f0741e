"""Which file of HPSM an alias table reads, and where its fields are in the records of a dbdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from migrate.errors import Problem
from migrate.extract import rc
from migrate.extract.aliases import DEFAULTS, Column, Table
from migrate.extract.dbdict import ARRAY, Dbdict, DbdictField, Node
from migrate.extract.defaults.files import FILES
from migrate.extract.layout import Layout, lay_out, likely, near
from migrate.extract.rc import Expression, Null, Operator, Structure
from migrate.extract.rc_cells import as_given
from migrate.extract.rc_columns import LINES
from migrate.extract.shape import Field, converter
from migrate.extract.unload_scan import Section
from migrate.extract.values import CONVERTERS, Converter, Unreadable, char

_FIRST_YEAR = 1900  # what looks older is no date but minutes that have passed
_SHOWN = 12
_NUMBERED = re.compile(r"[A-Z]\d+$", re.IGNORECASE)


class Ready(list[Any]):
    """Values of a column that need no converting."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of our fields in a record: at `place`, and `steps` inwards from there; `cell` makes the
    RC value what a driver would give for the field's type."""

    field: Field
    place: int
    steps: tuple[int | None, ...]
    cell: Callable[[Any], Any]

    @property
    def is_plain(self) -> bool:
        return not self.steps


@dataclass(frozen=True, slots=True)
class UnloadTable:
    """One alias table by one dbdict, and the sections that hold its records."""

    layout: Layout
    dbdict: Dbdict
    sections: tuple[Section, ...]
    wanted: tuple[Wanted, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(wanted.field for wanted in self.wanted)

    def of(self, name: str) -> Wanted | None:
        return next((wanted for wanted in self.wanted if wanted.field.name == name), None)

    @property
    def key(self) -> tuple[Field, ...]:
        names = self.layout.table.key
        return tuple(field for field in self.fields if field.name in names)

    @property
    def modified(self) -> Wanted | None:
        """The field that a delta can go by."""
        found = self.of(self.layout.table.modified or "")
        return found if found and found.is_plain else None


Sections = list[tuple[UnloadTable, Section]]
"""The sections of one alias table in the order of the files, each with what reads it."""


def find_tables(
    name: str, table: Table, sections: Sequence[Section], *, chosen: bool
) -> list[UnloadTable]:
    """The alias table in the files that hold its records, by each of their dbdicts, in the order of
    the files. `chosen`: the configuration names the table."""
    files = _files(table, {section.dbdict.file for section in sections}, sections, chosen)
    found: dict[int, list[Section]] = {}
    for section in sections:
        if section.dbdict.file in files:
            found.setdefault(id(section.dbdict), []).append(section)
    return [_table(name, table, its[0].dbdict, tuple(its)) for its in found.values()]


def absent(name: str, table: Table, sections: Iterable[Section]) -> Problem:
    """No file holds records of the alias table."""
    known = {file.casefold() for file in FILES.values()}
    there = sorted({section.dbdict.file for section in sections})
    candidates = near(table.file or table.table, [f for f in there if f.casefold() not in known])
    asked = table.file or table.table
    line = f"`table: {likely(asked, candidates) or 'NAME OF THE FILE IN HPSM'}`"
    return Problem(
        "source-table-missing",
        table.file or table.table,
        f"no unload file holds it, for {table.kind}; {_held(there)}",
        remedy=f"Unload it from HPSM too, or under source.tables.{name} in migrate.yaml add "
        f"{line}, or name in source.kinds the others alone.",
        near=candidates,
    )


def _held(there: Sequence[str]) -> str:
    if not there:
        return "they hold nothing that could be read"
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return f"they hold {', '.join(there[:_SHOWN])}{more}"


def _files(table: Table, names: set[str], sections: Sequence[Section], chosen: bool) -> set[str]:
    """The names of the HPSM files that are meant: that have a table of this name; that are called
    so; that the alias table is of by default; whose name the table's was made from."""
    asked = table.table.casefold()
    own = table.file.casefold()
    having = {
        section.dbdict.file
        for section in sections
        if any(_bare(listed.name) == asked for listed in section.dbdict.tables)
    }
    if having:
        return {file for file in having if file.casefold() == own} or having
    stem = _NUMBERED.sub("", asked)
    tried = [asked, *([] if chosen else [own]), stem]
    return next(
        (found for each in tried if (found := {n for n in names if n.casefold() == each})), set()
    )


def _table(name: str, table: Table, dbdict: Dbdict, sections: tuple[Section, ...]) -> UnloadTable:
    found: dict[str, Node] = {}

    def find(column: str) -> str | None:
        node = find_node(dbdict, column, said=_is_said(table, column))
        if node is None:
            return None
        found[column] = node
        return node.field.name

    has = [node.field.name for node in dbdict.top if node.field.name]
    layout = lay_out(name, table, find, has, f"{dbdict.file} (dbdict)")
    wanted = tuple(
        _wanted(table, ours, table.fields[ours], found[table.fields[ours].column])
        for ours in layout.columns
    )
    if any(each.field.type != table.fields[each.field.name].type for each in wanted):
        fields = {
            **table.fields,
            **{
                w.field.name: replace(table.fields[w.field.name], type=w.field.type) for w in wanted
            },
        }
        layout = replace(layout, table=replace(table, fields=fields))
    return UnloadTable(layout, dbdict, sections, wanted)


def find_node(dbdict: Dbdict, asked: str, *, said: bool) -> Node | None:
    """The field that is meant by `asked`: a column (`table.column` too), a field's name, or that as
    a column is called by default.

    A name that somebody has `said` is taken for a column first; one of our defaults for the name of
    a field, since names are the same everywhere, and columns are chosen by installations. What lies
    within an array of structures is meant only where somebody said so.
    """
    prefix, _, bare = asked.rpartition(".")

    def named(entry: DbdictField) -> bool:
        return entry.name.casefold() == asked.casefold()

    def standing_for(entry: DbdictField) -> bool:
        return _standard(entry.name) == _standard(asked)

    def in_column(entry: DbdictField) -> bool:
        there = not prefix or prefix.casefold() in (
            entry.alias.casefold(),
            _bare(dbdict.table(entry.alias)),
        )
        return there and entry.column.strip('"').casefold() == bare.casefold()

    by_column = (named, in_column) if prefix else (in_column, named, standing_for)
    for is_it in by_column if said else (named, standing_for, in_column):
        nodes = [node for node in dbdict.nodes if any(map(is_it, node.columns))]
        of_record = [node for node in nodes if not node.is_inner]
        if nodes := of_record or (nodes if said else []):
            return next((node for node in nodes if _has_column(node)), nodes[0])
    return _joined(dbdict, asked)


def _joined(dbdict: Dbdict, asked: str) -> Node | None:
    """A field within a structure by both names, as HPSM writes them: `header,number`."""
    outer, comma, inner = asked.partition(",")
    if not comma:
        return None
    within = next((n for n in dbdict.nodes if n.field.name.casefold() == outer.casefold()), None)
    below = within.below if within else ()
    return next((n for n in below if n.field.name.casefold() == inner.casefold()), None)


def _wanted(table: Table, ours: str, asked: Column, node: Node) -> Wanted:
    """An array that identifies records is a record per element."""
    steps = node.steps[1:]
    if asked.member:
        steps += asked.member.forms[0][1]
    many = node.field.type == ARRAY or None in node.steps
    type_ = "array" if many and ours in table.key else asked.type
    own = asked.form is not None
    field = Field(ours, type_, _unless_ready(converter(table, ours, type_), own=own))
    place = node.steps[0]
    assert place is not None  # noqa: S101 - a record is no array
    return Wanted(field, place, steps, _cell(steps, type_))


def _unless_ready(convert: Converter, *, own: bool) -> Converter:
    """Keys are freed of what pads them, and values in a form of their own read in it, whatever they
    are."""
    if convert is char or own:
        return convert
    return lambda values, unread: values if type(values) is Ready else convert(values, unread)


def _cell(steps: tuple[int | None, ...], type_: str) -> Callable[[Any], Any]:
    join = CONVERTERS["array"]

    def cell(value: Any) -> Any:
        found = _inwards(value, steps)
        try:
            given = as_given(found, type_)
        except Unreadable:
            # no text: kept in hexadecimal as what cannot be read
            return bytes(found) if isinstance(found, Expression | Operator) else rc.encode(found)
        if isinstance(given, list) and type_ in LINES:
            (given,) = join([given], lambda row, text: None)
        if type_ == "duration" and isinstance(given, datetime) and given.year < _FIRST_YEAR:
            return timedelta(minutes=rc.minutes(given))
        return given

    return cell


def _inwards(value: Any, steps: Sequence[int | None]) -> Any:
    """What lies so many steps inwards: of every element of an array, wherever one is met."""
    for place, step in enumerate(steps):
        if isinstance(value, list):
            rest = steps[place + (step is None) :]
            return [_inwards(element, rest) for element in value]
        if step is None:
            continue
        if not isinstance(value, Structure) or step >= len(value):
            return value if isinstance(value, Null) else Null.TEXT
        value = value[step]
    return value


def _has_column(node: Node) -> bool:
    return any(entry.column for entry in node.columns)


def _bare(table: str) -> str:
    """A table's name without its owner's."""
    return table.rpartition(".")[2].strip('"').casefold()


def _is_said(table: Table, column: str) -> bool:
    """Whether somebody configured this column, and it is not our default for the field."""
    alike = [known.fields for known in DEFAULTS.values() if known.kind == table.kind]
    return any(
        all(ours not in known or known[ours].column != column for known in alike)
        for ours, asked in table.fields.items()
        if asked.column == column
    )


def _standard(name: str) -> str:
    """A field's name as its column is called unless somebody chose another: `brief.description` is
    BRIEF_DESCRIPTION."""
    return re.sub(r"\W", "_", name).casefold()
