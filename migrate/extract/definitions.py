"""What unload files say of HPSM's own files and web services, for whichever source goes by it.

What reads the files is imported when there is one: it is slow to import, and most do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.errors import Problem
from migrate.extract import dbdict, rc
from migrate.extract.dbdict import Dbdict, Service
from migrate.extract.unload_paths import unload_paths

if TYPE_CHECKING:
    from migrate.extract.unload_file import Flaw, Record

EXTACCESS = "extaccess"
"""HPSM's file of what its web services publish."""


@dataclass(slots=True)
class Definitions:
    """`dbdicts` by the file's name in small letters: of several, the one that HPSM changed last,
    else the one read last. `services` by (service, object), the one read last."""

    dbdicts: dict[str, Dbdict] = field(default_factory=dict)
    services: dict[tuple[str, str], Service] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, found: Dbdict) -> None:
        before = self.dbdicts.get(found.file.casefold())
        newer = before is None or not (before.modified and found.modified)
        if newer or (before and before.modified <= found.modified):  # type: ignore[operator]
            self.dbdicts[found.file.casefold()] = found


def read_definitions(
    folder: Path, patterns: Sequence[str], encoding: str = rc.FALLBACK
) -> Definitions:
    """Everything that the unload files of `source.dbdict` define. Data of other files is passed
    over. A file or record that cannot be read is a problem, and the others go on."""
    paths, problems = unload_paths(folder, patterns, "source.dbdict")
    found = Definitions(problems=problems)
    for path in paths:
        try:
            _read(path, found, encoding)
        except OSError as error:
            found.problems.append(unopened(path, error))
    return found


def unopened(path: Path, error: OSError) -> Problem:
    """The problem of a file that the system does not let us read."""
    return Problem("source-unreachable", str(path), f"cannot be read: {error.strerror}")


def flawed(path: Path, flaw: Flaw) -> Problem:
    """The problem of bytes that are no record."""
    return Problem(
        "record-damaged", f"{path} byte {flaw.offset}", flaw.message, warning=not flaw.lost
    )


def undecoded(path: Path, record: Record, error: ValueError) -> Problem:
    """The problem of a record whose value cannot be read."""
    begin = record.end - len(record.data)
    offset = begin + (error.offset if isinstance(error, rc.RcError) else 0)
    return Problem("record-damaged", f"{path} byte {offset}", str(error))


def _read(path: Path, found: Definitions, encoding: str) -> None:
    from migrate.extract.unload_file import Flaw, Large, Record, blocks, each, load

    current: Dbdict | None = None
    with path.open("rb") as stream:
        for part in blocks(stream):
            if isinstance(part, Flaw):
                found.problems.append(flawed(path, part))
            elif isinstance(part, Record):
                current = _defined(path, part, found, encoding)
            elif current and current.file.casefold() == EXTACCESS:
                block = load(stream, part) if isinstance(part, Large) else part
                for record in each(block):
                    _published(path, record, current, found, encoding)


def _defined(path: Path, record: Record, found: Definitions, encoding: str) -> Dbdict | None:
    try:
        defined = dbdict.parse(rc.decode(record.data, encoding=encoding)[0])
    except ValueError as error:
        found.problems.append(undecoded(path, record, error))
        return None
    found.add(defined)
    return defined


def _published(
    path: Path, record: Record, extaccess: Dbdict, found: Definitions, encoding: str
) -> None:
    try:
        value, _ = rc.decode(record.data, encoding=encoding)
    except rc.RcError as error:
        found.problems.append(undecoded(path, record, error))
        return
    if len(value) != len(extaccess.values):
        message = f"has {len(value)} values, and its dbdict {len(extaccess.values)} fields"
        place = f"{path} byte {record.offset}"
        found.problems.append(Problem("record-undefined", place, message))
        return
    if service := dbdict.service(dbdict.record(extaccess, value)):
        found.services[service.service, service.object] = service
