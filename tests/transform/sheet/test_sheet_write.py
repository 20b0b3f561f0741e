"""The workbook that an owner gets: what is asked, what may be answered, what can do no harm."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook
from sheet_world import EVIL, KEY, exported, world

from migrate.transform.approve import Approval
from migrate.transform.sheet.base import CHUNK, opened, sealed
from migrate.transform.sheet.columns import Line, columns_of
from migrate.transform.sheet.lines import line_of
from migrate.transform.sheet.neutral import escaped, guarded, tidied, unescaped, unguarded
from migrate.transform.sheet.wording import LANGUAGES, Words, catalogue, meaning

ACTIVE = tuple("=+-@\t\r\n＝＋－＠")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sheet")
    return exported(world(folder / "mappings"), folder / "ub.xlsx")


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    return load_workbook(path)


def test_there_is_a_sheet_for_each_file_that_has_something(book: Any) -> None:
    states = {sheet.title: sheet.sheet_state for sheet in book}
    assert states == {
        "Les meg": "visible",
        "Grupper": "visible",
        "Operatører": "visible",
        "Lenker": "visible",
        "Lister": "hidden",
        "Grunnlag": "veryHidden",
    }


def test_headings_are_norwegian_and_ids_and_names_are_hidden(book: Any) -> None:
    sheet = book["Grupper"]
    assert [cell.value for cell in sheet[2]][1:5] == ["I HPSM", "Medlemmer", "Åpne saker", "Saker"]
    assert sheet.row_dimensions[1].hidden
    assert sheet.column_dimensions["A"].hidden
    assert len({row[0].value for row in sheet.iter_rows(min_row=3)}) == 5


def test_facts_and_keys_are_locked_and_answers_are_not(book: Any) -> None:
    sheet = book["Grupper"]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    names = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=3):
        for name, cell in zip(names[1:], row[1:], strict=True):
            role = next(column.role for column in columns_of("groups") if column.name == name)
            assert cell.protection.locked == (role != "answer")


def test_answers_are_chosen_from_a_list_and_one_of_them_is_not_to_know(book: Any) -> None:
    offered = {}
    for rule in book["Grupper"].data_validations.dataValidation:
        title, _, cells = rule.formula1.partition("!")
        column = next(iter(rule.sqref.ranges)).min_col
        name = book["Grupper"].cell(1, column).value
        values = [
            cell.value for row in book[title.strip("'")][cells.replace("$", "")] for cell in row
        ]
        offered[name] = (rule.errorStyle, values)
    assert offered["restricted"] == ("stop", ["ja", "nei", "vet ikke"])
    assert offered["action"][1][-1] == "vet ikke"
    assert offered["line"] == ("stop", ["førstelinje", "andrelinje"])
    assert offered["target"] == ("warning", ["UB Utlån Gløshaugen"])


def test_every_text_is_text(path: Path, book: Any) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), cell.coordinate
                if isinstance(cell.value, str):
                    assert not cell.value.startswith(ACTIVE), (sheet.title, cell.coordinate)
    with zipfile.ZipFile(path) as packed:
        parts = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        for name in parts:
            root = etree.fromstring(packed.read(name))
            assert root.findall(".//{*}f") == []
        assert not any("vba" in name.lower() for name in packed.namelist())
        assert not any("externalLink" in name for name in packed.namelist())


@given(st.text(alphabet=st.characters(exclude_categories=())), st.sampled_from(["", *ACTIVE, "'="]))
def test_a_text_comes_out_of_a_cell_as_it_went_in(text: str, before: str) -> None:
    meant = tidied(before + text)
    cell = escaped(guarded(meant))
    assert not cell.startswith(ACTIVE)
    assert tidied(unguarded(unescaped(cell))) == meant
    assert tidied(meant) == meant


@given(st.lists(st.text(max_size=2_000), max_size=40), st.data())
def test_a_base_comes_back_whole_or_not_at_all(notes: list[str], data: st.DataObject) -> None:
    lines = [
        Line("links", str(at), True, {"state": "x"}, {"note": text})
        for at, text in enumerate(notes)
    ]
    parts = sealed(KEY, "ub", "2019-10-02", lines, {"B1": "Les meg"})
    assert all(len(part) <= CHUNK for part in parts)
    base = opened(KEY, "".join(parts))
    assert base is not None
    assert [base.rows["links"][line.source].answers for line in lines] == [
        line.answers for line in lines
    ]
    text = "".join(parts)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in "abcXYZ019-_." if c != text[at]]))
    assert opened(KEY, text[:at] + other + text[at + 1 :]) is None
    assert opened(KEY, text[:-1]) is None
    assert opened(b"another key", text) is None


def test_both_languages_have_the_same_words_and_each_answer_is_understood() -> None:
    nb, en = (catalogue(lang) for lang in LANGUAGES)
    assert _keys(nb) == _keys(en)
    for file in ("groups", "operators", "knowledge", "texts", "services", "forms", "links"):
        for column in columns_of(file):
            assert column.name in nb["columns"]
            for choice in column.choices:
                group = {"action": "actions", "restricted": "restricted"}.get(
                    column.name, "choices"
                )
                for words in (nb, en):
                    said = words["unknown"] if choice == "unknown" else words[group][choice]
                    assert meaning(column, said.upper()) == choice


def test_the_page_and_the_workbook_use_the_same_words() -> None:
    from migrate.cli.review.wording import catalogue as page

    for lang in LANGUAGES:
        for group in ("actions", "choices"):
            shared = set(page(lang)[group]) & set(catalogue(lang)[group])
            assert shared >= {"map", "merge"} or group == "choices"
            assert {k: page(lang)[group][k] for k in shared} == {
                k: catalogue(lang)[group][k] for k in shared
            }


def test_evil_names_are_there_to_be_seen(book: Any) -> None:
    names = [row[1].value for row in book["Operatører"].iter_rows(min_row=3)]
    assert f"'{EVIL}" in names


def _keys(words: Any, path: str = "") -> set[str]:
    if not isinstance(words, dict):
        return {path}
    return {found for key, value in words.items() for found in _keys(value, f"{path}.{key}")}


@pytest.mark.parametrize(
    ("lang", "weighed", "told"),
    [("nb", "Samme enhet", "i bruk, og må bygges for hånd i TOPdesk"), ("en", "The same unit", "")],
)
def test_why_something_is_proposed_is_said_in_the_workbooks_language(
    lang: str, weighed: str, told: str
) -> None:
    def why(beside: dict[str, Any]) -> object:
        line = line_of("forms", "VPN", None, {}, Approval("missing"), beside, Words(lang))
        return line.shown["why"]

    proposal, reasons = {"action": "build"}, {"nb": ["Samme enhet"], "en": ["The same unit"]}
    plain = "in use, and TOPdesk has no interface that makes it"
    candidates = [{**proposal, "reasons": reasons}]
    assert why({"proposal": proposal, "candidates": candidates, "reason": plain}) == weighed
    assert why({"proposal": proposal, "reason": plain}) == (told or plain)
