"""One alias table: our field names of a kind, and where a source has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowTable:
    """A table that keeps an array as rows, an element each: its `key` columns (none: named as the
    main table's), and the column that says in which `order`. With `spill`, an element that fills
    its column goes on in the next row; `width` is how many characters do (0: as many as the
    database says)."""

    table: str
    key: tuple[str, ...] = ()
    order: str = "RECORD_NUMBER"
    spill: bool = True
    width: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """A value within the RC blob of a column: the `steps` to it by place, from 0, through
    structures and into every element of an array. `forms` are, for a DESCRIPTOR, the steps by how
    many values the record has; None is any number."""

    forms: tuple[tuple[int | None, tuple[int, ...]], ...]


@dataclass(slots=True, eq=False)
class OwnForm:
    """How an installation writes the values of one field: its words for yes and no, its forms of
    dates (of `strptime`, or iso) and their zone. `ambiguous` becomes True where a time was met in
    an hour that the zone repeats."""

    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    time_zone: str = ""
    ambiguous: bool = False

    def met_ambiguous(self) -> None:
        self.ambiguous = True

    @property
    def shown(self) -> tuple[object, ...]:
        return self.true, self.false, self.dates, self.time_zone


@dataclass(frozen=True, slots=True)
class Column:
    """One of our fields: its column in the source (`table.column` where joined), its type, and the
    form of its values where that is not HPSM's own.

    In a database the column may lie in a row table, or the field within its RC blob.
    """

    column: str
    type: str = "text"
    rows: RowTable | None = None
    member: Member | None = None
    form: OwnForm | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Where one kind is read. `key` are the fields that identify a record; several are joined by
    `|`, and an array among them is one record per element. `asked` are the fields that nobody
    should lose without having said so: without an incident's group, its tickets would go by the
    call's, and a restricted one to the wrong people. `needed` are the fields without which
    the kind is of no use. An `optional` table may be absent without that being a problem. A web
    source reads `collection` (REST) or `object` of `service` (SOAP), and a `column` is a caption
    there; an empty column is one of which no caption is known. `sort` are the HPSM fields that a
    list of it is sorted by, so that it can be read in pages. `file` is the HPSM file, as a dbdict
    names it."""

    kind: str
    table: str
    key: tuple[str, ...]
    fields: dict[str, Column]
    needed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    join: tuple[tuple[str, str], ...] = ()
    where: str | None = None
    optional: bool = False
    modified: str | None = "sysmodtime"
    collection: str = ""
    object: str = ""
    service: str = ""
    sort: tuple[str, ...] = ()
    file: str = ""


def fields(text: str) -> dict[str, Column]:
    """`our_name COLUMN [type]` per line."""
    rows = (line.split() for line in text.strip().splitlines())
    return {row[0]: Column(row[1], row[2] if len(row) > 2 else "text") for row in rows}
