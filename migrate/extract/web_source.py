"""What REST and SOAP have in common as a source: kinds and fields told, lists and files read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, MigrateError, Problem, StoppedError
from migrate.extract.aliases import tables
from migrate.extract.attachments import FIELDS, Files
from migrate.extract.crew import Crew
from migrate.extract.definitions import Definitions, read_definitions
from migrate.extract.layout import fingerprint
from migrate.extract.paging import Mark, read
from migrate.extract.problems import ProblemLog
from migrate.extract.source import KindInfo
from migrate.extract.web import Garbled, Line, Refused, Web
from migrate.extract.web_files import SHOWN, FileShaper
from migrate.extract.web_found import Found, Way, absence, examine, find, refusal, unreadable
from migrate.extract.web_queries import both, since_query
from migrate.extract.web_shape import RecordShaper
from migrate.extract.web_tables import ATTACHMENTS, WebTable, web_tables
from migrate.records import SOURCE_KINDS, Batch
from migrate.state.blobs import BlobStore

_CHECKING = 10.0  # seconds that a check waits for a busy HPSM
_OVERLAP = timedelta(hours=1)  # for clocks that differ

WITH_FILES = (
    "interactions",
    "incidents",
    "knowledge",
    "catalogue",
    "requests",
    "changes",
    "problems",
    "tasks",
)
"""The kinds whose records may have files."""

_Reading = Callable[[Crew, WebTable, Mark | None], Iterator[Batch]]


class WebSource(ABC):
    """Implements `Source` over one of HPSM's web services.

    Holds no connection between two calls. Relative paths start in `folder`. Raises
    ConfigurationError where address, user, password or alias tables cannot be used at all.
    """

    def __init__(self, config: SourceConfig, folder: Path, blobs: BlobStore | None = None) -> None:
        self.name = config.name
        self._config = config
        self._log = ProblemLog()
        self._definitions = (
            read_definitions(folder, config.dbdict) if config.dbdict else Definitions()
        )
        self._tables = web_tables(config, self._definitions)
        self._attachments = tables(config).get(ATTACHMENTS)
        self._web = Web(config)
        self._way = self._make(Files(blobs))
        self._found: dict[str, Found] = {}

    @abstractmethod
    def _make(self, files: Files) -> Way:
        """How this web service is asked."""

    def check(self) -> list[Problem]:
        """Looks every list up, and its captions in HPSM's own description or in a few records."""
        problems = list(self._definitions.problems)
        problems += [absence(table) for table in self._tables.values() if table.absent]
        with Crew(self._web, min(_CHECKING, self._config.web.wait)) as crew:
            for table in self._tables.values():
                if table.absent:
                    continue
                try:
                    problems += crew.run(lambda line, table=table: examine(line, self._way, table))  # type: ignore[misc]
                except MigrateError as error:
                    problems += self._unreached(error)
                    if self._web.refused or not self._web.answered:
                        break
        return problems

    def describe(self) -> list[KindInfo]:
        """See `Source.describe`. Raises StoppedError where HPSM stays busy or is not there."""
        with Crew(self._web) as crew:
            found = crew.each(self._find, self._tables.values())
            self._found = dict(zip(self._tables, found, strict=True))
        kinds = {table.table.kind for table in self._tables.values()}
        infos = {kind: self._info(kind) for kind in SOURCE_KINDS if kind in kinds}
        if self._attachments is not None:
            infos[ATTACHMENTS] = self._files_info()
        return [infos[kind] for kind in SOURCE_KINDS if kind in infos]

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        """See `Source.read`. Raises StoppedError where HPSM stays busy, goes away, or does not take
        the credentials any more."""
        with Crew(self._web) as crew:
            if kind == ATTACHMENTS:
                if absent := self._no_files():
                    raise ConfigurationError(Problem("source-table-missing", kind, absent))
                yield from self._each(crew, self._parents(), after, self._file_reader())
                return
            found = [table for table in self._of(kind) if not table.absent]
            if not found:
                raise ConfigurationError(
                    [absence(table) for table in self._of(kind)]
                    or Problem("source-table-missing", kind, "no web service shows it")
                )

            def reading(crew: Crew, table: WebTable, mark: Mark | None) -> Iterator[Batch]:
                return self._read(crew, table, since, mark)

            yield from self._each(crew, found, after, reading)

    def problems(self) -> list[Problem]:
        return self._log.all()

    def _each(
        self, crew: Crew, found: list[WebTable], after: str, reading: _Reading
    ) -> Iterator[Batch]:
        """One table after the other; what keeps one of them from being read is told behind the
        others."""
        begin, mark = Mark.parse(after) if after else ("", None)
        names = [table.name for table in found]
        wrong: list[Problem] = []
        for table in found[names.index(begin) if begin in names else 0 :]:
            try:
                yield from reading(crew, table, mark if table.name == begin else None)
            except Refused as refused:
                wrong.append(refusal(self._web.base, table, refused))
            except Garbled as garbled:
                wrong.append(unreadable(table, garbled))
            except ConfigurationError as error:
                wrong += error.problems
        if wrong:
            raise ConfigurationError(wrong)

    def _read(
        self, crew: Crew, table: WebTable, since: datetime | None, mark: Mark | None
    ) -> Iterator[Batch]:
        """The records of one table."""
        found = self._known(crew, table)
        table = found.table
        web, query, newer = self._config.web, table.table.where or "", ""
        since = self._web.by_its_clock(since) if since else None
        if found.dated:
            newer = since_query(web, self._web.now() - _OVERLAP)
            query = both(query, since_query(web, since)) if since else query
        shape = RecordShaper(table, self._log, since)
        for chunk in read(crew, self._way.lists(table), query, newer, web.page, mark):
            yield shape.batch(chunk)

    def _file_reader(self) -> _Reading:
        assert self._attachments is not None  # noqa: S101 - only then it is asked for
        shape = FileShaper(self._attachments, self._log)

        def reading(crew: Crew, table: WebTable, mark: Mark | None) -> Iterator[Batch]:
            table = self._known(crew, table).table
            lists, page = self._way.parents(table), self._config.web.page
            for chunk in read(crew, lists, table.table.where or "", "", page, mark):
                files = crew.each(
                    lambda line, record: self._way.files(line, table, record), chunk.records
                )
                found = [file for some in files for file in some]
                yield shape.batch(found, chunk.lost, chunk.mark.text(table.name))

        return reading

    def _known(self, crew: Crew, table: WebTable) -> Found:
        """What HPSM says of the table, asked once. Raises ConfigurationError where that keeps it
        from being read."""
        found = self._found.get(table.name) or crew.run(lambda line: self._find(line, table))
        self._found[table.name] = found
        if found.problem:
            raise ConfigurationError(found.problem)
        if found.table.absent:
            raise ConfigurationError(absence(found.table))
        if not found.readable:
            raise ConfigurationError([p for p in found.table.layout.problems if not p.warning])
        return found

    def _find(self, line: Line, table: WebTable) -> Found:
        return find(line, self._way, table)

    def _of(self, kind: str) -> list[WebTable]:
        return [table for table in self._tables.values() if table.table.kind == kind]

    def _info(self, kind: str) -> KindInfo:
        found = [self._found[table.name] for table in self._of(kind)]
        present = [one for one in found if not one.table.absent]
        missing = {one.table.name: one.table.absent for one in found if one.table.absent}
        if not present:
            return KindInfo(kind, 0, (), absent="; ".join(dict.fromkeys(missing.values())))
        for one in present:
            missing |= one.table.layout.missing
            if one.problem:
                missing |= dict.fromkeys(one.table.layout.columns, one.problem.message)
        readable = [one for one in present if one.readable]
        counted = [one.rows for one in readable]
        return KindInfo(
            kind,
            None if None in counted or not readable else sum(filter(None, counted)),
            tuple(dict.fromkeys(name for one in readable for name in one.table.layout.columns)),
            tuple(missing.items()),
            "sysmodtime" if any(one.dated for one in readable) else None,
            fingerprint(one.table.layout for one in readable),
        )

    def _files_info(self) -> KindInfo:
        assert self._attachments is not None  # noqa: S101 - only then it is asked for
        if absent := self._no_files():
            return KindInfo(ATTACHMENTS, 0, (), absent=absent)
        fields = self._attachments.fields
        shown = tuple(name for name in fields if name in SHOWN)
        missing = tuple((name, "no web service shows it") for name in fields if name not in SHOWN)
        layout = fingerprint(parent.layout for parent in self._parents())
        return KindInfo(ATTACHMENTS, None, (*shown, *FIELDS), missing, layout=layout)

    def _parents(self) -> list[WebTable]:
        """The tables whose records may have files that can be asked for."""
        found = (self._found[n].table if n in self._found else t for n, t in self._tables.items())
        return [
            table
            for table in found
            if table.table.kind in WITH_FILES and table.readable and table.lists_files
        ]

    def _no_files(self) -> str:
        """Why no files can be read; empty where they can."""
        if not self._config.web.attachments:
            return "source.web.attachments in migrate.yaml is false"
        return "" if self._parents() else "no web service shows records that have files"

    def _unreached(self, error: MigrateError) -> list[Problem]:
        """The problems of a check that did not come through."""
        if self._web.answered or self._web.refused or not isinstance(error, StoppedError):
            return list(error.problems)
        return [
            Problem("source-unreachable", self._web.base, problem.message)
            for problem in error.problems
        ]
