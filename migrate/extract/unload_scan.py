"""What the unload files of a hand-over hold: whose data stands where, and by which dbdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from migrate.errors import Problem
from migrate.extract import dbdict, rc
from migrate.extract.dbdict import Dbdict
from migrate.extract.definitions import flawed, undecoded, unopened
from migrate.extract.unload_file import (
    Block,
    Flaw,
    Large,
    Record,
    blocks,
    load,
    outgrows_its_length,
)

Tell = Callable[[Problem], None]


@dataclass(slots=True)
class Section:
    """Data records by one dbdict in one file: the first begins at `start`, the last ends at `end`,
    and there are `rows` of them between. Records by other dbdicts may stand among them. `sure` is
    as `Data` has it for the first. `unloads` is how often the dbdict was met, or may have been:
    HPSM writes it anew with everything that it unloads. `values` is how many the first record has:
    one with another number is of something else."""

    path: Path
    dbdict: Dbdict
    start: int
    end: int
    sure: bool
    rows: int = 0
    unloads: int = 0
    values: int = 0


class Data(NamedTuple):
    """Data records of a file. `dbdict` is None where nobody can say what they are of. `sure` is
    False behind bytes that could not be read: another dbdict may have stood there, and only
    records that are what this one says are given as its own. `defined` is how often a dbdict stood
    before or among them."""

    dbdict: Dbdict | None
    block: Block | Large
    sure: bool = True
    defined: int = 0

    @property
    def offset(self) -> int:
        """Where the first of them begins in the file."""
        return self.block.offset if isinstance(self.block, Large) else int(self.block.offsets[0])

    @property
    def rows(self) -> int:
        return 1 if isinstance(self.block, Large) else len(self.block.offsets)


class UnloadReader:
    """Reads unload files, and knows every dbdict that it has met. Characters that are no UTF-8 are
    read by `encoding`."""

    def __init__(self, encoding: str = rc.FALLBACK) -> None:
        self._encoding = encoding
        self._known: dict[bytes, Dbdict] = {}
        self._sound: set[Path] = set()

    def read(
        self,
        path: Path,
        tell: Tell,
        at: int = 0,
        current: Dbdict | None = None,
        *,
        sure: bool = True,
    ) -> Iterator[Data]:
        """The data records of a file from offset `at` on, where `current` holds. Bytes and dbdicts
        that cannot be read are told. Raises OSError where the file gives no more."""
        with path.open("rb") as stream:
            defined = 0
            for found in blocks(stream, at, sound=path in self._sound):
                if isinstance(found, Flaw):
                    tell(_no_unload_file(path) if _is_all(stream, found) else flawed(path, found))
                    sure = sure and not found.lost
                elif isinstance(found, Record):
                    current, sure, defined = self._defined(path, found, tell), True, defined + 1
                elif sure or current is None:
                    repeats = 0 if isinstance(found, Large) else found.repeats
                    yield Data(current, found, defined=defined + repeats)
                    defined = 0
                else:
                    block = load(stream, found) if isinstance(found, Large) else found
                    yield from _sorted(current, block)

    def scan(self, paths: Sequence[Path], tell: Tell) -> list[Section]:
        """Where there is data of what; everything that is wrong with the files as such is told."""
        sections = []
        for path in paths:
            try:
                sections += self._scan(path, tell)
            except OSError as error:
                tell(unopened(path, error))
        return sections

    def _scan(self, path: Path, tell: Tell) -> list[Section]:
        sections: dict[int, Section] = {}
        wrong: list[Problem] = []
        sound = True
        for data in self.read(path, wrong.append):
            sound = sound and not outgrows_its_length(data.block)
            if data.dbdict is None:
                for offset in _offsets(data.block):
                    tell(_undefined(path, offset))
                continue
            if (section := sections.get(id(data.dbdict))) is None:
                section = Section(path, data.dbdict, data.offset, 0, data.sure)
                sections[id(data.dbdict)] = section
            if not section.values:
                section.values = _values(data.block)
            section.end = data.block.end
            section.rows += data.rows
            section.unloads += data.defined + (not data.sure)
        for problem in (*wrong, *filter(None, map(_other_values, sections.values()))):
            tell(problem)
        if sound and not wrong:
            self._sound.add(path)
        return list(sections.values())

    def _defined(self, path: Path, record: Record, tell: Tell) -> Dbdict | None:
        """What a dbdict record defines; the same object for the same bytes."""
        if (known := self._known.get(record.data)) is not None:
            return known
        try:
            value, _ = rc.decode(record.data, encoding=self._encoding)
            found = self._known[record.data] = dbdict.parse(value)
        except ValueError as error:
            tell(undecoded(path, record, error))
            return None
        return found


def _sorted(current: Dbdict, block: Block) -> Iterator[Data]:
    """The records that are what `current` says, and those that must be of something else."""
    data, begins, ends = block.piece
    spans = zip(begins.tolist(), ends.tolist(), strict=True)
    fits = [_fits(current, data, begin, end) for begin, end in spans]
    if all(fits):
        yield Data(current, block, sure=False)
        return
    for row, its in enumerate(fits):
        yield Data(current if its else None, block.only(row), sure=False)


def _fits(dbdict: Dbdict, data: bytes, at: int, end: int) -> bool:
    """Whether a record has as many values as the dbdict has fields, each of its field's type."""
    try:
        for node in dbdict.values:
            if at >= end or data[at] >> 4 != node.field.type:
                return False
            at = rc.skip(data, at)
    except rc.RcError:
        return False
    return at == end


def _is_all(stream: BinaryIO, flaw: Flaw) -> bool:
    return flaw.lost and flaw.offset == 0 and flaw.end == os.fstat(stream.fileno()).st_size


def _no_unload_file(path: Path) -> Problem:
    return Problem(
        "source-format",
        str(path),
        "is no binary unload file, or not one of its records is whole",
        expected="what HPSM's Export/Unload writes as binary",
        remedy="Unpack it if it is packed; else unload again as binary, and copy it as binary.",
    )


def _offsets(block: Block | Large) -> list[int]:
    return [block.offset] if isinstance(block, Large) else block.offsets.tolist()


def _values(block: Block | Large) -> int:
    """How many values the first record has; 0 where that cannot be told."""
    if isinstance(block, Large):
        return 0
    at, end, count = int(block.piece.begins[0]), int(block.piece.ends[0]), 0
    try:
        while at < end:
            at = rc.skip(block.piece.data, at)
            count += 1
    except rc.RcError:
        return 0
    return count if at == end else 0


def _other_values(section: Section) -> Problem | None:
    expected = len(section.dbdict.values)
    if section.values in (0, expected):
        return None
    return Problem(
        "record-undefined",
        f"{section.path} byte {section.start}",
        f"the records have {section.values} values each, and the dbdict of {section.dbdict.file} "
        f"has {expected} fields; they were read by their places",
        warning=True,
    )


def _undefined(path: Path, offset: int) -> Problem:
    return Problem(
        "record-undefined", f"{path} byte {offset}", "no dbdict says what this record is of"
    )
