from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from exported_files import column, read, read_to_the_break, source_of
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.errors import Problem
from migrate.extract import text_lines
from migrate.extract.exports import ExportSource

FIELDS = {"number": "Nr", "title": "Tittel", "description": "Tekst", "open_time": "Åpnet"}
HEADER = "Nr;Tittel;Tekst;Åpnet"


class Exported:
    """A folder with one delimited file of incidents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "incidents.csv"

    def holds(self, *lines: str, encoding: str = "utf-8", end: str = "\r\n") -> Exported:
        self.path.write_bytes("".join(line + end for line in lines).encode(encoding))
        return self

    def source(self, fields: dict[str, Any] | None = None, **form: Any) -> ExportSource:
        return source_of(self.path, {**FIELDS, **(fields or {})}, self.folder, **form)


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    return Exported(tmp_path)


def said(source: ExportSource) -> list[Problem]:
    return [problem for problem in source.check() if problem.code != "source-column-missing"]


# What a file may be packed in


@pytest.mark.parametrize("name", ["incidents.csv.gz", "incidents.csv"])
def test_a_gzipped_file_is_known_by_its_content(exported: Exported, name: str) -> None:
    exported.path = exported.folder / name
    exported.path.write_bytes(gzip.compress(f"{HEADER}\nIM1;a;b;\n".encode()))
    source = exported.source()
    assert said(source) == []
    assert column(read(source), "number") == ["IM1"]


def zipped(path: Path, **files: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def test_a_zip_of_one_file_is_read(exported: Exported) -> None:
    zipped(exported.path, **{"eksport/incidents.csv": f"{HEADER}\nIM1;a;b;\n", "__MACOSX/x": "y"})
    assert column(read(exported.source()), "number") == ["IM1"]


def test_a_zip_of_several_files_is_told(exported: Exported) -> None:
    zipped(exported.path, **{"a.csv": HEADER, "b.csv": HEADER})
    [problem] = exported.source().check()
    assert (problem.message, problem.expected) == ("holds 2 files", "one file")


def test_a_gzipped_file_that_was_cut_gives_what_is_whole(exported: Exported) -> None:
    lines = [HEADER, *(f"IM{n};{n * 7919};{n * 104729};" for n in range(20_000))]
    exported.path.write_bytes(gzip.compress("\n".join(lines).encode())[:-500])
    rows, [problem] = read_to_the_break(exported.source())
    assert 15_000 < len(rows) < 20_000
    assert column(rows, "number") == [f"IM{n}" for n in range(len(rows))]
    assert (problem.code, problem.place) == ("file-broken", f"{exported.path}:{len(rows) + 2}")


# Encodings


@pytest.mark.parametrize(
    ("encoding", "said_to_be"),
    [
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
        ("cp865", "cp865"),
    ],
)
def test_every_encoding_that_is_said_rightly_is_read(
    exported: Exported, encoding: str, said_to_be: str
) -> None:
    exported.holds(HEADER, 'IM1;på;"to\r\nlinjer";', encoding=encoding)
    source = exported.source(encoding=said_to_be)
    assert said(source) == []
    assert read(source)[0]["description"] == "to\r\nlinjer"


@pytest.mark.parametrize(
    ("encoding", "said_to_be", "probably"),
    [
        ("cp1252", "utf-8", "cp1252"),
        ("cp850", "utf-8", "cp850"),
        ("utf-8", "latin-1", "utf-8"),
        ("utf-8-sig", "cp1252", "utf-8"),
        ("utf-16", "utf-8", "utf-16"),
        ("utf-16-be", "cp1252", "utf-16-be"),
        ("utf-16-le", "utf-16", "utf-16-le"),
    ],
)
def test_a_wrong_encoding_is_told_with_the_right_one(
    exported: Exported, encoding: str, said_to_be: str, probably: str
) -> None:
    exported.holds(HEADER, "IM1;Gjøre blå skjemaer på nytt for Øystein;;", encoding=encoding)
    problems = exported.source(encoding=said_to_be).check()
    told = [problem.what_to_do for problem in problems if "encoding" in problem.what_to_do]
    assert told == [f"Set source.files.incidents.encoding in migrate.yaml, probably to {probably}."]


def test_windows_quotes_in_a_latin_1_file_are_told_as_a_doubt(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;“på”;;", encoding="cp1252")
    [problem] = said(exported.source(encoding="latin-1"))
    assert problem.warning
    assert "probably to cp1252" in problem.what_to_do


def test_bytes_that_are_wrong_are_told_by_their_line_and_the_rest_is_read(
    exported: Exported,
) -> None:
    exported.path.write_bytes(f"{HEADER}\nIM1;a;;\nIM2;p".encode() + b"\xe5;;\nIM3;b;;\n")
    source = exported.source()
    assert column(read(source), "title") == ["a", "p\N{REPLACEMENT CHARACTER}", "b"]
    assert [p.place for p in source.problems()] == [f"{exported.path}:3"]


# Before the header, and the header itself


def test_lines_before_the_header_are_told_and_skipped(exported: Exported) -> None:
    exported.holds('Uttrekk "pr.', "", "Bruker; Ola", HEADER, "IM1;a;b;")
    problems = exported.source().check()
    assert [p.place for p in problems if "skip_lines" in p.what_to_do] == [f"{exported.path}:4"]
    assert "skip_lines in migrate.yaml, probably to 3" in problems[0].what_to_do
    source = exported.source(skip_lines=3)
    assert said(source) == []
    assert column(read(source), "number") == ["IM1"]


def test_of_two_header_lines_the_one_that_is_asked_for_counts(exported: Exported) -> None:
    exported.holds("number;brief.description;action;open.time", HEADER, "IM1;a;b;")
    assert "probably to 1" in exported.source().check()[0].what_to_do
    assert column(read(exported.source(skip_lines=1)), "number") == ["IM1"]


def test_excel_s_own_line_about_the_separator_is_no_header(exported: Exported) -> None:
    exported.holds("sep=;", HEADER, ";;b;", "IM2;a;b;")
    source = exported.source()
    assert said(source) == []
    assert column(read(source), "number") == ["IM2"]
    assert [p.place for p in source.problems()] == [f"{exported.path}:3"]
    [problem] = exported.source(separator=",").check()
    assert "probably to ';'" in problem.what_to_do


def test_names_in_quotes_of_another_sort_are_told(exported: Exported) -> None:
    exported.holds("'Nr';'Tittel';'Tekst';'Åpnet'", "'IM1';'a';'b';''")
    [problem] = exported.source().check()
    assert "source.files.incidents.quote" in problem.what_to_do
    assert column(read(exported.source(quote="'")), "number") == ["IM1"]


def test_a_header_may_be_wrapped_or_named_as_hpsm_names_its_fields(exported: Exported) -> None:
    exported.holds('Nr;"Tittel\r\npå saken";TEKST;open.time', "IM1;a;b;")
    source = exported.source({"title": "Tittel på saken", "open_time": "OPEN_TIME"})
    assert source.check() == []
    assert column(read(source), "description") == ["b"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel before 2007"),
        (b"<html><table>", "page of HTML"),
        (b"<?xml version='1.0'?><x/>", "probably to xml"),
    ],
)
def test_what_is_no_delimited_file_is_told(exported: Exported, content: bytes, told: str) -> None:
    exported.path.write_bytes(content)
    [problem] = exported.source().check()
    assert told in problem.message + problem.what_to_do


# The form of the values


@pytest.mark.parametrize(
    ("dates", "text", "probably"),
    [
        ("%Y-%m-%d %H:%M:%S", "30.09.2019 08:00", "'%d.%m.%Y %H:%M'"),
        ("%m/%d/%Y %H:%M:%S", "30/09/2019 08:00:00", "'%d/%m/%Y %H:%M:%S'"),
        ("%d.%m.%Y", "2019-09-30T08:00:00+02:00", "'iso'"),
        ("%d.%m.%Y", "09/30/2019 08:00:00 PM", "'%m/%d/%Y %I:%M:%S %p'"),
        ("%d.%m.%Y", "30-SEP-19", "'%d-%b-%y'"),
    ],
)
def test_a_wrong_form_of_dates_is_told_with_the_right_one(
    exported: Exported, dates: str, text: str, probably: str
) -> None:
    exported.holds(HEADER, f"IM1;a;b;{text}", f"IM2;a;b;{text}")
    [problem] = exported.source(dates=dates).check()
    assert problem.expected == dates
    assert problem.what_to_do.endswith(f"dates in migrate.yaml, probably to {probably}.")
    assert text not in repr(problem)


def test_where_two_forms_of_dates_fit_both_are_told(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;a;b;05/06/2019 08:00:00")
    [problem] = exported.source().check()
    assert problem.near == ("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S")
    assert "probably" not in problem.what_to_do


def test_a_single_wrong_date_is_no_wrong_form(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;a;b;2019-09-30 08:00:00", "IM2;a;b;i går")
    assert exported.source().check() == []


def test_other_words_and_another_decimal_separator_are_told(exported: Exported) -> None:
    exported.holds(f"{HEADER};Først;Timer", "IM1;a;b;;Ja;1,5", "IM2;a;b;;Nei;2")
    fields = {
        "first": {"column": "Først", "type": "logical"},
        "hours": {"column": "Timer", "type": "number"},
    }
    told = [problem.what_to_do for problem in exported.source(fields).check()]
    assert told == [
        "Set source.files.incidents.decimal in migrate.yaml, probably to ','.",
        "Under source.files.incidents in migrate.yaml add Ja to true and Nei to false.",
    ]
    assert exported.source(fields, decimal=",", true=["Ja"], false=["Nei"]).check() == []


def test_words_that_mean_nothing_are_told(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;NULL;b;(null)")
    [problem] = exported.source().check()
    assert problem.near == ("(null)", "NULL")
    source = exported.source(null=["", "NULL", "(null)"])
    assert source.check() == []
    assert read(source)[0]["title"] is None


def test_numbers_that_excel_wrote_short_are_told(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;1,23457E+15;b;")
    [problem] = exported.source().check()
    assert (problem.code, problem.warning) == ("excel-changed", True)


# Rows


def test_files_that_were_put_together_have_one_header(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;a;b;", "\ufeff" + HEADER, "IM2;c;d;")
    source = exported.source()
    assert column(read(source), "number") == ["IM1", "IM2"]
    [problem] = source.problems()
    assert (problem.place, problem.warning) == (f"{exported.path}:3", True)


def test_another_header_in_the_middle_ends_the_reading(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;a;b;", "Tittel;Nr;Tekst;Åpnet", "c;IM2;d;")
    rows, [problem] = read_to_the_break(exported.source())
    assert column(rows, "number") == ["IM1"]
    assert problem.place == f"{exported.path}:3"


def test_separators_at_the_end_of_rows_or_of_the_header_are_no_cells(exported: Exported) -> None:
    exported.holds(HEADER + ";;", "IM1;a;b;;;", "IM2;c;d;", "IM3;e;f;;;;;", ";;;;;", "")
    source = exported.source()
    assert column(read(source), "number") == ["IM1", "IM2", "IM3"]
    assert source.problems() == []


def test_a_row_with_an_unclosed_quote_of_its_own_costs_only_itself(exported: Exported) -> None:
    exported.holds(HEADER, 'IM1;"en "fin" ting";b;', "IM2;a;b;", 'IM3;5" skjerm;b;')
    source = exported.source()
    assert column(read(source), "title") == ["a", '5" skjerm']
    [problem] = source.problems()
    assert (problem.code, problem.place) == ("record-malformed", f"{exported.path}:2")


def test_lines_are_told_also_behind_texts_of_several_lines(exported: Exported) -> None:
    exported.holds(
        HEADER, 'IM1;"a\r\nb\nc";;', "", ';"d\re";;', "IM3;x", 'IM4;"f";;', 'IM5;"a"b;;', ";;q;"
    )
    source = exported.source()
    assert column(read(source), "number") == ["IM1", "IM4"]
    assert sorted(p.place for p in source.problems()) == [
        f"{exported.path}:{line}" for line in (10, 11, 6, 8)
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_system_ends_them(exported: Exported, end: str) -> None:
    exported.holds(HEADER, "IM1;a;b;", "IM2;c;d;", end=end)
    assert column(read(exported.source()), "title") == ["a", "c"]


def test_zero_bytes_within_a_text_are_kept(exported: Exported) -> None:
    exported.holds(HEADER, "IM1;a\0b;c;", "IM2\0\0;d;e;")
    rows = read(exported.source())
    assert (rows[0]["title"], rows[1]["number"]) == ("a\0b", "IM2")


def test_a_line_without_end_does_not_take_all_memory(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_lines, "LARGEST", 1 << 20)
    exported.path.write_text(f"{HEADER}\nIM1;a;b;\nIM2;" + "x" * (5 << 20), encoding="utf-8")
    rows, [problem] = read_to_the_break(exported.source())
    assert column(rows, "number") == ["IM1"]
    assert "1,048,576 letters" in problem.message


def test_reading_goes_on_behind_a_batch_whatever_stands_between(exported: Exported) -> None:
    lines = ["IM1;a;b;", "", 'IM2;"c\r\nc";d;', 'IM3;"x"y;;', "IM4;e;f;", HEADER, "IM5;g;h;", "IM6"]
    exported.holds(HEADER, *lines, "IM7;i;j;")
    whole = read(exported.source())
    for size in (1, 2, 3, 5):
        for batch in list(exported.source(batch=size).read("incidents"))[:-1]:
            before = (
                whole.index(dict(zip(batch.columns, batch.rows[-1], strict=True))) + 1
                if batch.rows
                else None
            )
            rest = read(exported.source(batch=size), after=batch.position)
            assert before is None or rest == whole[before:]
            assert rest == whole[len(whole) - len(rest) :]


_CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=12
) | st.sampled_from(['"', '""', ";", "\r\n", "\r", "\n", 'a"b', "sep=,", "Nr", "Tittel"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(_CELLS, _CELLS), max_size=8),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from(['"', "'"]),
    st.sampled_from([";", ",", "\t", "|"]),
)
def test_every_text_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[tuple[str, str]],
    end: str,
    quote: str,
    separator: str,
) -> None:
    exported = Exported(tmp_path_factory.mktemp("texts"))
    written = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if end == "\n" else csv.QUOTE_MINIMAL  # else it leaves \r bare
    writer = csv.writer(
        written, delimiter=separator, quotechar=quote, lineterminator=end, quoting=quoting
    )
    writer.writerow(FIELDS.values())
    writer.writerows([f"IM{n}", *cells, ""] for n, cells in enumerate(texts))
    exported.path.write_bytes(written.getvalue().encode())
    source = exported.source(separator=separator, quote=quote)
    rows = read(source)
    assert [(r["title"], r["description"]) for r in rows] == [
        (title or None, text or None) for title, text in texts
    ]
    assert source.problems() == []
