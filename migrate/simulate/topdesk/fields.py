"""Field tables and the checks compiled from them.

A table is field name → check; a check takes the value and the field's path and returns the value as
it is stored, or raises `Refused` with TOPdesk's text. Nothing is looked up here: whether an id
exists is the business of the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from migrate.simulate.topdesk import dates

Check = Callable[[Any, str], Any]
Table = Mapping[str, Check]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Refused(Exception):
    """TOPdesk says no. `code` and `field` are used by the families that answer with error codes."""

    def __init__(
        self, status: int, message: str, code: str = "invalid_value", field: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.field = field


def unparsable(path: str) -> Refused:
    return Refused(
        400, f'The value for the field "{path}" cannot be parsed', "value_not_parsable", path
    )


def not_found(path: str, status: int = 400) -> Refused:
    return Refused(
        status, f'The value for the field "{path}" cannot be found.', "value_not_found", path
    )


def missing(path: str) -> Refused:
    return Refused(400, f"Mandatory field '{path}' is missing.", "value_mandatory", path)


def unknown(path: str) -> Refused:
    return Refused(400, f'The field "{path}" does not exist.', "field_does_not_exist", path)


def too_long(path: str, limit: int) -> Refused:
    return Refused(
        400,
        f'The value for the field "{path}" can only be {limit} characters long.',
        "value_too_long",
        path,
    )


def is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def text(limit: int | None = None, email: bool = False) -> Check:
    def check(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise unparsable(path)
        if limit is not None and len(value) > limit:
            raise too_long(path, limit)
        if email and value and not _EMAIL.fullmatch(value):
            raise unparsable(path)
        return value

    return check


def one_of(*values: str) -> Check:
    def check(value: Any, path: str) -> str:
        if value not in values:
            raise unparsable(path)
        return str(value)

    return check


def flag(value: Any, path: str) -> bool:
    """A boolean; the incident API's own examples write it as a string too."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise unparsable(path)


def boolean(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise unparsable(path)
    return value


def number(value: Any, path: str) -> float | int:
    """A number; the incident API's own example writes costs as a string."""
    if isinstance(value, bool):
        raise unparsable(path)
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise unparsable(path) from None


def date(value: Any, path: str) -> str:
    try:
        return dates.read(value)
    except (TypeError, ValueError):
        raise unparsable(path) from None


def uuid(value: Any, path: str) -> str:
    if not is_uuid(value):
        raise unparsable(path)
    return str(value).lower()


def link(value: Any, path: str) -> str:
    """A reference `{"id": …}` and nothing else, stored as the id."""
    if not isinstance(value, dict):
        raise unparsable(path)
    for name in value:
        if name != "id":
            raise unknown(f"{path}.{name}")
    if "id" not in value:
        raise missing(f"{path}.id")
    return uuid(value["id"], f"{path}.id")


@dataclass(frozen=True, slots=True)
class Choice:
    """A reference by exactly one of its keys, such as `id` or `name`."""

    key: str
    value: str


def choice(*keys: str) -> Check:
    """A reference by exactly one of `keys`; both at once is an error (incident API 4.2.6,
    `subcategory`)."""

    def check(value: Any, path: str) -> Choice:
        if not isinstance(value, dict):
            raise unparsable(path)
        for name in value:
            if name not in keys:
                raise unknown(f"{path}.{name}")
        given = [(name, entry) for name, entry in value.items() if entry is not None]
        if len(given) != 1:
            raise Refused(
                400, f'The field "{path}" needs exactly one of: {", ".join(keys)}.', field=path
            )
        name, entry = given[0]
        if name == "id":
            return Choice(name, uuid(entry, f"{path}.id"))
        if not isinstance(entry, str):
            raise unparsable(f"{path}.{name}")
        return Choice(name, entry)

    return check


_any_key = choice("id", "name", "code")


def absent(value: Any, path: str) -> Any:
    """A reference into a list that this service desk leaves empty: nothing can be found in it."""
    _any_key(value, path)
    raise not_found(path)


def nested(table: Table, required: Iterable[str] = ()) -> Check:
    needed = tuple(required)

    def check(value: Any, path: str) -> dict[str, Any]:
        return validate(table, value, needed, f"{path}.")

    return check


def anything(value: Any, path: str) -> Any:
    """Taken as it is: a field that this service desk never fills."""
    return value


def validate(
    table: Table, body: Any, required: Iterable[str] = (), prefix: str = ""
) -> dict[str, Any]:
    """The body with every field checked; null stays None. Raises Refused."""
    if not isinstance(body, dict):
        raise unparsable(prefix.rstrip(".") or "body")
    checked: dict[str, Any] = {}
    for name, value in body.items():
        check = table.get(name)
        if check is None:
            raise unknown(prefix + name)
        checked[name] = None if value is None else check(value, prefix + name)
    for name in required:
        value = checked.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise missing(prefix + name)
    return checked


def optional_fields(memo: bool) -> Table:
    """optionalFields1 and 2: five of each type, texts of 100 (supporting files 2.7.11). Memo fields
    can only be written on incidents."""
    table: dict[str, Check] = {}
    for index in range(1, 6):
        table[f"boolean{index}"] = flag
        table[f"number{index}"] = number
        table[f"date{index}"] = date
        table[f"text{index}"] = text(100)
        table[f"searchlist{index}"] = absent
        table[f"memo{index}"] = text() if memo else _memo_refused
    return table


def _memo_refused(value: Any, path: str) -> Any:
    name = path.rpartition(".")[2]
    raise Refused(400, f"Memo fields cannot be modified via the API: '{name}'", field=path)
