"""What `migrate.yaml` may say: the one file that names the source, the target and the folders.

Secrets never stand in it: it names the environment variable or the keyring entry that holds them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from migrate.errors import ConfigurationError, Problem

FILE = "migrate.yaml"


class Strict(BaseModel):
    """A model that refuses unknown keys, so that a typing error is found and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldAlias(Strict):
    """Where one of our fields is found in HPSM. A bare string in YAML is `column` alone.

    `column` is a column of the database or the export, a field of the dbdict, or a caption of the
    web service, whichever the source has. `type` is text, time, logical, number, duration or array;
    without it the default alias table's type, else text. `column` null says that this installation
    does not have the field.

    In a database, `table` is a table that keeps the field as rows, an element each: by `key` (the
    columns there that hold the record's key; without it those of the same name), in the `order` of
    a column. With `spill`, an element that fills its column, or has as many characters as `spill`
    says, goes on in the next row. `member` is the place in an RC blob such as DESCRIPTOR, from 1 as
    a dbdict counts; several lead on inwards, and into every element of an array.
    """

    column: str | None = None
    type: Literal["text", "time", "logical", "number", "duration", "array"] | None = None
    table: str | None = None
    key: str | list[str] | None = None
    order: str = "RECORD_NUMBER"
    spill: bool | Annotated[int, Field(ge=2)] = True
    member: Annotated[int, Field(ge=1)] | list[Annotated[int, Field(ge=1)]] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> FieldAlias:
        if self.table is None and self.model_fields_set & {"key", "order", "spill"}:
            raise ValueError("key, order and spill are those of a row table: say its `table` too")
        if self.table is not None and self.member is not None:
            raise ValueError("a field lies in a row table or in a blob: say `table` or `member`")
        return self


class TableAlias(Strict):
    """Where one kind is found: overrides of the default alias table, field by field.

    `table` replaces the table's name (or, in unload files, the name of the HPSM file); `join` names
    further tables joined one to one on the key (M2); `where` is a condition in the source's own
    SQL, or in HPSM's query language for web services. An alias table with a name of its own says
    the `kind` of its records, and may be `like` another one. Web services: `collection` is the REST
    collection, `object` the SOAP object and REST resource, `service` the SOAP service; `sort` are
    the HPSM fields of the key, by which a list is sorted that is read in pages (empty: it is not).
    """

    kind: str | None = None
    like: str | None = None
    table: str | None = None
    collection: str | None = None
    object: str | None = None
    service: str | None = None
    sort: list[str] | None = None
    join: dict[str, str] = {}
    where: str | None = None
    fields: dict[str, FieldAlias | str | None] = {}


class ExportFile(Strict):
    """The exported files of one kind: nothing of their form is guessed, all of it is checked.

    `path` is a file, a pattern of names, or several of either (a file per year); all have the same
    form. `format` csv is any delimited text; csv and xml may be gzipped, or alone in a zip file.
    `skip_lines` are lines (rows of a sheet) before the header. `sheet` names the sheet of a
    workbook (else its first one), `unpacked_mb` is how large a workbook may become when it is
    unpacked. `record` is the XML element that holds one record (else every child of the root is
    one). `dates` is a form of `strptime`, or iso.
    """

    path: str | Annotated[list[str], Field(min_length=1)]
    format: Literal["csv", "xlsx", "xml"] = "csv"
    skip_lines: Annotated[int, Field(ge=0)] = 0
    sheet: str | None = None
    unpacked_mb: Annotated[int, Field(ge=1)] = 4096
    record: str | None = None
    separator: str = ";"
    encoding: str = "utf-8"
    quote: str = '"'
    dates: str = "%Y-%m-%d %H:%M:%S"
    time_zone: str = "UTC"
    decimal: Literal[".", ","] = "."
    null: list[str] = [""]
    true: list[str] = ["t", "true", "1"]
    false: list[str] = ["f", "false", "0"]


class Derive(Strict):
    """Builds a kind that the customer cannot hand over from the activities that name it.

    `by` is the activity field that holds the new record's key. Each field is
    `first FIELD`, `last FIELD`, `min FIELD`, `max FIELD` or `= constant`, in the order of time.
    `when` maps the last activity type to a constant for one field, as {field: {type: constant}}.
    """

    from_: Annotated[str, Field(alias="from")] = "activities"
    by: str
    fields: dict[str, str]
    when: dict[str, dict[str, str]] = {}


class WebConfig(Strict):
    """How HPSM's web services are asked. Times in seconds.

    `page` is how many records one request asks for (HPSM gives at most 1,000 by default), `workers`
    how many requests may be under way (HPSM answers "too many threads" above what it was set up
    for). `dates` is the form of times in a query, as the web user's profile in HPSM has it, and
    `time_zone` the zone of that profile; without it a delta begins half a day earlier, so that no
    zone loses anything. `wait` is how long a busy or locked HPSM is asked again before reading
    stops, safely. `double_encode_slash` is for keys that hold a slash, as HPSM is set up.
    `attachments` false leaves files where they are.
    """

    page: Annotated[int, Field(ge=1, le=1000)] = 500
    workers: Annotated[int, Field(ge=1, le=16)] = 2
    connect_timeout: float = 10.0
    timeout: float = 120.0
    wait: float = 300.0
    dates: str = "%m/%d/%Y %H:%M:%S"
    time_zone: str | None = None
    double_encode_slash: bool = True
    attachments: bool = True


class SourceConfig(Strict):
    """The HPSM side.

    `url` is a SQLAlchemy address for sql, and `http://host:13080` for rest and soap. `unload` are
    unload files, or patterns of their names. `dbdict` are unload files that hold the definitions
    of HPSM's files (dbdict) and web services (extaccess), where other sources go by them. `overlap`
    are the seconds that a delta starts before what was read last, for clocks that differ and long
    transactions. `descriptor` says how fields without a column lie in a record's DESCRIPTOR: by
    place among all fields (`all`), among those without a column (`unmapped`), or whichever fits
    their number (`auto`). `encoding` is how texts are read that are no UTF-8, of RC values and of
    web services.
    """

    name: str = "hpsm"
    type: Literal["sql", "unload", "rest", "soap", "exports"]
    url: str | None = None
    url_env: str | None = None
    user: str | None = None
    password_env: str | None = "HPSM_PASSWORD"  # noqa: S105 - a variable's name
    keyring: str | None = None
    unload: list[str] = []
    dbdict: list[str] = []
    descriptor: Literal["auto", "all", "unmapped"] = "auto"
    encoding: str = "cp1252"
    overlap: Annotated[float, Field(ge=0)] = 3600.0
    web: WebConfig = WebConfig()
    db_schema: Annotated[str | None, Field(alias="schema")] = None
    batch: Annotated[int, Field(ge=1)] = 2000
    tables: dict[str, TableAlias] = {}
    files: dict[str, ExportFile] = {}
    derive: dict[str, Derive] = {}
    kinds: list[str] | None = None


class LinkConfig(Strict):
    """Where people open a record of TOPdesk, for the number concierge: an address, or what stands
    behind `target.url`; `{id}` and `{number}` are filled in, null is no link.

    TOPdesk's published API does not speak of these. The defaults are those that integrations of
    several customers use: `incident` for operators, `portal` for callers. Try both on the tenant.
    """

    incident: str | None = "/tas/secure/incident?unid={id}"
    portal: str | None = "/tas/public/ssp/content/detail/incident?unid={id}"
    knowledge: str | None = None

    @field_validator("incident", "portal", "knowledge")
    @classmethod
    def _address(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        if not re.match(r"/|https?://", pattern):
            raise ValueError("an address begins with https://, or with / behind target.url")
        if not re.search(r"\{(id|number)\}", pattern) or re.search(
            r"[{}\s\"]", re.sub(r"\{(id|number)\}", "", pattern)
        ):
            raise ValueError(
                "an address holds {id} or {number}, and no blank, quote or other brace"
            )
        return pattern


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MINUTES_A_DAY = 24 * 60


class Hours(Strict):
    """A time of the week at which a load may run, in minutes of the day and the policy's zone.

    `from` and `to` are written as 18:00 (24:00 is the end of the day); where `to` is not later, it
    is of the day after. `days` are those on which it begins.
    """

    days: Annotated[list[Day], Field(min_length=1)] = list(get_args(Day))
    from_: Annotated[int, Field(alias="from")] = 0
    to: int = MINUTES_A_DAY

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _time_of_day(cls, value: object) -> int:
        # YAML 1.1 reads 18:00 as a number to base 60, which is minutes already.
        if isinstance(value, str) and (match := re.fullmatch(r"(\d\d?):([0-5]\d)", value)):
            value = int(match[1]) * 60 + int(match[2])
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MINUTES_A_DAY:
            return value
        raise ValueError("a time of the day is written as 18:00")


class StopLine(Strict):
    """Where a load stops by itself until a person has looked; `error_budget` is the share of the
    records of a kind that may fail, judged after `after` of them.

    `writes` is by how much the writes of a kind may be more than the plan states, as a share, and
    `slack` how many in any case. `archived_people` is how many people a load may archive.
    """

    after: Annotated[int, Field(ge=1)] = 50
    writes: Annotated[float, Field(ge=0)] = 0.1
    slack: Annotated[int, Field(ge=0)] = 20
    archived_people: Annotated[int, Field(ge=0)] = 0


class TargetConfig(Strict):
    """The TOPdesk side. Times in seconds.

    `settle_window` must be longer than the longest request the target may still be working on
    after we stopped waiting; a look-up that finds nothing is believed only after it.
    `patience` is how long nothing may be heard of the target before a load stops, safely.
    `refuses_with_503` says that this target answers 503 only before it works. `max_connections` is
    the most requests that are ever under way, and `max_rate` the most that start in a second; how
    many are best is found out. `quiet_hours` are when a load may run (without any: always), and
    `outside_quiet_hours` what it does at other times: wait for them, or stop. `links` is where
    people open a record. `archiving_reason` names the reason that an undo archives with; without
    it TOPdesk's default one. `languages` are those that knowledge is written and looked for in, as
    TOPdesk's list of languages has them.
    """

    url: str
    user: str = "migrate"
    password_env: str | None = "TOPDESK_PASSWORD"  # noqa: S105 - a variable's name
    keyring: str | None = None
    connections: Annotated[
        int, Field(ge=1, le=256, validation_alias=AliasChoices("max_connections", "connections"))
    ] = 16
    connect_timeout: float = 10.0
    timeout: float = 60.0
    settle_window: float = 180.0
    patience: float = 300.0
    refuses_with_503: bool = False
    max_rate: Annotated[float | None, Field(gt=0)] = None
    quiet_hours: list[Hours] = []
    outside_quiet_hours: Literal["wait", "stop"] = "wait"
    lookup_batch: Annotated[int, Field(ge=1, le=500)] = 50
    languages: Annotated[list[str], Field(min_length=1)] = ["nb", "en"]
    links: LinkConfig = LinkConfig()
    archiving_reason: str | None = None


class ProxyConfig(Strict):
    """A proxy that has let people in already: it names them, by the addresses that stand as owners
    in `unit.yaml`, in `header`. Believed only where the connection comes from `address`, which no
    other program on that machine may use."""

    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
    address: str


class ReviewConfig(Strict):
    """The review page. It listens on 127.0.0.1 alone. `url` is where people open it, behind a
    proxy; without it they open it on this machine. Links end after `link_days`."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] | None = None
    link_days: Annotated[float, Field(gt=0, le=366)] = 14
    proxy: ProxyConfig | None = None


class StateConfig(Strict):
    """Where everything that is remembered lies.

    `url` puts journal and plan into a PostgreSQL database of their own, so that several machines
    may load at once: `postgresql://user@host:5432/database`, libpq's options behind a question
    mark. The password comes from the variable that `password_env` names, or as libpq finds it
    (`~/.pgpass`). `lease` is for how long, in seconds, a load that is cut off from the database
    keeps its unit for itself.
    """

    folder: str = "state"
    url: str | None = None
    password_env: str = "MIGRATE_STATE_PASSWORD"  # noqa: S105 - a variable's name
    lease: Annotated[float, Field(ge=1)] = 30.0

    @field_validator("url")
    @classmethod
    def _database(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not re.match(r"postgres(ql)?://", url):
            raise ValueError("an address begins with postgresql://")
        if re.match(r"[^/]*//[^/@]*:[^/@]+@", url):
            raise ValueError("a password stands in an environment variable, see password_env")
        return url


class Config(Strict):
    """All of `migrate.yaml`. `folder` is where it was read; relative paths start there."""

    source: SourceConfig
    target: TargetConfig
    state: StateConfig = StateConfig()
    mappings: str = "mappings"
    review: ReviewConfig = ReviewConfig()
    error_budget: Annotated[float, Field(gt=0, le=1)] = 0.2
    stop_line: StopLine = StopLine()
    folder: Path = Path()

    def path(self, relative: str) -> Path:
        return self.folder / relative


def load_config(folder: Path) -> Config:
    """Read `migrate.yaml` in `folder`.

    Raises ConfigurationError with the line where that is known.
    """
    file = folder / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            Problem("config-missing", str(file), "the workspace has no migrate.yaml")
        ) from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ConfigurationError(
            Problem(
                "config-invalid", f"{file}:{line}", f"not YAML: {getattr(error, 'problem', '')}"
            )
        ) from None
    try:
        return Config.model_validate({**(data or {}), "folder": folder})
    except ValidationError as error:
        raise ConfigurationError(
            Problem(
                "config-invalid",
                f"{file}:{_line(node, issue['loc'])}",
                f"{'.'.join(str(p) for p in issue['loc'])}: {issue['msg']}",
            )
            for issue in error.errors(include_input=False, include_url=False)
        ) from None


def _line(node: Any, path: tuple[int | str, ...]) -> int:
    """The line of the deepest node on `path` that exists in the document."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if not isinstance(node, yaml.MappingNode):
            break
        for key, value in node.value:
            if key.value == str(part):
                line, node = key.start_mark.line + 1, value
                break
        else:
            break
    return line


def secret(variable: str | None, entry: str | None, user: str, place: str) -> SecretStr:
    """The secret named by the configuration, from the environment first, then the keyring.

    Raises ConfigurationError that names the variable, never a value.
    """
    if variable and (value := os.environ.get(variable)):
        return SecretStr(value)
    if entry:
        import keyring

        if stored := keyring.get_password(entry, user):
            return SecretStr(stored)
    raise ConfigurationError(
        Problem(
            "secret-missing",
            place,
            f"no secret in the environment variable {variable or '(none named)'}"
            + (f" or the keyring entry {entry}" if entry else ""),
        )
    )
