"""Which records belong to one ticket, and every ticket of some groups, in key order.

HPSM keeps a call (interaction, SD) and the work (incident, IM) apart and ties them by relations in
either direction. Their file names do not say reliably which end is which, so the keys are looked
up. A ticket's key is its incident's number, else its interaction's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypedDict

from migrate.records import Bundle, Member, Row
from migrate.state.beside import Beside, build_beside, calls_beside
from migrate.state.database import quoted
from migrate.state.mirror import Mirror
from migrate.state.namesakes import namesakes
from migrate.state.snapshot import Snapshot, json_list
from migrate.state.spelling import respell

Bound = Callable[[Sequence[Member]], Mapping[Member, str]]
"""Which identities the journal holds for these members; those that it does not know are absent."""

_TIME = {
    "incidents": "open_time",
    "interactions": "open_time",
    "activities": "time",
    "attachments": "topic",
    "tasks": "_key",
}
_FIELDS = {
    "incidents": ("assignment", "service", "open_time", "close_time"),
    "interactions": ("assignment", "service", "open_time", "close_time"),
    "activities": ("number", "time", "activity_id"),
    "relations": ("source", "depend", "source_file", "depend_file"),
    "members": ("group", "operator"),
}

_BUILD = """
DROP TABLE IF EXISTS pairs;
DROP TABLE IF EXISTS shared;
DROP TABLE IF EXISTS dangling;
DROP TABLE IF EXISTS related;
DROP TABLE IF EXISTS tickets;

CREATE TEMP TABLE ends AS
    SELECT source AS one, depend AS other, depend_file AS other_file
    FROM relations WHERE until_run IS NULL
    UNION
    SELECT depend, source, source_file FROM relations WHERE until_run IS NULL;

CREATE TABLE pairs (interaction TEXT PRIMARY KEY, incident TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO pairs
    SELECT one, other FROM (
        SELECT one, other, row_number() OVER (
            PARTITION BY one ORDER BY im.open_time IS NULL, im.open_time, other) AS place
        FROM ends
        JOIN interactions sd ON sd._key = one AND sd.until_run IS NULL
        JOIN incidents im ON im._key = other AND im.until_run IS NULL)
    WHERE place = 1;
CREATE INDEX pairs_incident ON pairs (incident);

CREATE TABLE shared (number TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO shared
    SELECT im._key FROM incidents im
    JOIN interactions sd ON sd._key = im._key AND sd.until_run IS NULL
    WHERE im.until_run IS NULL
    AND NOT EXISTS (SELECT 1 FROM pairs WHERE interaction = im._key AND incident = im._key);

CREATE TABLE dangling (member TEXT, number TEXT, PRIMARY KEY (member, number)) WITHOUT ROWID;
INSERT OR IGNORE INTO dangling
    SELECT one, other FROM ends
    WHERE coalesce(other_file, '') IN ('', 'problem', 'probsummary', 'incidents')
    AND other <> ''
    AND NOT EXISTS (SELECT 1 FROM interactions WHERE _key = other AND until_run IS NULL)
    AND NOT EXISTS (SELECT 1 FROM incidents WHERE _key = other AND until_run IS NULL);

CREATE TABLE related (member TEXT PRIMARY KEY, others INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO related
    SELECT one, count(DISTINCT other) FROM ends
    WHERE other <> one AND other <> '' AND coalesce(other_file, '') <> 'device'
    AND (EXISTS (SELECT 1 FROM interactions WHERE _key = one AND until_run IS NULL)
        OR EXISTS (SELECT 1 FROM incidents WHERE _key = one AND until_run IS NULL))
    AND NOT EXISTS (SELECT 1 FROM pairs WHERE interaction = one AND incident = other)
    AND NOT EXISTS (SELECT 1 FROM pairs WHERE interaction = other AND incident = one)
    AND NOT EXISTS (SELECT 1 FROM dangling WHERE member = one AND number = other)
    GROUP BY one;

CREATE TABLE tickets (
    key TEXT NOT NULL, incident TEXT, assignment TEXT, service TEXT,
    open INTEGER NOT NULL, last_activity TEXT);
INSERT INTO tickets
    SELECT _key, _key,
        coalesce(nullif(trim(assignment), ''), (
            SELECT trim(sd.assignment) FROM pairs
            JOIN interactions sd ON sd._key = interaction AND sd.until_run IS NULL
            WHERE incident = im._key AND trim(sd.assignment) <> ''
            ORDER BY sd.open_time, sd._key LIMIT 1)),
        coalesce(nullif(trim(service), ''), (
            SELECT trim(sd.service) FROM pairs
            JOIN interactions sd ON sd._key = interaction AND sd.until_run IS NULL
            WHERE incident = im._key AND trim(sd.service) <> ''
            ORDER BY sd.open_time, sd._key LIMIT 1)),
        close_time IS NULL,
        (SELECT max(time) FROM activities WHERE number = im._key AND until_run IS NULL)
    FROM incidents im WHERE until_run IS NULL
    UNION ALL
    SELECT _key, NULL, nullif(trim(assignment), ''), nullif(trim(service), ''), close_time IS NULL,
        (SELECT max(time) FROM activities WHERE number = sd._key AND until_run IS NULL)
    FROM interactions sd
    WHERE until_run IS NULL AND NOT EXISTS (SELECT 1 FROM pairs WHERE interaction = sd._key);
CREATE INDEX tickets_assignment ON tickets (assignment, key);
CREATE INDEX tickets_key ON tickets (key);
"""

_INDEX_ACTIVITIES = (
    "CREATE INDEX IF NOT EXISTS activities_number ON activities (number, time)"
    " WHERE until_run IS NULL"
)
_INDEX_FILES = (
    "CREATE INDEX IF NOT EXISTS attachments_topic ON attachments (topic) WHERE until_run IS NULL"
)
_INDEX_TASKS = (
    "CREATE INDEX IF NOT EXISTS tasks_parent ON tasks (trim(parent)) WHERE until_run IS NULL"
)


class GroupCounts(TypedDict):
    """The facts of one HPSM group: operators in it, tickets that it holds now, those that are not
    closed, and the time (GMT) of the last activity on any of them."""

    members: int
    tickets: int
    open: int
    last_activity: str | None


def build_pairs(snapshot: Snapshot) -> None:
    """Find again which interaction belongs to which incident, and each ticket's current group.

    Done after every extract. An interaction that is tied to several incidents belongs to the one
    that was opened first, then to the one with the smallest key.
    """
    for kind, fields in _FIELDS.items():
        snapshot.ensure(kind, fields)
    with snapshot.transaction() as connection:
        connection.execute(_INDEX_ACTIVITIES)
        respell(connection)
        for statement in _BUILD.split(";"):
            connection.execute(statement)
        for kind in ("incidents", "interactions"):
            connection.executemany(
                "INSERT OR IGNORE INTO shared VALUES (?)",
                [(number,) for number in namesakes(snapshot, kind)],
            )
        build_beside(connection)
        connection.execute("DROP TABLE ends")
        if "topic" in Mirror(connection, "attachments").columns:
            # Of files that were never read nothing is made: assess tells those from none.
            connection.execute(_INDEX_FILES)
        if "parent" in Mirror(connection, "tasks").columns:
            connection.execute(_INDEX_TASKS)


def bundles(
    snapshot: Snapshot,
    groups: Collection[str],
    services: Collection[str],
    bound: Bound,
    chunk: int = 500,
    *,
    tasks: bool = False,
) -> Iterator[Bundle]:
    """Every ticket whose current group is one of `groups`, in key order, `chunk` at a time; with
    the `tasks` of its incident, where they go along.

    The current group is the incident's assignment, else the interaction's; where neither names
    one, the ticket goes by its service: `services` are those whose default group is in `groups`.
    """
    ensure_built(snapshot)
    cursor = snapshot.connection.execute(
        "SELECT key, incident FROM tickets "
        "WHERE assignment IN (SELECT value FROM json_each(?)) "
        "OR assignment IS NULL AND service IN (SELECT value FROM json_each(?)) "
        "ORDER BY key, incident",
        (json_list(groups), json_list(services)),
    )
    while tickets := cursor.fetchmany(chunk):
        yield from _Chunk(snapshot, tickets, bound, tasks=tasks).bundles()


def bundle_of(
    snapshot: Snapshot, number: str, bound: Bound, *, tasks: bool = False
) -> Bundle | None:
    """The ticket that the number of an incident or interaction belongs to, where there is one."""
    ensure_built(snapshot)
    tickets = snapshot.connection.execute(
        "SELECT key, incident FROM tickets WHERE key = coalesce("
        "(SELECT incident FROM pairs WHERE interaction = ?), ?) ORDER BY incident IS NULL LIMIT 1",
        (number, number),
    ).fetchall()
    found = _Chunk(snapshot, tickets, bound, tasks=tasks) if tickets else None
    return next(found.bundles()) if found else None


def group_counts(snapshot: Snapshot) -> dict[str | None, GroupCounts]:
    """The facts of every group that has members or tickets or is in the list of groups; None holds
    the tickets that name no group. Tickets add up to all that there are."""
    ensure_built(snapshot)
    counts: dict[str | None, GroupCounts] = {}

    def of(group: str | None) -> GroupCounts:
        return counts.setdefault(
            group, GroupCounts(members=0, tickets=0, open=0, last_activity=None)
        )

    for (group,) in snapshot.tally("groups", "name"):
        of(group)
    for (group,), members in snapshot.tally("members", "group").items():
        of(group)["members"] = members
    for group, tickets, still_open, last in snapshot.connection.execute(
        "SELECT assignment, count(*), sum(open), max(last_activity) FROM tickets GROUP BY 1"
    ):
        facts = of(group)
        facts["tickets"], facts["open"], facts["last_activity"] = tickets, still_open, last
    return counts


def ensure_built(snapshot: Snapshot) -> None:
    """Pair calls with incidents, where no extract has done it yet."""
    made = ("tickets", "related", "shared", "beside")
    if not all(Mirror(snapshot.connection, table).exists for table in made):
        build_pairs(snapshot)


class _Found(NamedTuple):
    key: str
    digest: bytes
    row: Row


class _Chunk:
    """The records of some tickets (key, incident or None), fetched together."""

    def __init__(
        self,
        snapshot: Snapshot,
        tickets: Sequence[tuple[str, str | None]],
        bound: Bound,
        *,
        tasks: bool,
    ) -> None:
        self._connection = snapshot.connection
        self._tickets = tickets
        incidents = [key for key, incident in tickets if incident is not None]
        alone = [key for key, incident in tickets if incident is None]
        self._incidents = {
            found.key: found for _, found in self._find("incidents", "t._key", "", incidents)
        }
        self._calls: dict[tuple[str, bool], list[_Found]] = defaultdict(list)
        for incident, call in self._find(
            "interactions", "p.incident", "JOIN pairs p ON p.interaction = t._key", incidents
        ):
            self._calls[incident, True].append(call)
        for key, call in self._find("interactions", "t._key", "", alone):
            self._calls[key, False].append(call)
        members = [member for ticket in tickets for member in self._members(*ticket)]
        keys = [member.key for member in members]
        self._activities: dict[str, list[_Found]] = defaultdict(list)
        for number, activity in self._find("activities", "t.number", "", keys):
            self._activities[number].append(activity)
        self._attachments: dict[str, list[_Found]] = defaultdict(list)
        if "topic" in Mirror(self._connection, "attachments").columns:
            for topic, attachment in self._find("attachments", "t.topic", "", keys):
                self._attachments[topic].append(attachment)
        self._tasks: dict[str, list[_Found]] = defaultdict(list)
        if tasks and "parent" in Mirror(self._connection, "tasks").columns:
            for parent, task in self._find("tasks", "trim(t.parent)", "", incidents):
                self._tasks[parent].append(task)
        self._dangling: dict[str, list[str]] = defaultdict(list)
        for member, number in self._connection.execute(
            "SELECT member, number FROM dangling WHERE member IN (SELECT value FROM json_each(?))",
            (json_list(keys),),
        ):
            self._dangling[member].append(number)
        self._related: dict[str, int] = dict(
            self._connection.execute(
                "SELECT member, others FROM related"
                " WHERE member IN (SELECT value FROM json_each(?))",
                (json_list(keys),),
            )
        )
        self._shared = {
            number
            for (number,) in self._connection.execute(
                "SELECT number FROM shared WHERE number IN (SELECT value FROM json_each(?))",
                (json_list(keys),),
            )
        }
        self._beside: Mapping[str, list[Beside]] = calls_beside(self._connection, incidents)
        self._bound = bound(members)

    def bundles(self) -> Iterator[Bundle]:
        for ticket in self._tickets:
            yield self._bundle(*ticket)

    def _bundle(self, key: str, incident: str | None) -> Bundle:
        work = self._incidents[incident] if incident is not None else None
        calls = self._calls.get((key, incident is not None), [])
        members = self._members(key, incident)
        numbers = list(dict.fromkeys(member.key for member in members))
        activities = [found for number in numbers for found in self._activities.get(number, ())]
        if len(numbers) > 1:
            activities.sort(key=_in_time)
        files = [found for number in numbers for found in self._attachments.get(number, ())]
        dangling = sorted({other for number in numbers for other in self._dangling.get(number, ())})
        shared = sorted(self._shared.intersection(numbers))
        digest = blake2b(digest_size=16)
        for found in (*([work] if work else []), *calls, *activities):
            digest.update(found.digest)
        tasks = self._tasks.get(key, ()) if work else ()
        beside = self._beside.get(key, ()) if work else ()
        for each in (*files, *tasks, *beside):
            digest.update(each.digest)
        digest.update("\n".join(dangling).encode())
        digest.update("\n".join(shared).encode())
        return Bundle(
            key,
            work.row if work else None,
            tuple(call.row for call in calls),
            tuple(activity.row for activity in activities),
            tuple(dangling),
            digest.hexdigest(),
            tuple(sorted({self._bound[member] for member in members if member in self._bound})),
            attachments=tuple(found.row for found in files),
            related=sum(self._related.get(number, 0) for number in numbers),
            shared=tuple(shared),
            tasks=tuple(task.row for task in tasks),
            beside=tuple(call.row for call in beside),
        )

    def _members(self, key: str, incident: str | None) -> list[Member]:
        calls = self._calls.get((key, incident is not None), [])
        of_calls = [Member("interactions", call.key) for call in calls]
        return of_calls if incident is None else [Member("incidents", incident), *of_calls]

    def _find(
        self, kind: str, of: str, join: str, values: Sequence[str]
    ) -> Iterator[tuple[str, _Found]]:
        """The current records of which `of` is one of `values`, with that value, in their order of
        time, and of their numbers within a second."""
        mirror = Mirror(self._connection, kind)
        columns = ", ".join(f"t.{quoted(name)}" for name in mirror.columns)
        rows = self._connection.execute(
            f"SELECT {of}, t._key, t._hash, {columns} FROM {mirror.name} t {join} "
            f"WHERE t.until_run IS NULL AND {of} IN (SELECT value FROM json_each(?)) "
            f"ORDER BY {of}, t.{_TIME[kind]}, length(t._key), t._key",
            (json_list(values),),
        )
        for value, key, digest, *fields in rows:
            yield value, _Found(key, digest, mirror.row(fields))


def _in_time(activity: _Found) -> tuple[str, int, str]:
    """By the clock, and within a second as HPSM counted: 10 after 9."""
    return activity.row["time"] or "", len(activity.key), activity.key
