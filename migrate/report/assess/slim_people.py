"""The slim tables of groups, their members, and who has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.state.snapshot import json_list

if TYPE_CHECKING:
    from migrate.report.assess.view import View

GONE_DAYS = 365
"""An operator who has not logged in for so long has left, whatever the flag says."""

OWN_ALIASES = "SELECT alias FROM assess_alias JOIN assess_login USING (login) WHERE own"
GONE_ALIASES = (
    "SELECT alias FROM assess_alias JOIN assess_login USING (login) WHERE gone"
    " UNION SELECT contact FROM assess_contact WHERE gone"
)
"""Everything that the operators asked for are called, and that people who have left are called."""


def build(view: View) -> None:
    """Make the tables of groups and people; those of tickets need them."""
    _groups(view)
    _people(view)
    _aliases(view)
    _contacts(view)


def _groups(view: View) -> None:
    """`assess_group`: the groups that are asked for; `listed` in HPSM's list of groups, `members`
    are the logins in them, which `assess_member` has one by one."""
    question, execute = view.question, view.connection.execute
    execute("CREATE TEMP TABLE assess_hidden (name TEXT PRIMARY KEY) WITHOUT ROWID")
    execute(
        "INSERT INTO assess_hidden SELECT value FROM json_each(?)",
        (json_list(sorted(question.hidden)),),
    )
    execute("CREATE TEMP TABLE assess_default (service TEXT PRIMARY KEY, grp TEXT) WITHOUT ROWID")
    view.connection.executemany(
        "INSERT INTO assess_default VALUES (?, ?)", sorted(question.default_groups.items())
    )
    execute(
        "CREATE TEMP TABLE assess_group (name TEXT PRIMARY KEY, unit TEXT, hidden INTEGER,"
        " listed INTEGER, members INTEGER DEFAULT 0) WITHOUT ROWID"
    )
    listed = {name for (name,) in view.select(f"SELECT trim(_key) FROM {view.rows('groups')}")}
    member = f"trim({view.column('members', 'group')})"
    named = {
        name
        for (name,) in view.select(
            f"SELECT {member} FROM {view.rows('members')} UNION"
            " SELECT trim(assignment) FROM tickets UNION SELECT grp FROM assess_default"
        )
        if name
    }
    asked = listed | named
    if question.unit is not None:
        asked &= question.unit.groups
    units = question.unit_of()
    view.connection.executemany(
        "INSERT INTO assess_group (name, unit, hidden, listed) VALUES (?, ?, ?, ?)",
        [(name, units.get(name), name in question.hidden, name in listed) for name in asked],
    )
    login = view.column("members", "operator")
    execute("CREATE TEMP TABLE assess_member (grp TEXT, spelled TEXT, login TEXT)")
    execute(
        f"INSERT INTO assess_member SELECT g.name, trim({login}), folded({login})"
        f" FROM {view.rows('members')} JOIN assess_group g ON g.name = {member}"
        f" WHERE trim({login}) <> ''"
    )
    execute(
        "UPDATE assess_group SET members ="
        " (SELECT count(DISTINCT login) FROM assess_member WHERE grp = name)"
    )


def _people(view: View) -> None:
    """`assess_login`: every operator, and every login that stands in a group (`known` 0 where no
    operator has it); whether they have left (`gone`) and are asked for (`own`)."""
    execute = view.connection.execute
    contact, operator = view.rows("contacts", "c"), view.rows("operators", "o")
    user = _users(view)
    flagged = view.column("contacts", "inactive", "c")
    execute(
        "CREATE TEMP TABLE assess_login (login TEXT PRIMARY KEY, spelled TEXT, known INTEGER,"
        " gone INTEGER, own INTEGER) WITHOUT ROWID"
    )
    execute("CREATE TEMP TABLE assess_away (login TEXT PRIMARY KEY) WITHOUT ROWID")
    for name in user:
        execute(
            f"INSERT OR IGNORE INTO assess_away SELECT {name} FROM {contact}"
            f" WHERE {flagged} = 1 AND {name} <> ''"
        )
    execute(
        "INSERT OR IGNORE INTO assess_login SELECT folded(o._key), o._key, 1,"
        f" coalesce({view.column('operators', 'inactive', 'o')}, 0) = 1"
        f" OR coalesce({view.column('operators', 'last_login', 'o')} < ?, 0)"
        " OR folded(o._key) IN (SELECT login FROM assess_away), 0"
        f" FROM {operator}",
        (view.ago(GONE_DAYS),),
    )
    execute(
        "INSERT OR IGNORE INTO assess_login"
        " SELECT login, min(spelled), 0, 0, 1 FROM assess_member GROUP BY login"
    )
    execute(
        "UPDATE assess_login SET own = 1"
        + ("" if view.whole else " WHERE login IN (SELECT login FROM assess_member)")
    )


def _aliases(view: View) -> None:
    """`assess_alias`: what a field may call an operator → login. The login first; installations
    also write the contact's key, or the full name, which says who is meant if one has it."""
    execute, operators = view.connection.execute, view.rows("operators", "o")
    execute("CREATE TEMP TABLE assess_alias (alias TEXT PRIMARY KEY, login TEXT) WITHOUT ROWID")
    execute("INSERT INTO assess_alias SELECT login, login FROM assess_login")
    for field in ("contact_name", "full_name"):
        alias = f"folded({view.column('operators', field, 'o')})"
        execute(
            f"INSERT OR IGNORE INTO assess_alias SELECT {alias}, min(folded(o._key))"
            f" FROM {operators} WHERE {alias} <> '' GROUP BY 1 HAVING count(*) = 1"
        )


def _contacts(view: View) -> None:
    """`assess_contact`: as `assess_login`, by contact key. A contact has left, and is asked for,
    with the operator whose login it names."""
    execute = view.connection.execute
    contact = view.rows("contacts", "c")
    flagged = view.column("contacts", "inactive", "c")
    execute(
        "CREATE TEMP TABLE assess_contact"
        " (contact TEXT PRIMARY KEY, gone INTEGER, own INTEGER) WITHOUT ROWID"
    )
    execute(
        "INSERT OR IGNORE INTO assess_contact SELECT folded(c._key),"
        f" coalesce({flagged}, 0) = 1 OR coalesce(max(o.gone), 0),"
        f" {1 if view.whole else 'coalesce(max(o.own), 0)'}"
        f" FROM {contact} LEFT JOIN assess_login o"
        f" ON o.known AND o.login <> '' AND o.login IN ({', '.join(_users(view))}) GROUP BY c._key"
    )


def _users(view: View) -> list[str]:
    """The logins that a contact names, in SQL."""
    return [f"folded({view.column('contacts', name, 'c')})" for name in ("user_id", "operator_id")]
