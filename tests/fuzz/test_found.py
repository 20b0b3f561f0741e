"""What fuzzing found once stays mended."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from pathlib import Path

import pytest
import seeds
from targets import TARGETS

from migrate.extract.soap_xml import NotXml, parse_list
from migrate.extract.table import Table, fields
from migrate.extract.web_values import web_converter

SECONDS = 5


def _read(name: str, data: bytes, room: Path) -> str:
    return TARGETS[name].read(data, room)


def test_an_answer_nested_without_end_is_no_answer() -> None:
    deep = b"<instance>" + b"<a><b>1</b>" * 1_500 + b"</a>" * 1_500 + b"</instance>"
    body = b'<RetrieveIncidentListResponse status="SUCCESS">%b</RetrieveIncidentListResponse>'
    with pytest.raises(NotXml):
        parse_list(body % deep, "Incident")


def test_a_value_too_deep_for_json_is_told_and_the_others_are_read() -> None:
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]
    told: list[tuple[int, str]] = []
    convert = web_converter(Table("incidents", "", (), fields("title TITLE")), "title", "text")
    assert convert(["før", {"a": deep}, "etter"], lambda *at: told.append(at)) == [
        "før",
        None,
        "etter",
    ]
    assert [row for row, _ in told] == [1]


def test_rows_of_any_number_of_cells_are_told_and_not_kept(tmp_path: Path) -> None:
    whole = seeds.csv_files()[0]
    lines = b"".join(b"IM%d;x%s\n" % (n, b";en" * 40_000) for n in range(20, 220))
    assert _read("csv", gzip.compress(whole + lines, 1), tmp_path) == "rows and problems"
    assert _read("csv", whole + b"IM9" + b";to" * 4_000_000, tmp_path) == "rows and problems"


def test_a_row_of_many_empty_cells_is_a_record(tmp_path: Path) -> None:
    row = seeds.csv_files()[2] + b"IM1;Closed;G;C;T;A;2019-09-30 08:05:03;t" + b";" * 400 + b"\n"
    assert _read("csv", row, tmp_path).startswith("rows")


@pytest.mark.parametrize("keep", [8, 14, 40])
def test_a_packed_list_that_breaks_off_in_its_header_is_told(tmp_path: Path, keep: int) -> None:
    packed = gzip.compress(seeds.csv_files()[0])[:keep]
    assert _read("csv", packed, tmp_path) == "nothing and problems"


def test_a_zip_file_that_leads_out_of_itself_is_told(tmp_path: Path) -> None:
    """Its directory says that the file begins before the first byte."""
    packed = bytearray(_zip({"list.csv": b"a;b\n" * 50}))
    place = packed.rindex(b"PK\x05\x06") + 16
    packed[place : place + 4] = b"\xff\xff\xff\x7f"
    assert _read("csv", bytes(packed), tmp_path) == "nothing and problems"


def test_a_zip_file_whose_only_member_has_no_name_is_told(tmp_path: Path) -> None:
    data = _zip({"list.csv": b"NUMBER\nIM1\n"})
    at = data.rindex(b"list.csv")
    assert _read("csv", data[:at] + b"\0" + data[at + 1 :], tmp_path) == "nothing and problems"


def test_a_zip_file_that_is_packed_otherwise_than_it_says_is_told(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("list.csv", b"NUMBER\nIM1\n")
    data = out.getvalue()
    at = data.index(b"BZh")
    assert _read("csv", data[:at] + b"no" + data[at + 2 :], tmp_path) == "nothing and problems"


def test_a_sheet_whose_head_is_damaged_is_told(tmp_path: Path) -> None:
    book = bytearray(seeds.workbooks()[0])
    name = b"xl/worksheets/sheet1.xml"
    head = book.index(name) - 30
    book[head : head + 2] = b"\0\0"
    assert _read("xlsx", bytes(book), tmp_path) == "nothing and problems"


def test_what_a_workbook_keeps_in_memory_is_bounded(tmp_path: Path) -> None:
    out = io.BytesIO(seeds.workbooks()[0])
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/grown.xml", "w") as member,
    ):
        for _ in range(100):
            member.write(b" " * 600_000)
    assert _read("xlsx", out.getvalue(), tmp_path) == "nothing and problems"


def test_thousands_of_damaged_records_do_not_take_a_look_at_the_whole_file_each(
    tmp_path: Path,
) -> None:
    whole = seeds.unload_files()[0]
    start = whole.index(b"\x00\x02\x19\xfb")
    record = whole[start : whole.index(b"\x00\x02\x19\xfb", start + 1)]
    damaged = record[:4] + b"\x00\x09" + record[6:]
    began = time.process_time()
    assert _read("unload", whole + damaged * 1_500, tmp_path).endswith("problems")
    assert time.process_time() - began < SECONDS


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
