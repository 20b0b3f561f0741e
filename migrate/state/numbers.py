"""Every number that people know from HPSM, as the stores have it: extracted, planned, loaded.

Rows come as they lie, one after the other and in no order; what they add up to is not decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from migrate.state.bundles import ensure_built
from migrate.state.database import Place, open_database, raw
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot, json_list

KINDS = (
    "interactions",
    "incidents",
    "requests",
    "changes",
    "problems",
    "tasks",
    "knowledge",
)
"""The kinds whose keys are numbers that people quote. The keys of all others may be logins."""

_LISTED = ", ".join(f"'{kind}'" for kind in KINDS)

_RESTRICTED = """
WITH own AS (
    SELECT key FROM tickets
    WHERE assignment IN (SELECT value FROM json_each(:groups))
    OR assignment IS NULL AND service IN (SELECT value FROM json_each(:services))
    UNION
    SELECT coalesce(p.incident, sd._key) FROM interactions sd
    LEFT JOIN pairs p ON p.interaction = sd._key
    WHERE sd.until_run IS NULL AND trim(sd.assignment) IN (SELECT value FROM json_each(:groups))
    UNION
    SELECT b.member FROM interactions sd JOIN beside b ON b.call = sd._key
    WHERE sd.until_run IS NULL AND trim(sd.assignment) IN (SELECT value FROM json_each(:groups)))
SELECT key FROM own
UNION
SELECT p.interaction FROM own JOIN pairs p ON p.incident = own.key
"""


class Planned(NamedTuple):
    """What the plan says of a number; `state` and `code` are empty where it is to be loaded."""

    key: str
    kind: str
    state: str
    code: str
    number: str
    target_id: str


class Loaded(NamedTuple):
    """What became of a number that was begun; `created` is the state of its last creation."""

    key: str
    kind: str
    identity: str
    number: str
    target_id: str
    created: str


def extracted(snapshot: Snapshot) -> Iterator[tuple[str, str, bool]]:
    """(kind, number, whether HPSM still has it), for every record that was ever read."""
    for kind in KINDS:
        mirror = Mirror(snapshot.connection, kind)
        if mirror.exists:
            for key, there in snapshot.connection.execute(
                f"SELECT _key, until_run IS NULL FROM {mirror.name}"
            ):
                yield kind, key, bool(there)


def restricted(
    snapshot: Snapshot, groups: Collection[str], services: Collection[str]
) -> Iterator[str]:
    """The numbers of tickets and other records that one of these HPSM groups has, or of which one
    of them had the call; where a ticket names no group, that come with one of `services`. What HPSM
    has no longer counts by the groups that ever had it."""
    ensure_built(snapshot)
    parameters = {"groups": json_list(groups), "services": json_list(services)}
    for (key,) in snapshot.connection.execute(_RESTRICTED, parameters):
        yield key
    for kind in KINDS:
        mirror = Mirror(snapshot.connection, kind)
        if "assignment" not in mirror.columns:
            continue
        for (key,) in snapshot.connection.execute(
            f"SELECT _key FROM {mirror.name} t"
            " WHERE trim(assignment) IN (SELECT value FROM json_each(:groups))"
            " AND (until_run IS NULL OR NOT EXISTS (SELECT 1 FROM"
            f" {mirror.name} c WHERE c._key = t._key AND c.until_run IS NULL))",
            parameters,
        ):
            yield key


class Numbers:
    """Reads plan and journal; changes neither."""

    def __init__(self, plan: Place, journal: Place, source: str) -> None:
        self._source = source
        self._plan = _opened(plan)
        self._journal = _opened(journal)
        self._plan_rows, self._journal_rows = raw(plan, self._plan), raw(journal, self._journal)

    def close(self) -> None:
        for connection in (self._plan, self._journal):
            connection.close()
            connection.engine.dispose()

    def planned(self) -> Iterator[Planned]:
        """Every number in a finished plan."""
        rows = self._plan_rows.execute(
            "SELECT s.key, r.kind, coalesce(r.verdict, ''), r.code, coalesce(r.number, ''),"
            " coalesce(r.target_id, '') FROM sources s CROSS JOIN records r ON r.id = s.record"
            " JOIN plans p ON p.unit = r.unit AND p.phase = r.phase"
            f" WHERE s.kind IN ({_LISTED})"
        )
        return (Planned(*row) for row in rows)

    def loaded(self) -> Iterator[Loaded]:
        """Every number that was begun; those of one identity come together."""
        rows = self._journal_rows.execute(
            "SELECT m.key, r.kind, r.identity, coalesce(r.number, ''), coalesce(r.target_id, ''),"
            " coalesce((SELECT o.state FROM operations o WHERE o.source = r.source"
            "  AND o.kind = r.kind AND o.identity = r.identity AND o.step = 'create'"
            "  ORDER BY o.revision DESC LIMIT 1), '')"
            # CROSS: the members are gone through once, and each has its record looked up.
            " FROM members m CROSS JOIN records r"
            " ON r.source = m.source AND r.kind = m.record AND r.identity = m.identity"
            f" WHERE m.source = ? AND m.kind IN ({_LISTED}) ORDER BY m.record, m.identity",
            (self._source,),
        )
        return (Loaded(*row) for row in rows)


def _opened(place: Place) -> Connection:
    return open_database(place, synchronous="OFF", begin=None).connect()
