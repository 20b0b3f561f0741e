from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from exported_files import column, read, read_to_the_break, source_of
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from migrate.errors import ConfigurationError, Problem
from migrate.extract.exports import ExportSource

FIELDS = {
    "number": "Nr",
    "title": "Tittel",
    "open_time": "Åpnet",
    "assignment": "Gruppe",
}
HEADER = ["Nr", "Tittel", "Åpnet", "Gruppe"]
SHEET = "xl/worksheets/sheet1.xml"
SHARED = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def day(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a cell has no zone


class Exported:
    """A folder with one workbook of incidents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "incidents.xlsx"

    def holds(
        self,
        *rows: list[Any],
        header: list[Any] | None = None,
        before: Callable[[Worksheet], None] = lambda sheet: None,
        after: Callable[[Worksheet], None] = lambda sheet: None,
    ) -> Exported:
        book = Workbook()
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        before(sheet)
        for row in [header or HEADER, *rows]:
            sheet.append(row)
        after(sheet)
        book.save(self.path)
        return self

    def edit(self, part: str, *changes: tuple[str, str]) -> Exported:
        """Change the text of a part, as another program would have written it."""
        with zipfile.ZipFile(self.path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        text = parts[part].decode()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        parts[part] = text.encode()
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return self

    def source(self, fields: dict[str, Any] | None = None, **form: Any) -> ExportSource:
        return source_of(
            self.path, {**FIELDS, **(fields or {})}, self.folder, format="xlsx", **form
        )


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    return Exported(tmp_path)


def said(source: ExportSource) -> list[Problem]:
    return [problem for problem in source.check() if problem.code != "source-column-missing"]


def test_cells_are_taken_as_excel_typed_them(exported: Exported) -> None:
    fields = {
        "first": {"column": "Først", "type": "logical"},
        "minutes": {"column": "Minutter", "type": "number"},
        "handled": {"column": "Brukt", "type": "duration"},
    }
    header = [*HEADER, "Først", "Minutter", "Brukt"]
    exported.holds(
        [10001, "På vent", day(2019, 9, 30, 8), "UB", True, 1.5, timedelta(hours=30)],
        ["IM2", 3.0, "01.12.2019 12:00", None, "nei", "2,5", time(1, 30)],
        [12.5, False, None, 0, 1, 7, day(4000, 1, 1, 0, 2)],
        header=header,
    )
    source = exported.source(
        fields,
        time_zone="Europe/Oslo",
        dates="%d.%m.%Y %H:%M",
        decimal=",",
        true=["ja"],
        false=["nei"],
    )
    assert said(source) == []
    names = [*FIELDS, *fields]
    assert [tuple(row[name] for name in names) for row in read(source)] == [
        ("10001", "På vent", "2019-09-30 06:00:00", "UB", True, 1.5, 108_000),
        ("IM2", "3", "2019-12-01 11:00:00", None, False, 2.5, 5_400),
        ("12.5", "f", None, "0", True, 7, 120),
    ]


def test_columns_may_stand_in_any_order_and_rows_be_empty(exported: Exported) -> None:
    def gap(sheet: Worksheet) -> None:
        sheet.cell(9, 1, "UB")
        sheet.cell(9, 3, "IM9")

    exported.holds(
        ["UB", None, "IM1", "a"],
        [None, None, None, None],
        ["UB", None, None, "uten nummer"],
        header=["Gruppe", None, "Nr", "Tittel", "Åpnet"],
        after=gap,
    )
    source = exported.source()
    assert column(read(source), "number") == ["IM1", "IM9"]
    [problem] = source.problems()
    assert (problem.code, problem.place) == ("record-key-empty", f"{exported.path}:4")


def test_the_named_sheet_is_read_and_the_others_are_told(exported: Exported) -> None:
    def more(sheet: Worksheet) -> None:
        other = sheet.parent.create_sheet("Saker")  # type: ignore[union-attr]
        other.append(HEADER)
        other.append(["IM7"])
        sheet.parent.create_sheet("Om").append(["Rapport"])  # type: ignore[union-attr]

    exported.holds(["IM1"], after=more)
    [problem] = said(exported.source())
    assert "Saker has the same columns" in problem.message
    assert not problem.warning  # it may hold the rest of the tickets
    assert column(read(exported.source()), "number") == ["IM1"]
    source = exported.source(sheet="Saker")
    assert said(source) == []
    assert column(read(source), "number") == ["IM7"]
    [problem] = said(exported.source(sheet="Sakar"))
    assert "source.files.incidents.sheet in migrate.yaml, probably to Saker" in problem.what_to_do


def test_a_sheet_of_something_else_is_told(exported: Exported) -> None:
    def more(sheet: Worksheet) -> None:
        sheet.parent.create_sheet("Om").append(["Rapport"])  # type: ignore[union-attr]

    exported.holds(["IM1"], after=more)
    [problem] = said(exported.source())
    assert "and not Om" in problem.message
    assert problem.warning


def test_a_dimension_that_lies_hides_nothing(exported: Exported) -> None:
    exported.holds(["IM1", "a"], ["IM2", "b"]).edit(SHEET, ('ref="A1:D3"', 'ref="A1:A1"'))
    assert column(read(exported.source()), "title") == ["a", "b"]


def test_rows_keep_excel_s_numbers(exported: Exported) -> None:
    exported.holds([None, "a"])
    exported.edit(SHEET, ('<row r="2"', '<row r="700"'), ('r="B2"', 'r="B700"'))
    source = exported.source()
    assert read(source) == []
    assert [p.place for p in source.problems()] == [f"{exported.path}:700"]


def test_a_row_number_that_no_sheet_has_is_no_reason_to_count_to_it(exported: Exported) -> None:
    exported.holds(["IM1"], ["IM2"]).edit(SHEET, ('<row r="3"', '<row r="900000000"'))
    rows, [problem] = read_to_the_break(exported.source())
    assert column(rows, "number") == ["IM1"]
    assert problem.code == "file-broken"


def test_the_date_system_of_1904_is_known(exported: Exported) -> None:
    def since_1904(sheet: Worksheet) -> None:
        sheet.parent.epoch = CALENDAR_MAC_1904  # type: ignore[union-attr]

    exported.holds(["IM1", "a", day(2019, 9, 30, 8)], before=since_1904)
    assert column(read(exported.source()), "open_time") == ["2019-09-30 08:00:00"]


def test_a_fraction_of_a_day_is_a_time_to_the_second(exported: Exported) -> None:
    exported.holds(["IM1", "a", day(2019, 9, 30, 8)])
    exported.edit(SHEET, ("43738.33333333334", "43738.33333"))
    assert column(read(exported.source()), "open_time") == ["2019-09-30 08:00:00"]


def test_errors_have_no_value_and_keep_their_text(exported: Exported) -> None:
    exported.holds(["IM1", "#N/A", "#REF!", "#N/A"])
    source = exported.source()
    [batch] = source.read("incidents")
    assert dict(batch.raw[0]) == {"title": "#N/A", "open_time": "#REF!", "assignment": "#N/A"}
    assert {p.code for p in source.problems()} == {"value-unreadable"}
    source = exported.source(null=["", "#N/A", "#REF!"])
    [batch] = source.read("incidents")
    assert (batch.raw, source.problems()) == ({}, [])


def test_formulas_give_what_excel_calculated_last(exported: Exported) -> None:
    exported.holds(["IM1", "=B9", "=TODAY()", "UB"])
    exported.edit(
        SHEET,
        ('<c r="B2"><f>B9</f><v></v></c>', '<c r="B2" t="str"><f>B9</f><v>Purring</v></c>'),
    )
    source = exported.source()
    [batch] = source.read("incidents")
    assert batch.rows[0][batch.columns.index("title")] == "Purring"
    assert batch.raw == {0: {"open_time": "=TODAY()"}}


def test_what_excel_took_for_a_date_is_told_and_not_made_up(exported: Exported) -> None:
    exported.holds(["IM1", day(2019, 3, 1), None, 1234567890123456789], ["IM2", "a", None, "b"])
    source = exported.source()
    [batch] = source.read("incidents")
    assert batch.raw == {0: {"title": "2019-03-01 00:00:00", "assignment": "1.234567890123457e+18"}}
    changed = {p.place: p.message for p in source.problems() if p.code == "excel-changed"}
    assert changed == {
        f"{exported.path} column Tittel": (
            "Tittel has dates where texts are expected: Excel took them for dates"
        ),
        f"{exported.path} column Gruppe": (
            "Gruppe has long numbers, of which Excel keeps fifteen digits"
        ),
    }


def test_dates_and_texts_in_one_column_are_told(exported: Exported) -> None:
    exported.holds(["IM1", "a", day(2019, 5, 10)], ["IM2", "b", "25/10/2019"])
    source = exported.source(dates="%d/%m/%Y")
    assert column(read(source), "open_time") == ["2019-05-10 00:00:00", "2019-10-25 00:00:00"]
    [problem] = source.problems()
    assert (problem.code, problem.warning) == ("excel-changed", True)


def test_digits_that_excel_shows_with_zeros_keep_them(exported: Exported) -> None:
    def zeros(sheet: Worksheet) -> None:
        sheet["D2"].number_format = "00000"

    exported.holds(["IM1", "a", None, 42], after=zeros)
    assert column(read(exported.source()), "assignment") == ["00042"]


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ('"IM"00000', "IM00042"),
        (r"\I\M0", "IM42"),
        ("0", "42"),
        ("General", "42"),
        ("#,##0", "42"),
        ('"kr "0', "42"),
    ],
)
def test_letters_that_excel_shows_before_digits_are_of_the_number(
    exported: Exported, style: str, shown: str
) -> None:
    def styled(sheet: Worksheet) -> None:
        sheet["A2"].number_format = style

    exported.holds([42, "a"], after=styled)
    assert column(read(exported.source()), "number") == [shown]


def test_merged_cells_are_told(exported: Exported) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:A1")
        sheet.merge_cells("D2:D3")

    exported.holds(["IM1", "a", None, "UB"], ["IM2", "b"], after=merge)
    source = exported.source()
    assert column(read(source), "assignment") == ["UB", None]
    [problem] = source.problems()
    assert (problem.code, problem.place) == ("excel-changed", f"{exported.path}:3")
    assert "D2:D3" in problem.message


def test_texts_come_with_their_runs_and_line_breaks(exported: Exported) -> None:
    exported.holds(["IM1", "linje 1_x000D_\nlinje 2 _x005F_x000D_", None, "x"])
    exported.edit(SHEET, ('t="inlineStr"><is><t>x</t></is>', 't="s"><v>1</v>'))
    exported.edit("[Content_Types].xml", ("</Types>", f"{SHARED}</Types>"))
    with zipfile.ZipFile(exported.path, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml",
            "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><si><t>a</t></si>"
            "<si><r><t>U</t></r><r><t>B</t></r><rPh sb='0' eb='1'><t>feil</t></rPh></si></sst>",
        )
    [row] = read(exported.source())
    assert row["title"] == "linje 1\r\nlinje 2 _x000D_"
    assert row["assignment"] == "UB"


def test_rows_before_the_header_are_told_and_skipped(exported: Exported) -> None:
    def preamble(sheet: Worksheet) -> None:
        sheet.append(["Uttrekk fra HPSM", None, "30.09.2019"])
        sheet.append([])

    exported.holds(["IM1", "a"], before=preamble)
    problems = exported.source().check()
    assert "source.files.incidents.skip_lines in migrate.yaml, probably to 2" in (
        problems[0].what_to_do
    )
    assert problems[0].place == f"{exported.path}:3"
    source = exported.source(skip_lines=2)
    assert said(source) == []
    assert column(read(source), "number") == ["IM1"]


def test_reading_goes_on_behind_a_batch(exported: Exported) -> None:
    exported.holds(*([f"IM{n}"] for n in range(10)))
    [first, *_] = exported.source(batch=4).read("incidents")
    rest = read(exported.source(batch=4), after=first.position)
    assert column(rest, "number") == [f"IM{n}" for n in range(4, 10)]


def test_a_sheet_that_breaks_off_gives_what_stands_before(exported: Exported) -> None:
    exported.holds(*([f"IM{n}"] for n in range(10)))
    exported.edit(SHEET, ('<row r="7">', '<row r="7"><c></row>'))
    rows, [problem] = read_to_the_break(exported.source())
    assert column(rows, "number") == [f"IM{n}" for n in range(5)]
    assert (problem.code, problem.place) == ("file-broken", f"{exported.path}:7")


def test_a_workbook_that_grows_too_large_is_not_unpacked(exported: Exported) -> None:
    exported.holds(["IM1"])
    with zipfile.ZipFile(exported.path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * (3 << 20))
    [problem] = exported.source(unpacked_mb=2).check()
    assert problem.expected == "2 MB, an eighth of it texts"
    assert "unpacked_mb" in problem.what_to_do
    assert said(exported.source()) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Nr;Tittel\nIM1;a\n", "probably to csv"),
        (b"<?xml version='1.0'?><Workbook/>", "probably to xml"),
        (b"\xef\xbb\xbf<html><table>", "save it as .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "without a password"),
        (b"PK\x03\x04 and no more", "no whole workbook"),
        (b"", "no workbook"),
    ],
)
def test_what_is_no_workbook_is_told(exported: Exported, content: bytes, told: str) -> None:
    exported.path.write_bytes(content)
    [problem] = exported.source().check()
    assert told in problem.message + problem.what_to_do


def test_nothing_is_printed_of_styles_that_are_not_there(
    exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    exported.holds(["IM1"]).edit(
        "xl/styles.xml", ('<cellStyle name="Normal" xfId="0"', '<cellStyle name="Normal" xfId="7"')
    )
    assert [problem.code for problem in said(exported.source())] == ["file-broken"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["xl/workbook.bin", "content.xml", "x.txt"])
def test_other_documents_are_told(exported: Exported, name: str) -> None:
    with zipfile.ZipFile(exported.path, "w") as archive:
        archive.writestr(name, "x")
    [problem] = exported.source().check()
    assert problem.code in ("source-format", "file-broken")


def test_a_workbook_that_is_called_a_delimited_file_is_told(exported: Exported) -> None:
    exported.holds(["IM1"])
    csv = exported.path.rename(exported.folder / "incidents.csv")
    [problem] = source_of(csv, FIELDS, exported.folder).check()
    assert "source.files.incidents.format in migrate.yaml, probably to xlsx" in problem.what_to_do


def test_a_workbook_without_the_key_cannot_be_read(exported: Exported) -> None:
    exported.holds(["a"], header=["Tittel"])
    with pytest.raises(ConfigurationError):
        read(exported.source())
