"""Figures over the snapshot: which values tickets of some groups hold, and how many tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from migrate.state.bundles import ensure_built
from migrate.state.database import quoted
from migrate.state.mirror import Mirror
from migrate.state.others import OTHERS, count_others
from migrate.state.snapshot import Snapshot, json_list

_OWN = """
    (:all OR t.assignment IN (SELECT value FROM json_each(:groups))
     OR t.assignment IS NULL AND t.service IN (SELECT value FROM json_each(:services)))
"""
_FROM = {
    "incidents": "incidents r JOIN tickets t ON t.incident = r._key",
    "interactions": (
        "interactions r LEFT JOIN pairs p ON p.interaction = r._key"
        " JOIN tickets t ON t.key = coalesce(p.incident, r._key)"
        " AND (t.incident IS NULL) = (p.incident IS NULL)"
    ),
    "tasks": "tasks r JOIN tickets t ON t.incident = trim(r.parent)",
    "requests": (
        "requests r JOIN (SELECT _key AS key, trim(assignment) AS assignment, NULL AS service"
        " FROM requests WHERE until_run IS NULL) t ON t.key = r._key"
    ),
}
_TICKETS = ("incidents", "interactions")


def values(
    snapshot: Snapshot,
    kind: str,
    fields: Collection[str],
    groups: Collection[str] | None,
    services: Collection[str] = (),
) -> Mapping[tuple[str | None, ...], int]:
    """How many incidents, interactions or requests hold each combination of `fields`, among the
    tickets whose current group is in `groups` (or, where they name none, whose service is in
    `services`); all tickets where `groups` is None."""
    ensure_built(snapshot)
    snapshot.ensure(kind, (*fields, "assignment"))
    columns = ", ".join(f"r.{quoted(field)}" for field in fields)
    places = ", ".join(str(n) for n in range(1, len(fields) + 1))
    rows = snapshot.connection.execute(
        f"SELECT {columns}, count(*) FROM {_FROM[kind]} WHERE r.until_run IS NULL AND {_OWN}"
        f" GROUP BY {places}",
        _parameters(groups, services),
    )
    return {tuple(row[:-1]): row[-1] for row in rows}


def kinds_of_tickets(snapshot: Snapshot, fields: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """(group, value of each of `fields`, number of tickets), for every combination; of a ticket
    with an incident the incident's values, else the interaction's; empty where there is none."""
    ensure_built(snapshot)
    for kind in _TICKETS:
        snapshot.ensure(kind, fields)
    columns = ", ".join(
        f"trim(coalesce(im.{quoted(field)}, sd.{quoted(field)}, ''))" for field in fields
    )
    places = ", ".join(str(n) for n in range(1, len(fields) + 2))
    yield from snapshot.connection.execute(
        f"SELECT coalesce(t.assignment, ''), {columns}, count(*) FROM tickets t"
        " LEFT JOIN incidents im ON im._key = t.incident AND im.until_run IS NULL"
        " LEFT JOIN interactions sd ON t.incident IS NULL AND sd._key = t.key"
        f" AND sd.until_run IS NULL GROUP BY {places}"
    )


def source_tickets(
    snapshot: Snapshot,
    groups: Collection[str],
    services: Collection[str] = (),
    *,
    tasks_along: bool = False,
) -> int:
    """How many incidents and interactions, requests, changes, problems and tasks these groups hold,
    counted apart from any transform: what a unit's buckets must add up to. With `tasks_along` the
    tasks of an incident are of whoever holds that."""
    ensure_built(snapshot)
    total = count_others(snapshot, groups, alone=tasks_along)
    along = tasks_along and "parent" in Mirror(snapshot.connection, "tasks").columns
    for tables in (_FROM[kind] for kind in (*_TICKETS, *(("tasks",) if along else ()))):
        (count,) = snapshot.connection.execute(
            f"SELECT count(*) FROM {tables} WHERE r.until_run IS NULL AND {_OWN}",
            _parameters(groups, services),
        ).fetchone()
        total += count
    return total


def _parameters(groups: Collection[str] | None, services: Collection[str]) -> dict[str, str | bool]:
    return {
        "all": groups is None,
        "groups": json_list(sorted(groups or ())),
        "services": json_list(sorted(services)),
    }


def astray(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    """`activities` and `attachments` → how many there are, and how many of them name no record that
    they could go with: no ticket, article or other record has that key. Kinds that were never read
    are left out."""
    found = {}
    owners = ("incidents", "interactions", "knowledge", "catalogue", *OTHERS)
    there = [kind for kind in owners if Mirror(snapshot.connection, kind).exists]
    for kind, field in (("activities", "number"), ("attachments", "topic")):
        if field not in Mirror(snapshot.connection, kind).columns:
            continue
        homeless = "".join(
            f" AND NOT EXISTS (SELECT 1 FROM {quoted(owner)} o"
            f" WHERE o._key = r.{field} AND o.until_run IS NULL)"
            for owner in there
        )
        current = f"SELECT count(*) FROM {quoted(kind)} r WHERE r.until_run IS NULL"
        (extracted,), (left,) = (
            snapshot.connection.execute(sql).fetchone() for sql in (current, current + homeless)
        )
        found[kind] = (extracted, left)
    return found
