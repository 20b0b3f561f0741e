"""What `migrate.yaml` may say: the one file that names the source, the target and the folders.

Secrets never stand in it: it names the environment variable or the keyring entry that holds them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from migrate.config.source import (
    Derive,
    ExportFile,
    FieldAlias,
    SourceConfig,
    TableAlias,
    WebConfig,
)
from migrate.config.strict import Strict
from migrate.config.target import MINUTES_A_DAY, Day, Hours, LinkConfig, StopLine, TargetConfig
from migrate.config.wrong import problems
from migrate.errors import ConfigurationError, Problem

__all__ = [
    "FILE",
    "MINUTES_A_DAY",
    "Config",
    "Day",
    "Derive",
    "ExportFile",
    "FieldAlias",
    "Hours",
    "LinkConfig",
    "ProxyConfig",
    "ReviewConfig",
    "SourceConfig",
    "StateConfig",
    "StopLine",
    "Strict",
    "TableAlias",
    "TargetConfig",
    "WebConfig",
    "load_config",
    "secret",
]

FILE = "migrate.yaml"


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
    if not isinstance(data, dict | None):
        message = "holds no keys: `source:`, `target:` and the like"
        raise ConfigurationError(Problem("config-invalid", f"{file}:1", message))
    try:
        return Config.model_validate({**(data or {}), "folder": folder})
    except ValidationError as error:
        raise ConfigurationError(problems(error, Config, node, file)) from None


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
