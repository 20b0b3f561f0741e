"""HPSM → snapshot: one kind after the other, all of it or what changed."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import NamedTuple

from migrate.config import Derive
from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract.ahead import Asked, ReadAhead
from migrate.extract.derive import derive as derived
from migrate.extract.problems import ProblemLog
from migrate.extract.source import KindInfo, Source
from migrate.records import SOURCE_KINDS
from migrate.state import namesakes
from migrate.state.bundles import build_pairs
from migrate.state.prepared import Prepared
from migrate.state.snapshot import Begun, Snapshot

OVERLAP = timedelta(hours=1)
"""A delta starts this long before the watermark: a long transaction in HPSM commits records whose
`sysmodtime` is older than what was already read, and clocks differ."""

GO_ON_WITHIN = timedelta(days=1)
"""A run that was cut is gone on with for this long; what it finished is then not read again."""

LATER_AFTER = 20.0
"""A kind that took longer to read, in seconds, is asked again for what changed meanwhile."""

LARGE = 10_000
"""Records of a kind from which on it is worth a process to read the source."""

Progress = Callable[[str, int, int | None], None]
"""Kind, records read so far, records there are (None: not known)."""


@dataclass(slots=True)
class KindReport:
    """One kind: `read` = new + changed + unchanged + repeated. `skipped` were met and left out,
    each with a problem; `finished` is False where reading could not be completed; `went_on` says
    that an earlier attempt, which was cut, had read a part of it, or all (`read` is then 0)."""

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
    went_on: bool = False


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
    overlap: timedelta = OVERLAP,
    later_after: float = LATER_AFTER,
    progress: Progress = lambda kind, read, total: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    stop: Event | None = None,
) -> Report:
    """Read `kinds` (None: all that the source and `derive` give) into the snapshot, and pair calls
    with incidents again.

    Without `full`, a kind that has a field of modification is read from the last finished run's
    watermark, less `overlap`. A run of the same request that was cut is gone on with. A kind that
    cannot be read is a problem, and the others go on. Raises StoppedError when the source goes
    away, or `stop` is set: what was read by then stands.
    """
    rules = derive or {}
    infos = {info.kind: info for info in source.describe() if not info.absent}
    order = [
        kind
        for kind in SOURCE_KINDS
        if (kind in infos or kind in rules) and (kinds is None or kind in kinds)
    ]
    order.sort(key=lambda kind: kind in rules)
    run = snapshot.go_on(order, full, now - GO_ON_WITHIN)
    done = set(order) - set(snapshot.open_kinds) if run is not None else set()
    if run is None:
        run = snapshot.begin_run(order, full, now)
    reports = []
    with _few_collections(), ReadAhead(source) as ahead:
        left = [infos[kind] for kind in order if kind not in done and kind not in rules]
        apart = any(info.rows is None or info.rows >= LARGE for info in left)
        work = _Run(
            *(source, snapshot, run, overlap, later_after, progress, clock, stop or Event()),
            *(ahead, apart, ProblemLog(), []),
        )
        openings = work.openings(left, full)
        for kind in order:
            report = KindReport(kind, full)
            reports.append(report)
            if kind in done:
                report.finished = report.went_on = True
                continue
            try:
                if kind in rules:
                    work.read_derived(kind, rules[kind], report)
                else:
                    work.read_source(next(openings), report)
            except ConfigurationError as error:
                snapshot.give_up(run, kind)
                for problem in error.problems:
                    work.log.add(problem, kind)
            finally:
                snapshot.flush()
        met = ahead.problems
    build_pairs(snapshot)
    problems = (*source.problems(), *met, *work.problems, *work.log.all())
    return Report(run, tuple(reports), problems)


class _Opening(NamedTuple):
    """A kind whose reading has begun: from `begun.since` on, with a watermark of `before`, at
    `began` on the monotonic clock."""

    info: KindInfo
    begun: Begun
    before: str | None
    began: float


@dataclass(frozen=True, slots=True)
class _Run:
    """`apart`: a process of its own reads the source."""

    source: Source
    snapshot: Snapshot
    run: int
    overlap: timedelta
    later_after: float
    progress: Progress
    clock: Callable[[], datetime]
    stop: Event
    ahead: ReadAhead
    apart: bool
    log: ProblemLog
    problems: list[Problem]

    def openings(self, infos: Sequence[KindInfo], full: bool) -> Iterator[_Opening]:
        """Begin these kinds, each when it is its turn; where another process reads, with the one
        before it, so that it is read while that is still written."""
        opened: deque[_Opening] = deque()
        left = iter(infos)
        for _ in infos:
            while len(opened) <= self.apart and (info := next(left, None)):
                opened.append(self._open(info, full))
            yield opened.popleft()

    def read_source(self, opening: _Opening, report: KindReport) -> None:
        """Write a kind, and then what changed of it meanwhile."""
        info, begun, before, began = opening
        report.full = begun.since is None
        report.went_on = begun.again or bool(begun.position)
        batches = self.ahead.batches() if self.apart else self._asked(opening).read(self.source)
        total = info.rows if report.full else None
        watermark = begun.watermark or before
        position, watermark = self._write(report, batches, begun, watermark, info.modified, total)
        if info.modified and time.monotonic() - began > self.later_after:
            self.snapshot.later(self.run, info.kind)
            self.ahead.rest()
            with ReadAhead(self.source) as later:
                since = self._overlapping(begun.started)
                later.ask(Asked(info.kind, since, "", self.snapshot.preparer(info.kind)))
                batches = (batch._replace(position=position) for batch in later.batches())
                _, watermark = self._write(report, batches, begun, watermark, info.modified, total)
            self.problems.extend(later.problems)
        if info.modified and info.modified not in info.fields:
            watermark = begun.started  # the source can be asked by it, and does not show it
        self._finish(report, watermark, info.layout)

    def read_derived(self, kind: str, how: Derive, report: KindReport) -> None:
        """Build a kind from the activities that name it."""
        begun = self.snapshot.begin_kind(self.run, kind, self.clock(), None, "")
        batches = map(self.snapshot.preparer(kind), derived(self.snapshot, kind, how))
        self._write(report, batches, begun, None, None, None)
        self._finish(report, None, "")

    def _open(self, info: KindInfo, full: bool) -> _Opening:
        before = self.snapshot.watermark(info.kind, info.layout) if info.modified else None
        since = None if full else before
        began = time.monotonic()
        begun = self.snapshot.begin_kind(self.run, info.kind, self.clock(), since, info.layout)
        opening = _Opening(info, begun, before, began)
        if self.apart:
            self.ahead.ask(self._asked(opening))
        return opening

    def _asked(self, opening: _Opening) -> Asked:
        kind, begun = opening.info.kind, opening.begun
        since = self._overlapping(begun.since)
        return Asked(kind, since, begun.position, self.snapshot.preparer(kind))

    def _write(
        self,
        report: KindReport,
        batches: Iterable[Prepared],
        begun: Begun,
        watermark: str | None,
        modified: str | None,
        total: int | None,
    ) -> tuple[str, str | None]:
        """Write every batch; returns the last position and the watermark."""
        kind, position = report.kind, begun.position
        for batch in batches:
            if modified is not None and modified in batch.fields:
                watermark = _latest(batch.values(modified), watermark, begun.started)
            written = self.snapshot.write(self.run, batch, watermark)
            position = batch.position
            report.read += len(batch.rows)
            report.new += written.new
            report.changed += written.changed
            report.unchanged += written.unchanged
            report.repeated += len(written.repeated)
            report.skipped += batch.skipped
            if kind in namesakes.KINDS and written.repeated:
                namesakes.note_namesakes(self.snapshot, self.run, batch, written.repeated)
            for key in written.repeated:
                # a member who is named twice is one, and nothing is left out
                self.log.add(
                    Problem(
                        "record-repeated",
                        f"{kind} {key}",
                        "stands in the source again",
                        warning=kind == "members",
                    ),
                    kind,
                )
            self.progress(kind, report.read, total)
            if self.stop.is_set():
                raise StoppedError(Problem("stopped", kind, "the run was stopped by hand"))
        return position, watermark

    def _finish(self, report: KindReport, watermark: str | None, layout: str) -> None:
        report.disappeared = self.snapshot.finish(
            self.run, report.kind, report.full, watermark, layout
        )
        if report.kind in namesakes.KINDS and report.full:
            namesakes.forget_namesakes(self.snapshot, self.run, report.kind)
        report.finished = True

    def _overlapping(self, since: str | None) -> datetime | None:
        return datetime.fromisoformat(since) - self.overlap if since else None  # GMT, as in rows


def _latest(times: list[str | None], before: str | None, now: str) -> str | None:
    """The newest time of modification up to `now`: one in the future, from a clock that was wrong,
    would hide all that is modified until then."""
    newest = max(filter(None, times), default=None)
    if newest is not None and newest > now:
        newest = max((time for time in times if time and time <= now), default=None)
    return max(filter(None, (newest, before)), default=None)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Millions of tuples pass through, none of them in a cycle: looking for cycles as often as
    Python does by itself takes a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
