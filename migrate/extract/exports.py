"""Delimited files as customers send them: what the configuration says of their form is checked
against them, never guessed."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem
from migrate.extract.aliases import DEFAULTS, tables
from migrate.extract.export_file import DelimitedFile
from migrate.extract.problems import ProblemLog
from migrate.extract.source import KindInfo
from migrate.records import SOURCE_KINDS, Batch
from migrate.state.blobs import BlobStore


class ExportSource:
    """Implements `Source` over the files that `source.files` names, by kind.

    Relative paths start in `folder`. A file is the whole of its kind, so reading is never a delta.
    Raises ConfigurationError where the configuration itself is wrong.
    """

    def __init__(self, config: SourceConfig, folder: Path, blobs: BlobStore | None = None) -> None:
        self.name = config.name
        self._blobs = blobs
        self._batch = config.batch
        self._log = ProblemLog()
        aliases = tables(config)
        if wrong := _unusable(config):
            raise ConfigurationError(wrong)
        self._files = {
            name: DelimitedFile(name, aliases[name], form, folder / form.path, self._log)
            for name, form in config.files.items()
            if name in aliases
        }

    def check(self) -> list[Problem]:
        """Opens every file, and compares its header and its beginning with the configuration."""
        return [problem for file in self._files.values() for problem in file.check()]

    def describe(self) -> list[KindInfo]:
        return [
            KindInfo(
                kind,
                None,
                tuple(dict.fromkeys(name for file in files for name in file.layout.columns)),
                tuple(
                    (name, f"{file.path.name} has no column {column}")
                    for file in files
                    for name, column in file.layout.missing.items()
                ),
            )
            for kind in SOURCE_KINDS
            if (files := self._of(kind))
        ]

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        """See `Source.read`; `since` is not needed, since a file tells the whole."""
        files = [file for file in self._of(kind) if file.layout.readable]
        if not files:
            raise ConfigurationError(
                [p for file in self._of(kind) for p in file.layout.problems if not p.warning]
                or Problem("source-table-missing", kind, "no file is configured for it")
            )
        for file in files:
            yield from file.read(self._batch)

    def problems(self) -> list[Problem]:
        return self._log.all()

    def _of(self, kind: str) -> list[DelimitedFile]:
        return [file for file in self._files.values() if file.table.kind == kind]


def _unusable(config: SourceConfig) -> list[Problem]:
    """What the configuration says of files that cannot be meant."""
    problems = []
    for name, form in config.files.items():
        place = f"migrate.yaml: source.files.{name}"
        if name not in DEFAULTS:
            expected = ", ".join(DEFAULTS)
            problems.append(
                Problem("config-invalid", place, "there is no such kind", expected=expected)
            )
        if not _known(codecs.lookup, form.encoding):
            problems.append(Problem("config-invalid", f"{place}.encoding", "is not an encoding"))
        if not _known(ZoneInfo, form.time_zone):
            problems.append(Problem("config-invalid", f"{place}.time_zone", "is not a time zone"))
        if len(form.separator) != 1 or len(form.quote) > 1:
            problems.append(
                Problem("config-invalid", place, "separator and quote are one character each")
            )
        if (alias := config.tables.get(name)) and (alias.join or alias.where):
            problems.append(
                Problem(
                    "config-invalid",
                    f"migrate.yaml: source.tables.{name}",
                    "a file has no join or where",
                )
            )
    return problems


def _known(look_up: Callable[[str], object], name: str) -> bool:
    try:
        look_up(name)
    except (LookupError, ValueError):
        return False
    return True
