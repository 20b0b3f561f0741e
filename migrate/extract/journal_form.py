"""How the journals of one installation are written, by what all of them say together.

A header's shape counts where journals begin with it. The order of its date is the one that the
headers bear out: days above 12, times within the life of the record, entries that follow each
other. Where two readings fit nearly as well as each other, none is chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from migrate.extract.journal_text import Header, JournalForm, Order, find, moment
from migrate.state.snapshot import Snapshot
from migrate.state.ticket_journals import journals, need_journals

ORDERS: dict[Order, str] = {
    "mdy": "month-day-year",
    "dmy": "day-month-year",
    "ymd": "year-month-day",
}

_COMMON = {True: 0.01, False: 0.1}
"""Share of journals that must begin with a shape, by whether it names an operator: a line of text
may begin with a date too."""
_CLEAR = 10
"""How many times as much must speak against the second best order as against the best."""
_LEAST = 3
_DOUBTFUL = 0.05  # share of headers that may speak against the order that is chosen
_DAY = timedelta(days=1)  # zones differ by less
_YEARS = range(1971, 2199)


class Journal(NamedTuple):
    """A journal's text, and the record's own first and last time (GMT), None where not known."""

    text: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class _Read:
    """What headers say when they are read in one order. `impossible` are no dates, `outside` lie
    outside the life of their record; `down` and `up` count neighbours by which one is newer."""

    impossible: int = 0
    outside: int = 0
    down: int = 0
    up: int = 0

    @property
    def against(self) -> int:
        return self.impossible + self.outside + min(self.down, self.up)


@dataclass(slots=True)
class _Shape:
    """One shape of headers. `begins` counts the journals that begin with it."""

    example: Header
    begins: int = 0
    headers: int = 0
    orders: dict[Order, _Read] = field(default_factory=dict)


def form_of(read: Iterable[Journal], order: Order | None = None) -> JournalForm:
    """How these journals are written. `order` is the one that somebody has decided, where the year
    does not stand first with four digits."""
    shapes: dict[str, _Shape] = {}
    total = headed = 0
    for journal in read:
        if not journal.text.strip():
            continue
        total += 1
        found = list(find(journal.text))
        if found and not journal.text[: found[0].start].strip():
            headed += 1
            shapes.setdefault(found[0].shape, _Shape(found[0])).begins += 1
        _count(journal, found, shapes)
    common = {
        name: shape
        for name, shape in shapes.items()
        if shape.begins > _COMMON["(" in name] * headed
    }
    orders = {name: _decided(shape, order) for name, shape in common.items()}
    down = sum(_best(shape, orders[name]).down for name, shape in common.items())
    up = sum(_best(shape, orders[name]).up for name, shape in common.items())
    newest_first = down >= up
    said = [f"{total:,} journals, of which {headed:,} begin with a header."]
    for name, shape in common.items():
        said += _words(name, shape, orders[name], order)
    if down or up:
        kept = f"{max(down, up):,} of {down + up:,} neighbours"
        said.append(f"The {'newest' if newest_first else 'oldest'} entry stands first: {kept}.")
    return JournalForm(orders, newest_first, tuple(said))


def profile(
    snapshot: Snapshot, order: Order | None = None, *, always: bool = False
) -> JournalForm | None:
    """The form of the snapshot's journals; None where no record depends on its journal, each having
    activities, unless it is asked for `always`. Reads every journal, one at a time."""
    if not always and not need_journals(snapshot):
        return None
    return form_of((Journal(text, _time(a), _time(b)) for text, a, b in journals(snapshot)), order)


def _count(journal: Journal, found: Sequence[Header], shapes: dict[str, _Shape]) -> None:
    by_shape: defaultdict[str, list[Header]] = defaultdict(list)
    for header in found:
        by_shape[header.shape].append(header)
    since = journal.since - _DAY if journal.since else datetime.min  # noqa: DTZ901 - GMT
    until = journal.until + _DAY if journal.until else datetime.max  # noqa: DTZ901 - GMT
    for name, headers in by_shape.items():
        shape = shapes.setdefault(name, _Shape(headers[0]))
        shape.headers += len(headers)
        for order in _possible(headers[0]):
            read = shape.orders.setdefault(order, _Read())
            before: datetime | None = None
            for header in headers:
                if (time := moment(header, order)) is None:
                    read.impossible += 1
                    continue
                read.outside += not since <= time <= until
                if before is not None:
                    read.down += time < before
                    read.up += time > before
                before = time


def _possible(header: Header) -> Iterator[Order]:
    first, _, last = map(len, header.date)
    if first < 4:
        yield from ("mdy", "dmy")
    if last < 4:
        yield "ymd"


def _decided(shape: _Shape, order: Order | None) -> Order | None:
    if order in shape.orders:
        return order
    best, *others = sorted(shape.orders, key=lambda name: shape.orders[name].against)
    against = shape.orders[best].against
    if against > _DOUBTFUL * shape.headers:
        return None
    clear = all(shape.orders[other].against >= _CLEAR * against + _LEAST for other in others)
    return best if clear else None


def _best(shape: _Shape, order: Order | None) -> _Read:
    return shape.orders[order] if order else _Read()


def _words(name: str, shape: _Shape, order: Order | None, asked: Order | None) -> Iterator[str]:
    """What was found of one shape, and how it is read."""
    counts = "; ".join(
        f"{ORDERS[each]}: {read.impossible:,} cannot be dates, {read.outside:,} lie outside the"
        f" life of their record, {min(read.down, read.up):,} out of order"
        for each, read in shape.orders.items()
    )
    if order is None:
        how = "the order of the date cannot be told, and the journals stay whole"
    elif order == asked:
        how = f"read as {ORDERS[order]}, as the policy says"
    else:
        how = f"read as {ORDERS[order]}"
    yield f"{shape.headers:,} headers `{name}`: {how} ({counts})."


def _time(text: str | None) -> datetime | None:
    """A time of the snapshot, without what cannot be one."""
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return time if time and time.year in _YEARS else None
