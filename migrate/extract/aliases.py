"""The alias tables of one installation: the defaults, with what `migrate.yaml` says instead."""

from __future__ import annotations

import re
from dataclasses import replace

from migrate.config import FieldAlias, SourceConfig
from migrate.errors import ConfigurationError, Problem
from migrate.extract.defaults import DEFAULTS
from migrate.extract.table import Column, Table
from migrate.records import SOURCE_KINDS

__all__ = ["DEFAULTS", "Column", "Table", "tables"]

_FIELD = re.compile("[a-z][a-z0-9_]*")
_TAKEN = frozenset({"key", "since_run", "until_run"})


def tables(config: SourceConfig) -> dict[str, Table]:
    """The alias tables of this installation: the defaults with the configuration's overrides.

    A name of `source.tables` is an entry of `DEFAULTS`; a field that is not in the defaults is the
    customer's own and is carried along under the name given. Raises ConfigurationError for an
    unknown entry, with the names that exist, and for a name that no field can have.
    """
    unknown = [name for name in config.tables if name not in DEFAULTS]
    if unknown:
        raise ConfigurationError(
            Problem(
                "config-invalid",
                f"migrate.yaml: source.tables.{name}",
                "there is no such kind",
                expected=", ".join(DEFAULTS),
            )
            for name in unknown
        )
    unusable = [
        (name, field)
        for name, table in config.tables.items()
        for field in table.fields
        if not _FIELD.fullmatch(field) or field in _TAKEN
    ]
    if unusable:
        raise ConfigurationError(
            Problem(
                "config-invalid",
                f"migrate.yaml: source.tables.{name}.fields.{field}",
                "cannot be the name of a field",
                expected="small letters, digits and _, none of " + ", ".join(sorted(_TAKEN)),
            )
            for name, field in unusable
        )
    wanted = config.kinds or SOURCE_KINDS
    return {name: _table(name, config) for name, t in DEFAULTS.items() if t.kind in wanted}


def _table(name: str, config: SourceConfig) -> Table:
    default, override = DEFAULTS[name], config.tables.get(name)
    if override is None:
        return default
    fields = dict(default.fields)
    for ours, alias in override.fields.items():
        given = FieldAlias(column=alias) if isinstance(alias, str) else alias
        if given is None or (given.column is None and given.type is None):
            fields.pop(ours, None)
            continue
        before = fields.get(ours, Column(ours))
        fields[ours] = Column(given.column or before.column, given.type or before.type)
    return replace(
        default,
        table=override.table or default.table,
        fields=fields,
        join=tuple(override.join.items()),
        where=override.where,
        modified=default.modified if default.modified in fields else None,
        optional=default.optional and override.table is None,
    )
