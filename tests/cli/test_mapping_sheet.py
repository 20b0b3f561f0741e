"""`map export` and `map import`, from a real workspace to a workbook and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook
from service_desk import Desk, document

from migrate.errors import Exit

GROUPS = "mappings/units/it/groups.yaml"


class Filled:
    """The workbook of a unit, with `put` for the answers of an entry."""

    def __init__(self, desk: Desk, name: str = "it.xlsx", *, lang: str = "nb") -> None:
        self.path = desk.folder / name
        options = ["--lang", lang] if lang != "nb" else []
        assert desk.run(*options, "map", "export", "--unit", "it", str(self.path)) == Exit.OK
        self.book = load_workbook(self.path)

    def put(self, source: str, name: str, value: str, title: str = "Grupper") -> None:
        sheet = self.book[title]
        names = [cell.value for cell in sheet[1]]
        row = next(row for row in sheet.iter_rows() if row[1].value == source)
        row[names.index(name)].value = value

    def saved(self, by: str = "") -> str:
        if by:
            front = self.book["Les meg"]
            row = next(row for row in front.iter_rows() if row[0].value == "author")
            row[2].value = by
        self.book.save(self.path)
        return str(self.path)


def _text(desk: Desk, file: str = GROUPS) -> str:
    return (desk.folder / file).read_text(encoding="utf-8")


def _answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return document(capsys.readouterr().out)


def test_an_owner_s_answers_come_into_the_files_with_their_name(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = Filled(desk)
    filled.put("IT-NETT", "line", "andrelinje")
    filled.put("IT-KLIENTDRIFT", "note", "Avklart")
    path = filled.saved("unni@example.no")
    assert desk.run("map", "import", path) == Exit.OK
    said = " ".join(capsys.readouterr().out.split())  # a long path breaks a line
    assert (
        "IT-NETT: map to IT NETT → map to IT NETT (line: second); the approval lapses (K5)" in said
    )
    assert "IT-KLIENTDRIFT: note: – → Avklart (O4)" in said
    assert "2 taken in, 0 cells left, in the name of unni@example.no" in said
    lines = [line for line in _text(desk).splitlines() if "unni@example.no" in line]
    assert [line.split(":")[0].strip() for line in lines] == ["note", "decision"]
    [event, _] = _events(desk)
    assert (event["who"], event["what"]) == ("unni@example.no", "decided")
    assert event["about"]["workbook"] == "it.xlsx"
    capsys.readouterr()
    assert desk.run("map", "import", path) == Exit.OK
    assert "0 taken in, 0 cells left" in capsys.readouterr().out
    assert desk.run("map", "check", "--unit", "it", "--offline") == Exit.MAPPING
    assert "approval-edited" in capsys.readouterr().out


def _events(desk: Desk) -> list[dict[str, Any]]:
    lines = (desk.folder / "state/audit.jsonl").read_bytes().splitlines()
    events = [orjson.loads(line) for line in lines]
    return [event for event in events if "workbook" in event["about"]]


def test_what_two_copies_disagree_on_comes_back_in_a_small_workbook(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    kari, ola = Filled(desk, "kari.xlsx"), Filled(desk, "ola.xlsx")
    kari.put("IT-NETT", "note", "Blir")
    ola.put("IT-NETT", "note", "Skal bort")
    ola.put("IT-KLIENTDRIFT", "line", "tredjelinje")
    ola.book["Grupper"]["Q4"] = "spør Per"
    paths = [kari.saved("kari@example.no"), ola.saved("ola@example.no")]
    capsys.readouterr()
    assert desk.run("map", "import", *paths, "--json") == Exit.SOME_FAILED
    answer = _answer(capsys)
    assert [len(each["changes"]) for each in answer["workbooks"]] == [1, 0]
    assert {problem["code"] for problem in answer["problems"]} == {
        *("sheet-conflict", "sheet-answer", "sheet-ignored")
    }
    assert {left["place"] for left in answer["workbooks"][1]["left"]} == {
        "Grupper!O5",
        "Grupper!K4",
    }
    small = Path(answer["workbooks"][1]["written"])
    assert small.name == "ola.left.xlsx"
    book = load_workbook(small)
    assert "Grupper!Q4" in [cell.value for cell in book["Les meg"]["B"]]
    sheet = book["Grupper"]
    assert [row[1].value for row in sheet.iter_rows(min_row=3)] == ["IT-KLIENTDRIFT", "IT-NETT"]
    assert "note: Blir" in _text(desk)
    assert desk.run("map", "import", paths[1]) == Exit.SOME_FAILED
    assert small.with_name("ola.left-2.xlsx").exists()


def test_only_an_owner_s_name_opens_a_group(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.edit(GROUPS, "restricted: false", "restricted: unknown")
    desk.edit("mappings/units/it/unit.yaml", "name:", "owners: [unni@example.no]\nname:")
    filled = Filled(desk)
    filled.put("IT-NETT", "restricted", "nei")
    path = filled.saved("per@example.no")
    assert desk.run("map", "import", path) == Exit.SOME_FAILED
    assert "sheet-answer" in capsys.readouterr().out
    assert desk.run("map", "import", path, "--by", "unni@example.no") == Exit.OK
    assert "restricted: false  # [unni@example.no" in _text(desk)


def test_nothing_is_written_where_one_of_several_files_cannot_be_read(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = Filled(desk)
    filled.put("IT-NETT", "note", "Avklart")
    (desk.folder / "broken.xlsx").write_bytes(b"nothing")
    before = _text(desk)
    broken = str(desk.folder / "broken.xlsx")
    assert desk.run("map", "import", filled.saved(), broken) == Exit.USAGE
    assert "sheet-unreadable" in capsys.readouterr().err
    assert _text(desk) == before


def test_a_file_that_is_there_is_never_replaced(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Filled(desk).path
    before = path.read_bytes()
    assert desk.run("map", "export", "--unit", "it", str(path)) == Exit.USAGE
    assert "sheet-exists" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_workbook_is_norwegian_unless_another_language_is_asked_for(desk: Desk) -> None:
    assert Filled(desk).book.sheetnames[:3] == ["Les meg", "Grupper", "Operatører"]
    assert Filled(desk, "en.xlsx", lang="en").book.sheetnames[:3] == [
        "Read me",
        "Groups",
        "Operators",
    ]


def test_the_drop_downs_hold_what_topdesk_has(desk: Desk) -> None:
    book = Filled(desk).book
    rules = book["Operatører"].data_validations.dataValidation
    names = [cell.value for cell in book["Operatører"][1]]
    [rule] = [r for r in rules if next(iter(r.sqref.ranges)).min_col == names.index("target") + 1]
    title, _, cells = rule.formula1.partition("!")
    offered = {cell.value for row in book[title.strip("'")][cells.replace("$", "")] for cell in row}
    logins = {found["loginName"] for found in desk.ask("GET", "operators", page_size="100")}
    assert logins <= offered


def test_it_can_be_made_without_topdesk(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.topdesk.close() if hasattr(desk.topdesk, "close") else None
    path = tmp_path / "it.xlsx"
    capsys.readouterr()
    assert desk.run("map", "export", "--unit", "it", "--offline", str(path), "--json") == Exit.OK
    assert _answer(capsys)["next"].endswith(f"map import {path}")
    assert path.stat().st_size > 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ["map", "export", "x.xlsx"],
        ["map", "export", "--unit", "itt", "x.xlsx", "--offline"],
        ["map", "import", "nowhere.xlsx"],
    ],
    ids=" ".join,
)
def test_a_command_that_cannot_be_followed_says_why(
    desk: Desk, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert desk.run(*arguments) == Exit.USAGE
    assert capsys.readouterr().err


def test_a_workbook_of_another_unit_is_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Filled(desk).saved()
    assert desk.run("map", "import", path, "--unit", "kommunikasjon") == Exit.USAGE
    assert "sheet-other-unit" in capsys.readouterr().err


def test_without_its_base_a_workbook_is_known_by_its_rows_and_every_difference_is_shown(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = Filled(desk)
    filled.put("IT-NETT", "note", "Avklart")
    (desk.folder / "state/review.key").unlink()
    before = _text(desk)
    capsys.readouterr()
    assert desk.run("map", "import", filled.saved(), "--json") == Exit.SOME_FAILED
    answer = _answer(capsys)
    assert answer["workbooks"][0]["unit"] == "it"
    assert [left["why"] for left in answer["workbooks"][0]["left"]] == ["no_base"]
    assert _text(desk) == before


def test_files_with_mistakes_are_mended_first(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Filled(desk).saved()
    desk.edit(GROUPS, "- source: IT-NETT", "- sauce: IT-NETT")
    assert desk.run("map", "import", path) == Exit.MAPPING
    assert "mapping-form" in capsys.readouterr().err
