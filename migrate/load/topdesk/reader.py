"""TOPdesk as it is read, behind the seam of `load/target.py`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from migrate.config import TargetConfig
from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.load import fiql
from migrate.load.directory import LOGIN_CUT
from migrate.load.fiql import Dialect
from migrate.load.http import Http
from migrate.load.target import Attached, ReferenceLists, Spent, TargetInfo, TrailEntry
from migrate.load.topdesk import (
    branches,
    departments,
    general,
    incidents,
    lists,
    locations,
    operator_groups,
    operators,
    persons,
    removal,
    rights,
    services,
)
from migrate.load.topdesk.knowledge_base import KINDS, KnowledgeBase
from migrate.load.topdesk.paging import Record, Refused, of_one_record
from migrate.records import Found

_SEARCH: dict[str, Callable[[Http, str], Iterable[Record]]] = {
    "branch": branches.search,
    "incident": incidents.search,
    "location": locations.search,
    "operator": operators.search,
    "operator_group": operator_groups.search,
    "person": persons.search,
}
_GET: dict[str, Callable[[Http, str], Record | None]] = {
    "branch": branches.get,
    "incident": incidents.get,
    "location": locations.get,
    "operator": operators.get,
    "operator_group": operator_groups.get,
    "person": persons.get,
}
_NAME = {"operator_group": "groupName", "incident": "briefDescription"}
# Lists that cannot be asked for single records.
_WHOLE = {"department", "service"}
# Fields of an answer that a filter may not name (supporting files 2.7.11).
_UNFILTERED = {("operator_group", "branch.id"), ("operator_group", "branch.name")}
# The answers of these kinds do not say whether a record is archived in a documented way, so that
# they are asked for twice.
_ARCHIVED_UNSAID = {"branch", "location", "operator", "operator_group"}


class TopdeskReader:
    """Asks TOPdesk. Thread-safe; see `TargetReader` for what each method promises."""

    def __init__(self, http: Http, config: TargetConfig) -> None:
        self._http = http
        self._batch = config.lookup_batch
        self._dialects: dict[str, Dialect] = {}
        self._rights: dict[str, dict[str, str]] = {}
        self.knowledge = KnowledgeBase(http, config.languages, config.lookup_batch)

    def describe(self) -> TargetInfo:
        """Raises ConfigurationError (`target-address`, `credentials-refused`,
        `permission-missing`) or StoppedError (`target-unreachable`, `target-failing`)."""
        version = general.version(self._http)
        if version is None or "version" not in version:
            raise self._address()
        product = general.product_version(self._http) or {}
        operator = operators.current(self._http)
        if operator is None:
            raise self._address()
        numbers = [str(product[name]) for name in ("major", "minor", "patch") if name in product]
        return TargetInfo(
            fingerprint=self._http.base,
            version=".".join(numbers) or str(version["version"]),
            operator=str(operator.get("loginName") or operator.get("id") or ""),
        )

    def lists(self) -> ReferenceLists:
        return lists.read(self._http)

    def index(self, kind: str) -> Iterator[Found]:
        if kind in KINDS:
            yield from self.knowledge.index(kind)
            return
        if kind == "department":
            records: Iterable[Record] = departments.all(self._http)
        elif kind == "service":
            records = services.all(self._http)
        elif kind == "person":
            records = persons.search(self._http)
        else:
            for archived in (False, True):
                query = f"archived=={word(archived)}"
                for record in _SEARCH[kind](self._http, query):
                    yield _found(kind, record, archived)
            return
        for record in records:
            yield _found(kind, record)

    def members(self, group_id: str) -> frozenset[str]:
        return frozenset(str(row["id"]) for row in operator_groups.members(self._http, group_id))

    def groups_of(self, operator_id: str) -> frozenset[str]:
        return frozenset(str(row["id"]) for row in operators.groups(self._http, operator_id))

    def rights(self, sort: str) -> dict[str, str]:
        if sort not in self._rights:
            self._rights[sort] = rights.there(self._http, sort)
        return self._rights[sort]

    def rights_of(self, operator_id: str, sort: str) -> frozenset[str]:
        return rights.of(self._http, operator_id, sort)

    def filters(self) -> list[str]:
        operator = operators.current(self._http) or {}
        return operators.filters(self._http, str(operator.get("id")))

    def archiving_reasons(self) -> dict[str, str]:
        return {str(row["name"]): str(row["id"]) for row in removal.reasons(self._http)}

    def find(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        """`field` is TOPdesk's name, dotted for a part. Persons by a `networkLoginName` longer than
        20 characters may be candidates only: those that show its first 20 come too."""
        if kind in KINDS:
            yield from self.knowledge.find(kind, field, values)
            return
        if kind in _WHOLE or (kind, field) in _UNFILTERED:
            wanted = set(map(fiql.folded, values)) - {""}
            for found in self.index(kind):
                if fiql.folded(_value(found.fields, field)) in wanted:
                    yield found
            return
        if field == "networkLoginName":
            values = [*values, *(v[:LOGIN_CUT] for v in values if len(v) > LOGIN_CUT)]
        seen = set()
        for found in self._search(kind, field, values):
            if found.id not in seen:
                seen.add(found.id)
                yield found

    def get(self, kind: str, id: str) -> Found | None:
        if kind in KINDS:
            return self.knowledge.get(kind, id)
        if kind in _WHOLE:
            return next((found for found in self.index(kind) if found.id == id), None)
        with of_one_record():
            record = _GET[kind](self._http, id)
        return _found(kind, record) if record is not None else None

    def trail(self, incident_id: str) -> list[TrailEntry]:
        entries: dict[str, TrailEntry] = {}
        for record in self._below(incidents.trail, incident_id):
            id = str(record.get("id"))
            invisible = record.get("invisibleForCaller") is True
            entries[id] = TrailEntry(id, _plain_text(record), invisible)
        return list(entries.values())

    def attachments(self, incident_id: str) -> list[Attached]:
        files: dict[str, Attached] = {}
        for record in self._below(incidents.attachments, incident_id):
            id = str(record.get("id"))
            files[id] = Attached(
                id,
                str(record.get("fileName") or ""),
                int(record.get("size") or 0),
                str(record.get("description") or ""),
                record.get("invisibleForCaller") is True,
                described=record.get("description") is not None,
            )
        return list(files.values())

    def time_spent(self, incident_id: str) -> list[Spent]:
        return [
            Spent(
                str(record.get("id")),
                str(record.get("notes") or ""),
                int(record.get("timeSpent") or 0),
            )
            for record in self._below(incidents.spent, incident_id)
        ]

    def _below(
        self, read: Callable[[Http, str], Iterable[Record]], incident_id: str
    ) -> Iterator[Record]:
        """What hangs on an incident; nothing where the incident is not there. A TOPdesk that has
        the incident and not the list would else be believed to have lost every entry."""
        try:
            with of_one_record():
                yield from read(self._http, incident_id)
        except Refused as refused:
            if refused.status != 404 or incidents.get(self._http, incident_id) is not None:
                raise

    def digest(self, incident_id: str, attached: Attached) -> str:
        return incidents.download(self._http, incident_id, attached.id, attached.size)

    def _search(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        wanted = set(map(fiql.folded, values)) - {""}
        dialect = self._dialects.get(kind, Dialect.IN)
        for part in fiql.chunks(field, values, self._batch, dialect):
            for record, archived in self._ask(kind, field, part, dialect):
                if fiql.folded(_value(record, field)) in wanted:
                    yield _found(kind, record, archived)

    def _ask(
        self, kind: str, field: str, values: list[str], dialect: Dialect
    ) -> Iterator[tuple[Record, bool | None]]:
        """Records that the filter finds. A TOPdesk that refuses one way of asking is asked in the
        next, and from then on."""
        query = fiql.equals(field, values, dialect)
        try:
            rows = list(self._rows(kind, query))
        except Refused as refused:
            if refused.status != 400 or len(values) == 1:
                raise
            following = Dialect(dialect + 1)
            for part in fiql.chunks(field, values, self._batch, following):
                yield from self._ask(kind, field, part, following)
            self._dialects[kind] = max(following, self._dialects.get(kind, following))
            return
        yield from rows

    def _rows(self, kind: str, query: str) -> Iterator[tuple[Record, bool | None]]:
        if kind not in _ARCHIVED_UNSAID:
            for record in _SEARCH[kind](self._http, query):
                yield record, None
            return
        for archived in (False, True):
            asked = f"({query});archived=={word(archived)}"
            for record in _SEARCH[kind](self._http, asked):
                yield record, archived

    def _address(self) -> ConfigurationError:
        return ConfigurationError(
            Problem(
                "target-address",
                self._http.base,
                "no TOPdesk answers there",
                expected="the address before /tas/api, as https://example.topdesk.net",
            )
        )


def _found(kind: str, record: Record, archived: bool | None = None) -> Found:
    if archived is None:
        status = str(record.get("status") or "")
        archived = record.get("archived") is True or "archived" in status.lower()
    name = record.get(_NAME.get(kind, "name")) or record.get("dynamicName") or ""
    if not record.get("id"):
        raise StoppedError(Problem("target-failing", kind, "a record without an id is shown"))
    return Found(
        kind,
        str(record["id"]),
        str(name),
        number=str(record.get("number") or ""),
        archived=archived,
        fields=record,
    )


def _value(record: Mapping[str, Any], field: str) -> Any:
    value: Any = record
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _plain_text(record: Record) -> str:
    """An entry's text without markup: as TOPdesk gives it, else made from its HTML."""
    plain = record.get("plainText")
    if isinstance(plain, str):
        return plain
    return html.unescape(re.sub(r"<[^>]*>", " ", str(record.get("memoText") or "")))


def word(value: bool) -> str:
    return "true" if value else "false"
