"""What an operator may do and see: permission groups and filters (supporting files 2.7.11).

TOPdesk's API links them to operators; making them is an administrator's work.
"""

from __future__ import annotations

from migrate.load.http import Http, Reply
from migrate.load.topdesk.paging import part, records

_OPERATORS = "/tas/api/operators"
_THERE = {
    "permission_group": "/tas/api/permissiongroups",
    **{
        f"{name}_filter": f"{_OPERATORS}/filters/{name}"
        for name in ("branch", "category", "operator")
    },
}
_OF = {
    "permission_group": "permissiongroups",
    **{f"{name}_filter": f"filters/{name}" for name in ("branch", "category", "operator")},
}


def there(http: Http, what: str) -> dict[str, str]:
    """All of one sort (`permission_group`, `branch_filter`, `category_filter`, `operator_filter`),
    name → id; of two with one name the first."""
    found: dict[str, str] = {}
    for row in records(http.read(_THERE[what]), _THERE[what]):
        found.setdefault(str(row.get("name") or ""), str(row["id"]))
    return found


def of(http: Http, operator_id: str, what: str) -> frozenset[str]:
    """The ids of those of one sort that an operator has."""
    path = _path(operator_id, what)
    return frozenset(str(row["id"]) for row in records(http.read(path), path))


def link(http: Http, operator_id: str, what: str, id: str) -> Reply:
    """Give an operator one of them: 204, also where they have it already."""
    return http.send("POST", _path(operator_id, what), [{"id": id}])


def _path(operator_id: str, what: str) -> str:
    return f"{_OPERATORS}/id/{part(operator_id)}/{_OF[what]}"
