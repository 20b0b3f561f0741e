from __future__ import annotations

import zlib
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest
from simulated_hpsm import Hpsm

from migrate.simulate.hpsm.attachments import attachment, wrap
from migrate.simulate.hpsm.rows import Stamp
from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.files import OVERSIZED, FileMaker

BROKEN = (
    Dirt.FILE_TRUNCATED,
    Dirt.FILE_SEGMENT_MISSING,
    Dirt.FILE_SIZE_WRONG,
    Dirt.FILE_HEADER_BAD,
)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def files(hpsm: Hpsm) -> dict[str, Rows]:
    """Key of the attachment → its segments in their order."""
    names = "APPLICATION TOPIC UID TYPE SEGMENT FILENAME MIME_TYPE SIZE COMPRESSED COMPRESSED_SIZE"
    columns = [*names.split(), "DATA"]
    select = ", ".join(f'"{column}"' for column in columns)
    found: defaultdict[str, Rows] = defaultdict(list)
    for values in hpsm.ask(f"SELECT {select} FROM SYSATTACHMEM1 ORDER BY SEGMENT"):
        row = dict(zip(columns, values, strict=True))
        found["{APPLICATION}|{TOPIC}|{UID}|{TYPE:.0f}".format(**row)].append(row)
    return dict(found)


def unwrapped(data: bytes | None) -> bytes:
    """Read by hand from the documented header, so that the decoder is no judge of itself."""
    if data is None or not data.startswith(b"_RCFM*="):
        return data or b""
    code = data[7]
    if code == 0x2F:
        size, start = 0, 8
    elif 0x28 <= code <= 0x2C:
        size, start = code - 0x28, 8
    elif code == 0x2D:
        size, start = data[8], 9
    elif data[7:10] == b"\x2e\xff\xff":
        size, start = int.from_bytes(data[10:14], "big"), 14
    else:
        assert code == 0x2E
        size, start = int.from_bytes(data[8:10], "big"), 10
    assert len(data) - start == size
    return data[start:]


def content(rows: Rows) -> bytes:
    """The whole file, checked. Raises AssertionError or zlib.error where it is not whole."""
    first = rows[0]
    assert [row["SEGMENT"] for row in rows] == list(range(len(rows)))
    stored = b"".join(unwrapped(row["DATA"]) for row in rows)
    if first["COMPRESSED"] == "t":
        assert len(stored) == first["COMPRESSED_SIZE"]
    packed = first["COMPRESSED"] == "t" or (
        first["COMPRESSED"] is None and len(stored) != first["SIZE"]
    )
    whole = zlib.decompress(stored) if packed else stored
    assert len(whole) == first["SIZE"]
    return whole


def test_every_attachment_is_whole_but_those_that_are_counted_as_broken(
    hpsm: Hpsm, files: dict[str, Rows]
) -> None:
    broken = {key for kind in BROKEN for key in hpsm.counts.examples[kind]}
    assert len(broken) == sum(hpsm.counts.dirt[kind] for kind in BROKEN)
    found = set()
    for key, rows in files.items():
        try:
            content(rows)
        except (AssertionError, zlib.error):
            found.add(key)
    assert found == broken


def test_every_length_code_occurs(files: dict[str, Rows]) -> None:
    heads = set()
    for rows in files.values():
        for data in (row["DATA"] for row in rows):
            long = data is not None and data[7:10] == b"\x2e\xff\xff"
            heads.add("none" if data is None else data[7:10].hex() if long else f"{data[7]:02x}")
    codes = ("28", "29", "2a", "2b", "2c", "2d", "2e", "2effff", "2f")
    assert {"none", *codes} <= heads


def test_segments_are_one_or_many_and_not_in_order(hpsm: Hpsm, files: dict[str, Rows]) -> None:
    counts = {len(rows) for rows in files.values()}
    assert 1 in counts
    assert max(counts) > 50
    uids = hpsm.ask("SELECT UID, SEGMENT FROM SYSATTACHMEM1 ORDER BY rowid")
    assert any(b < a for (u, a), (v, b) in pairwise(uids) if u == v)


def test_later_segments_may_not_say_what_file_it_is(files: dict[str, Rows]) -> None:
    assert all(rows[0]["FILENAME"] and rows[0]["SIZE"] is not None for rows in files.values())
    later = [row for rows in files.values() for row in rows[1:]]
    assert {row["FILENAME"] is None for row in later} == {True, False}


def test_sizes_run_from_nothing_to_more_than_others_took_along(files: dict[str, Rows]) -> None:
    sizes = sorted(rows[0]["SIZE"] for rows in files.values())
    assert sizes[0] == 0
    assert sizes[-1] >= OVERSIZED
    assert 1_000 < sizes[len(sizes) // 2] < 20_000


@pytest.mark.parametrize("kind", [kind for kind in Dirt if kind.name.startswith("FILE_")])
def test_what_is_planted_in_attachments_is_under_its_key(
    hpsm: Hpsm, files: dict[str, Rows], kind: Dirt
) -> None:
    keys = hpsm.counts.examples[kind]
    assert len(keys) == hpsm.counts.dirt[kind] > 0
    tickets = {key for (key,) in hpsm.ask("SELECT NUMBER FROM PROBSUMMARYM1")}
    tickets |= {key for (key,) in hpsm.ask("SELECT INCIDENT_ID FROM INCIDENTSM1")}
    contents = [rows[0]["DATA"] for rows in files.values()]
    for key in keys:
        rows = files[key]
        name, topic, data = rows[0]["FILENAME"], rows[0]["TOPIC"], rows[0]["DATA"]
        same = [other[0]["FILENAME"] for other in files.values() if other[0]["TOPIC"] == topic]
        shows = {
            Dirt.FILE_UNWRAPPED: not (data or b"").startswith(b"_RCFM"),
            Dirt.FILE_COMPRESSION_UNKNOWN: rows[0]["COMPRESSED"] is None,
            Dirt.FILE_EMPTY: rows[0]["SIZE"] == 0,
            Dirt.FILE_EXECUTABLE: name.lower().endswith((".exe", ".bat", ".ps1", ".vbs", ".msi")),
            Dirt.FILE_OVERSIZED: rows[0]["SIZE"] >= OVERSIZED,
            Dirt.FILE_NAME_LONG: len(name) > 200,
            Dirt.FILE_NAME_ODD: name == "CON" or any(c in name for c in '\\/:?\n"Ã') or " " in name,
            Dirt.FILE_NAME_TWICE: same.count(name) > 1,
            Dirt.FILE_OF_NO_RECORD: topic not in tickets,
            Dirt.FILE_CONTENT_TWICE: len(contents) > len({*contents}),
        }.get(kind, True)
        assert shows, key


def test_attachments_hang_on_every_sort_of_record(hpsm: Hpsm) -> None:
    found = {row[0] for row in hpsm.ask("SELECT DISTINCT APPLICATION FROM SYSATTACHMEM1")}
    assert found == {"incidents", "probsummary", "kmdocument", "svcCatalog"}


@pytest.mark.parametrize("size", [0, 1, 4, 5, 255, 256, 65_534, 65_535, 70_000])
@pytest.mark.parametrize("width", [0, 1, 2])
def test_wrapping_is_undone_by_the_documented_header(size: int, width: int) -> None:
    data = bytes(range(256)) * 300
    assert unwrapped(wrap(data[:size], width)) == data[:size]


def test_no_file_has_more_than_two_thousand_segments() -> None:
    maker = FileMaker(5, "test", Tally())
    for _ in range(300):
        file = maker.document("kmdocument", "KM0001", 0, "karino")
        rows = list(attachment(file, Stamp(as_text=True)))
        assert len(rows) <= 2_000
