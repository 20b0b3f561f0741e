"""Slim temporary tables of what is asked, so that every look need not read whole tickets again.

Tickets with their texts are most of a snapshot; everything but their texts is a twentieth of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.report.assess import slim_people
from migrate.report.assess.slim_people import OWN_ALIASES

if TYPE_CHECKING:
    from migrate.report.assess.view import View

TICKETS = ("interactions", "incidents")
"""The kinds that a ticket is made of: calls (SD) and work (IM)."""

OTHERS = ("requests", "changes", "problems", "tasks", "catalogue", "texts", "knowledge")
"""Further kinds that belong to a unit: by their group, knowledge by its owner."""

FIELDS = (
    "status",
    "assignment",
    "contact_name",
    "assignee",
    "owner",
    "priority",
    "title",
    "open_time",
    "update_time",
    "close_time",
    "resolved_time",
    "reopen_time",
    "pending_code",
    "pending_until",
    "first_call",
    "handle_time",
)
"""What the slim table has of interactions and incidents; NULL where the snapshot lacks it."""

REASSIGNED = ("assignment group change", "reassigned", "reassignment", "re-assigned")
"""Activity types by which a ticket goes from one group to another, in lower case. The vendor's
types and those that installations made up, as in HPSM reports and a bank's log."""

REOPENED = ("reopened", "reopen")

NO_RESPONSE = (
    "open",
    "opened",
    "initial assignment group",
    "attachment added",
    "attachment deleted",
    "update-from-customer",
    "update from customer",
    "related-change",
    "alert stage 1",
    "alert stage 2",
    "alert stage 3",
    "deadline alert",
)
"""Activity types that are no reaction of a case worker: what callers and HPSM itself do."""

TOTALS = {
    "tickets": "SELECT count(*) FROM assess_ticket",
    "open_tickets": "SELECT count(*) FROM assess_ticket WHERE open",
    "records": "SELECT count(*) FROM assess_record",
    "incidents": "SELECT count(*) FROM assess_record WHERE kind = 'incidents'",
    "interactions": "SELECT count(*) FROM assess_record WHERE kind = 'interactions'",
    "groups": "SELECT count(*) FROM assess_group WHERE listed",
    "members": "SELECT count(*) FROM assess_member",
    "operators": "SELECT count(*) FROM assess_login WHERE own AND known",
    "contacts": "SELECT count(*) FROM assess_contact WHERE own",
    "files": "SELECT count(*) FROM assess_file",
    **{kind: f"SELECT count(*) FROM assess_other WHERE kind = '{kind}'" for kind in OTHERS},
}
"""What a finding counts → how many of it are asked for."""


def build(view: View) -> None:
    """Make every slim table of the view's question, and an empty one for hits."""
    view.connection.execute(
        "CREATE TEMP TABLE assess_hit (key TEXT, hidden INTEGER DEFAULT 0, label TEXT)"
    )
    slim_people.build(view)
    _records(view)
    _relations(view)
    _history(view)
    _tickets(view)
    _others(view)
    _files(view)


def _records(view: View) -> None:
    """`assess_record`: one row per interaction and incident. `id` and `ticket` are the ticket it
    belongs to, `grp` that ticket's current group as a load sees it."""
    execute = view.connection.execute
    execute(
        "CREATE TEMP TABLE assess_record (kind TEXT, key TEXT, id INTEGER, ticket TEXT, grp TEXT,"
        f" unit TEXT, hidden INTEGER, open INTEGER, {', '.join(FIELDS)})"
    )
    tickets = {
        "incidents": "JOIN tickets t ON t.incident = r._key",
        "interactions": (
            "LEFT JOIN pairs p ON p.interaction = r._key"
            " JOIN tickets t ON t.key = coalesce(p.incident, r._key)"
            " AND (t.incident IS NULL) = (p.incident IS NULL)"
        ),
    }
    group = "coalesce(trim(t.assignment), d.grp)"
    for kind, join in tickets.items():
        fields = ", ".join(view.column(kind, name) for name in FIELDS)
        execute(
            f"INSERT INTO assess_record SELECT '{kind}', r._key, t.rowid, t.key, {group}, g.unit,"
            " coalesce(g.hidden, 0) OR h.name IS NOT NULL, t.open,"
            f" {fields} FROM {view.rows(kind)} {join}"
            " LEFT JOIN assess_default d ON d.service = trim(t.service)"
            f" {'LEFT ' if view.whole else ''}JOIN assess_group g ON g.name = {group}"
            " LEFT JOIN assess_hidden h"
            f" ON h.name = trim({view.column(kind, 'assignment')})"
        )
    execute("CREATE INDEX temp.assess_record_key ON assess_record (key)")
    for kind in tickets:
        for field in view.question.marks:
            execute(
                "UPDATE assess_record SET hidden = 1 WHERE id IN (SELECT a.id FROM assess_record a"
                f" JOIN {view.rows(kind)} ON r._key = a.key WHERE a.kind = '{kind}'"
                f" AND marked(?, {view.column(kind, field)}))",
                (field,),
            )

    _beside(view)


def _beside(view: View) -> None:
    """Also hidden is work that came of a call which is hidden, and belongs to another ticket."""
    shields = [
        f"trim({view.column('interactions', 'assignment')}) IN (SELECT name FROM assess_hidden)"
    ]
    fields = list(view.question.marks)
    shields += (f"marked(?, {view.column('interactions', field)})" for field in fields)
    view.connection.execute(
        "UPDATE assess_record SET hidden = 1 WHERE kind = 'incidents' AND key IN (SELECT b.member"
        f" FROM beside b JOIN {view.rows('interactions')} ON r._key = b.call"
        f" WHERE {' OR '.join(shields)})",
        fields,
    )


def _relations(view: View) -> None:
    """`assess_relation`: every relation as it is; `assess_end`: each from either end, once, as the
    file that it names for the other end."""
    names = ("source", "depend", "source_file", "depend_file")
    source, depend, *files = (f"trim({view.column('relations', name)})" for name in names)
    execute = view.connection.execute
    execute(
        "CREATE TEMP TABLE assess_relation AS"
        f" SELECT {source} AS source, {depend} AS depend, {files[0]} AS source_file,"
        f" {files[1]} AS depend_file FROM {view.rows('relations')}"
    )
    execute("CREATE INDEX temp.assess_relation_ends ON assess_relation (source, depend)")
    execute(
        "CREATE TEMP TABLE assess_end AS"
        " SELECT source AS one, depend AS other, depend_file AS file FROM assess_relation"
        " UNION SELECT depend, source, source_file FROM assess_relation"
    )
    execute("CREATE INDEX temp.assess_end_one ON assess_end (one)")


def _history(view: View) -> None:
    """`assess_history`: per record and year, how many activities, by what they tell."""
    kind = view.column("activities", "type", "a")
    time = view.column("activities", "time", "a")
    number = view.column("activities", "number", "a")
    unseen = view.column("activities", "visible", "a")

    def of(types: tuple[str, ...]) -> str:
        return ", ".join(f"'{name}'" for name in types)

    rows = view.rows("activities", "a")
    source = (
        rows
        if view.whole
        else f"(SELECT DISTINCT key FROM assess_record) o CROSS JOIN activities a"
        f" ON {number} = o.key AND a.until_run IS NULL"
    )
    view.connection.execute(
        f"CREATE TEMP TABLE assess_history AS SELECT coalesce({number}, '') AS number,"
        f" substr({time}, 1, 4) AS year, count(*) AS events,"
        f" sum(lower(trim({kind})) IN ({of(REASSIGNED)})) AS reassigned,"
        f" sum(lower(trim({kind})) IN ({of(REOPENED)})) AS reopened,"
        f" min(CASE WHEN lower(trim({kind})) NOT IN ({of(NO_RESPONSE)}) THEN {time} END)"
        f" AS response, sum({unseen} IS NULL) AS unseen"
        f" FROM {source} GROUP BY 1, 2"
    )
    view.connection.execute("CREATE INDEX temp.assess_history_number ON assess_history (number)")


def _tickets(view: View) -> None:
    """`assess_ticket`: one row per ticket, an interaction with its incident. `ended` is when it was
    solved, else closed; `response` the first reaction of a case worker."""
    view.connection.execute(
        """
        CREATE TEMP TABLE assess_ticket AS
        SELECT r.id, r.ticket AS key, max(r.grp) AS grp, max(r.unit) AS unit,
            max(r.hidden) AS hidden, max(r.open) AS open, min(r.open_time) AS opened,
            max(r.kind = 'incidents') AS escalated, sum(r.kind = 'interactions') AS calls,
            coalesce(max(CASE WHEN r.kind = 'incidents' THEN
                coalesce(r.resolved_time, r.close_time) END),
                CASE WHEN max(r.kind = 'incidents') THEN NULL ELSE max(r.close_time) END) AS ended,
            max(r.first_call) AS first_call, max(r.reopen_time) AS reopen_time,
            sum(h.events) AS events, coalesce(sum(h.reassigned), 0) AS reassigned,
            coalesce(sum(h.reopened), 0) AS reopened, min(h.response) AS response,
            sum(h.unseen) AS unseen
        FROM assess_record r LEFT JOIN (
            SELECT number, sum(events) AS events, sum(reassigned) AS reassigned,
                sum(reopened) AS reopened, min(response) AS response, sum(unseen) AS unseen
            FROM assess_history GROUP BY number) h ON h.number = r.key
        GROUP BY r.id
        """
    )


def _others(view: View) -> None:
    """`assess_other`: records of the further kinds, with group, unit, and when they began."""
    execute = view.connection.execute
    execute(
        "CREATE TEMP TABLE assess_other (kind TEXT, key TEXT, grp TEXT, unit TEXT, hidden INTEGER,"
        " opened TEXT, closed TEXT)"
    )
    began = {"knowledge": "created", "catalogue": "sysmodtime", "texts": "sysmodtime"}
    join = "LEFT JOIN" if view.whole else "JOIN"
    for kind in OTHERS[:-1]:
        opened = view.column(kind, began.get(kind, "open_time"))
        execute(
            f"INSERT INTO assess_other SELECT '{kind}', r._key, g.name, g.unit,"
            f" coalesce(g.hidden, 0), {opened}, {view.column(kind, 'close_time')}"
            f" FROM {view.rows(kind)} {join} assess_group g"
            f" ON g.name = trim({view.column(kind, 'assignment')})"
        )
    owner = f"folded({view.column('knowledge', 'owner')})"
    mine = "" if view.whole else f"WHERE {owner} IN ({OWN_ALIASES})"
    execute(
        f"INSERT INTO assess_other SELECT 'knowledge', r._key, NULL, NULL, 0,"
        f" {view.column('knowledge', 'created')}, NULL FROM {view.rows('knowledge')} {mine}"
    )
    execute("CREATE INDEX temp.assess_other_key ON assess_other (key)")


def _files(view: View) -> None:
    """`assess_file`: attachments of the records that are asked for; `stray`: of no record."""
    topic = view.column("attachments", "topic")
    fields = ("filename", "mime_type", "size", "content_size", "sha256", "broken", "sysmodtime")
    select = ", ".join(f"{view.column('attachments', name)} AS {name}" for name in fields)
    home = (
        "SELECT key, ticket, unit, hidden FROM assess_record"
        " UNION ALL SELECT key, key, unit, hidden FROM assess_other"
    )
    view.connection.execute(
        "CREATE TEMP TABLE assess_file AS SELECT r._key AS key, min(h.ticket) AS ticket,"
        f" max(h.unit) AS unit, coalesce(max(h.hidden), 0) AS hidden,"
        f" max(h.key) IS NULL AS stray, {topic} AS topic, {select}"
        f" FROM {view.rows('attachments')} {'LEFT ' if view.whole else ''}JOIN ({home}) h"
        f" ON h.key = {topic} GROUP BY r._key"
    )
