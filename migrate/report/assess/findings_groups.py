"""What is wrong with operator groups: names that do not fit, and groups that nobody works in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from migrate.report.assess.alike import alike_names
from migrate.report.assess.found import Family, Mender, Section, blank
from migrate.report.assess.slim_people import GONE_ALIASES
from migrate.report.assess.view import Hits, View

DORMANT_DAYS = 365
"""A group without a ticket opened or worked on for so long is dormant."""

_LISTED = "SELECT name FROM assess_group WHERE listed ORDER BY name"


def _names(view: View) -> list[str]:
    return [name for (name,) in view.select(_LISTED)]


def _long(view: View) -> Hits:
    limit = view.question.borrowed.name_length
    return view.found((name, 0) for name in _names(view) if len(name) > limit)


def _agree(view: View, key: Callable[[str], str]) -> Hits:
    """Groups that `key` makes the same; the label is the name that they then share."""
    same: dict[str, list[str]] = defaultdict(list)
    for name in _names(view):
        same[key(name)].append(name)
    return view.found(
        (name, 0, shared) for shared, names in same.items() if len(names) > 1 for name in names
    )


def _cut(view: View) -> Hits:
    limit = view.question.borrowed.name_length
    return _agree(view, lambda name: name[:limit])


def _tidied(view: View) -> Hits:
    borrowed = view.question.borrowed
    return _agree(view, lambda name: borrowed.tidy(name).casefold())


def _near(view: View) -> Hits:
    pairs = alike_names(_names(view), view.question.borrowed.spelled_out)
    return view.found(
        (name, 0, f"{one} ~ {other}") for one, other in pairs for name in (one, other)
    )


def _empty(view: View) -> Hits:
    """Without members, or with members who have all left."""
    return view.hits(
        "SELECT name, 0 FROM assess_group WHERE listed AND name NOT IN (SELECT m.grp"
        " FROM assess_member m JOIN assess_login o USING (login) WHERE NOT o.gone)"
    )


def _one_person(view: View) -> Hits:
    return view.hits("SELECT name, 0 FROM assess_group WHERE listed AND members = 1")


def _dormant(view: View) -> Hits:
    """With members, but without anything on their tickets."""
    return view.hits(
        "SELECT name, 0 FROM assess_group WHERE listed AND members > 0 AND name NOT IN"
        " (SELECT t.grp FROM assess_ticket t JOIN tickets s ON s.rowid = t.id"
        " WHERE t.grp IS NOT NULL AND (t.opened >= :since OR s.last_activity >= :since))",
        since=view.ago(DORMANT_DAYS),
    )


def _ownerless(view: View) -> Hits:
    """No manager, or one who has left."""
    manager = view.column("groups", "manager")
    return view.hits(
        f"SELECT g.name, 0 FROM assess_group g JOIN {view.rows('groups')} ON trim(r._key) = g.name"
        f" WHERE {blank(manager)}"
        f" OR folded({manager}) IN ({GONE_ALIASES})"
    )


def _member(where: str) -> Callable[[View], Hits]:
    return lambda view: view.hits(
        "SELECT m.grp || '|' || m.spelled, 0 FROM assess_member m"
        f" JOIN assess_login o USING (login) WHERE {where}"
    )


_family = partial(Family, Section.GROUPS)
_LEFT = "operators.inactive|operators.last_login|contacts.inactive"
FAMILIES = (
    _family("groups_long", Mender.UNIT_OWNER, "groups", ("groups",), _long, urgent=True),
    _family("groups_cut", Mender.UNIT_OWNER, "groups", ("groups",), _cut),
    _family("groups_tidied", Mender.UNIT_OWNER, "groups", ("groups",), _tidied, urgent=True),
    _family("groups_near", Mender.UNIT_OWNER, "groups", ("groups",), _near),
    _family("groups_empty", Mender.UNIT_OWNER, "groups", ("groups", "members.operator"), _empty),
    _family(
        "groups_one_person",
        Mender.UNIT_OWNER,
        "groups",
        ("groups", "members.operator"),
        _one_person,
    ),
    _family(
        "groups_dormant",
        Mender.UNIT_OWNER,
        "groups",
        (
            "groups",
            "members.operator",
            "incidents.assignment|interactions.assignment",
            "activities.time|incidents.open_time|interactions.open_time",
        ),
        _dormant,
    ),
    _family("groups_ownerless", Mender.UNIT_OWNER, "groups", ("groups.manager",), _ownerless),
    _family(
        "members_left",
        Mender.UNIT_OWNER,
        "members",
        ("members.operator", _LEFT),
        _member("o.gone"),
    ),
    _family(
        "members_unknown",
        Mender.HPSM,
        "members",
        ("members.operator", "operators"),
        _member("NOT o.known"),
    ),
    _family(
        "logins_spelled",
        Mender.PROJECT,
        "members",
        ("members.operator", "operators"),
        _member("o.known AND m.spelled <> trim(o.spelled)"),
    ),
)
