"""What is wrong in the fields of tickets: status, hold, times, group, caller, assignee, title."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from migrate.report.assess.found import Family, Mender, Section, blank
from migrate.report.assess.view import Hits, View
from migrate.state.snapshot import json_list

STANDARD = frozenset(
    (
        *("open", "categorize", "assign", "accepted", "work in progress", "in progress"),
        *("dispatched", "callback", "pending customer", "pending vendor", "pending evidence"),
        *("pending vendor/supplier", "pending parent incident", "pending other"),
        *("pending approval", "suspended", "resolved", "reject", "closed", "canceled"),
    )
)
"""The vendor's own statuses of incidents and interactions (best practice 9.52 and 9.60), in lower
case: what is known where nobody has mapped any."""

_HOLD = re.compile("pending (?!approval)|suspended", re.IGNORECASE)
"""Which of them mean on hold. Other statuses are unknown, and are not guessed at."""

_TITLE = 80
"""Characters that TOPdesk's short description takes (incident API 4.2.6)."""

_TICKET = "SELECT r.ticket, r.hidden"


def on_hold(view: View) -> str:
    """The statuses that mean on hold, as a JSON list: what the mappings say, else the
    vendor's own."""
    state_of = view.question.state_of
    statuses = [
        status
        for (status,) in view.select("SELECT DISTINCT trim(status) FROM assess_record")
        if status
    ]
    if state_of is not None:
        return json_list(status for status in statuses if state_of(status) == "on_hold")
    return json_list(s for s in statuses if s.casefold() in STANDARD and _HOLD.match(s))


def _statuses(view: View) -> Hits:
    state_of = view.question.state_of
    unknown = [
        status
        for (status,) in view.select("SELECT DISTINCT trim(status) FROM assess_record")
        if status and (state_of(status) is None if state_of else status.casefold() not in STANDARD)
    ]
    return view.hits(
        f"{_TICKET}, trim(r.status) FROM assess_record r"
        " WHERE trim(r.status) IN (SELECT value FROM json_each(:unknown))",
        unknown=json_list(unknown),
    )


def _hold_without(field: str) -> Callable[[View], Hits]:
    def look(view: View) -> Hits:
        return view.hits(
            f"{_TICKET}, trim(r.status) FROM assess_record r WHERE r.kind = 'incidents'"
            " AND trim(r.status) IN (SELECT value FROM json_each(:holds))"
            f" AND {blank(f'r.{field}')}",
            holds=on_hold(view),
        )

    return look


def _without_group(still_open: bool) -> Callable[[View], Hits]:
    def look(view: View) -> Hits:
        return view.hits(
            "SELECT t.key, t.hidden FROM assess_ticket t JOIN tickets s ON s.rowid = t.id"
            f" WHERE s.assignment IS NULL AND t.open = {int(still_open)}"
        )

    return look


def _end_before_start(view: View) -> Hits:
    return view.hits(
        " UNION ALL ".join(
            f"SELECT r.key, r.hidden, '{name}' FROM assess_record r WHERE r.{name} < r.open_time"
            for name in ("close_time", "resolved_time")
        )
    )


def _future(view: View) -> Hits:
    names = ("open_time", "update_time", "resolved_time", "close_time", "reopen_time")
    return view.hits(
        " UNION ALL ".join(
            f"SELECT r.key, r.hidden, '{name}' FROM assess_record r WHERE r.{name} > :latest"
            for name in names
        ),
        latest=view.ago(-1),
    )


def _titles_long(view: View) -> Hits:
    clean = view.question.borrowed.clean
    return view.found(
        (key, hidden)
        for key, hidden, title in view.select(
            f"{_TICKET}, r.title FROM assess_record r WHERE length(r.title) > {_TITLE}"
        )
        if len(" ".join(clean(title).split())) > _TITLE
    )


def _looks_for(sql: str) -> Callable[[View], Hits]:
    return lambda view: view.hits(sql)


_BLANKS = " OR ".join(
    f"r.{name} <> trim(r.{name})" for name in ("contact_name", "assignment", "assignee", "owner")
)
_WORKS = "folded(coalesce(nullif(trim(r.assignee), ''), r.owner))"
_ASSIGNEE = (
    f"{_TICKET} FROM assess_record r LEFT JOIN assess_alias a ON a.alias = {_WORKS}"
    " LEFT JOIN assess_login o ON o.login = a.login"
    f" WHERE r.close_time IS NULL AND {_WORKS} <> '' AND "
)

_family = partial(Family, Section.TICKETS)
_WORKER = "incidents.assignee|interactions.owner"
_ENDS = "incidents.close_time|interactions.close_time"
FAMILIES = (
    _family(
        "statuses_unknown",
        Mender.PROJECT,
        "tickets",
        ("incidents.status|interactions.status",),
        _statuses,
        urgent=True,
    ),
    _family(
        "hold_without_reason",
        Mender.UNIT_OWNER,
        "tickets",
        ("incidents.status", "incidents.pending_code"),
        _hold_without("pending_code"),
        urgent=True,
    ),
    _family(
        "hold_without_date",
        Mender.UNIT_OWNER,
        "tickets",
        ("incidents.status", "incidents.pending_until"),
        _hold_without("pending_until"),
    ),
    _family(
        "open_without_group",
        Mender.UNIT_OWNER,
        "open_tickets",
        ("incidents.assignment|interactions.assignment", _ENDS),
        _without_group(True),
        urgent=True,
    ),
    _family(
        "closed_without_group",
        Mender.PROJECT,
        "tickets",
        ("incidents.assignment|interactions.assignment", _ENDS),
        _without_group(False),
    ),
    _family(
        "group_unknown",
        Mender.HPSM,
        "tickets",
        ("groups", "incidents.assignment|interactions.assignment"),
        _looks_for(
            f"{_TICKET}, trim(r.assignment) FROM assess_record r WHERE trim(r.assignment) <> ''"
            " AND NOT EXISTS (SELECT 1 FROM assess_group g"
            " WHERE g.listed AND g.name = trim(r.assignment))"
        ),
        whole=True,
    ),
    _family(
        "assignee_left",
        Mender.UNIT_OWNER,
        "open_tickets",
        ("operators.inactive|operators.last_login|contacts.inactive", _WORKER, _ENDS),
        _looks_for(f"{_ASSIGNEE} o.gone"),
        urgent=True,
    ),
    _family(
        "assignee_unknown",
        Mender.UNIT_OWNER,
        "open_tickets",
        ("operators", _WORKER, _ENDS),
        _looks_for(f"{_ASSIGNEE} NOT coalesce(o.known, 0)"),
    ),
    _family(
        "caller_left",
        Mender.UNIT_OWNER,
        "open_tickets",
        ("contacts.inactive", "incidents.contact_name|interactions.contact_name", _ENDS),
        _looks_for(
            f"{_TICKET} FROM assess_record r JOIN assess_contact c"
            " ON c.contact = folded(r.contact_name) WHERE c.gone AND r.open"
        ),
    ),
    _family(
        "caller_unknown",
        Mender.DIRECTORY,
        "tickets",
        ("contacts", "incidents.contact_name|interactions.contact_name"),
        _looks_for(
            f"{_TICKET} FROM assess_record r LEFT JOIN assess_contact c"
            " ON c.contact = folded(r.contact_name)"
            " WHERE trim(r.contact_name) <> '' AND c.contact IS NULL"
        ),
    ),
    _family(
        "end_before_start",
        Mender.HPSM,
        "records",
        ("incidents.open_time|interactions.open_time", _ENDS),
        _end_before_start,
    ),
    _family(
        "future_times",
        Mender.HPSM,
        "records",
        ("incidents.open_time|interactions.open_time",),
        _future,
    ),
    _family(
        "priorities_mixed",
        Mender.PROJECT,
        "records",
        ("incidents.priority|interactions.priority",),
        _looks_for(
            "SELECT r.key, r.hidden FROM assess_record r"
            " WHERE trim(r.priority) <> '' AND NOT trim(r.priority) GLOB '[0-9]'"
        ),
    ),
    _family(
        "numbers_odd",
        Mender.PROJECT,
        "records",
        ("incidents|interactions",),
        _looks_for(
            "SELECT r.key, r.hidden FROM assess_record r"
            " WHERE r.key GLOB '*[^A-Za-z0-9._-]*' OR length(r.key) > 60"
        ),
    ),
    _family(
        "blanks_around",
        Mender.HPSM,
        "tickets",
        ("incidents.contact_name|interactions.contact_name",),
        _looks_for(f"{_TICKET} FROM assess_record r WHERE {_BLANKS}"),
    ),
    _family(
        "titles_empty",
        Mender.UNIT_OWNER,
        "tickets",
        ("incidents.title|interactions.title",),
        lambda view: view.hits(
            f"{_TICKET} FROM assess_record r WHERE {blank('r.title')}"
            f" AND r.kind IN {view.ticket_kinds('title')}"
        ),
    ),
    _family(
        "titles_long",
        Mender.PROJECT,
        "tickets",
        ("incidents.title|interactions.title",),
        _titles_long,
    ),
)
