"""What is wrong between tickets, and in their history."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from migrate.report.assess.found import Family, Mender, Section
from migrate.report.assess.view import Hits, View

_OF_TICKETS = ("", "problem", "probsummary", "incidents")
"""The HPSM files that a relation between tickets names; another kind of record (a device, a change)
is not looked for."""


_BOTH_OWN = "s.key IS NOT NULL AND d.key IS NOT NULL"
_ONE_THERE = "coalesce(s.key, d.key) IS NOT NULL"


def _relations_dead(view: View) -> Hits:
    """Looked for in everything that the snapshot has: a record of another unit is not gone."""
    there = " UNION ALL ".join(
        f"SELECT _key FROM {view.rows(kind)}"
        for kind in ("interactions", "incidents", "requests", "changes", "problems", "tasks")
    )
    files = ", ".join(f"'{name}'" for name in _OF_TICKETS)
    return view.hits(
        f"SELECT r.ticket, r.hidden FROM assess_end e JOIN assess_record r ON r.key = e.one"
        f" WHERE e.other <> '' AND coalesce(e.file, '') IN ({files})"
        f" AND e.other NOT IN ({there})"
    )


def _pairs(kind: str, other: str) -> str:
    """Pairs of a record of one kind and one of the other that are related in either direction."""
    return (
        "SELECT DISTINCT r.key AS key, r.hidden AS hidden, o.key AS other FROM assess_end e"
        f" JOIN assess_record r ON r.key = e.one AND r.kind = '{kind}'"
        f" JOIN assess_record o ON o.key = e.other AND o.kind = '{other}'"
    )


def _several(kind: str, other: str) -> Callable[[View], Hits]:
    def look(view: View) -> Hits:
        return view.hits(
            f"SELECT key, max(hidden) FROM ({_pairs(kind, other)}) GROUP BY key HAVING count(*) > 1"
        )

    return look


def _without_call(view: View) -> Hits:
    """Looked for in everything, as above."""
    return view.hits(
        "SELECT r.key, r.hidden FROM assess_record r WHERE r.kind = 'incidents' AND NOT EXISTS"
        f" (SELECT 1 FROM assess_end e JOIN {view.rows('interactions', 'i')} ON i._key = e.other"
        " WHERE e.one = r.key)"
    )


def _directed(twice: bool) -> Callable[[View], Hits]:
    """Relations that lead from an interaction to an incident, against the usual direction; `twice`:
    beside one in the usual direction. What an end is tells its record, else the file it names. Of a
    unit, both ends are its own: a key of another unit's is not told."""

    def look(view: View) -> Hits:
        kinds = [
            f"coalesce({alias}.kind, CASE e.{file} WHEN 'incidents' THEN 'interactions'"
            " WHEN 'problem' THEN 'incidents' WHEN 'probsummary' THEN 'incidents' END)"
            for alias, file in (("s", "source_file"), ("d", "depend_file"))
        ]
        return view.hits(
            "SELECT e.source || '>' || e.depend, max(coalesce(s.hidden, 0), coalesce(d.hidden, 0))"
            " FROM assess_relation e LEFT JOIN assess_record s ON s.key = e.source"
            " LEFT JOIN assess_record d ON d.key = e.depend"
            f" WHERE {kinds[0]} = 'interactions' AND {kinds[1]} = 'incidents'"
            f" AND {_BOTH_OWN if not view.whole else _ONE_THERE}"
            f" AND {'' if twice else 'NOT '}EXISTS (SELECT 1 FROM assess_relation b"
            " WHERE b.source = e.depend AND b.depend = e.source)"
        )

    return look


def _unseen(view: View) -> Hits:
    return view.hits("SELECT key, hidden FROM assess_ticket WHERE unseen > 0")


def _stray(view: View) -> Hits:
    """Activities whose number is no record's, and those that have none."""
    number = view.column("activities", "number")
    kinds = ("interactions", "incidents", "requests", "changes", "problems", "tasks")
    there = " UNION ALL ".join(f"SELECT _key FROM {view.rows(kind)}" for kind in kinds)
    return view.hits(
        f"SELECT r._key, 0 FROM {view.rows('activities')} WHERE coalesce({number}, '') IN"
        f" (SELECT number FROM assess_history WHERE number NOT IN ({there}))"
    )


_family = partial(Family, Section.LINKS)
_RELATED = ("relations.source", "relations.depend", "interactions", "incidents")
FAMILIES = (
    _family(
        "relations_dead",
        Mender.HPSM,
        "tickets",
        ("relations.source", "relations.depend", "incidents|interactions"),
        _relations_dead,
    ),
    _family(
        "calls_several",
        Mender.PROJECT,
        "incidents",
        _RELATED,
        _several("incidents", "interactions"),
    ),
    _family(
        "incidents_several",
        Mender.UNIT_OWNER,
        "interactions",
        _RELATED,
        _several("interactions", "incidents"),
    ),
    _family("incidents_without_call", Mender.PROJECT, "incidents", _RELATED, _without_call),
    _family("relations_reversed", Mender.PROJECT, "relations", _RELATED, _directed(False)),
    _family("relations_twice", Mender.PROJECT, "relations", _RELATED, _directed(True)),
    _family(
        "history_unseen",
        Mender.PROJECT,
        "tickets",
        ("activities.visible", "activities.number"),
        _unseen,
    ),
    _family(
        "history_stray",
        Mender.HPSM,
        "activities",
        ("activities.number", "incidents|interactions"),
        _stray,
        whole=True,
    ),
)
