"""HPSM → snapshot: one kind after the other, all of it or what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from migrate.config import Derive
from migrate.errors import ConfigurationError, Problem
from migrate.extract.ahead import read_ahead
from migrate.extract.derive import derive as derived
from migrate.extract.problems import ProblemLog
from migrate.extract.source import KindInfo, Source
from migrate.extract.values import gmt_text
from migrate.records import SOURCE_KINDS, Batch
from migrate.state.bundles import build_pairs
from migrate.state.prepared import Prepared
from migrate.state.snapshot import Snapshot

OVERLAP = timedelta(hours=1)
"""A delta starts this long before the watermark: a long transaction in HPSM commits records whose
`sysmodtime` is older than what was already read."""

LARGE = 10_000
"""Records of a kind from which on it is worth a process to read it."""

Progress = Callable[[str, int, int | None], None]
"""Kind, records read so far, records there are (None: not known)."""


@dataclass(slots=True)
class KindReport:
    """One kind: `read` = new + changed + unchanged + repeated. `skipped` were met and left out,
    each with a problem; `finished` is False where reading could not be completed."""

    kind: str
    full: bool
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    skipped: int = 0
    disappeared: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did."""

    run: int
    kinds: tuple[KindReport, ...]
    problems: tuple[Problem, ...]


def extract(
    source: Source,
    snapshot: Snapshot,
    kinds: Sequence[str] | None = None,
    *,
    full: bool,
    now: datetime,
    derive: Mapping[str, Derive] | None = None,
    progress: Progress = lambda kind, read, total: None,
) -> Report:
    """Read `kinds` (None: all that the source and `derive` give) into the snapshot, and pair calls
    with incidents again.

    Without `full`, a kind that has a field of modification is read from the last finished run's
    watermark, less `OVERLAP`. A kind that cannot be read is a problem, and the others go on.
    Raises StoppedError when the source goes away: the kinds finished by then stand.
    """
    rules = derive or {}
    infos = {info.kind: info for info in source.describe() if not info.absent}
    order = [
        kind
        for kind in SOURCE_KINDS
        if (kind in infos or kind in rules) and (kinds is None or kind in kinds)
    ]
    order.sort(key=lambda kind: kind in rules)
    run = snapshot.begin_run(order, full, now)
    work = _Run(snapshot, run, now, progress, ProblemLog(), [])
    reports = []
    for kind in order:
        since = None if full or kind in rules else _since(snapshot, infos[kind])
        report = KindReport(kind, full=since is None)
        reports.append(report)
        try:
            if kind in rules:
                work.read(report, _prepared(snapshot, kind, derived(snapshot, kind, rules[kind])))
            else:
                work.read_source(source, infos[kind], since, report)
        except ConfigurationError as error:
            for problem in error.problems:
                work.log.add(problem, kind)
    build_pairs(snapshot)
    problems = (*source.problems(), *work.problems, *work.log.all())
    return Report(run, tuple(reports), problems)


@dataclass(frozen=True, slots=True)
class _Run:
    snapshot: Snapshot
    run: int
    now: datetime
    progress: Progress
    log: ProblemLog
    problems: list[Problem]

    def read_source(
        self, source: Source, info: KindInfo, since: datetime | None, report: KindReport
    ) -> None:
        """Read a kind from the source; a large one in a process of its own."""
        kind = info.kind
        prepare = self.snapshot.preparer(kind)

        def read() -> Iterator[Prepared]:
            return map(prepare, source.read(kind, since))

        large = info.rows is None or info.rows >= LARGE
        batches = read_ahead(source, read, self.problems) if large else read()
        total = info.rows if since is None else None
        self.read(report, batches, info.modified, total, info.layout)

    def read(
        self,
        report: KindReport,
        batches: Iterable[Prepared],
        modified: str | None = None,
        total: int | None = None,
        layout: str = "",
    ) -> None:
        """Write every batch, then close the kind."""
        kind = report.kind
        watermark = self.snapshot.watermark(kind, layout) if modified else None
        for batch in batches:
            written = self.snapshot.write(self.run, batch)
            report.read += len(batch.rows)
            report.new += written.new
            report.changed += written.changed
            report.unchanged += written.unchanged
            report.repeated += len(written.repeated)
            report.skipped += batch.skipped
            for key in written.repeated:
                self.log.add(
                    Problem("record-repeated", f"{kind} {key}", "stands in the source again"), kind
                )
            if modified is not None and modified in batch.fields:
                watermark = self._latest(batch.values(modified), watermark)
            self.progress(kind, report.read, total)
        report.disappeared = self.snapshot.finish(self.run, kind, report.full, watermark, layout)
        report.finished = True

    def _latest(self, times: list[str | None], before: str | None) -> str | None:
        """The newest time of modification up to now: one in the future, from a clock that was
        wrong, would hide all that is modified until then."""
        now = gmt_text(self.now)
        newest = max(filter(None, times), default=None)
        if newest is not None and newest > now:
            newest = max((time for time in times if time and time <= now), default=None)
        return max(filter(None, (newest, before)), default=None)


def _prepared(snapshot: Snapshot, kind: str, batches: Iterable[Batch]) -> Iterator[Prepared]:
    return map(snapshot.preparer(kind), batches)


def _since(snapshot: Snapshot, info: KindInfo) -> datetime | None:
    watermark = snapshot.watermark(info.kind, info.layout) if info.modified else None
    return datetime.fromisoformat(watermark) - OVERLAP if watermark else None  # GMT, as in rows
