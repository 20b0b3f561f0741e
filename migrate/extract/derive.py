"""Kinds that a customer cannot hand over, built from the activities that name them.

Who has the activity log alone has the incidents too, as far as their history tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any

from migrate.config import Derive
from migrate.errors import ConfigurationError, Problem
from migrate.extract.aliases import DEFAULTS
from migrate.records import Batch, Row
from migrate.state.snapshot import Snapshot

Expression = Callable[[Sequence[Row]], Any]
"""From the activities of one record, in the order of time, to the value of one field."""

_BATCH = 5000
_OWN_FIELD = "@"


def derive(snapshot: Snapshot, kind: str, how: Derive) -> Iterator[Batch]:
    """The records of `kind` that the current activities name, in key order.

    `how.by` may be several fields joined by `|`, as composite keys are. `first` and `last` take the
    first and last value that is there. `when` looks at the last activity whose type is one of those
    that it names; its constant may be empty (nothing), or `@FIELD`, that activity's own field.
    Raises ConfigurationError for a rule that cannot be read.
    """
    expressions = {name: _expression(kind, name, rule) for name, rule in how.fields.items()}
    key = DEFAULTS[kind].key
    own_key = key[0] if len(key) == 1 else "key"
    columns = (own_key, *(name for name in {**expressions, **how.when} if name != own_key))
    types = ("text", *(_type(kind, name) for name in columns[1:]))
    groups = groupby(
        snapshot.ordered(how.from_, by := how.by.split("|"), ("time", "activity_id")),
        key=lambda row: "|".join(str(row[name]) for name in by),
    )
    records = (
        [identity, *(_value(name, activities, expressions, how.when) for name in columns[1:])]
        for identity, found in groups
        for activities in [list(found)]
    )
    while batch := list(islice(records, _BATCH)):
        yield Batch(kind, columns, 0, batch, types=types)


def _value(
    name: str,
    activities: Sequence[Row],
    expressions: Mapping[str, Expression],
    when: Mapping[str, Mapping[str, str]],
) -> Any:
    constants = when.get(name, {})
    for activity in reversed(activities) if constants else ():
        if (constant := constants.get(activity["type"])) is not None:
            if constant.startswith(_OWN_FIELD):
                return activity.get(constant[1:])
            return constant or None
    return expressions[name](activities) if name in expressions else None


def _expression(kind: str, name: str, rule: str) -> Expression:
    verb, _, rest = rule.strip().partition(" ")
    field = rest.strip()
    match verb:
        case "=":
            return lambda activities: field or None
        case "first" if field:
            return lambda activities: next(_values(activities, field), None)
        case "last" if field:
            return lambda activities: next(_values(reversed(activities), field), None)
        case "min" if field:
            return lambda activities: min(_values(activities, field), default=None)
        case "max" if field:
            return lambda activities: max(_values(activities, field), default=None)
    raise ConfigurationError(
        Problem(
            "derive-invalid",
            f"migrate.yaml: source.derive.{kind}.fields.{name}",
            "is not a rule",
            expected="first FIELD, last FIELD, min FIELD, max FIELD or = constant",
        )
    )


def _values(activities: Iterator[Row] | Sequence[Row], field: str) -> Iterator[Any]:
    return (value for row in activities if (value := row.get(field)) is not None)


def _type(kind: str, name: str) -> str:
    column = DEFAULTS[kind].fields.get(name)
    return column.type if column else "text"
