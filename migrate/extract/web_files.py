"""The files of records as web services give them: which, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from migrate.errors import Problem
from migrate.extract.attachments import FIELDS, Stored, cells
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import Field, RecentKeys, Shaper, converter
from migrate.extract.table import Table
from migrate.extract.values import CONVERTERS
from migrate.records import Batch

ORDINARY = "5"
"""HPSM's type of an ordinary file, where a service does not tell it."""

DELETED = "deleted meanwhile"

SHOWN = ("application", "topic", "uid", "type", "filename", "mime_type", "size")
"""The fields of an attachment that web services tell."""


class FileRow(NamedTuple):
    """One file: the HPSM file and the key of its record, its own id, type and name, its bytes as
    HPSM says (None where it does not), and what became of it."""

    application: str
    topic: str
    uid: str
    type: str
    filename: str
    mime_type: str
    size: int | None
    stored: Stored


class FileShaper:
    """Makes batches of files, and tells the broken ones."""

    def __init__(self, table: Table, log: ProblemLog) -> None:
        self._kind = table.kind
        self._log = log
        known = [name for name in SHOWN if name in table.fields]
        self._places = [SHOWN.index(name) for name in known]
        types = {name: table.fields[name].type for name in known}
        fields = [Field(name, types[name], converter(table, name, types[name])) for name in known]
        fields += [Field(name, type_, CONVERTERS[type_]) for name, type_ in FIELDS.items()]
        self._shaper = Shaper(table, fields, log, RecentKeys())

    def batch(self, files: Sequence[FileRow], skipped: int, position: str) -> Batch:
        """The batch of these files; one that has no id of its own is told and left out."""
        for file in files:
            self._tell(file)
        known = [file for file in files if file.uid]
        rows = [[*(file[i] for i in self._places), *cells(file.stored, None)] for file in known]
        batch = self._shaper.batch(rows, lambda row, key: _place(known[row]))
        skipped += batch.skipped + len(files) - len(known)
        return replace(batch, skipped=skipped, position=position)

    def _tell(self, file: FileRow) -> None:
        broken, note = file.stored.broken, file.stored.note
        if broken:
            message = f"the file cannot be read whole: {broken}"
            self._log.add(
                Problem("attachment-broken", _place(file), message), f"{self._kind}: {broken}"
            )
        if note:
            message = f"the file is whole, and its record wrong: {note}"
            self._log.add(
                Problem("attachment-odd", _place(file), message, warning=True),
                f"{self._kind}: {note}",
            )


def _place(file: FileRow) -> str:
    return f"{file.application} {file.topic} {file.uid}".rstrip()


def size_of(value: object) -> int | None:
    """Bytes as HPSM writes them, also as 4.096e+004."""
    try:
        size = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return int(size) if size >= 0 and size.is_integer() else None


def uid_of(href: str) -> str:
    """The id of a file in its address `cid:519b1b40000070c08094fd68`."""
    return href.strip().strip("<>").removeprefix("cid:").strip("<>")


def noted(stored: Stored, size: int | None) -> Stored:
    """`stored` with what is odd about its length: nothing came of what had a length, or it has none
    at all, as a file has that was deleted meanwhile."""
    if stored.broken:
        return stored
    if size == 0 and stored.size == 0:
        return stored._replace(note="no bytes: empty, or deleted meanwhile")
    return stored
