"""Files as customers export them: what the configuration says of their form is checked against
them, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from migrate.config import ExportFile, FieldAlias, SourceConfig, TableAlias
from migrate.errors import ConfigurationError, Problem
from migrate.extract.aliases import DEFAULTS, tables
from migrate.extract.date_forms import ISO, reader
from migrate.extract.export_file import ExportedFile
from migrate.extract.handed import Handed
from migrate.extract.layout import fingerprint
from migrate.extract.problems import ProblemLog
from migrate.extract.shape import RecentKeys
from migrate.extract.source import KindInfo
from migrate.extract.text_encoding import is_encoding
from migrate.extract.unload_paths import matches
from migrate.records import SOURCE_KINDS, Batch
from migrate.state.blobs import BlobStore

_HIDDEN = (".", "~$")
_SOME_DAY = datetime(2019, 9, 30, 8, 5, 3, tzinfo=UTC)
_NO_CONTENTS = "an export holds no contents of files"
_OF_CONTENTS = ("sha256", "content_size", "segments", "broken")


class ExportSource:
    """Implements `Source` over the files that `source.files` names, by alias table.

    Relative paths start in `folder`. The files are the whole of their kind, so reading is never a
    delta. Raises ConfigurationError where the configuration itself is wrong.
    """

    def __init__(self, config: SourceConfig, folder: Path, blobs: BlobStore | None = None) -> None:
        self.name = config.name
        self._batch = config.batch
        self._derived = frozenset(config.derive)
        self._log = ProblemLog()
        aliases = tables(config)
        if wrong := _unusable(config):
            raise ConfigurationError(wrong)
        self._kinds = {table.kind for table in aliases.values()}
        self._files = [
            ExportedFile(Handed(name, form, path), aliases[name], self._log)
            for name, form in config.files.items()
            if name in aliases
            for path in _paths(folder, form)
        ]

    def check(self) -> list[Problem]:
        """Opens every file, and compares its beginning with the configuration."""
        return [problem for file in self._files for problem in file.check()]

    def describe(self) -> list[KindInfo]:
        return [
            self._info(kind)
            for kind in SOURCE_KINDS
            if kind in self._kinds and (self._of(kind) or kind not in self._derived)
        ]

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        """See `Source.read`; `since` is not needed, since the files tell the whole.

        Raises ConfigurationError behind all that can be read, where a file cannot be, or not to its
        end: the kind is then not known as a whole.
        """
        files = self._of(kind)
        if not files:
            raise ConfigurationError(
                Problem("source-table-missing", kind, "no file is configured for it")
            )
        seal, recent = self._seal(files), RecentKeys(late=True)
        first, ordinal, broken = _position(after, seal)
        unread = [_broken_before(files[number]) for number in broken]
        for number, file in enumerate(files):
            if not file.layout.readable:
                unread += [problem for problem in file.layout.problems if not problem.warning]
            elif number >= first:
                begin = ordinal if number == first else 0
                try:
                    for batch in file.read(self._batch, begin, recent):
                        place = " ".join([seal, str(number), batch.position, *map(str, broken)])
                        yield replace(batch, position=place)
                except ConfigurationError as error:
                    broken.append(number)
                    unread += error.problems
        if unread:
            raise ConfigurationError(unread)

    def problems(self) -> list[Problem]:
        return self._log.all()

    def _of(self, kind: str) -> list[ExportedFile]:
        return [file for file in self._files if file.table.kind == kind]

    def _info(self, kind: str) -> KindInfo:
        files = self._of(kind)
        if not files:
            absent = _NO_CONTENTS if kind == "attachments" else "no file is configured for it"
            return KindInfo(kind, 0, (), absent=absent)
        missing = [
            (name, f"{file.file.path.name} has no column {column}")
            for file in files
            for name, column in file.layout.missing.items()
        ]
        if kind == "attachments":
            missing += [(name, _NO_CONTENTS) for name in _OF_CONTENTS]
        fields = dict.fromkeys(
            name
            for file in files
            for name in file.layout.columns
            if name not in file.layout.missing
        )
        unread = dict.fromkeys(
            f"{file.file.path.name}: {name}" for file in files for name in file.layout.unread
        )
        return KindInfo(
            kind,
            None,
            tuple(fields),
            tuple(missing),
            layout=self._seal(files),
            unread=tuple(unread),
        )

    def _seal(self, files: list[ExportedFile]) -> str:
        """Changes with the files and with what is read of them: a position holds for these only."""
        of = [(str(file.file.path), file.file.form, file.file.age()) for file in files]
        told = repr(of) + fingerprint(file.layout for file in files)
        return blake2b(told.encode(), digest_size=8).hexdigest()


def _position(after: str, seal: str) -> tuple[int, int, list[int]]:
    """The number of the file and the ordinal to begin at, and the files before it that broke off:
    the start, where the files are not the same any more."""
    if not after.startswith(f"{seal} "):
        return 0, 0, []
    number, ordinal, *broken = map(int, after.split()[1:])
    return number, ordinal, broken


def _broken_before(file: ExportedFile) -> Problem:
    return Problem("file-broken", str(file.file.path), "broke off when it was read before")


def _paths(folder: Path, form: ExportFile) -> list[Path]:
    """The files that `path` names: patterns as their files in sorted order, all else as it is."""
    paths: dict[Path, None] = {}
    for pattern in [form.path] if isinstance(form.path, str) else form.path:
        found = sorted(p for p in matches(folder, pattern) if not p.name.startswith(_HIDDEN))
        named = folder / pattern
        paths.update(dict.fromkeys([named] if named.exists() else found or [named]))
    return list(paths)


def _unusable(config: SourceConfig) -> list[Problem]:
    """What the configuration says of files that cannot be meant."""
    problems = []
    for name, form in config.files.items():
        alias = config.tables.get(name)
        problems += [
            Problem("config-invalid", f"migrate.yaml: source.{place}", message, expected=expected)
            for wrong, place, message, expected in (
                (
                    name not in DEFAULTS and alias is None,
                    f"files.{name}",
                    "there is no such kind",
                    ", ".join(DEFAULTS) + "; or a name under source.tables",
                ),
                (
                    not is_encoding(form.encoding),
                    f"files.{name}.encoding",
                    "is not an encoding",
                    "utf-8, cp1252, iso-8859-1, utf-16, …",
                ),
                (
                    not _works(ZoneInfo, form.time_zone),
                    f"files.{name}.time_zone",
                    "is not a time zone",
                    "Europe/Oslo, UTC, …",
                ),
                (
                    not _works(_read_back, form.dates),
                    f"files.{name}.dates",
                    "is no form of dates",
                    'a form of strptime, such as "%d.%m.%Y %H:%M"; or iso',
                ),
                (
                    len(form.separator) != 1 or len(form.quote) > 1,
                    f"files.{name}",
                    "separator and quote are one character each",
                    'separator: ";" or "\\t" (in quotes, for a tab); quote: "" for none',
                ),
                (
                    alias is not None and _is_of_a_database(alias),
                    f"tables.{name}",
                    "a file has no join, where, row tables or members",
                    "",
                ),
            )
            if wrong
        ]
    return problems


def _is_of_a_database(alias: TableAlias) -> bool:
    fields = [field for field in alias.fields.values() if isinstance(field, FieldAlias)]
    return bool(alias.join or alias.where or any(f.table or f.member for f in fields))


def _read_back(form: str) -> None:
    """Raises ValueError where a day does not survive being written and read in `form`."""
    text = _SOME_DAY.isoformat() if form == ISO else _SOME_DAY.strftime(form)
    if reader(form)(text).date() != _SOME_DAY.date():
        raise ValueError


def _works(look_up: Callable[[str], object], name: str) -> bool:
    try:
        look_up(name)
    except (LookupError, ValueError, OSError, re.error):
        return False
    return True
