"""Shards that the page can find, maps that a web server can read, a build like any other."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from old_numbers import OldNumbers, listed

from migrate.errors import StoppedError
from migrate.report.concierge import maps
from migrate.report.concierge.answers import ASK, Answer, Code, canonical
from migrate.report.concierge.shards import hashed, name, scripts, shards_for
from migrate.report.concierge.sheet import Sheet
from migrate.report.concierge.wording import LANGUAGES, words

FOUND = Answer(Code.FOUND, "incident", "I 1909 001", "0b3c")
LINK = "https://desk.example.no/tas/secure/incident?unid=0b3c"
WORDS = [*Code, "incident", "knowledge"]
NUMBERS = st.text(min_size=1, max_size=20).filter(canonical)


def _lines(script: bytes) -> tuple[str, list[list[str]]]:
    """The name and the lines that a shard hands to the page."""
    match = re.fullmatch(r"concierge\((.*)\);\n", script.decode(), re.DOTALL)
    assert match
    shard, text = json.loads(f"[{match[1]}]")
    return shard, [line.split("\t") for line in text.split("\n")[:-1]]


@given(st.dictionaries(NUMBERS, st.sampled_from([FOUND, ASK, Answer(Code.PLANNED)])), st.data())
def test_each_number_lies_once_in_the_shard_of_its_hash(
    answers: dict[str, Answer], data: st.DataObject
) -> None:
    shards = data.draw(st.integers(1, 9))
    with Sheet() as sheet:
        sheet.put(answers.items())
        made = list(scripts(sheet.by_shard(shards), shards, WORDS))
    assert [shard for shard, _ in made] == [name(number) for number in range(shards)]
    found = []
    for shard, script in made:
        said, lines = _lines(script)
        assert said == shard
        for key, *_ in lines:
            assert hashed(key) % shards == int(shard, 16)
            found.append(key)
    assert sorted(found) == sorted({canonical(key) for key in answers})


@given(NUMBERS)
def test_a_number_in_canonical_form_stays_as_it_is(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.lists(st.tuples(st.sampled_from(["IM1", "im 1", "SD2"]), st.sampled_from(list(Code)))))
def test_the_strongest_answer_stays_whatever_order_they_come_in(
    answers: list[tuple[str, Code]],
) -> None:
    order = list(Code)
    with Sheet() as sheet:
        for key, code in answers:
            sheet.put([(key, Answer(code))])
        kept = {key: answer.code for key, answer in sheet.by_number()}
        counts = sheet.counts()
    strongest: dict[str, Code] = {}
    for key, code in answers:
        best = strongest.setdefault(canonical(key), code)
        strongest[canonical(key)] = min(best, code, key=order.index)
    assert kept == strongest
    assert sum(counts.values()) == len(kept)


def test_the_hash_is_the_published_one() -> None:
    assert hashed("") == 0x811C9DC5
    assert hashed("a") == 0xE40C292C
    assert hashed("foobar") == 0xBF9CF968


def test_shards_of_running_numbers_are_even_and_below_200_kb() -> None:
    id = "0006611b-9a29-0017-d3b5-d3510771149b"
    numbers = [f"{kind}{n}" for kind in ("SD", "IM") for n in range(10_000, 60_000)]
    with Sheet() as sheet:
        sheet.put(
            (number, Answer(Code.FOUND, "incident", "I 1909 12345", id)) for number in numbers
        )
        shards = shards_for(sheet.size())
        sizes = [len(script) for _, script in scripts(sheet.by_shard(shards), shards, WORDS)]
    assert shards > 50
    assert max(sizes) < 120_000
    assert min(sizes) > 40_000


def test_both_languages_say_the_same() -> None:
    spoken = [words(lang) for lang in LANGUAGES]
    assert {code: set(said["answers"]) for code, said in zip(LANGUAGES, spoken, strict=True)} == {
        lang: {str(code) for code in Code} for lang in LANGUAGES
    }
    assert len({tuple(sorted(said)) for said in spoken}) == 1


@pytest.mark.parametrize("form", [maps.nginx, maps.apache])
def test_a_map_leaves_out_what_is_not_found(form) -> None:  # type: ignore[no-untyped-def]
    file = io.StringIO()
    write = form(file, ["IM"])
    before = file.getvalue()
    assert all(line.startswith("#") for line in before.splitlines())
    assert "(?:IM)[0-9]+" in before
    for code in Code:
        if code is not Code.FOUND:
            assert write("IM1", Answer(code), "")
    assert file.getvalue() == before


def test_the_example_for_nginx_finds_the_number_in_an_old_address() -> None:
    file = io.StringIO()
    maps.nginx(file, ["C", "IM", "IMT"])
    found = re.search(r'"~\*(.+)" \$found', file.getvalue())
    assert found
    pattern = re.compile(found[1].replace("?<found>", "?P<found>"), re.IGNORECASE)
    for address, number in (
        ("/sm/index.do?ctx=docEngine&file=probsummary&query=number%3D%22IM10001%22", "IM10001"),
        ("/sm/index.do?query=number%253D%2522imt10001%2522&x=%2C10", "imt10001"),
        ("/SM/9/rest/incidents/IM10001", "IM10001"),
    ):
        match = pattern.search(address)
        assert match
        assert match["found"] == number
    assert not pattern.search("/sm/index.do?list=1%2C10")


@pytest.mark.parametrize(
    "number", ["~IM1", "IM1;IM2", 'IM"1', "IM$1", "IM{1}", "#IM1", "IM\\1", "DEFAULT", "IM1'"]
)
def test_a_number_that_would_mean_something_to_nginx_is_left_out_and_counted(number: str) -> None:
    file = io.StringIO()
    write = maps.nginx(file, [])
    before = file.getvalue()
    assert not write(number, FOUND, LINK)
    assert file.getvalue() == before


@pytest.mark.parametrize("number", ["IM10001", "C10001/2", "Å1", "RB-IM1.2", "10001"])
def test_an_ordinary_number_is_a_line_of_each_map(number: str) -> None:
    for form, line in ((maps.nginx, f'{number} "{LINK}";'), (maps.apache, f"{number} {LINK}")):
        file = io.StringIO()
        assert form(file, [])(number, FOUND, LINK)
        assert file.getvalue().splitlines()[-1] == line


def test_the_list_can_be_read_back_whatever_a_number_holds() -> None:
    file = io.StringIO()
    write = maps.table(file, [])
    for key in ('IM"1', "IM,1"):
        write(key, FOUND, LINK)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [row["old_number"] for row in rows] == ['IM"1', "IM,1"]


def test_a_number_that_no_map_can_hold_is_counted_and_listed(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1;2": "IT"})
    desk.loaded("IM1;2")
    assert desk.build().unmapped == 1
    assert [row["new_number"] for row in listed(desk.out)] == ["I 1909 001"]


def test_a_new_build_takes_the_place_of_the_old_one(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1": "IT"})
    desk.build()
    [first] = (desk.out / "numbers").iterdir()
    (desk.out / "numbers" / "notes").mkdir()
    desk.loaded("IM1")
    desk.build()
    left = {folder.name for folder in (desk.out / "numbers").iterdir()}
    assert first.name not in left
    assert "notes" in left
    assert len(left) == 2
    [content] = left - {"notes"}
    assert f"numbers/{content}" in (desk.out / "index.html").read_text(encoding="utf-8")


def test_an_empty_hpsm_makes_a_page_that_knows_nothing(desk: OldNumbers) -> None:
    desk.hpsm_has({})
    built = desk.build()
    assert set(built.counts.values()) == {0}
    assert all(file.exists() for file in built.files.values())


def test_a_folder_that_cannot_be_written_stops_it(desk: OldNumbers, tmp_path: Path) -> None:
    desk.hpsm_has({"IM1": "IT"})
    desk.out = tmp_path / "file"
    desk.out.write_text("", encoding="utf-8")
    with pytest.raises(StoppedError) as stopped:
        desk.build()
    assert stopped.value.problems[0].code == "state-unwritable"


def test_nothing_on_the_page_comes_from_elsewhere(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1": "IT"})
    desk.build()
    html = (desk.out / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!data:,|numbers\.csv)([^"]*)"', html) == []
