"""What the configuration says of HPSM's web services, before anything is asked."""

from __future__ import annotations

import codecs
import os
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, Problem

_PATHS = ("/SM/9/rest", "/SM/7/ws", "/SM/7")


def base_of(config: SourceConfig) -> str:
    """Scheme, host and what stands before HPSM's own paths. Raises ConfigurationError."""
    text = config.url or (os.environ.get(config.url_env) if config.url_env else None) or ""
    place = "migrate.yaml: source.url"
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        named = config.url_env if not config.url and config.url_env else "source.url"
        raise ConfigurationError(
            Problem(
                "source-unreachable",
                place,
                f"{named} is no address of a web server",
                expected="http://host:13080",
            )
        )
    if parts.username or parts.password:
        raise ConfigurationError(
            Problem(
                "source-unreachable",
                place,
                "the address holds a user or a password",
                expected="source.user, and the password in a variable or the keyring",
            )
        )
    path = parts.path.rstrip("/")
    for known in _PATHS:
        path = path.removesuffix(known)
    return f"{parts.scheme}://{parts.netloc}{path}"


def check_words(config: SourceConfig) -> None:
    """Raises ConfigurationError for a zone or an encoding that nobody knows."""
    wrong = []
    try:
        ZoneInfo(config.web.time_zone or "UTC")
    except (LookupError, ValueError, OSError):
        wrong.append(("web.time_zone", "is not a time zone"))
    try:
        codecs.lookup(config.encoding)
    except LookupError:
        wrong.append(("encoding", "is not an encoding"))
    if wrong:
        raise ConfigurationError(
            Problem("config-invalid", f"migrate.yaml: source.{name}", message)
            for name, message in wrong
        )


def user_of(config: SourceConfig) -> str:
    """Who asks. Raises ConfigurationError."""
    if not config.user:
        raise ConfigurationError(
            Problem("config-invalid", "migrate.yaml: source.user", "a web service needs a user")
        )
    return config.user
