"""Which source a configuration asks for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from migrate.config import SourceConfig
from migrate.extract.source import Source
from migrate.state.blobs import BlobStore

SOURCES = {
    "sql": ("migrate.extract.sql", "SqlSource"),
    "unload": ("migrate.extract.unload", "UnloadSource"),
    "rest": ("migrate.extract.rest", "RestSource"),
    "soap": ("migrate.extract.soap", "SoapSource"),
    "exports": ("migrate.extract.exports", "ExportSource"),
}
"""Type → the module and the class of its source. A module is imported only where it is asked for:
together they take 40 MB, twice where reading has a process of its own."""


def open_source(config: SourceConfig, folder: Path, blobs: BlobStore) -> Source:
    """The source that `config` describes; relative paths start in `folder`, contents of files go to
    `blobs`. Raises ConfigurationError where the configuration cannot be used at all."""
    module, name = SOURCES[config.type]
    source: Source = getattr(import_module(module), name)(config, folder, blobs)
    return source
