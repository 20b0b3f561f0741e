"""What `migrate.yaml` may say: the one file that names the source, the target and the folders.

Secrets never stand in it: it names the environment variable or the keyring entry that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from migrate.errors import ConfigurationError, Problem

FILE = "migrate.yaml"


class Strict(BaseModel):
    """A model that refuses unknown keys, so that a typing error is found and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldAlias(Strict):
    """Where one of our fields is found in HPSM. A bare string in YAML is `column` alone.

    `type` is text, time, logical, number, duration or array; without it the default alias table's
    type, else text. `column` null says that this installation does not have the field.
    """

    column: str | None = None
    type: Literal["text", "time", "logical", "number", "duration", "array"] | None = None


class TableAlias(Strict):
    """Where one kind is found: overrides of the default alias table, field by field.

    `table` replaces the table's name (or, for exports, is left out); `join` names further tables
    joined one to one on the key (M2); `where` is a condition in the source's own SQL.
    """

    table: str | None = None
    join: dict[str, str] = {}
    where: str | None = None
    fields: dict[str, FieldAlias | str | None] = {}


class ExportFile(Strict):
    """One delimited file: nothing of its form is guessed, all of it is checked."""

    path: str
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


class SourceConfig(Strict):
    """The HPSM side."""

    name: str = "hpsm"
    type: Literal["sql", "exports"]
    url: str | None = None
    url_env: str | None = None
    db_schema: Annotated[str | None, Field(alias="schema")] = None
    batch: Annotated[int, Field(ge=1)] = 2000
    tables: dict[str, TableAlias] = {}
    files: dict[str, ExportFile] = {}
    derive: dict[str, Derive] = {}
    kinds: list[str] | None = None


class TargetConfig(Strict):
    """The TOPdesk side. Times in seconds.

    `settle_window` must be longer than the longest request the target may still be working on
    after we stopped waiting; a look-up that finds nothing is believed only after it.
    `patience` is how long nothing may be heard of the target before a load stops, safely.
    `refuses_with_503` says that this target answers 503 only before it works.
    """

    url: str
    user: str = "migrate"
    password_env: str | None = "TOPDESK_PASSWORD"  # noqa: S105 - a variable's name
    keyring: str | None = None
    connections: Annotated[int, Field(ge=1, le=256)] = 16
    connect_timeout: float = 10.0
    timeout: float = 60.0
    settle_window: float = 180.0
    patience: float = 300.0
    refuses_with_503: bool = False
    max_rate: float | None = None
    lookup_batch: Annotated[int, Field(ge=1, le=500)] = 50


class StateConfig(Strict):
    """Where everything that is remembered lies."""

    folder: str = "state"


class Config(Strict):
    """All of `migrate.yaml`. `folder` is where it was read; relative paths start there."""

    source: SourceConfig
    target: TargetConfig
    state: StateConfig = StateConfig()
    mappings: str = "mappings"
    error_budget: Annotated[float, Field(gt=0, le=1)] = 0.2
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
