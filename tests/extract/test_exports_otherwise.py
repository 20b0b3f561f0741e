"""Lists as other installations, their reports and their spreadsheets hand them over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from exported_files import column, read, source_of

from migrate.extract.exports import ExportSource

FIELDS = {"number": "Nummer", "title": "Tittel", "status": "Status"}
HEADER = "Nummer;Tittel;Status"


def text(folder: Path, *lines: str, name: str = "im.csv", **form: Any) -> ExportSource:
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return source_of(folder / name, FIELDS, folder, **form)


def sheet(folder: Path, *rows: list[Any]) -> ExportSource:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "im.xlsx")
    return source_of(folder / "im.xlsx", FIELDS, folder, format="xlsx")


@pytest.mark.parametrize("totals", ["Totalt", "Sum:", "Antall rader: 2", "Grand total", "TOTAL 2"])
def test_a_line_of_totals_is_no_ticket(tmp_path: Path, totals: str) -> None:
    opened = text(tmp_path, HEADER, "IM1;a;Open", "IM2;b;Open", f"{totals};2;")
    assert column(read(opened), "number") == ["IM1", "IM2"]
    [problem] = opened.problems()
    assert (problem.code, problem.place) == ("record-malformed", f"{tmp_path / 'im.csv'}:4")
    booked = sheet(
        tmp_path, HEADER.split(";"), ["IM1", "a", "Open"], [totals, 2], ["IM2", "b", "x"]
    )
    assert column(read(booked), "number") == ["IM1", "IM2"]
    assert [p.place for p in booked.problems()] == [f"{tmp_path / 'im.xlsx'}:3"]


def test_a_number_may_begin_as_totals_do(tmp_path: Path) -> None:
    opened = text(tmp_path, HEADER, "SUM0012345;a;Open", "TOTAL-IM1;b;Open", "COUNT7;c;Open")
    assert column(read(opened), "number") == ["SUM0012345", "TOTAL-IM1", "COUNT7"]
    assert opened.problems() == []


def test_a_group_may_be_called_as_totals_are(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("Navn\nTotal\nSum\n", encoding="utf-8")
    opened = source_of(tmp_path / "groups.csv", {"name": "Navn"}, tmp_path, table="groups")
    assert column(read(opened, "groups"), "name") == ["Total", "Sum"]


def test_a_text_that_is_guarded_from_excel_is_the_text(tmp_path: Path) -> None:
    opened = text(tmp_path, HEADER, '="00042";="1/2";x', '"=""IM2""";="";="', "IM3;=1+1;=a")
    rows = read(opened)
    assert column(rows, "number") == ["00042", "IM2", "IM3"]
    assert column(rows, "title") == ["1/2", None, "=1+1"]
    assert column(rows, "status") == ["x", '="', "=a"]


def test_a_header_separated_by_tabs_is_told_with_its_separator(tmp_path: Path) -> None:
    [problem] = text(tmp_path, HEADER.replace(";", "\t"), "IM1\ta\tOpen").check()
    assert problem.message == "the header is one column only"
    assert "source.files.incidents.separator" in problem.what_to_do
    assert r"probably to '\t'" in problem.what_to_do


def test_of_columns_of_one_name_either_can_be_asked_for(tmp_path: Path) -> None:
    lines = ("Nummer;Status;Tittel;Status", "IM1;Open;a;alert stage 1")
    opened = text(tmp_path, *lines)
    [problem] = [p for p in opened.check() if not p.warning]
    assert problem.place == f"{tmp_path / 'im.csv'}:1"
    assert "has the column Status more than once" in problem.message
    assert "`status: Status (1)` or `status: Status (2)`" in problem.what_to_do
    for number, value in enumerate(["Open", "alert stage 1"], start=1):
        fields = FIELDS | {"status": f"Status ({number})"}
        opened = source_of(tmp_path / "im.csv", fields, tmp_path)
        assert column(read(opened), "status") == [value]
        booked = sheet(tmp_path, *(line.split(";") for line in (*lines, lines[0], "IM2;b;c;d")))
        booked = source_of(tmp_path / "im.xlsx", fields, tmp_path, format="xlsx")
        assert column(read(booked), "status") == [value, "bd"[number - 1]]
        assert [p.message[:16] for p in booked.problems()] == ["the header stand"]


def test_a_name_of_composed_and_one_of_decomposed_letters_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "im.csv").write_text("Nummer;A\u030apnet av\nIM1;ola\n", encoding="utf-8")
    opened = source_of(
        tmp_path / "im.csv", {"number": "Nummer", "opened_by": "\u00c5pnet av"}, tmp_path
    )
    assert column(read(opened), "opened_by") == ["ola"]


def test_a_pattern_finds_files_whose_names_are_written_in_other_letters(tmp_path: Path) -> None:
    text(tmp_path, HEADER, "IM1;a;Open", name="a.csv")
    text(tmp_path, HEADER, "IM2;a;Open", name="Uttrekk 2.CSV")
    text(tmp_path, HEADER, "IM3;a;Open", name="~$b.CSV")
    opened = source_of(["*.csv"], FIELDS, tmp_path)
    assert sorted(column(read(opened), "number")) == ["IM1", "IM2"]


RECORD = "<r><row><Nummer>IM1</Nummer><Tittel>{title}</Tittel><Status>Open</Status></row></r>"


def xml(folder: Path, data: bytes) -> ExportSource:
    (folder / "im.xml").write_bytes(data)
    return source_of(folder / "im.xml", FIELDS, folder, format="xml")


def test_xml_in_another_encoding_than_was_said_is_told_with_it(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>' + RECORD.format(title="Ære")
    [problem] = xml(tmp_path, text.encode("utf-16")).check()
    assert problem.message == "the file is not utf-8"
    assert "encoding in migrate.yaml, probably to utf-16" in problem.what_to_do


def test_an_entity_that_nobody_declared_is_told_with_its_line(tmp_path: Path) -> None:
    text = "<?xml version='1.0'?>\n" + RECORD.format(title="a&nbsp;b")
    [problem] = xml(tmp_path, text.encode()).check()
    assert problem.place == f"{tmp_path / 'im.xml'}:2"
    assert "(undeclared entity)" in problem.message
