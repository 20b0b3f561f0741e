"""What there is: records by kind, unit and year, and the groups with their volumes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas

from migrate.records import SOURCE_KINDS
from migrate.report.assess.view import View

NO_UNIT = ""
"""The key under which what belongs to no unit is counted."""

NO_YEAR = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """`kinds` are columns kind, total, first, last (years as text), of all kinds that were ever
    extracted. `volumes` is one row per unit, kind and year (NO_YEAR where a kind has no time):
    unit, kind, year, records. `groups` is one row per group: name, unit, hidden, members, tickets,
    open, last (time of the last activity). `tickets` is one row per unit and year of opening: unit,
    year, tickets, open. `types` counts activities by type. `contents` and `bytes` are the
    attachments' distinct contents and what they all weigh.
    """

    kinds: pandas.DataFrame
    volumes: pandas.DataFrame
    groups: pandas.DataFrame
    tickets: pandas.DataFrame
    types: pandas.DataFrame
    contents: int
    bytes: int


def take_inventory(view: View) -> Inventory:
    """The inventory of what the view's question asks for.

    A ticket's records belong to the unit that has its current group; further kinds to that of their
    group, knowledge and people to nobody's, since HPSM does not say whose they are. Activities and
    attachments go with their record.
    """
    volumes = _volumes(view)
    years = volumes[volumes["year"] != NO_YEAR].groupby("kind")["year"].agg(["min", "max"])
    totals = volumes.groupby("kind")["records"].sum()
    totals["operators"] = view.total("operators")  # one may be in several units
    kinds = pandas.DataFrame(
        {
            "kind": list(SOURCE_KINDS),
            "records": [int(totals.get(kind, 0)) for kind in SOURCE_KINDS],
            "first": [years["min"].get(kind, NO_YEAR) for kind in SOURCE_KINDS],
            "last": [years["max"].get(kind, NO_YEAR) for kind in SOURCE_KINDS],
        }
    )
    read = [kind for kind in SOURCE_KINDS if not view.missing(kind)[0]]
    if not view.whole:
        read = [kind for kind in read if kind in _OF_A_UNIT]
    return Inventory(
        kinds[kinds["kind"].isin(read)].reset_index(drop=True),
        volumes[volumes["kind"].isin(read)].reset_index(drop=True),
        _groups(view),
        view.frame(
            "SELECT coalesce(unit, '') AS unit, coalesce(substr(opened, 1, 4), '') AS year,"
            " count(*) AS tickets, sum(open) AS open FROM assess_ticket GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        _types(view),
        view.number("SELECT count(DISTINCT sha256) FROM assess_file"),
        view.number("SELECT sum(coalesce(content_size, size)) FROM assess_file"),
    )


_OF_A_UNIT = frozenset(SOURCE_KINDS) - {"departments", "locations", "contacts"}
"""The kinds that may belong to a unit."""


def _volumes(view: View) -> pandas.DataFrame:
    parts = [
        view.frame(sql)
        for sql in (
            "SELECT coalesce(unit, ''), kind, coalesce(substr(open_time, 1, 4), ''), count(*)"
            " FROM assess_record GROUP BY 1, 2, 3",
            "SELECT coalesce(r.unit, ''), 'activities', coalesce(h.year, ''), sum(h.events)"
            " FROM assess_history h LEFT JOIN"
            " (SELECT key, max(unit) AS unit FROM assess_record GROUP BY key) r"
            " ON r.key = h.number GROUP BY 1, 3",
            "SELECT coalesce(unit, ''), kind, coalesce(substr(opened, 1, 4), ''), count(*)"
            " FROM assess_other GROUP BY 1, 2, 3",
            "SELECT coalesce(unit, ''), 'attachments', coalesce(substr(sysmodtime, 1, 4), ''),"
            " count(*) FROM assess_file GROUP BY 1, 3",
            "SELECT coalesce(unit, ''), 'groups', '', count(*) FROM assess_group WHERE listed"
            " GROUP BY 1",
            "SELECT coalesce(g.unit, ''), 'members', '', count(*) FROM assess_member m"
            " JOIN assess_group g ON g.name = m.grp GROUP BY 1",
            _operators(view),
            _relations(view),
        )
    ]
    if view.whole:
        parts += [
            view.frame(f"SELECT '', '{kind}', '', count(*) FROM {view.rows(kind)}")
            for kind in ("departments", "locations", "contacts")
        ]
    names = ["unit", "kind", "year", "records"]
    found = pandas.concat([part.set_axis(names, axis=1) for part in parts], ignore_index=True)
    found["records"] = found["records"].fillna(0).astype("int64")
    found = found[found["records"] > 0]
    return found.groupby(names[:3], sort=True)["records"].sum().reset_index()


def _operators(view: View) -> str:
    """An operator counts in every unit that has him in a group, and once where none has."""
    homes = (
        "SELECT DISTINCT m.login, coalesce(g.unit, '') AS unit FROM assess_member m"
        " JOIN assess_group g ON g.name = m.grp"
    )
    return (
        "SELECT coalesce(h.unit, ''), 'operators', '', count(*) FROM assess_login o"
        f" LEFT JOIN ({homes}) h USING (login) WHERE o.own AND o.known GROUP BY 1"
    )


def _relations(view: View) -> str:
    """A relation belongs to the unit of its source, else to that of its other end."""
    home = "SELECT key, max(unit) AS unit FROM assess_record GROUP BY key"
    own = "" if view.whole else "WHERE coalesce(s.key, d.key) IS NOT NULL"
    return (
        "SELECT coalesce(s.unit, d.unit, ''), 'relations', '', count(*) FROM assess_relation r"
        f" LEFT JOIN ({home}) s ON s.key = r.source LEFT JOIN ({home}) d ON d.key = r.depend"
        f" {own} GROUP BY 1"
    )


def _groups(view: View) -> pandas.DataFrame:
    return view.frame(
        "SELECT g.name, coalesce(g.unit, '') AS unit, g.hidden, g.listed, g.members,"
        " count(t.id) AS tickets, coalesce(sum(t.open), 0) AS open,"
        " max(coalesce(s.last_activity, t.opened)) AS last FROM assess_group g"
        " LEFT JOIN assess_ticket t ON t.grp = g.name LEFT JOIN tickets s ON s.rowid = t.id"
        " GROUP BY g.name ORDER BY tickets DESC, g.name"
    )


def _types(view: View) -> pandas.DataFrame:
    kind = view.column("activities", "type")
    own = ""
    if not view.whole:
        number = view.column("activities", "number")
        own = f"WHERE {number} IN (SELECT key FROM assess_record)"
    return view.frame(
        f"SELECT coalesce(trim({kind}), '') AS type, count(*) AS activities"
        f" FROM {view.rows('activities')} {own} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
