"""What `migrate.yaml` says of the source, in whichever way HPSM is handed over."""

# ruff: noqa: RUF012 - pydantic gives every model a copy of its own
from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from migrate.config.strict import Strict, keys_as_written, words


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

    Values in a form of the installation's own: `true` and `false` are its words in a logical field,
    `dates` the form (or forms, tried in this order) of a time kept as text, of `strptime` or `iso`,
    and `time_zone` the zone of times that are not GMT.
    """

    column: str | None = None
    type: Literal["text", "time", "logical", "number", "duration", "array"] | None = None
    table: str | None = None
    key: str | list[str] | None = None
    order: str = "RECORD_NUMBER"
    spill: bool | Annotated[int, Field(ge=2)] = True
    member: Annotated[int, Field(ge=1)] | list[Annotated[int, Field(ge=1)]] | None = None
    true: list[str] = []
    false: list[str] = []
    dates: str | list[str] = []
    time_zone: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        return keys_as_written(value)

    @field_validator("true", "false", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return words(value)

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            ZoneInfo(value or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value} is not a time zone") from None
        return value

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
    SQL, or in HPSM's query language for web services. `key` are the fields that identify a record
    where an installation numbers its activities, relations, members or files anew: of several that
    are the same in all of them, one is kept. An alias table with a name of its own says
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
    key: Annotated[list[str], Field(min_length=1)] | None = None
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

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        return keys_as_written(value)

    @field_validator("true", "false", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return words(value)


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
