"""The alias tables as a web service has them: under which caption each field is shown, which fields
nobody can reach, and the line of migrate.yaml that would reach them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from migrate.config import FieldAlias, SourceConfig, TableAlias
from migrate.errors import Problem
from migrate.extract.aliases import tables
from migrate.extract.dbdict import Dbdict, Service
from migrate.extract.defaults import DEFAULTS
from migrate.extract.definitions import Definitions
from migrate.extract.layout import Layout, near, same_name
from migrate.extract.table import Table

ATTACHMENTS = "attachments"
_SHOWN = 12

_HISTORY = "; the journal text of the incidents is then their history"


@dataclass(frozen=True, slots=True)
class WebTable:
    """One alias table with the captions that are known of it. `absent` says why nothing of it can
    be read, and that this is no mistake. `lists_files` is False where HPSM is known not to give the
    files of its records, `double_encode_slash` how it wants slashes in keys, if it says so."""

    name: str
    layout: Layout
    absent: str = ""
    lists_files: bool = True
    double_encode_slash: bool | None = None

    @property
    def table(self) -> Table:
        return self.layout.table

    @property
    def readable(self) -> bool:
        return not self.absent and self.layout.readable


def web_tables(config: SourceConfig, found: Definitions) -> dict[str, WebTable]:
    """Every alias table but that of attachments, which are read by way of the others; `found` is
    what unload files say of them.

    Raises ConfigurationError for alias tables that cannot be meant.
    """
    made = {}
    for name, table in tables(config).items():
        if table.kind == ATTACHMENTS:
            continue
        service = _service(table, config, found.services.values(), config.tables.get(name))
        known = _published(config, name, table, service, found.dbdicts) if service else table
        made[name] = _laid_out(config, name, known, service)
    return made


def compared(table: WebTable, has: Sequence[str]) -> WebTable:
    """`table` against the captions that HPSM's own description says it has."""
    columns, missing = {}, dict(table.layout.missing)
    wrong = []
    for ours, caption in table.layout.columns.items():
        if real := same_name(caption, has):
            columns[ours] = real
            continue
        missing[ours] = f"{table.table.table} has no {caption}"
        similar = near(caption, has)
        wrong.append(missing_field(table.name, table.table, ours, missing[ours], similar))
    layout = replace(
        table.layout,
        columns=columns,
        missing=missing,
        problems=(*uncaptioned(table, has), *wrong),
        readable=table.layout.readable and not _needed(table.table) & missing.keys(),
    )
    return replace(table, layout=layout)


def uncaptioned(table: WebTable, has: Sequence[str]) -> tuple[Problem, ...]:
    """The problems of fields whose caption is not known, with those of `has` that look like it and
    are no other field's."""
    others = [caption for caption in has if caption not in table.layout.columns.values()]
    return tuple(
        missing_field(table.name, table.table, ours, reason, near(ours, others))
        for ours, reason in table.layout.missing.items()
    )


def unseen(table: WebTable, shown: Sequence[str], records: int) -> list[Problem]:
    """Fields that so many records do not show at all. An empty field is not shown either, so it is
    told only where it is needed, or where they show another one of a similar name that is not
    ours. Where none is similar, what they do show is told."""
    others = [caption for caption in shown if caption not in table.layout.columns.values()]
    problems = []
    for ours, caption in table.layout.columns.items():
        if caption in shown:
            continue
        similar = near(caption, others)
        if similar or ours in _needed(table.table):
            reason = f"none of the first {records} of {table.table.table} has {caption}"
            if not similar and others:
                reason += f" (they show {', '.join(others[:_SHOWN])})"
            problems.append(missing_field(table.name, table.table, ours, reason, similar))
    return problems


def _laid_out(config: SourceConfig, name: str, table: Table, service: Service | None) -> WebTable:
    columns = {ours: column.column for ours, column in table.fields.items() if column.column}
    missing = {ours: _unknown(name, ours, service) for ours in table.fields if ours not in columns}
    needed = _needed(table)
    place = table.collection if config.type == "rest" else table.object
    table = replace(table, table=place or table.table)
    layout = Layout(
        name,
        table,
        columns,
        missing,
        tuple(missing_field(name, table, ours, reason) for ours, reason in missing.items()),
        readable=not needed & missing.keys(),
    )
    return WebTable(
        name,
        layout,
        _absent(config, layout, service),
        service.attachments is not False if service else True,
        service.double_encode_slash if service else None,
    )


def _absent(config: SourceConfig, layout: Layout, service: Service | None) -> str:
    """Why nothing of the table can be read, although nobody made a mistake."""
    name, table = layout.name, layout.table
    place = f"source.tables.{name}"
    rest = config.type == "rest"
    if rest and service and service.rest is False and not _chosen(config, name):
        return f"extaccess does not open {service.object} of {service.service} to REST"
    if not (table.collection if rest else table.object):
        word = "collection" if rest else "object"
        history = _HISTORY if name == "activities" else ""
        return (
            f"no web service shows {name} by default: where HPSM has one, name it as "
            f"{place}.{word} in migrate.yaml{history}"
        )
    known = set(layout.columns) - set(table.key) - set(table.needed)
    if not known and not service and not _said(config, name):
        return (
            f"HPSM shows {name} as {layout.table.table}, under captions that are not known: name "
            f"them under {place}.fields in migrate.yaml"
        )
    return ""


def _unknown(name: str, ours: str, service: Service | None) -> str:
    line = f"`{ours}: CAPTION` under source.tables.{name}.fields in migrate.yaml says it"
    if service:
        return f"extaccess shows no such field of {service.object}; {line} all the same"
    return f"its caption is not known; {line}"


def missing_field(
    name: str, table: Table, ours: str, reason: str, similar: tuple[str, ...] = ()
) -> Problem:
    """The problem of a field that cannot be read, and the line that would mend it."""
    needed = ours in _needed(table)
    add = f"`{ours}: {similar[0] if similar else 'CAPTION'}`"
    if not needed:
        add += f" (or `{ours}: null` if there is none)"
    return Problem(
        "source-column-missing",
        table.table,
        f"{table.kind}.{ours} cannot be read: {reason.partition(';')[0]}",
        remedy=f"Under source.tables.{name}.fields in migrate.yaml add {add}.",
        near=similar,
        warning=not needed and ours not in table.asked,
    )


def _needed(table: Table) -> set[str]:
    return set(table.needed) | ({table.key[0]} if len(table.key) == 1 else set())


def _said(config: SourceConfig, name: str) -> bool:
    """Whether somebody has said anything of the table."""
    return name in config.tables


def _chosen(config: SourceConfig, name: str) -> bool:
    """Whether somebody has said where the table is."""
    said = config.tables.get(name)
    return said is not None and bool(said.collection or said.object)


def _service(
    table: Table, config: SourceConfig, services: Iterable[Service], said: TableAlias | None
) -> Service | None:
    """The extaccess record of what `table` reads: by the name that migrate.yaml gives, else of its
    file, and of its object where the file has several."""
    every = list(services)
    chosen = said or TableAlias()
    of_file = [s for s in every if table.file and s.file.casefold() == table.file.casefold()]
    ranked = [
        *(s for s in every if chosen.collection and s.collection == chosen.collection),
        *(s for s in every if chosen.object and chosen.object in (s.object, s.resource)),
        *(s for s in of_file if table.object in (s.object, s.resource)),
        *(s for s in of_file if config.type == "soap" or (s.rest is not False and s.collection)),
        *of_file,
    ]
    return next(iter(ranked), None)


def _published(
    config: SourceConfig,
    name: str,
    table: Table,
    service: Service,
    dbdicts: Mapping[str, Dbdict],
) -> Table:
    """`table` as extaccess says: its names, its captions, and what its fields are called. What
    migrate.yaml says of a field stays."""
    override = config.tables.get(name)
    said = {
        ours
        for ours, alias in (override.fields if override else {}).items()
        if isinstance(alias, str) or (isinstance(alias, FieldAlias) and alias.column)
    }
    default = _default(config, name)
    names = _field_names(default, dbdicts.get(service.file.casefold()))
    captions = _paths(service.captions)
    fields = {
        ours: column
        if ours in said or ours not in default.fields
        else replace(column, column=captions.get(names.get(ours, ""), ""))
        for ours, column in table.fields.items()
    }
    by_name = {_standard(field): _leaf(field) for field in service.captions}
    sort = tuple(
        by_name.get(names[ours], field)
        for ours, field in zip(table.key, table.sort, strict=False)
        if ours in names
    )
    by_hand = override or TableAlias()
    return replace(
        table,
        fields=fields,
        collection=by_hand.collection or service.collection or table.collection,
        object=by_hand.object or service.object,
        service=by_hand.service or service.service,
        sort=table.sort if by_hand.sort is not None else sort or table.sort,
        file=service.file,
    )


def _default(config: SourceConfig, name: str) -> Table:
    if name in DEFAULTS:
        return DEFAULTS[name]
    said = config.tables[name]
    like = said.like or next(n for n, table in DEFAULTS.items() if table.kind == said.kind)
    return DEFAULTS[like]


def _field_names(default: Table, dbdict: Dbdict | None) -> dict[str, str]:
    """Our field → the field of HPSM, in the form of `_standard`: as a dbdict has its column, else
    as the column is called by default."""
    by_column = {
        entry.column.casefold(): _standard(node.field.name)
        for node in (dbdict.nodes if dbdict else ())
        for entry in node.columns
        if entry.column
    }
    return {
        ours: by_column.get(column.column.casefold(), _standard(column.column))
        for ours, column in default.fields.items()
    }


def _paths(captions: Mapping[str, str]) -> dict[str, str]:
    """Field in the form of `_standard` → the caption with the structures that it lies in: extaccess
    writes `header,number`, and HPSM shows it as header → ChangeID."""
    paths: dict[str, str] = {}
    for field, caption in captions.items():
        outer, _, _ = field.rpartition(",")
        nested = outer and "." not in caption
        path = f"{outer.replace(',', '.')}.{caption}" if nested else caption
        paths.setdefault(_standard(field), path)
    return paths


def _leaf(field: str) -> str:
    return field.rpartition(",")[2].strip()


def _standard(field: str) -> str:
    """A field as its column is called unless somebody chose another: `brief.description` is
    brief_description."""
    return re.sub(r"\W", "_", _leaf(field)).casefold()
