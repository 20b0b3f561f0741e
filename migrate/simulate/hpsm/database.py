"""Makes the database of an invented HPSM, from an invented world."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from migrate.errors import ConfigurationError, Problem
from migrate.simulate.hpsm import content_rows, rows, tables, work_rows
from migrate.simulate.hpsm.attachments import ATTACHMENT, attachment
from migrate.simulate.hpsm.bulk import Bulk, bulk, engine
from migrate.simulate.hpsm.custom import METADATA as CUSTOM
from migrate.simulate.hpsm.custom import CustomBulk
from migrate.simulate.hpsm.rows import Stamp, Values
from migrate.simulate.world.catalogue import catalogue
from migrate.simulate.world.files import File, FileMaker
from migrate.simulate.world.knowledge import articles
from migrate.simulate.world.matter import Matter
from migrate.simulate.world.standard_texts import standard_texts
from migrate.simulate.world.work import WorkMaker
from migrate.simulate.world.world import World

Progress = Callable[[int, int], None]

LAYOUTS = {"classic": tables.METADATA, "custom": CUSTOM}
"""Layout → its tables: as HPSM is delivered, and as a customer has it who changed everything."""

_BATCH = 4_000
_HEAVY = 64  # rows with content
_CLOCKS = 50


@dataclass(frozen=True, slots=True)
class Counts:
    """What was written: rows per table, tickets (SD and IM records), and per kind of dirt
    (`world.Dirt`) how many and the first keys."""

    rows: dict[str, int]
    tickets: int
    dirt: dict[str, int]
    examples: dict[str, list[str]]


def make_database(
    url: str, world: World, *, layout: str = "classic", progress: Progress | None = None
) -> Counts:
    """Write `world` as HPSM keeps it into an empty SQLite or PostgreSQL database.

    The same world gives the same rows. `layout` is one of `LAYOUTS`: the same records in other
    tables. `progress` is called with tickets written and to write. Raises ConfigurationError when
    the database already holds one of HPSM's tables, and ValueError for another kind of database or
    layout.
    """
    metadata = LAYOUTS.get(layout)
    if metadata is None:
        raise ValueError(f"no such layout: {layout} (there are {', '.join(LAYOUTS)})")
    target = engine(url)
    try:
        there = set(sa.inspect(target).get_table_names()) & set(metadata.tables)
        if there:
            raise ConfigurationError(
                Problem(
                    "simulate-exists",
                    target.url.render_as_string(hide_password=True),
                    f"the database already holds {min(there)}",
                )
            )
        for table in metadata.sorted_tables:
            with target.begin() as connection:
                connection.execute(sa.schema.CreateTable(table))
        with bulk(target) as writer:
            counts = _write(writer, world, layout, progress)
        with target.begin() as connection:
            for table in metadata.sorted_tables:
                for index in sorted(table.indexes, key=lambda index: str(index.name)):
                    index.create(connection)
        return counts
    finally:
        target.dispose()


def _write(writer: Bulk, world: World, layout: str, progress: Progress | None) -> Counts:
    if layout == "classic":
        return _Writer(writer, world).run(progress)
    elsewhere = CustomBulk(writer)
    return replace(_Writer(elsewhere, world).run(progress), rows=elsewhere.rows)


class _Writer:
    def __init__(self, writer: Bulk, world: World) -> None:
        self._bulk = writer
        self._world = world
        self._stamp = Stamp(as_text=writer.as_text)
        self._tally = world.tally.copy()
        self._files = FileMaker(world.seed, world.scale, self._tally)
        self._work = WorkMaker(world, self._tally)
        self._rows: defaultdict[str, int] = defaultdict(int)
        self._buffers: dict[str, tuple[sa.Table, Sequence[str], list[Values]]] = {}

    def run(self, progress: Progress | None) -> Counts:
        self._people()
        tickets = 0
        for matter in self._world.matters(self._tally):
            self._matter(matter)
            tickets += len(matter.interactions) + len(matter.incidents)
            if progress and tickets % 1_000 < len(matter.tickets):
                progress(min(tickets, self._world.tickets), self._world.tickets)
        self._contents()
        self._other_work()
        for table, columns, buffer in self._buffers.values():
            self._flush(table, columns, buffer)
        if progress:
            progress(self._world.tickets, self._world.tickets)
        return Counts(
            rows={name: self._rows[name] for name in tables.METADATA.tables},
            tickets=tickets,
            dirt={str(kind): count for kind, count in self._tally.counts.items()},
            examples={str(kind): list(keys) for kind, keys in self._tally.examples.items()},
        )

    def _people(self) -> None:
        world, stamp = self._world, self._stamp
        self._add(tables.DEPARTMENTS, rows.DEPARTMENT, rows.departments(stamp))
        self._add(tables.LOCATIONS, rows.LOCATION, rows.locations(stamp))
        self._add(tables.CONTACTS, rows.CONTACT, rows.contacts(world, stamp))
        self._add(tables.OPERATORS, rows.OPERATOR, rows.operators(world, stamp))
        self._add(tables.SECURITY_GROUPS, rows.SECURITY_GROUP, rows.security_groups(world))
        self._add(tables.GROUPS, rows.GROUP, rows.groups(world, stamp))
        self._add(tables.MEMBERS, rows.MEMBER, rows.members(world))

    def _matter(self, matter: Matter) -> None:
        stamp = self._stamp
        for call in matter.interactions:
            self._add(tables.INTERACTIONS, rows.INTERACTION, (rows.interaction(call, stamp),))
            history = (rows.activity(row, stamp) for row in call.history)
            self._add(tables.INTERACTION_ACTIVITIES, rows.ACTIVITY, history)
            self._attach(self._files.on_ticket(call))
        for work in matter.incidents:
            self._add(tables.INCIDENTS, rows.INCIDENT, (rows.incident(work, stamp),))
            history = (rows.activity(row, stamp) for row in work.history)
            self._add(tables.ACTIVITIES, rows.ACTIVITY, history)
            if self._rows["CLOCKSM1"] < _CLOCKS:
                self._add(tables.CLOCKS, rows.CLOCK, (rows.clock(work, stamp),))
            tasks = (work_rows.task(task, stamp) for task in self._work.of_incident(work))
            self._add(tables.INCIDENT_TASKS, work_rows.INCIDENT_TASK, tasks)
            self._attach(self._files.on_ticket(work))
        strays = (rows.activity(row, stamp) for row in matter.stray)
        self._add(tables.ACTIVITIES, rows.ACTIVITY, strays)
        when = matter.main.opened
        related = (rows.relation(row, when, stamp) for row in matter.relations)
        self._add(tables.RELATIONS, rows.RELATION, related)

    def _contents(self) -> None:
        world, stamp, tally = self._world, self._stamp, self._tally
        for document in articles(world, self._files, tally):
            row = content_rows.article(document, stamp)
            self._add(tables.KNOWLEDGE, content_rows.ARTICLE, (row,))
            self._attach(document.files)
        for entry in catalogue(world, self._files, tally):
            self._add(tables.CATALOGUE, content_rows.ITEM, (content_rows.item(entry, stamp),))
            self._attach(entry.files)
        texts = (content_rows.text(row, stamp) for row in standard_texts(world, tally))
        self._add(tables.TEXTS, content_rows.TEXT, texts)

    def _other_work(self) -> None:
        stamp = self._stamp
        for request in self._work.requests():
            row = work_rows.request(request, stamp)
            self._add(tables.REQUESTS, work_rows.REQUEST, (row,))
            lines = (work_rows.line_item(task, stamp) for task in request.tasks)
            self._add(tables.LINE_ITEMS, work_rows.LINE_ITEM, lines)
        for change in self._work.changes():
            self._add(tables.CHANGES, work_rows.CHANGE, (work_rows.change(change, stamp),))
            tasks = (work_rows.task(task, stamp) for task in change.tasks)
            self._add(tables.CHANGE_TASKS, work_rows.CHANGE_TASK, tasks)
        for problem in self._work.problems():
            self._add(tables.PROBLEMS, work_rows.PROBLEM, (work_rows.problem(problem, stamp),))
            tasks = (work_rows.task(task, stamp) for task in problem.tasks)
            self._add(tables.PROBLEM_TASKS, work_rows.PROBLEM_TASK, tasks)

    def _attach(self, files: Iterable[File]) -> None:
        for file in files:
            self._add(tables.ATTACHMENTS, ATTACHMENT, attachment(file, self._stamp), _HEAVY)

    def _add(
        self, table: sa.Table, columns: Sequence[str], new: Iterable[Values], most: int = _BATCH
    ) -> None:
        _, _, buffer = self._buffers.setdefault(table.name, (table, columns, []))
        before = len(buffer)
        buffer.extend(new)
        self._rows[table.name] += len(buffer) - before
        if len(buffer) >= most:
            self._flush(table, columns, buffer)

    def _flush(self, table: sa.Table, columns: Sequence[str], buffer: list[Values]) -> None:
        if buffer:
            self._bulk.write(table, columns, buffer)
            buffer.clear()
