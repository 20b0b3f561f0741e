"""An extaccess record: a file of HPSM as web services show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One line of an extaccess record.

    `column` is the SQL column, in the file's main table or in one that belongs to it. `caption` is
    a name, or `structure/name`. `type` overrules what the column's type says: text, array, number,
    time, duration or logical. `key` fields name the record, `summary` fields stand in that view.
    """

    column: str
    caption: str
    type: str = ""
    key: bool = False
    summary: bool = False

    @property
    def structure(self) -> str:
        return self.caption.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.caption.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Shown:
    """One extaccess record: HPSM's `file` (main table `table`) as an object of a service, and as a
    REST collection. `attachments` says that the files of its records are shown too."""

    file: str
    table: str
    service: str
    object: str
    collection: str
    fields: tuple[Field, ...]
    attachments: bool = False


def fields(text: str) -> tuple[Field, ...]:
    """`COLUMN Caption [key] [summary] [type]` per line."""
    made = []
    for line in text.strip().splitlines():
        column, caption, *marks = line.split()
        types = [mark for mark in marks if mark not in ("key", "summary")]
        made.append(
            Field(column, caption, types[0] if types else "", "key" in marks, "summary" in marks)
        )
    return tuple(made)
