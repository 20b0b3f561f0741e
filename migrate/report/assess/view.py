"""The snapshot as one question sees it: what is there, slim tables of what is asked, and hits.

Everything is read in one transaction, so that an extract beside it changes nothing under our feet;
what is made on the way is temporary and goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeVar

import pandas

from migrate.records import marked
from migrate.report.assess import slim
from migrate.report.assess.question import Question
from migrate.state.bundles import build_pairs, ensure_built
from migrate.state.database import quoted
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot

T = TypeVar("T")

_DETAILS = 12
_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Hits:
    """What a look found: how many, how many of them are only to be counted, the first keys of the
    others, and how many there are of each label (the most first)."""

    count: int = 0
    hidden: int = 0
    examples: tuple[str, ...] = ()
    details: tuple[tuple[str, int], ...] = ()


class Missing(NamedTuple):
    """Why something cannot be told: the kind was never `read`, its field is not `there`, or is
    `empty` in every record."""

    why: str
    kind: str
    field: str = ""


class View:
    """Opened by `look_at`. `whole`: everything is asked, not one unit. `examples` is how many keys
    a finding shows."""

    examples = 5

    def __init__(self, snapshot: Snapshot, question: Question) -> None:
        self.snapshot = snapshot
        self.question = question
        self.connection = snapshot.connection
        self.whole = question.unit is None
        self._finished = {run.kind for run in snapshot.runs() if run.finished}
        self._mirrors: dict[str, Mirror] = {}
        self._made: dict[str, Any] = {}
        self.has = cache(self._has)
        self.holds = cache(self._holds)
        self.total = cache(self._total)
        # Logins and contact keys are compared as the move does it: trimmed, without regard to case.
        self.connection.create_function("folded", 1, _folded, deterministic=True)
        self.connection.create_function(
            "marked", 2, lambda field, value: marked(value, question.marks[field])
        )

    @cached_property
    def present(self) -> str:
        """The time (GMT) that ages count to: the question's, else the newest change that was read,
        else when it was read. A dump of last year is as old as it was then."""
        if self.question.present is not None:
            return self.question.present.strftime(_TIME)
        (watermark,) = self._one("SELECT max(watermark) FROM run_kinds")
        if watermark:
            return str(watermark)
        (started,) = self._one("SELECT max(started) FROM runs")
        fields = [
            ("activities", "time"),
            *((kind, name) for kind in slim.TICKETS for name in ("update_time", "open_time")),
        ]
        newest = [
            self._one(
                f"SELECT max({self.column(kind, name)}) FROM {self.rows(kind)}"
                f" WHERE {self.column(kind, name)} <= ?",
                started,
            )[0]
            for kind, name in fields
        ]
        return str(max(filter(None, newest), default=started))

    def ago(self, days: int) -> str:
        """The time that is `days` before the present; negative: after it."""
        present = datetime.fromisoformat(self.present)  # GMT, as in the snapshot
        return (present - timedelta(days=days)).strftime(_TIME)

    def missing(self, *needs: str) -> tuple[list[Missing], list[Missing]]:
        """What of `needs` the snapshot lacks: so that nothing can be told, and so that it is told
        of a part only. A need is `kind`, `kind.field`, or several of these joined by `|`, of which
        one is enough."""
        whole: list[Missing] = []
        part: list[Missing] = []
        for need in needs:
            lacks = [self._lack(*choice.partition(".")[::2]) for choice in need.split("|")]
            (whole if all(lacks) else part).extend(filter(None, lacks))
        return whole, part

    def ticket_kinds(self, field: str) -> str:
        """Those of interactions and incidents of which the snapshot has this field, as a list in
        SQL: an empty field says something of these alone."""
        return "(" + ", ".join(f"'{k}'" for k in slim.TICKETS if self.has(k, field)) + ")"

    def exists(self, kind: str) -> bool:
        return self._mirror(kind).exists

    def column(self, kind: str, field: str, alias: str = "r") -> str:
        """The field in SQL, NULL where the snapshot has no such column."""
        known = field in self._mirror(kind).columns
        return f"{alias}.{quoted(field)}" if known else "NULL"

    def columns(self, kind: str) -> dict[str, str]:
        """Field → SQL type."""
        return self._mirror(kind).columns

    def rows(self, kind: str, alias: str = "r") -> str:
        """The current records of a kind as a table in SQL."""
        if not self.exists(kind):
            return f"(SELECT NULL AS _key, NULL AS _raw WHERE 0) {alias}"
        return f"(SELECT * FROM {quoted(kind)} WHERE until_run IS NULL) {alias}"

    def shown(self, kind: str, alias: str = "r") -> str:
        """The key of a record in SQL, as it may be shown: a contact's holds a name, and so its
        login stands for it where there is one."""
        if kind != "contacts":
            return f"{alias}._key"
        logins = (self.column(kind, name, alias) for name in ("user_id", "operator_id"))
        known = ", ".join(f"nullif(trim({login}), '')" for login in logins)
        return f"coalesce({known}, {alias}._key)"

    def frame(self, sql: str, **parameters: Any) -> pandas.DataFrame:
        """The answer to a query, for figures."""
        return pandas.read_sql_query(sql, self.connection, params=parameters)

    def select(self, sql: str, **parameters: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, as they are asked for."""
        return iter(self.connection.execute(sql, parameters))

    def number(self, sql: str, **parameters: Any) -> int:
        """A count."""
        (value,) = self.connection.execute(sql, parameters).fetchone()
        return int(value or 0)

    def hits(self, sql: str, **parameters: Any) -> Hits:
        """What a query finds that selects `key`, `hidden`, and perhaps `label`, in that order. A
        key that comes again counts once, and is hidden where any of its rows is."""
        shape = self.connection.execute(f"SELECT * FROM ({sql}) LIMIT 0", parameters)
        names = ("key", "hidden", "label")[: len(shape.description)]
        shape.close()
        self.connection.execute("DELETE FROM assess_hit")
        self.connection.execute(f"INSERT INTO assess_hit ({', '.join(names)}) {sql}", parameters)
        return self._hits()

    def found(self, rows: Iterable[tuple[Any, ...]]) -> Hits:
        """`hits`, of rows that were found in another way."""
        self.connection.execute("DELETE FROM assess_hit")
        self.connection.executemany(
            "INSERT INTO assess_hit VALUES (?, ?, ?)",
            ((row[0], bool(row[1]), row[2] if len(row) > 2 else None) for row in rows),
        )
        return self._hits()

    def _hits(self) -> Hits:
        execute = self.connection.execute
        keys = "SELECT key, max(hidden) AS hidden FROM assess_hit GROUP BY key"
        count, hidden = self._one(f"SELECT count(*), coalesce(sum(hidden), 0) FROM ({keys})")
        examples = execute(
            f"SELECT key FROM ({keys}) WHERE NOT hidden ORDER BY length(key), key LIMIT ?",
            (self.examples,),
        )
        details = execute(
            "SELECT label, count(DISTINCT key) FROM assess_hit WHERE label IS NOT NULL"
            " GROUP BY label ORDER BY 2 DESC, 1 LIMIT ?",
            (_DETAILS,),
        )
        return Hits(
            count,
            hidden,
            tuple(str(key) for (key,) in examples),
            tuple((str(label), int(n)) for label, n in details),
        )

    def once(self, name: str, make: Callable[[View], T]) -> T:
        """What `make` gives, made when it is first asked for under this name."""
        if name not in self._made:
            self._made[name] = make(self)
        made: T = self._made[name]
        return made

    def _total(self, noun: str) -> int | None:
        """How many there are, in all that is asked, of what a finding counts."""
        return self.number(slim.TOTALS[noun]) if noun in slim.TOTALS else None

    def _mirror(self, kind: str) -> Mirror:
        if kind not in self._mirrors:
            self._mirrors[kind] = Mirror(self.connection, kind)
        return self._mirrors[kind]

    def _lack(self, kind: str, field: str) -> Missing | None:
        """A kind counts as read where a reading of it came to its end, or left records behind."""
        if not self.holds(kind):
            return None if kind in self._finished else Missing("read", kind)
        if not field or self.has(kind, field):
            return None
        there = field in self.columns(kind)
        return Missing("empty" if there else "there", kind, field)

    def _has(self, kind: str, field: str) -> bool:
        """Whether any record of the whole snapshot has a value there: a column alone says nothing,
        since some are made where a source never showed them."""
        name = self.column(kind, field)
        found = f"SELECT 1 FROM {self.rows(kind)} WHERE {name} IS NOT NULL AND {name} <> '' LIMIT 1"
        return name != "NULL" and self.connection.execute(found).fetchone() is not None

    def _holds(self, kind: str) -> bool:
        """Whether there is any record of this kind."""
        found = f"SELECT 1 FROM {self.rows(kind)} LIMIT 1"
        return self.connection.execute(found).fetchone() is not None

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self.connection.execute(sql, values).fetchone()
        return row


@contextmanager
def look_at(snapshot: Snapshot, question: Question) -> Iterator[View]:
    """The view that answers `question`, for as long as the block runs.

    Where the last extract was cut off, calls and incidents are paired again first.
    """
    ensure_built(snapshot)
    last = max((run.run for run in snapshot.runs()), default=0)
    if any(run.run == last and not run.finished for run in snapshot.runs()):
        build_pairs(snapshot)
    snapshot.connection.execute("BEGIN")
    try:
        view = View(snapshot, question)
        slim.build(view)
        yield view
    finally:
        snapshot.connection.execute("ROLLBACK")
        snapshot.release()


def _folded(text: Any) -> str | None:
    return None if text is None else str(text).strip().casefold()
