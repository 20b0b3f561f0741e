"""The alias tables of one installation: the defaults, with what `migrate.yaml` says instead."""

from __future__ import annotations

import re
from dataclasses import replace

from migrate.config import FieldAlias, SourceConfig, TableAlias
from migrate.errors import ConfigurationError, Problem
from migrate.extract.defaults import DEFAULTS
from migrate.extract.defaults.captions import captioned
from migrate.extract.defaults.files import FILES
from migrate.extract.table import Column, Member, OwnForm, RowTable, Table
from migrate.records import SOURCE_KINDS

__all__ = ["DEFAULTS", "Column", "Table", "tables"]

WEB = ("rest", "soap")
"""The types of source whose columns are captions of a web service."""

_FIELD = re.compile("[a-z][a-z0-9_]*")
_TAKEN = frozenset({"key", "since_run", "until_run"})


def tables(config: SourceConfig) -> dict[str, Table]:
    """The alias tables of this installation: the defaults with the configuration's overrides.

    A name of `source.tables` is an entry of `DEFAULTS`, or one of the customer's own that says its
    `kind`; a field that is not in the defaults is carried along under the name given. Raises
    ConfigurationError for an unknown entry, with the names that exist, and for a name that no field
    can have.
    """
    wrong = [*_unknown(config), *_unusable(config), *_keyless(config)]
    if wrong:
        raise ConfigurationError(wrong)
    asked = {name: _begun(name, config) for name in {**DEFAULTS, **config.tables}}
    wanted = config.kinds or SOURCE_KINDS
    return {
        name: _overridden(table, config.tables.get(name))
        for name, table in asked.items()
        if table.kind in wanted
    }


def _begun(name: str, config: SourceConfig) -> Table:
    """What the alias table starts from."""
    like = name
    if name not in DEFAULTS:
        override = config.tables[name]
        like = override.like or next(n for n, t in DEFAULTS.items() if t.kind == override.kind)
    begun = captioned(like, DEFAULTS[like]) if config.type in WEB else DEFAULTS[like]
    return replace(begun, file=FILES.get(like, ""), optional=begun.optional and like == name)


def _unknown(config: SourceConfig) -> list[Problem]:
    problems = []
    for name, alias in config.tables.items():
        place = f"migrate.yaml: source.tables.{name}"
        known = name in DEFAULTS or alias.kind in SOURCE_KINDS
        if not known:
            expected = ", ".join(DEFAULTS) + "; or a kind, with `kind:`"
            problems.append(
                Problem("config-invalid", place, "there is no such kind", expected=expected)
            )
        elif alias.like is not None and alias.like not in DEFAULTS:
            expected = ", ".join(DEFAULTS)
            problems.append(
                Problem("config-invalid", f"{place}.like", "is no alias table", expected=expected)
            )
        elif name in DEFAULTS and (alias.kind or DEFAULTS[name].kind) != DEFAULTS[name].kind:
            problems.append(
                Problem(
                    "config-invalid",
                    f"{place}.kind",
                    "another kind needs an alias table of its own name",
                    expected=DEFAULTS[name].kind,
                )
            )
    return problems


def _unusable(config: SourceConfig) -> list[Problem]:
    expected = "small letters, digits and _, none of " + ", ".join(sorted(_TAKEN))
    return [
        Problem(
            "config-invalid",
            f"migrate.yaml: source.tables.{name}.fields.{field}",
            "cannot be the name of a field",
            expected=expected,
        )
        for name, table in config.tables.items()
        for field in table.fields
        if not _FIELD.fullmatch(field) or field in _TAKEN
    ]


_NUMBERED = ("activities", "relations", "members", "attachments")
"""The kinds that nothing else names by their key, so that an installation may choose another."""


def _keyless(config: SourceConfig) -> list[Problem]:
    """Keys that a kind cannot have: everything else is named by its number or name."""
    problems = []
    for name, alias in config.tables.items():
        if alias.key is None or (name not in DEFAULTS and alias.kind not in SOURCE_KINDS):
            continue
        begun = _begun(name, config)
        fields = begun.fields.keys() | {n for n, given in alias.fields.items() if given is not None}
        expected = ", ".join(sorted(fields))
        if begun.kind not in _NUMBERED:
            expected = f"no key: that of {begun.kind} is always {', '.join(begun.key)}"
        elif set(alias.key) <= fields:
            continue
        place = f"migrate.yaml: source.tables.{name}.key"
        problems.append(Problem("config-invalid", place, "cannot be the key", expected=expected))
    return problems


def _overridden(default: Table, override: TableAlias | None) -> Table:
    if override is None:
        return default
    fields = dict(default.fields)
    for ours, alias in override.fields.items():
        given = FieldAlias(column=alias) if isinstance(alias, str) else alias
        if given is None or given == FieldAlias():
            fields.pop(ours, None)
            continue
        fields[ours] = _column(given, fields.get(ours, Column(ours)))
    named = override.table or override.collection or override.object
    return replace(
        default,
        table=override.table or default.table,
        fields=fields,
        join=tuple(override.join.items()),
        where=override.where,
        key=tuple(override.key) if override.key else default.key,
        modified=default.modified if default.modified in fields else None,
        optional=default.optional and named is None,
        collection=override.collection or default.collection,
        object=override.object or default.object,
        service=override.service or default.service,
        sort=tuple(override.sort) if override.sort is not None else default.sort,
    )


def _column(given: FieldAlias, before: Column) -> Column:
    key = (given.key,) if isinstance(given.key, str) else tuple(given.key or ())
    steps = [given.member] if isinstance(given.member, int) else given.member or []
    width = 0 if isinstance(given.spill, bool) else given.spill
    return Column(
        given.column or before.column,
        given.type or before.type,
        RowTable(given.table, key, given.order, bool(given.spill), width) if given.table else None,
        Member(((None, tuple(step - 1 for step in steps)),)) if steps else None,
        _form(given) or before.form,
    )


def _form(given: FieldAlias) -> OwnForm | None:
    dates = (given.dates,) if isinstance(given.dates, str) else tuple(given.dates)
    form = OwnForm(tuple(given.true), tuple(given.false), dates, given.time_zone or "")
    return form if any(form.shown) else None
