"""What the alias tables ask for, against what a source really has: found, missing, and the line of
migrate.yaml that would put it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from rapidfuzz import fuzz, process, utils

from migrate.errors import Problem
from migrate.extract.aliases import Column, Table

_SIMILAR = 60
_LIKELY = 80
_SAME = 100
_RESERVED = "PRGN"  # what ServiceCenter appended to names that databases reserve: NUMBERPRGN


@dataclass(frozen=True, slots=True)
class Layout:
    """One alias table as the source has it: `columns` is our field → the source's own name.

    `missing` is field → the column that was asked for, `unread` what the source has and no field
    asks for. `readable` is False where the kind is of no use without what is missing.
    """

    name: str
    table: Table
    columns: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    readable: bool = True
    unread: tuple[str, ...] = ()


def lay_out(
    name: str, table: Table, find: Callable[[str], str | None], has: Sequence[str], place: str
) -> Layout:
    """Look every field of `table` up with `find` (column asked for → the source's own name).

    `has` are the names that exist; those that no field has are near matches of what is missing, so
    that no field is put where another one is. `place` is the table or file. A field that is missing
    is a warning and left out. One that the kind needs makes the kind unreadable; one of
    `Table.asked` is a problem until somebody maps it, or says null.
    """
    found = {ours: find(column.column) for ours, column in table.fields.items()}
    columns = {ours: column for ours, column in found.items() if column}
    unread = _unread(columns.values(), has)
    missing: dict[str, str] = {}
    problems = []
    needed = set(table.needed) | ({table.key[0]} if len(table.key) == 1 else set())
    for ours, column in table.fields.items():
        if ours in columns:
            continue
        missing[ours] = column.column
        called = [name for name in unread if _score(ours, name) == _SAME]
        candidates = tuple(dict.fromkeys([*called, *near(column.column, unread)]))[:3]
        proposed = candidates[0] if called else likely(column.column, candidates)
        if proposed and _is_rather(proposed, ours, table, columns):
            proposed = ""
        add = f"`{ours}: {proposed or 'NAME OF THE COLUMN'}`"
        if ours not in needed:
            add += f" (or `{ours}: null` if there is none)"
        problems.append(
            Problem(
                "source-column-missing",
                place,
                f"has no column {column.column} for {table.kind}.{ours}",
                remedy=f"Under source.tables.{name}.fields in migrate.yaml add {add}.",
                near=candidates,
                warning=ours not in needed and ours not in table.asked,
            )
        )
    readable = not needed & missing.keys()
    return Layout(name, table, columns, missing, tuple(problems), readable, unread)


def _score(name: str, theirs: str) -> float:
    return fuzz.WRatio(name.rpartition(".")[2], theirs, processor=utils.default_process)


def _is_rather(theirs: str, ours: str, table: Table, columns: Mapping[str, str]) -> bool:
    """Whether `theirs` looks more like another field that is missing than like `ours`: to propose
    it here would put one field where another one is."""

    def alike(field: str) -> float:
        return max(_score(field, theirs), _score(table.fields[field].column, theirs))

    others = (field for field in table.fields if field not in columns and field != ours)
    return any(alike(field) > alike(ours) for field in others)


def _unread(columns: Iterable[str], has: Sequence[str]) -> tuple[str, ...]:
    """Those of `has` that none of `columns` is. In a database these are ways: `TABLE.COLUMN`, `rows
    of TABLE.COLUMN by KEY`."""
    names = dict.fromkeys(has)
    read = {
        way if way in names else way.removeprefix("rows of ").partition(" ")[0].rpartition(".")[2]
        for way in columns
    }
    return tuple(name for name in names if name not in read)


def fingerprint(layouts: Iterable[Layout]) -> str:
    """A short text that changes whenever other tables, keys, columns, types or rows are asked
    for."""
    asked = [
        (
            layout.table.table,
            layout.table.key,
            layout.table.join,
            layout.table.where,
            [
                (ours, theirs, layout.table.fields[ours].type, *_form(layout.table.fields[ours]))
                for ours, theirs in layout.columns.items()
            ],
        )
        for layout in layouts
    ]
    return blake2b(repr(asked).encode(), digest_size=8).hexdigest()


def _form(column: Column) -> tuple[object, ...]:
    return column.form.shown if column.form else ()


def near(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The three of `names` that look most like `name`, the best first."""
    names = list(names)
    bare = name.rpartition(".")[2]
    found = process.extract(
        bare,
        names,
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=3,
        score_cutoff=_SIMILAR,
    )
    spelled = [same_name(bare + _RESERVED, names)]
    return tuple(dict.fromkeys([*filter(None, spelled), *(match for match, _, _ in found)]))[:3]


def likely(name: str, candidates: Sequence[str]) -> str:
    """The first of the `near` ones where it looks so much like `name` that it may be proposed."""
    score = fuzz.WRatio(
        name.rpartition(".")[2], (*candidates, "")[0], processor=utils.default_process
    )
    return candidates[0] if candidates and score >= _LIKELY else ""


def same_name(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that is `name`, if need be in other letters' case."""
    names = list(names)
    if name in names:
        return name
    return next((other for other in names if other.casefold() == name.casefold()), None)
