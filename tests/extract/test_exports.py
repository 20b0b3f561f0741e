from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from exported_files import column, read, read_to_the_break, source_of

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError
from migrate.extract.aliases import DEFAULTS
from migrate.extract.exports import ExportSource
from migrate.extract.run import extract
from migrate.records import Batch
from migrate.state.snapshot import Snapshot

FIELDS = {
    "number": "Saksnummer",
    "title": "Tittel",
    "open_time": "Åpnet",
    "assignment": "Gruppe",
}
ONLY = {name: None for name in DEFAULTS["incidents"].fields if name not in FIELDS}
HEADER = "Saksnummer;Tittel;Åpnet;Gruppe"


class Exported:
    """A folder with one file of incidents, and its source."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "incidents.csv"
        self.folder = folder

    def holds(self, *lines: str, encoding: str = "utf-8", header: str = HEADER) -> Exported:
        self.path.write_bytes("\r\n".join((header, *lines, "")).encode(encoding))
        return self

    def source(
        self, fields: dict[str, Any] | None = None, batch: int = 5000, **form: Any
    ) -> ExportSource:
        config = {
            "type": "exports",
            "batch": batch,
            "tables": {"incidents": {"fields": {**ONLY, **FIELDS, **(fields or {})}}},
            "files": {"incidents": {"path": self.path.name, **form}},
        }
        return ExportSource(SourceConfig.model_validate(config), self.folder)


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    return Exported(tmp_path)


def rows(source: ExportSource) -> list[tuple[Any, ...]]:
    """The fields in the order of `FIELDS`; one that the source cannot give is left out."""
    return [
        tuple(row[batch.columns.index(name)] for name in FIELDS if name in batch.columns)
        for batch in batches(source)
        for row in batch.rows
    ]


def batches(source: ExportSource) -> list[Batch]:
    return list(source.read("incidents"))


def test_a_file_in_the_form_that_was_said_has_no_problems(exported: Exported) -> None:
    source = exported.holds("IM1;På vent;2019-09-30 08:00:00;UB", 'IM2;"a;b\nc";;').source()
    assert source.check() == []
    assert rows(source) == [
        ("IM1", "På vent", "2019-09-30 08:00:00", "UB"),
        ("IM2", "a;b\nc", None, None),
    ]
    assert source.problems() == []
    [info] = [info for info in source.describe() if not info.absent]
    assert (info.kind, info.rows, info.modified) == ("incidents", None, None)


def test_compressed_files_and_other_encodings_are_read(tmp_path: Path) -> None:
    exported = Exported(tmp_path)
    exported.path = tmp_path / "incidents.csv.gz"
    exported.path.write_bytes(gzip.compress(f"{HEADER}\nIM1;Måned;;UB\n".encode("latin-1")))
    source = exported.source(encoding="latin-1")
    assert source.check() == []
    assert rows(source) == [("IM1", "Måned", None, "UB")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_header(exported: Exported, encoding: str) -> None:
    exported.holds("IM1;å;;UB", encoding=encoding)
    source = exported.source(encoding="utf-8" if encoding == "utf-8-sig" else encoding)
    assert source.check() == []
    assert rows(source)[0][:2] == ("IM1", "å")


def test_dates_in_local_time_become_gmt(exported: Exported) -> None:
    exported.holds("IM1;a;30.09.2019 08:00;UB", "IM2;b;27.10.2019 02:30;UB")
    source = exported.source(dates="%d.%m.%Y %H:%M", time_zone="Europe/Oslo")
    assert [row[2] for row in rows(source)] == ["2019-09-30 06:00:00", "2019-10-27 00:30:00"]
    [problem] = source.problems()
    assert problem.code == "time-ambiguous"
    assert problem.warning


def test_dates_of_another_form_keep_their_text_and_are_counted(exported: Exported) -> None:
    exported.holds(*(f"IM{n};a;30.09.2019;UB" for n in range(8)))
    source = exported.source()
    [batch] = batches(source)
    assert batch.rows[7][batch.columns.index("open_time")] is None
    assert batch.raw[7] == {"open_time": "30.09.2019"}
    problems = source.problems()
    assert problems[0].place == f"{exported.path}:2"
    assert problems[-1].message == "and 3 more of the same"
    assert "30.09" not in repr(problems)


def test_texts_that_mean_nothing_are_none(exported: Exported) -> None:
    exported.holds("IM1;#N/B;#N/B;")
    assert rows(exported.source(null=["", "#N/B"])) == [("IM1", None, None, None)]


def test_rows_with_other_cells_than_the_header_are_left_out_and_told(exported: Exported) -> None:
    exported.holds("IM1;a;;UB", "IM2;a;b;;UB", "", "IM3", "IM4;d;;UB")
    source = exported.source(batch=2)
    found = batches(source)
    assert [row[0] for batch in found for row in batch.rows] == ["IM1", "IM4"]
    assert sum(batch.skipped for batch in found) == 2
    assert [(p.code, p.place) for p in source.problems()] == [
        ("record-malformed", f"{exported.path}:3"),
        ("record-malformed", f"{exported.path}:5"),
    ]


def test_behind_a_quote_that_never_closes_nothing_is_known(exported: Exported) -> None:
    exported.holds("IM1;a;;UB", 'IM2;"a;;UB', "IM3;c;;UB")
    reading = exported.source().read("incidents")
    assert [row[0] for row in next(reading).rows] == ["IM1"]
    with pytest.raises(ConfigurationError) as raised:
        next(reading)
    [problem] = raised.value.problems
    assert (problem.code, problem.place) == ("file-broken", f"{exported.path}:3")


def test_a_row_without_a_key_is_told_by_its_line(exported: Exported) -> None:
    source = exported.holds("IM1;a;;UB", ";b;;UB").source()
    assert len(rows(source)) == 1
    assert [p.place for p in source.problems()] == [f"{exported.path}:3"]


def test_a_key_that_comes_twice_is_told_with_both_lines(exported: Exported) -> None:
    """Both go on: which of the two counts, the snapshot weighs."""
    source = exported.holds("IM1;a;;UB", "IM2;b;;UB", "IM1;c;;UB").source(batch=2)
    found = batches(source)
    assert [row[0] for batch in found for row in batch.rows] == ["IM1", "IM2", "IM1"]
    assert found[-1].skipped == 0
    [problem] = source.problems()
    assert problem.place == f"{exported.path}:4"
    assert f"{exported.path}:2" in problem.message


def test_a_missing_column_is_told_with_similar_names(exported: Exported) -> None:
    exported.holds("IM1;a;;UB", header="Saksnummer;Tittel;Åpnet;Ansvarlig gruppe")
    source = exported.source()
    [problem] = source.check()
    assert problem.place == f"{exported.path}:1"
    assert problem.near[0] == "Ansvarlig gruppe"
    assert "`assignment: Ansvarlig gruppe`" in problem.what_to_do
    assert not problem.warning
    assert rows(source) == [("IM1", "a", None)]


def test_without_the_key_column_the_kind_cannot_be_read(exported: Exported) -> None:
    source = exported.holds("IM1;a;;UB", header="Nr;Tittel;Åpnet;Gruppe").source()
    assert [p.warning for p in source.check()] == [False]
    with pytest.raises(ConfigurationError):
        rows(source)


def test_a_wrong_separator_is_not_guessed_but_told(exported: Exported) -> None:
    [problem] = exported.holds("IM1;a;;UB").source(separator=",").check()
    assert problem.code == "source-format"
    assert "';'" in problem.what_to_do
    assert "source.files.incidents.separator" in problem.what_to_do


def test_a_wrong_encoding_is_told_with_its_line(exported: Exported) -> None:
    exported.holds("IM1;a;;UB", "IM2;på;;UB", encoding="latin-1", header=HEADER.replace("Å", "A"))
    source = exported.source(fields={"open_time": "Apnet"})
    assert [p.place for p in source.check()] == [f"{exported.path}:3"]
    assert [row[1] for row in rows(source)] == ["a", "p\N{REPLACEMENT CHARACTER}"]
    assert [p.place for p in source.problems()] == [f"{exported.path}:3"]


def test_a_utf_8_file_that_is_called_latin_1_is_told(exported: Exported) -> None:
    exported.holds("IM1;på;;UB", header=HEADER.replace("Å", "A"))
    [problem] = exported.source(encoding="latin-1", fields={"open_time": "Apnet"}).check()
    assert "utf-8" in problem.what_to_do


def test_a_file_that_is_not_there_is_told_with_similar_names(exported: Exported) -> None:
    (exported.folder / "incidents_2019.csv").write_text("x")
    [problem] = exported.source().check()
    assert problem.code == "source-table-missing"
    assert problem.near == ("incidents_2019.csv",)


@pytest.mark.parametrize("content", ["", "Saksnummer;Tittel;Tittel\n"])
def test_a_file_without_a_usable_header_is_told(exported: Exported, content: str) -> None:
    exported.path.write_text(content)
    assert [p.code for p in exported.source().check()] == ["source-format"]


@pytest.mark.parametrize(
    "form", [{"encoding": "utf-9"}, {"time_zone": "Europe/Trondheim"}, {"separator": ";;"}]
)
def test_a_form_that_cannot_be_is_refused(exported: Exported, form: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        exported.source(**form)


def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    config = {"type": "exports", "files": {"saker": {"path": "x.csv"}}}
    with pytest.raises(ConfigurationError, match="no such kind"):
        ExportSource(SourceConfig.model_validate(config), tmp_path)


def years(folder: Path, *names: str) -> None:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{HEADER}\nIM{number};a;;UB\nIM{number}b;b;;UB\n", encoding="utf-8")


def test_a_kind_may_lie_in_several_files(tmp_path: Path) -> None:
    years(tmp_path, "y/2018.csv", "y/2019.csv", "y/~$2019.csv", "y/.2019.csv", "new.csv")
    source = source_of(["y/*.csv", "new.csv", "y/2018.csv"], FIELDS, tmp_path)
    assert source.check() == []
    assert column(read(source), "number") == ["IM0", "IM0b", "IM1", "IM1b", "IM4", "IM4b"]


def test_every_file_of_a_kind_has_its_own_header(tmp_path: Path) -> None:
    years(tmp_path, "2018.csv")
    (tmp_path / "2019.csv").write_text("Gruppe;Saksnummer\nUB;IM1\n", encoding="utf-8")
    source = source_of(["*.csv"], FIELDS, tmp_path)
    assert {p.place for p in source.check()} == {f"{tmp_path}/2019.csv:1"}
    rows = read(source)
    assert column(rows, "assignment") == ["UB", "UB", "UB"]
    assert "title" not in rows[-1]


def test_a_key_that_two_files_have_is_told_with_both_places(tmp_path: Path) -> None:
    years(tmp_path, "2018.csv")
    (tmp_path / "2019.csv").write_text(f"{HEADER}\nIM0;x;;UB\n", encoding="utf-8")
    source = source_of(["*.csv"], FIELDS, tmp_path)
    assert len(read(source)) == 3
    [problem] = source.problems()
    assert problem.place == f"{tmp_path}/2019.csv:2"
    assert f"{tmp_path}/2018.csv:2" in problem.message


def test_a_pattern_that_fits_nothing_is_told(tmp_path: Path) -> None:
    years(tmp_path, "saker_2019.csv")
    [problem] = source_of(["saker_*.xlsx"], FIELDS, tmp_path).check()
    assert problem.code == "source-table-missing"
    assert problem.near == ("saker_2019.csv",)


def test_a_kind_of_which_a_file_is_missing_is_not_known_as_a_whole(tmp_path: Path) -> None:
    years(tmp_path, "2018.csv", "2020.csv")
    rows, [problem] = read_to_the_break(
        source_of(["2018.csv", "2019.csv", "2020.csv"], FIELDS, tmp_path)
    )
    assert len(rows) == 4
    assert problem.place == f"{tmp_path}/2019.csv"


def test_reading_goes_on_in_the_file_where_it_was_cut(tmp_path: Path) -> None:
    years(tmp_path, "2018.csv", "2019.csv", "2020.csv")
    batches = list(source_of(["20*.csv"], FIELDS, tmp_path, batch=1).read("incidents"))
    for done, batch in enumerate(batches, 1):
        rest = read(source_of(["20*.csv"], FIELDS, tmp_path), after=batch.position)
        assert len(rest) == len(batches) - done


def test_what_broke_off_before_is_not_forgotten_where_reading_goes_on(tmp_path: Path) -> None:
    years(tmp_path, "2018.csv", "2019.csv")
    with (tmp_path / "2018.csv").open("a", encoding="utf-8") as file:
        file.write('IM9;"a')
    reading = source_of(["20*.csv"], FIELDS, tmp_path, batch=1).read("incidents")
    position = [next(reading).position for _ in range(3)][-1]
    rows, [problem] = read_to_the_break(source_of(["20*.csv"], FIELDS, tmp_path), after=position)
    assert column(rows, "number") == ["IM1b"]
    assert (problem.code, problem.place) == ("file-broken", f"{tmp_path}/2018.csv")


def test_a_file_that_changed_meanwhile_is_read_from_its_start(exported: Exported) -> None:
    exported.holds("IM1;a;;UB", "IM2;b;;UB")
    [first, _] = exported.source(batch=1).read("incidents")
    [before] = [info for info in exported.source().describe() if not info.absent]
    exported.holds("IM1;a;;UB", "IM2;b;;UB", "IM3;c;;UB")
    [after] = [info for info in exported.source().describe() if not info.absent]
    assert before.layout != after.layout
    assert len(list(exported.source(batch=1).read("incidents", after=first.position))) == 3


def test_a_run_that_was_cut_ends_as_one_that_was_not(exported: Exported) -> None:
    exported.holds(*(f"IM{n};a;;UB" for n in range(100)))
    now = datetime.now(UTC)
    with Snapshot(exported.folder / "snapshot.db") as snapshot:
        run = snapshot.begin_run(["incidents"], True, now)
        source = exported.source(batch=10)
        [info] = [info for info in source.describe() if not info.absent]
        snapshot.begin_kind(run, "incidents", now, None, info.layout)
        for batch, _ in zip(source.read("incidents"), range(4), strict=False):
            snapshot.write(run, batch)
    with Snapshot(exported.folder / "snapshot.db") as snapshot:
        [report] = extract(exported.source(batch=10), snapshot, full=True, now=now).kinds
        assert (report.went_on, report.read, report.finished) == (True, 60, True)
        assert snapshot.counts()["incidents"] == 100


def test_what_exports_cannot_give_is_said(tmp_path: Path) -> None:
    (tmp_path / "files.csv").write_text("topic;uid\nIM1;519b\n", encoding="utf-8")
    config = {"type": "exports", "files": {"attachments": {"path": "files.csv"}}}
    source = ExportSource(SourceConfig.model_validate(config), tmp_path)
    infos = {info.kind: info for info in source.describe()}
    assert dict(infos["attachments"].missing)["sha256"] == "an export holds no contents of files"
    assert infos["attachments"].fields == ("topic", "uid")
    assert infos["incidents"].absent == "no file is configured for it"
    without = ExportSource(SourceConfig.model_validate({"type": "exports"}), tmp_path)
    [attachments] = [info for info in without.describe() if info.kind == "attachments"]
    assert attachments.absent == "an export holds no contents of files"


def test_an_alias_table_of_one_s_own_has_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "bestillinger.csv").write_text("Nr\nRF1\n", encoding="utf-8")
    config = {
        "type": "exports",
        "tables": {"orders": {"kind": "requests", "fields": {"number": "Nr"}}},
        "files": {"orders": {"path": "bestillinger.csv"}},
    }
    source = ExportSource(SourceConfig.model_validate(config), tmp_path)
    assert column(read(source, "requests"), "number") == ["RF1"]


@pytest.mark.parametrize("dates", ["%H:%M", "%d.%m.%Y %Q", "%d %d %Y", "", "%"])
def test_a_form_of_dates_without_a_date_is_refused(exported: Exported, dates: str) -> None:
    with pytest.raises(ConfigurationError, match="no form of dates"):
        exported.source(dates=dates)


def test_a_record_that_comes_again_is_told_by_its_place_and_its_key(exported: Exported) -> None:
    source = exported.holds("IM1;Ny;;UB", "IM2;Ny;;UB", "IM1 ;Lukket;;UB").source()
    assert [row[0] for row in rows(source)] == ["IM1", "IM2", "IM1"]
    [problem] = source.problems()
    assert problem.code == "record-repeated"
    assert problem.place.endswith(":4")
    assert problem.message.endswith(":2: IM1")


def test_of_a_ticket_in_two_years_lists_the_copy_that_was_changed_last_is_kept(
    tmp_path: Path,
) -> None:
    fields = FIELDS | {"update_time": "Endret"}
    header = f"{HEADER};Endret"
    for year, group in (("2018", "IT"), ("2019", "HR")):
        line = f"IM1;a;;{group};{year}-05-01 08:00:00"
        (tmp_path / f"{year}.csv").write_text(f"{header}\n{line}\n", encoding="utf-8")
    with Snapshot(tmp_path / "snapshot.db") as snapshot:
        source = source_of(["2018.csv", "2019.csv"], fields, tmp_path)
        now = datetime(2019, 10, 1, tzinfo=UTC)
        report = extract(source, snapshot, ["incidents"], full=True, now=now)
        assert [kind.repeated for kind in report.kinds] == [1]
        assert [row["assignment"] for row in snapshot.scan("incidents")] == ["HR"]
