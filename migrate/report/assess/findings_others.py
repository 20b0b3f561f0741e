"""What is wrong with requests, changes, problems, tasks, catalogue items and standard texts; and
values of any kind that could not be read."""

from __future__ import annotations

from collections.abc import Callable

from migrate.records import SOURCE_KINDS
from migrate.report.assess.found import Family, Mender, Section
from migrate.report.assess.slim import OTHERS, TICKETS
from migrate.report.assess.view import Hits, View

_ENDS = {
    "requests": (("open_time", "close_time"),),
    "changes": (("open_time", "close_time"), ("planned_start", "planned_end")),
    "problems": (("open_time", "close_time"),),
    "tasks": (("open_time", "close_time"),),
    "knowledge": (("created", "expires"),),
}


def _of(view: View, kind: str, label: str, where: str) -> str:
    return (
        f"SELECT r._key, o.hidden, '{label}' FROM {view.rows(kind)}"
        f" JOIN assess_other o ON o.kind = '{kind}' AND o.key = r._key WHERE {where}"
    )


def _end_before_start(view: View) -> Hits:
    return view.hits(
        " UNION ALL ".join(
            _of(view, kind, kind, f"{view.column(kind, end)} < {view.column(kind, start)}")
            for kind, pairs in _ENDS.items()
            for start, end in pairs
        )
    )


def _group_unknown(view: View) -> Hits:
    """Groups are looked for in HPSM's whole list."""
    return view.hits(
        " UNION ALL ".join(
            _of(
                view,
                kind,
                kind,
                f"trim({view.column(kind, 'assignment')}) <> '' AND"
                f" trim({view.column(kind, 'assignment')}) NOT IN"
                f" (SELECT trim(_key) FROM {view.rows('groups', 'g')})",
            )
            for kind in ("catalogue", "texts", "requests", "changes", "problems", "tasks")
        )
    )


def _tasks_stray(view: View) -> Hits:
    parents = " UNION ALL ".join(
        f"SELECT _key FROM {view.rows(kind)}"
        for kind in ("requests", "changes", "problems", *TICKETS)
    )
    parent = view.column("tasks", "parent")
    return view.hits(
        _of(view, "tasks", "tasks", f"trim({parent}) <> '' AND trim({parent}) NOT IN ({parents})")
    )


def _empty(kind: str, field: str) -> Callable[[View], Hits]:
    return lambda view: view.hits(
        _of(view, kind, kind, f"trim(coalesce({view.column(kind, field)}, '')) = ''")
    )


def _unread(view: View) -> Hits:
    """Values that were kept as text beside nothing. Of everything, in all kinds; of a unit, in its
    tickets and what else is its own."""
    tables = dict.fromkeys(TICKETS, "assess_record") | dict.fromkeys(OTHERS, "assess_other")
    queries = []
    for kind in SOURCE_KINDS if view.whole else tables:
        join, hidden = "", "0"
        if kind in tables:
            join = f"JOIN {tables[kind]} o ON o.kind = '{kind}' AND o.key = r._key"
            hidden = "o.hidden"
        queries.append(
            f"SELECT {view.shown(kind)}, {hidden}, '{kind}.' || j.key FROM {view.rows(kind)}"
            f" {join} JOIN json_each(r._raw) j"
        )
    return view.hits(" UNION ALL ".join(queries))


S, M = Section.OTHERS, Mender
FAMILIES = (
    Family(
        *("values_unread", S, M.HPSM, "records"),
        ("incidents|interactions",),
        _unread,
    ),
    Family(
        *("others_end_before_start", S, M.HPSM, "records"),
        ("requests|changes|problems|tasks|knowledge",),
        _end_before_start,
    ),
    Family(
        *("others_group_unknown", S, M.UNIT_OWNER, "records"),
        ("groups", "catalogue|texts|requests|changes|problems|tasks"),
        _group_unknown,
        whole=True,
    ),
    Family(
        *("tasks_stray", S, M.HPSM, "tasks"),
        ("tasks.parent",),
        _tasks_stray,
    ),
    Family(*("texts_empty", S, M.UNIT_OWNER, "texts"), ("texts.text",), _empty("texts", "text")),
)
