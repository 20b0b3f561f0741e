"""`migrate concierge` over a desk whose pilot is loaded."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from service_desk import Desk, document

from migrate.state.journal import Journal

TABLES = (
    *("INCIDENTSM1", "PROBSUMMARYM1", "OCMQM1", "CM3RM1", "ROOTCAUSEM1", "KMDOCUMENTM1"),
    *("CM3TM1", "IMTASKM1", "ROOTCAUSETASKM1"),
)


@pytest.fixture(scope="module")
def page(loaded: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("concierge")
    assert loaded.run("concierge", "--out", str(out)) == 0
    return out


def _answers(out: Path) -> dict[str, dict[str, str]]:
    with (out / "numbers.csv").open(encoding="utf-8", newline="") as file:
        return {row["old_number"]: row for row in csv.DictReader(file)}


def _source_numbers(desk: Desk) -> Iterator[str]:
    """The numbers as HPSM's own tables have them."""
    with closing(sqlite3.connect(desk.folder / "hpsm.db")) as hpsm:
        for table in TABLES:
            column = hpsm.execute(f"SELECT * FROM {table}").description[0][0]
            for (number,) in hpsm.execute(f"SELECT {column} FROM {table}"):
                yield number


def test_every_number_of_hpsm_has_an_answer(loaded: Desk, page: Path) -> None:
    answers = _answers(page)
    numbers = list(_source_numbers(loaded))
    assert {"SD", "IM", "Q", "C", "PM", "KM"} <= {number.rstrip("0123456789") for number in numbers}
    assert [number for number in numbers if number not in answers] == []
    assert all(bool(row["new_number"]) != bool(row["reason"]) for row in answers.values())


def test_what_is_found_is_what_topdesk_has(loaded: Desk, page: Path) -> None:
    incidents = loaded.ask("GET", "incidents", all="true", pageSize="10000")
    there = {each["number"]: each for each in incidents}
    found = {key: row for key, row in _answers(page).items() if row["new_number"]}
    articles = {key: row for key, row in found.items() if key.startswith("KM")}
    assert {row["new_number"].partition(" ")[0] for row in articles.values()} == {"KI"}
    found = {key: row for key, row in found.items() if key not in articles}
    assert {row["new_number"] for row in found.values()} == set(there)
    for key, row in found.items():
        incident = there[row["new_number"]]
        assert row["link"].endswith(f"/tas/secure/incident?unid={incident['id']}")
        if key.startswith("IM"):
            assert incident["externalNumber"] == key


def test_the_maps_have_the_found_numbers_and_no_others(page: Path) -> None:
    found = {key: row["link"] for key, row in _answers(page).items() if row["link"]}
    for name, form in (("numbers.nginx.map", '{} "{}";'), ("numbers.apache.txt", "{} {}")):
        lines = (page / name).read_text(encoding="utf-8").splitlines()
        said = [line for line in lines if line and not line.startswith("#")]
        assert said == [form.format(key, link) for key, link in sorted(found.items())]


def test_a_group_that_is_restricted_after_its_load_is_out_of_sight_at_once(
    loaded: Desk, tmp_path: Path
) -> None:
    desk = Desk(tmp_path / "desk", loaded.topdesk)
    shutil.copytree(loaded.folder, desk.folder)
    groups = "mappings/units/kommunikasjon/groups.yaml"
    text = (desk.folder / groups).read_text(encoding="utf-8")
    (desk.folder / groups).write_text(
        text.replace("restricted: false", "restricted: true"), encoding="utf-8"
    )
    assert desk.run("concierge") == 0
    out = desk.folder / "concierge"
    answers = _answers(out)
    journal = Journal(desk.folder / "state" / "journal.db", "hpsm")
    records = journal.unit_records("incident", "kommunikasjon")
    journal.close()
    assert records
    everything = "\n".join(
        file.read_text(encoding="utf-8") for file in out.rglob("*") if file.is_file()
    )
    for record in records:
        assert answers[record.identity]["reason"] == "ask"
        assert record.number not in everything
        assert record.target_id not in everything
    assert "KOM-" not in everything
    assert "Kommunikasjon" not in everything


def test_the_policy_says_whom_to_ask(loaded: Desk, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", loaded.topdesk)
    shutil.copytree(loaded.folder, desk.folder)
    policy = desk.folder / "mappings" / "policy.yaml"
    policy.write_text(
        policy.read_text(encoding="utf-8")
        + "concierge: {ask: {nb: Spør vakthavende., en: Ask whoever is on duty.}}\n",
        encoding="utf-8",
    )
    assert desk.run("concierge") == 0
    html = (desk.folder / "concierge" / "index.html").read_text(encoding="utf-8")
    assert "Ask whoever is on duty." in html


def test_the_same_state_gives_the_same_page(loaded: Desk, page: Path, tmp_path: Path) -> None:
    assert loaded.run("concierge", "--out", str(tmp_path)) == 0
    for file in page.rglob("*"):
        if file.is_file():
            again = tmp_path / file.relative_to(page)
            assert again.read_bytes() == file.read_bytes(), file.name


def test_a_mapping_that_cannot_be_read_stops_it_since_it_may_say_what_is_restricted(
    loaded: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path / "desk", loaded.topdesk)
    shutil.copytree(loaded.folder, desk.folder, ignore=shutil.ignore_patterns("concierge"))
    broken = desk.folder / "mappings" / "units" / "it" / "groups.yaml"
    broken.write_text("- source: [", encoding="utf-8")
    capsys.readouterr()
    assert desk.run("concierge", "--json") == 4
    assert document(capsys.readouterr().out)["problems"]
    assert not (desk.folder / "concierge").exists()


def test_without_a_snapshot_there_is_nothing_to_answer(
    loaded: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path / "desk", loaded.topdesk)
    shutil.copytree(loaded.folder, desk.folder, ignore=shutil.ignore_patterns("state"))
    capsys.readouterr()
    assert desk.run("concierge", "--json") == 2
    [problem] = document(capsys.readouterr().out)["problems"]
    assert problem["code"] == "snapshot-empty"


def test_links_on_other_pages_are_listed_with_what_they_become(
    loaded: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = next(key for key, row in _answers_of(loaded, tmp_path).items() if row["new_number"])
    pages = tmp_path / "lenker.csv"
    query = f"ctx=docEngine&file=probsummary&query=number%3D%22{number}%22"
    pages.write_text(
        "page;link\n"
        f"https://intranet/a;https://hpsm.example.no/sm/index.do?{query}\n"
        "https://intranet/b;/om-oss\n",
        encoding="utf-8",
    )
    capsys.readouterr()
    out = str(tmp_path / "out")
    assert loaded.run("concierge", "--out", out, "--pages", str(pages), "--json") == 0
    told = document(capsys.readouterr().out)["concierge"]
    assert told["pages"] == {"found": 1}
    with Path(told["files"]["pages.csv"]).open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["page"], row["old_number"], row["answer"]) == (
        "https://intranet/a",
        number,
        "found",
    )
    assert row["new_link"]
    assert Path(told["files"]["pages.csv"]).parent != Path(out)  # that folder is published


def _answers_of(desk: Desk, folder: Path) -> dict[str, dict[str, str]]:
    assert desk.run("concierge", "--out", str(folder / "all")) == 0
    return _answers(folder / "all")
