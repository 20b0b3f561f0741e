"""What is wrong with requests, changes, problems, tasks, catalogue items and standard texts; and
values of any kind that could not be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lxml import etree

from migrate.records import SOURCE_KINDS
from migrate.report.assess.found import Family, Mender, Section, blank
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


def _without_line(view: View) -> Hits:
    parent = view.column("tasks", "parent", "t")
    lines = f"SELECT trim({parent}) FROM {view.rows('tasks', 't')} WHERE {parent} IS NOT NULL"
    return view.hits(_of(view, "requests", "requests", f"r._key NOT IN ({lines})"))


def _requestor_unknown(view: View) -> Hits:
    return view.hits(
        " UNION ALL ".join(
            _of(
                view,
                kind,
                kind,
                f"NOT {blank(view.column(kind, 'contact_name'))} AND"
                f" folded({view.column(kind, 'contact_name')}) NOT IN"
                " (SELECT contact FROM assess_contact)",
            )
            for kind in ("requests", "changes")
        )
    )


def _options_broken(view: View) -> Hits:
    options = view.column("catalogue", "options")
    return view.found(
        (key, hidden)
        for key, hidden, text in view.select(
            f"SELECT r._key, o.hidden, {options} FROM {view.rows('catalogue')}"
            " JOIN assess_other o ON o.kind = 'catalogue' AND o.key = r._key"
            f" WHERE NOT {blank(options)}"
        )
        if not _well_formed(text)
    )


def _well_formed(text: str) -> bool:
    try:
        etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return False
    return True


def _empty(kind: str, field: str) -> Callable[[View], Hits]:
    return lambda view: view.hits(_of(view, kind, kind, blank(view.column(kind, field))))


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


_family = partial(Family, Section.OTHERS)
FAMILIES = (
    _family(
        "values_unread",
        Mender.HPSM,
        "records",
        ("incidents|interactions",),
        _unread,
    ),
    _family(
        "others_end_before_start",
        Mender.HPSM,
        "records",
        ("requests|changes|problems|tasks|knowledge",),
        _end_before_start,
    ),
    _family(
        "others_group_unknown",
        Mender.UNIT_OWNER,
        "records",
        ("groups", "catalogue|texts|requests|changes|problems|tasks"),
        _group_unknown,
        whole=True,
    ),
    _family(
        "tasks_stray",
        Mender.HPSM,
        "tasks",
        ("tasks.parent",),
        _tasks_stray,
    ),
    _family(
        "requests_without_line",
        Mender.UNIT_OWNER,
        "requests",
        ("requests", "tasks.parent"),
        _without_line,
    ),
    _family(
        "requestor_unknown",
        Mender.DIRECTORY,
        "records",
        ("contacts", "requests.contact_name|changes.contact_name"),
        _requestor_unknown,
    ),
    _family(
        "catalogue_inactive",
        Mender.UNIT_OWNER,
        "catalogue",
        ("catalogue.active",),
        lambda view: view.hits(
            _of(view, "catalogue", "catalogue", f"{view.column('catalogue', 'active')} = 0")
        ),
    ),
    _family(
        "catalogue_options_broken",
        Mender.HPSM,
        "catalogue",
        ("catalogue.options",),
        _options_broken,
    ),
    _family("texts_empty", Mender.UNIT_OWNER, "texts", ("texts.text",), _empty("texts", "text")),
)
