"""HPSM's binary unload files, as an administrator hands them over: dbdicts and data in one.

All files together are the whole of what is handed over: a further one is put beside the others.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract.aliases import tables
from migrate.extract.attachments import Files
from migrate.extract.layout import fingerprint
from migrate.extract.problems import ProblemLog
from migrate.extract.source import KindInfo
from migrate.extract.unload_attachments import KIND as ATTACHMENTS
from migrate.extract.unload_attachments import UnloadAttachments, shown, with_segments
from migrate.extract.unload_copies import key_fields, keys_of, older_copies
from migrate.extract.unload_layout import Sections, UnloadTable, absent, find_tables
from migrate.extract.unload_paths import unload_paths
from migrate.extract.unload_scan import Section, UnloadReader
from migrate.extract.unload_table import Mask, Place, TableReader, beginning, rows
from migrate.records import SOURCE_KINDS, Batch
from migrate.state.blobs import BlobStore

_PROTECTS = "assignment"


class UnloadSource:
    """Implements `Source` over the unload files that the configuration names.

    Relative paths start in `folder`. Raises ConfigurationError where the configuration itself is
    wrong.
    """

    def __init__(self, config: SourceConfig, folder: Path, blobs: BlobStore | None = None) -> None:
        self.name = config.name
        self._config = config
        self._folder = folder
        self._tables = {name: with_segments(table) for name, table in tables(config).items()}
        if wrong := _unusable(config):
            raise ConfigurationError(wrong)
        self._files = Files(blobs)
        self._reader = UnloadReader(config.encoding)
        self._of_files = ProblemLog()
        self._log = ProblemLog()

    def check(self) -> list[Problem]:
        """Looks for the files, reads them once for what they hold, and looks every field up."""
        missing = [
            absent(name, table, self._sections)
            for name, table in self._tables.items()
            if not self._found[name] and not table.optional
        ]
        return [
            *self._paths[1],
            *(problem for name in self._tables for problem in _lacking(self._found[name])),
            *missing,
            *(self._of_files.all() if missing else []),  # it may be among what cannot be read
        ]

    def describe(self) -> list[KindInfo]:
        return [self._info(kind, names) for kind in SOURCE_KINDS if (names := self._of(kind))]

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        """See `Source.read`. Raises StoppedError where a file gives no more while it is read."""
        names = self._of(kind)
        readable = {name: found for name in names if (found := self._readable(name))}
        if not readable:
            raise ConfigurationError(self._why_not(names))
        name, *behind = orjson.loads(after) if after else ("",)
        begin = list(readable).index(name) if name in readable else 0
        read = self._read_files if kind == ATTACHMENTS else self._read
        try:
            for asked, found in islice(readable.items(), begin, None):
                yield from read(asked, found, since, behind if asked == name else [])
        except OSError as error:
            place = str(error.filename or self.name)
            raise StoppedError(
                Problem("source-lost", place, f"reading stopped: {error.strerror}")
            ) from None

    def problems(self) -> list[Problem]:
        return [*self._of_files.all(), *self._log.all()]

    def _read(
        self, name: str, found: Sections, since: datetime | None, behind: Sequence[Any]
    ) -> Iterator[Batch]:
        encoding = self._config.encoding
        older = self._older(name, found)
        readers = {id(table): TableReader(table, self._log, older, encoding) for table, _ in found}
        first, at = 0, None
        if behind and behind[1] == _file(found, behind[0]):
            first, at = behind[0], Place(*behind[2:])
        number = sum(section.rows for _, section in found[:first])
        for place, (table, section) in islice(enumerate(found), first, None):
            at = at or beginning(section, number)
            for its in rows(self._reader, section, at, self._config.batch):
                batch = readers[id(table)].batch(section, its, since)
                if batch.rows or batch.skipped:
                    position = orjson.dumps([name, place, str(section.path), *its.after])
                    yield replace(batch, position=position.decode())
            number += section.rows
            at = None

    def _older(self, name: str, found: Sections) -> Mask | None:
        """The records of which there is a newer copy, by number; told once. What was unloaded at
        once has none."""
        unloads = sum(section.unloads for _, section in found)
        if unloads < 2 or not all(key_fields(table) for table, _ in found):
            return None
        count = sum(section.rows for _, section in found)
        reading = partial(keys_of, self._reader, found, self._config.encoding)
        older = older_copies(reading, count)
        if older is not None:
            self._tell_older(name, found, int(older.sum()))
        return older

    def _read_files(
        self, name: str, found: Sections, since: datetime | None, behind: Sequence[Any]
    ) -> Iterator[Batch]:
        reading = UnloadAttachments(
            self._reader, found, self._files, self._log, self._config.encoding
        )
        for batch, key in reading.read(since, behind[0] if behind else ""):
            yield replace(batch, position=orjson.dumps([name, key]).decode())
        if reading.older:
            self._tell_older(name, found, reading.older)

    def _tell_older(self, name: str, found: Sections, count: int) -> None:
        paths = dict.fromkeys(section.path.name for _, section in found)
        message = f"{count} records are older copies of others; the newest one was read"
        problem = Problem("record-superseded", ", ".join(paths), message, warning=True)
        self._log.add(problem, name)

    @cached_property
    def _paths(self) -> tuple[list[Path], list[Problem]]:
        return unload_paths(self._folder, self._config.unload, "source.unload")

    @cached_property
    def _sections(self) -> list[Section]:
        def tell(problem: Problem) -> None:
            self._of_files.add(problem, problem.place.partition(" byte ")[0])

        return self._reader.scan(self._paths[0], tell)

    @cached_property
    def _found(self) -> dict[str, list[UnloadTable]]:
        return {
            name: find_tables(name, table, self._sections, chosen=self._chosen(name))
            for name, table in self._tables.items()
        }

    def _chosen(self, name: str) -> bool:
        alias = self._config.tables.get(name)
        return alias is not None and alias.table is not None

    def _readable(self, name: str) -> Sections:
        """What can be read of an alias table, in the order of the files."""
        of = {
            id(section): table
            for table in self._found[name]
            if table.layout.readable
            for section in table.sections
        }
        return [(of[id(s)], s) for s in self._sections if id(s) in of]

    def _of(self, kind: str) -> list[str]:
        return [name for name, table in self._tables.items() if table.kind == kind]

    def _why_not(self, names: Sequence[str]) -> list[Problem]:
        found = [table for name in names for table in self._found[name]]
        wrong = [p for table in found for p in table.layout.problems if not p.warning]
        return wrong or [absent(name, self._tables[name], self._sections) for name in names]

    def _info(self, kind: str, names: Sequence[str]) -> KindInfo:
        found = [table for name in names for table in self._found[name]]
        if not found and all(self._tables[name].optional for name in names):
            files = dict.fromkeys(self._tables[name].file for name in names)
            return KindInfo(kind, 0, (), absent=f"no unload file holds {', '.join(files)}")
        readable = [table for table in found if table.layout.readable]
        fields = dict.fromkeys(each.name for table in readable for each in table.fields)
        ways: dict[str, dict[str, None]] = {}
        missing: dict[str, dict[str, None]] = {}
        for table in found:
            for ours, theirs in table.layout.columns.items():
                ways.setdefault(ours, {})[f"{table.dbdict.file}: {theirs}"] = None
            for ours, column in table.layout.missing.items():
                reason = f"{table.dbdict.file} has no field or column {column}"
                missing.setdefault(ours, {})[reason] = None
        sections = [section for table in readable for section in table.sections]
        names_shown = shown(kind, list(fields))
        return KindInfo(
            kind,
            _counted(kind, readable),
            names_shown,
            tuple((ours, "; ".join(reasons)) for ours, reasons in missing.items()),
            next((t.layout.table.modified for t in readable if t.modified), None),
            fingerprint(table.layout for table in readable) + _age(sections),
            ways=tuple((ours, "; ".join(ways[ours])) for ours in names_shown if ours in ways),
            unread=() if kind == ATTACHMENTS else self._unread(readable),
        )

    def _unread(self, tables: Sequence[UnloadTable]) -> tuple[str, ...]:
        """What their files have and no kind reads: groups and their members are one file."""
        read = {
            (table.dbdict.file, column)
            for named in self._found.values()
            for table in named
            for column in table.layout.columns.values()
        }
        names = dict.fromkeys(
            (table.dbdict.file, name) for table in tables for name in table.layout.unread
        )
        return tuple(
            f"{file}: {name}"
            for file, name in names
            if (file, name) not in read and not name.startswith("sysmod")
        )


def _lacking(found: Sequence[UnloadTable]) -> Iterator[Problem]:
    """The problems of fields that are missing. One that another dbdict of the file has, an older or
    a newer one, nobody can configure: it is told, and stops nothing. Of the group it does: by it
    restricted tickets are known."""
    there = {ours for table in found for ours in table.layout.columns}
    for table in found:
        for ours, problem in zip(table.layout.missing, table.layout.problems, strict=True):
            harmless = ours in there and table.layout.readable and ours != _PROTECTS
            yield replace(problem, warning=True) if harmless else problem


def _counted(kind: str, readable: Sequence[UnloadTable]) -> int | None:
    """The records that there are; None where that cannot be told from how many stand in the files:
    a record of ours is an element there, or several segments."""
    many = any(each.type == "array" for table in readable for each in table.key)
    if not readable or many or kind == ATTACHMENTS:
        return None
    return sum(section.rows for table in readable for section in table.sections)


def _age(sections: Sequence[Section]) -> str:
    """Changes with the files: what a new one holds may be older than what was read last."""
    ages = []
    for path in dict.fromkeys(section.path for section in sections):
        try:
            found = path.stat()
        except OSError:
            continue
        ages.append((str(path), found.st_size, found.st_mtime_ns))
    return blake2b(repr(ages).encode(), digest_size=8).hexdigest()


def _file(found: Sections, place: int) -> str:
    return str(found[place][1].path) if place < len(found) else ""


def _unusable(config: SourceConfig) -> list[Problem]:
    """What the configuration says that cannot be meant."""
    problems = [
        Problem(
            "config-invalid",
            f"migrate.yaml: source.tables.{name}",
            "an unload file has no where",
        )
        for name, alias in config.tables.items()
        if alias.where
    ]
    if not config.unload:
        problems.append(
            Problem(
                "config-invalid",
                "migrate.yaml: source.unload",
                "names no file",
                expected="paths or patterns of unload files",
            )
        )
    try:
        single = len(codecs.decode(bytes(range(0xA0, 0x100)), config.encoding, "replace"))
    except (LookupError, TypeError):
        single = 0
    if single != 0x60:
        problems.append(
            Problem(
                "config-invalid",
                "migrate.yaml: source.encoding",
                "is no encoding with one byte a character",
                expected="cp1252, iso-8859-1, …",
            )
        )
    return problems
