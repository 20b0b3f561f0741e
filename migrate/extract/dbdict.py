"""What HPSM itself says of its files (dbdict) and of its web services (extaccess).

Both come as records of an unload file. A dbdict grew between the versions of HPSM, so its parts are
told by their shape and never by their place: seen are two eras, of 2010 and of 2016.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise, zip_longest
from typing import Any

from migrate.extract.rc import DEPTH, Null, Structure

NUMBER, CHARACTER, TIME, LOGICAL, ARRAY, STRUCTURE, OPERATOR, EXPRESSION = 1, 2, 3, 4, 8, 9, 10, 11
"""The types of a dbdict, which are also those of RC values."""

UNIQUE = 12
"""The type of a unique key; 8 is another one (inferred from dbdicts seen)."""


@dataclass(frozen=True, slots=True)
class DbdictField:
    """One entry: `level` 0 is the record itself, 1 its fields, deeper ones lie within the entry of
    the level before. `index` counts from 1 within it. `alias`, `column` and `sql_type` are empty
    where the entry has no column of its own; `rc` says that its column holds RC values."""

    name: str
    level: int
    index: int
    type: int
    alias: str = ""
    column: str = ""
    sql_type: str = ""
    rc: bool = False


@dataclass(frozen=True, slots=True)
class DbdictTable:
    """A table of the database: `alias` is what the fields name it (m1, a1), `database` its sort."""

    name: str
    alias: str
    database: str = ""


@dataclass(frozen=True, slots=True)
class DbdictKey:
    """A key over these fields; `type` is `UNIQUE` or another one."""

    type: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """An entry with what lies within it, in the order of its values in a record. An array has one
    child, its element.

    `steps` lead to its value from the record: the place within a structure, or None for every
    element of an array.
    """

    field: DbdictField
    steps: tuple[int | None, ...]
    children: tuple[Node, ...] = ()

    @property
    def path(self) -> tuple[int, ...]:
        """The places of `steps` alone."""
        return tuple(step for step in self.steps if step is not None)

    @property
    def columns(self) -> tuple[DbdictField, ...]:
        """The entries that may name this field's column: itself and, of an array, its element."""
        elements = (child.field for child in self.children if self.field.type == ARRAY)
        return (self.field, *elements)

    @property
    def is_inner(self) -> bool:
        """Whether it lies within an array of structures, so that a record may have it any number of
        times: what is called `status` there is no status of the record."""
        return None in self.steps[:-1]

    @property
    def below(self) -> tuple[Node, ...]:
        """Every entry within it, an outer one before what lies within that."""
        return tuple(_flat(self.children))


@dataclass(frozen=True)
class Dbdict:
    """One definition of the HPSM file `file`, as an installation had it at some time."""

    file: str
    fields: tuple[DbdictField, ...]
    tables: tuple[DbdictTable, ...] = ()
    keys: tuple[DbdictKey, ...] = ()
    modified: datetime | None = field(default=None, compare=False)

    @cached_property
    def top(self) -> tuple[Node, ...]:
        """The record's own fields, in the order of their values. Entries with the same index are
        names for the same value."""
        return _nodes(self.fields, 1, ())

    @cached_property
    def values(self) -> tuple[Node, ...]:
        """One entry for each value of a record: of several with the same index, the first."""
        found: dict[int | None, Node] = {}
        for node in self.top:
            found.setdefault(node.steps[0], node)
        return tuple(found.values())

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every entry below the record, an outer one before what lies within it."""
        return tuple(_flat(self.top))

    @cached_property
    def unmapped(self) -> tuple[Node, ...]:
        """The record's own values that have no column, themselves or within."""
        return tuple(
            node for node in self.top if not any(inner.field.column for inner in _flat((node,)))
        )

    @property
    def descriptor(self) -> DbdictField | None:
        """The record's own entry, whose column holds the fields that have none."""
        return next((entry for entry in self.fields if entry.level == 0), None)

    def table(self, alias: str) -> str:
        """The name of the table with this alias; empty where there is none."""
        named = (table.name for table in self.tables if table.alias.casefold() == alias.casefold())
        return next(named, "")


@dataclass(frozen=True, slots=True)
class Service:
    """One object of a web service: HPSM's `file`, its `service` and `object` as SOAP names them,
    the REST names (empty where not set), and field → caption."""

    file: str
    service: str
    object: str
    captions: Mapping[str, str]
    collection: str = ""
    resource: str = ""
    keys: tuple[str, ...] = ()
    rest: bool | None = None
    attachments: bool | None = None
    double_encode_slash: bool | None = None
    max_records: int | None = None


def parse(value: Any) -> Dbdict:
    """The definition that the value of a dbdict record holds. Raises ValueError where it is none.

    The fields are the first array of structures that begin with a name (which may be empty: that
    field has its place, and nobody can ask for it) and three numbers; keys are
    (number, [names], …); tables (sort of database, name, alias, …); the file's name is the first
    text that stands by itself.
    """
    if not isinstance(value, tuple):
        raise ValueError("a dbdict is a structure")
    arrays = [part for part in value if isinstance(part, list)]
    fields = next((found for part in arrays if (found := _all(part, _field))), None)
    file = next((part for part in value if isinstance(part, str)), None)
    if not fields or not file or not any(entry.name for entry in fields):
        raise ValueError("a dbdict has a name and fields")
    return Dbdict(
        str(file),
        fields,
        next((found for part in arrays if (found := _all(part, _table))), ()),
        next((found for part in arrays if (found := _all(part, _key))), ()),
        next((part for part in value if isinstance(part, datetime)), None),
    )


def build(dbdict: Dbdict) -> Structure:
    """The value of a dbdict record, in the form of the newer of the two eras seen."""
    fields = [
        Structure(
            (
                entry.name,
                entry.level,
                entry.index,
                entry.type,
                *(Null.TEXT,) * 3,
                Structure(
                    (
                        entry.alias or Null.TEXT,
                        entry.column or Null.TEXT,
                        entry.sql_type or Null.TEXT,
                        entry.rc,
                    )
                ),
                Structure((False, Null.TEXT, Null.TEXT, False)),
                Structure((0, 1)),
            )
        )
        for entry in dbdict.fields
    ]
    main = next(iter(dbdict.tables), None)
    keys = [
        Structure(
            (
                key.type,
                list(key.fields),
                Null.TEXT,
                [Structure((main.name, f"{main.name}{place:X}", 1))] if main else [],
            )
        )
        for place, key in enumerate(dbdict.keys, start=0xA0)
    ]
    tables = [
        Structure((table.database or "oracle9", table.name, table.alias, Null.TEXT, Null.TEXT))
        for table in dbdict.tables
    ]
    return Structure(
        (
            fields,
            keys,
            dbdict.file,
            *(Null.TEXT, Null.TEXT, [], Null.TEXT, Null.TEXT, [], -1),
            tables,
            Structure((False, False, False)),
            False,
            dbdict.modified or Null.TIME,
            Null.TEXT,
            0,
        )
    )


def service(record: Mapping[str, Any]) -> Service | None:
    """What one extaccess record publishes; `record` is field name → value as RC has it.

    None where it names no service or object. A caption that is not set is left out: that field is
    not published.
    """
    name, object_ = _text(record.get("service.name")), _text(record.get("object.name"))
    if not name or not object_:
        return None
    pairs = zip_longest(_texts(record.get("soafield")), _texts(record.get("soacaption")))
    return Service(
        file=_text(record.get("name")),
        service=name,
        object=object_,
        captions={field: caption for field, caption in pairs if field and caption},
        collection=_text(record.get("rest.list.name")),
        resource=_text(record.get("rest.resource.name")),
        keys=tuple(filter(None, _texts(record.get("rest.keys")))),
        rest=_logical(record.get("rest.enabled")),
        attachments=_logical(record.get("rest.attachment.enabled")),
        double_encode_slash=_logical(record.get("rest.double.encode.slash")),
        max_records=_number(record.get("max.records.page")),
    )


def record(dbdict: Dbdict, value: Any) -> dict[str, Any]:
    """Field name → value of one whole data record, as RC has it."""
    places = ((node.field.name, node.steps[0] or 0) for node in dbdict.top)
    return {name: value[place] for name, place in places if place < len(value)}


def _nodes(
    fields: tuple[DbdictField, ...], level: int, steps: tuple[int | None, ...]
) -> tuple[Node, ...]:
    starts = [place for place, entry in enumerate(fields) if entry.level == level]
    groups = [
        (fields[start], fields[start + 1 : end]) for start, end in pairwise([*starts, len(fields)])
    ]
    indexes = {entry.index for entry, _ in groups}
    if indexes == set(range(1, len(indexes) + 1)):
        groups.sort(key=lambda group: group[0].index)
        return tuple(_node(entry, within, (*steps, entry.index - 1)) for entry, within in groups)
    return tuple(_node(entry, within, (*steps, i)) for i, (entry, within) in enumerate(groups))


def _node(
    entry: DbdictField, within: tuple[DbdictField, ...], steps: tuple[int | None, ...]
) -> Node:
    if entry.type == ARRAY and within:
        element = _node(within[0], within[1:], (*steps, None))
        return Node(entry, steps, (element,))
    return Node(entry, steps, _nodes(within, entry.level + 1, steps))


def _flat(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _flat(node.children)


def _all(part: list[Any], read: Any) -> tuple[Any, ...]:
    """What `read` makes of every structure of an array; nothing where it is not of that shape."""
    found = tuple(read(each) for each in part if isinstance(each, tuple))
    return found if found and None not in found else ()


def _field(entry: tuple[Any, ...]) -> DbdictField | None:
    numbers = [int(part) for part in entry if _is_number(part)][:3]
    if not entry or not _is_text(entry[0]) or len(numbers) < 3:
        return None
    level, index, type_ = numbers
    if not 0 <= level <= DEPTH or not NUMBER <= type_ <= EXPRESSION:
        return None
    alias, column, sql_type, rc = next(filter(None, map(_column, entry)), ("", "", "", False))
    return DbdictField(_text(entry[0]), level, index, type_, alias, column, sql_type, rc)


def _column(part: Any) -> tuple[str, str, str, bool] | None:
    """(alias, column, SQL type, RC) of a field entry: three texts and a logical."""
    if not isinstance(part, tuple) or len(part) < 4 or not all(map(_is_text, part[:3])):
        return None
    return _text(part[0]), _text(part[1]), _text(part[2]), part[3] is True


def _table(entry: tuple[Any, ...]) -> DbdictTable | None:
    if len(entry) < 3 or not all(isinstance(part, str) for part in entry[:3]):
        return None
    return DbdictTable(str(entry[1]), str(entry[2]), str(entry[0]))


def _key(entry: tuple[Any, ...]) -> DbdictKey | None:
    if len(entry) < 2 or not _is_number(entry[0]) or not isinstance(entry[1], list):
        return None
    return DbdictKey(int(entry[0]), tuple(filter(None, _texts(entry[1]))))


def _is_number(part: Any) -> bool:
    whole = isinstance(part, int) or (isinstance(part, float) and part.is_integer())
    return whole and not isinstance(part, bool)


def _is_text(part: Any) -> bool:
    return part is Null.TEXT or isinstance(part, str)


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    """The elements of an array of texts; also one that lost its array, a line each."""
    if isinstance(value, str):
        return [line.strip() for line in value.split("\n")]
    return [_text(element) for element in value] if isinstance(value, list) else []


def _logical(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> int | None:
    return int(value) if _is_number(value) else None
