"""Writes a made HPSM as the lists that customers send, in every format, each with the migrate.yaml
that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from migrate.simulate.hpsm import reading
from migrate.simulate.hpsm.export_csv import export_csv
from migrate.simulate.hpsm.export_xlsx import export_xlsx
from migrate.simulate.hpsm.export_xml import export_xml
from migrate.simulate.hpsm.exported import Export, Progress
from migrate.simulate.hpsm.workspace import write_configuration

FORMATS: dict[str, Callable[..., Export]] = {
    "csv": export_csv,
    "xlsx": export_xlsx,
    "xml": export_xml,
}
"""Format → what writes it; also the name of its folder."""


def write_exports(
    url: str,
    folder: Path,
    *,
    formats: tuple[str, ...] = tuple(FORMATS),
    progress: Progress | None = None,
) -> dict[str, Export]:
    """Export the classic database at `url` into a folder for each of `formats` under `folder`.

    `progress` is called with the name of a list and the rows of it that are written. Raises
    ConfigurationError where the database is none that was made here.
    """
    exports = {}
    with reading.made(url) as connection:
        for name in formats:
            (folder / name).mkdir(parents=True, exist_ok=True)
            exports[name] = FORMATS[name](connection, folder / name, progress or _unheard)
            write_configuration(folder / name, exports[name].source())
    return exports


def _unheard(name: str, rows: int) -> None: ...
