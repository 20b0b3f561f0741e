"""The report as files: a page for people, the same figures as data."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from migrate.report.assess.assess import Assessment, document
from migrate.report.assess.page import page
from migrate.state.database import unwritable_path


def write_report(found: Assessment, folder: Path, lang: str) -> tuple[Path, Path]:
    """Write the page (in `lang`) and the JSON file into `folder`, made where it is not there;
    returns both. One unit's files carry its key.

    They name keys and logins, and so only their owner can read them. Raises StoppedError
    (`state-unwritable`) where the disk is full or refuses.
    """
    name = f"assess-{found.unit.key}" if found.unit else "assess"
    html, data = folder / f"{name}.html", folder / f"{name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(html, page(found, lang).encode())
        _write(data, orjson.dumps(document(found), option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise unwritable_path(folder, error) from None
    return html, data


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing: a reader never meets half a report."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)
