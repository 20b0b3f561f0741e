"""What is wrong with attachments."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from migrate.report.assess.found import Family, Mender, Section, words
from migrate.report.assess.view import Hits, View
from migrate.state.snapshot import json_list

LARGE = 10_000_000
"""Bytes. TOPdesk publishes no limit; gateways and mail servers commonly stop here."""

_EXECUTABLE = words("""
    ade adp app appx bat chm cmd com cpl dll exe gadget hta inf ins iso jar js jse lnk lib mde msc
    msi msix msp mst nsh pif ps1 psm1 reg scr sct sh shb sys vb vbe vbs vhd vxd wsc wsf wsh xll
""")
"""Endings that mail systems refuse, since opening them runs them."""

_MIME = ("application/x-msdownload", "application/x-dosexec", "application/x-ms-installer")

_NAME = 200
"""Characters. Longer names are cut, or refused, by what they are put into."""

_IMPOSSIBLE = re.compile(
    r"""[\x00-\x1f<>:"/\\|?*]|[ .]$|^\s|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)""", re.IGNORECASE
)
"""What a file on Windows cannot be called."""

_ENDING = re.compile(r"\.([a-z0-9]+)[\s.]*$")


def _files(where: str) -> Callable[[View], Hits]:
    return lambda view: _told(view, f"SELECT key FROM assess_file WHERE {where}")


def _told(view: View, select: str, **parameters: str) -> Hits:
    """Counts files, and tells them by the record that they hang on: names of files may name people.
    `select` selects their keys."""
    of_files = f"FROM assess_file WHERE key IN ({select})"
    hits = view.hits(f"SELECT key, hidden, broken {of_files}", **parameters)
    records = view.select(
        f"SELECT DISTINCT coalesce(ticket, topic) AS record {of_files} AND NOT hidden"
        f" AND record <> '' ORDER BY length(record), record LIMIT {view.examples}",
        **parameters,
    )
    return replace(hits, examples=tuple(record for (record,) in records))


def _executable(view: View) -> Hits:
    keys = [
        key
        for key, name, mime in view.select("SELECT key, filename, mime_type FROM assess_file")
        if (mime or "").strip().lower() in _MIME
        or ((ending := _ENDING.search((name or "").lower())) and ending[1] in _EXECUTABLE)
    ]
    return _told(view, "SELECT value FROM json_each(:keys)", keys=json_list(keys))


def _odd_name(view: View) -> Hits:
    misread = view.question.borrowed.misread
    keys = [
        key
        for key, name in view.select("SELECT key, filename FROM assess_file WHERE filename <> ''")
        if _IMPOSSIBLE.search(name) or misread(name)
    ]
    return _told(view, "SELECT value FROM json_each(:keys)", keys=json_list(keys))


_LATER = (
    "key IN (SELECT key FROM (SELECT key, row_number() OVER (PARTITION BY topic, folded(filename)"
    " ORDER BY key) AS place FROM assess_file WHERE filename <> '') WHERE place > 1)"
)


_family = partial(Family, Section.FILES)
_KEPT = ("attachments.segments",)
FAMILIES = (
    _family("files_broken", Mender.HPSM, "files", _KEPT, _files("broken <> ''"), urgent=True),
    _family(
        "files_large",
        Mender.UNIT_OWNER,
        "files",
        ("attachments.size|attachments.content_size",),
        _files(f"coalesce(content_size, size) > {LARGE}"),
    ),
    _family("files_executable", Mender.UNIT_OWNER, "files", ("attachments.filename",), _executable),
    _family(
        "files_empty",
        Mender.PROJECT,
        "files",
        ("attachments.size|attachments.content_size",),
        _files("coalesce(content_size, size) = 0"),
    ),
    _family(
        "files_name_long",
        Mender.PROJECT,
        "files",
        ("attachments.filename",),
        _files(f"length(filename) > {_NAME}"),
    ),
    _family("files_name_odd", Mender.PROJECT, "files", ("attachments.filename",), _odd_name),
    _family("files_name_twice", Mender.PROJECT, "files", ("attachments.filename",), _files(_LATER)),
    _family("files_stray", Mender.HPSM, "files", ("attachments",), _files("stray"), whole=True),
)
