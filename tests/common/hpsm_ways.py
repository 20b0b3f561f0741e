"""One invented HPSM, handed over in every way that there is: what the contract of sources is held
against. A new way adds one function to `WAYS`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from migrate.cli.simulate_web import source_section
from migrate.config import SourceConfig
from migrate.extract.defaults import DEFAULTS
from migrate.extract.opening import open_source
from migrate.extract.source import Source
from migrate.simulate.hpsm import make_database
from migrate.simulate.hpsm.custom import CUSTOM
from migrate.simulate.hpsm.exports import write_exports
from migrate.simulate.hpsm.unload import write_definitions, write_unload
from migrate.simulate.hpsm.web.server import PASSWORD, HpsmServer, Settings
from migrate.simulate.world.world import World
from migrate.state.blobs import BlobStore

Lost = Callable[[str, Any], Any]
"""What a value of a type (text, time, …) is once this way has lost what it declares to lose."""


@dataclass
class Way:
    """One way into the world. `lost` are the differences that it declares beforehand, beside what
    `describe` says; `delta` and `resumes` say whether it can do these at all. `gone` says whether
    files come whose record is gone: a web service shows files with their record only."""

    name: str
    source: Mapping[str, Any]
    folder: Path
    lost: list[Lost] = field(default_factory=list)
    delta: bool = True
    resumes: bool = True
    gone: bool = True

    @property
    def config(self) -> SourceConfig:
        return SourceConfig.model_validate(self.source)

    def open(self, blobs: Path, **more: Any) -> Source:
        config = self.config.model_copy(update=more)
        return open_source(config, self.folder, BlobStore(blobs))

    def nulled(self, kind: str) -> set[str]:
        """The fields of `kind` of which the configuration says that there are none."""
        return {
            name
            for table, alias in self.config.tables.items()
            if DEFAULTS[table].kind == kind
            for name, column in alias.fields.items()
            if column is None
        }

    def value(self, type_: str, value: Any) -> Any:
        for lose in self.lost:
            value = lose(type_, value)
        return value


@dataclass(frozen=True)
class Hpsm:
    """Where the world lies: as a database, in the classic layout."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "hpsm.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    def keys(self, table: str) -> set[str]:
        """The keys of one alias table."""
        alias = DEFAULTS[table]
        [key] = alias.key
        with closing(sqlite3.connect(self.database)) as database:
            rows = database.execute(f'SELECT "{alias.fields[key].column}" FROM "{alias.table}"')
            return {str(value) for (value,) in rows}


def make(folder: Path, scale: str = "test", seed: int = 1) -> Hpsm:
    hpsm = Hpsm(folder)
    make_database(hpsm.url, World(seed, scale))
    return hpsm


@contextmanager
def classic(hpsm: Hpsm, folder: Path) -> Iterator[Way]:
    yield _way("sql", folder, {"type": "sql", "url": hpsm.url})


@contextmanager
def customised(hpsm: Hpsm, folder: Path) -> Iterator[Way]:
    """Other tables and columns, arrays as rows and blobs; the dbdict alone says where what is."""
    url = f"sqlite:///{folder}/custom.db"
    make_database(url, World(1, "test"), layout="custom")
    write_definitions(folder / "dbdict.unl", CUSTOM.values())
    source = {"type": "sql", "url": url, "dbdict": ["dbdict.unl"]}
    yield _way("sql with dbdict", folder, source)


@contextmanager
def unloaded(hpsm: Hpsm, folder: Path) -> Iterator[Way]:
    write_unload(hpsm.url, folder)
    yield _way("unload", folder, _written(folder))


@contextmanager
def unloaded_in_one(hpsm: Hpsm, folder: Path) -> Iterator[Way]:
    write_unload(hpsm.url, folder)
    yield _way("unload, one file", folder, {"type": "unload", "unload": ["everything.unl"]})


@contextmanager
def rest(hpsm: Hpsm, folder: Path) -> Iterator[Way]:
    with HpsmServer(Settings(hpsm.database)) as server:
        source = source_section("rest", server.url)
        yield _way("rest", folder, source, lost=[_empty], gone=False)


@contextmanager
def soap(hpsm: Hpsm, folder: Path) -> Iterator[Way]:
    with HpsmServer(Settings(hpsm.database)) as server:
        source = source_section("soap", server.url)
        yield _way("soap", folder, source, lost=[_xml_characters, _empty], gone=False)


def _exported(format_: str, *lost: Lost) -> Callable[[Hpsm, Path], Any]:
    @contextmanager
    def exported(hpsm: Hpsm, folder: Path) -> Iterator[Way]:
        write_exports(hpsm.url, folder, formats=(format_,))
        there = folder / format_
        yield _way(format_, there, _written(there), lost=[*lost, _empty], delta=False)

    return exported


def _empty(type_: str, value: Any) -> Any:
    """An empty text is none."""
    return None if value == "" else value


def _blank(type_: str, value: Any) -> Any:
    """A text of blank lines is none."""
    return value if not isinstance(value, str) or value.strip() else None


def _latin_1(type_: str, value: Any) -> Any:
    """Characters that are not in latin-1 became question marks."""
    return value.encode("latin-1", "replace").decode("latin-1") if isinstance(value, str) else value


def _xml_characters(type_: str, value: Any) -> Any:
    """Control characters cannot stand in XML, nor in a workbook, which is XML."""
    if not isinstance(value, str):
        return value
    return "".join(c for c in value if c >= " " or c in "\n\t\r")


def _cell(type_: str, value: Any) -> Any:
    """A cell of a workbook holds 32,767 characters."""
    return value[:32_767] if isinstance(value, str) else value


WAYS: dict[str, Callable[[Hpsm, Path], Any]] = {
    "sql": classic,
    "sql with dbdict": customised,
    "unload": unloaded,
    "unload, one file": unloaded_in_one,
    "rest": rest,
    "soap": soap,
    "csv": _exported("csv", _latin_1),
    "xlsx": _exported("xlsx", _xml_characters, _cell),
    "xml": _exported("xml", _xml_characters, _blank),
}


def _way(name: str, folder: Path, source: Mapping[str, Any], **more: Any) -> Way:
    return Way(name, source, folder, **more)


def _written(folder: Path) -> dict[str, Any]:
    """The source section of the migrate.yaml that stands beside what was handed over."""
    content = yaml.safe_load((folder / "migrate.yaml").read_text(encoding="utf-8"))
    source: dict[str, Any] = content["source"]
    return source


__all__ = ["PASSWORD", "WAYS", "Hpsm", "Way", "make"]
