from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import unload_hpsm as hpsm
from hypothesis import given, settings
from hypothesis import strategies as st
from unload_hpsm import ASSIGNMENT, PROBSUMMARY, F, incident, read, source, write

from migrate.extract.source import Source
from migrate.extract.unload_copies import Keys, older_copies

MARCH, APRIL = hpsm.at("2019-03-01"), hpsm.at("2019-04-01")


def incidents(folder: Path) -> Source:
    return source(folder, kinds=["incidents"])


def titles(opened: Source) -> dict[str, str]:
    return {row["number"]: row["title"] for row in read(opened, "incidents")}


def told(opened: Source) -> list[tuple[str, str, str]]:
    return [(p.code, p.place, p.message.split()[0]) for p in opened.problems()]


@pytest.mark.parametrize("first_is_newer", [True, False])
def test_of_two_copies_the_one_that_was_modified_later_counts(
    tmp_path: Path, first_is_newer: bool
) -> None:
    times = [APRIL, MARCH] if first_is_newer else [MARCH, APRIL]
    for name, time in zip("ab", times, strict=True):
        record = incident("IM1", brief_description=name, sysmodtime=time)
        others = [incident(f"IM-{name}", brief_description="alone")]
        write(tmp_path / f"{name}.unl", (PROBSUMMARY, [record, *others]))
    opened = incidents(tmp_path)
    assert titles(opened)["IM1"] == ("a" if first_is_newer else "b")
    assert told(opened) == [("record-superseded", "a.unl, b.unl", "1")]
    assert opened.problems()[0].warning


def test_where_they_do_not_say_the_later_file_counts(tmp_path: Path) -> None:
    for name in "ab":
        record = incident("IM1", brief_description=name)
        write(tmp_path / f"{name}.unl", (PROBSUMMARY, [record]))
    assert titles(incidents(tmp_path)) == {"IM1": "b"}


def test_a_file_that_was_appended_to_holds_copies_too(tmp_path: Path) -> None:
    old = [incident(f"IM{i}", brief_description="old", sysmodtime=MARCH) for i in range(5)]
    new = [incident(f"IM{i}", brief_description="new", sysmodtime=APRIL) for i in (1, 3)]
    write(tmp_path / "a.unl", (PROBSUMMARY, old), (PROBSUMMARY, new))
    opened = incidents(tmp_path)
    assert [row["number"] for row in read(opened, "incidents")] == [
        "IM0",
        "IM2",
        "IM4",
        "IM1",
        "IM3",
    ]
    assert told(opened) == [("record-superseded", "a.unl", "2")]


def test_copies_by_dbdicts_of_two_ages_are_copies(tmp_path: Path) -> None:
    fields = (F("sysmodtime", "time"), F("brief.description"), F("number"))
    old = hpsm.dbdict("probsummary", *fields, tables=["m1.PROBSUMMARYM1"])
    write(tmp_path / "1.unl", (old, [[APRIL, "old layout", "IM1"]]))
    record = incident("IM1", brief_description="new layout", sysmodtime=MARCH)
    write(tmp_path / "2.unl", (PROBSUMMARY, [record]))
    assert titles(incidents(tmp_path)) == {"IM1": "old layout"}


def test_a_newer_copy_that_is_damaged_hides_nothing(tmp_path: Path) -> None:
    for name, time in (("a", MARCH), ("b", APRIL)):
        record = incident("IM1", brief_description=f"title {name}", sysmodtime=time)
        write(tmp_path / f"{name}.unl", (PROBSUMMARY, [record]))
    newer = tmp_path / "b.unl"
    newer.write_bytes(newer.read_bytes().replace(b"\x2d\x07title b", b"\x2d\xf7title b"))
    opened = incidents(tmp_path)
    assert titles(opened) == {"IM1": "title a"}
    assert [code for code, *_ in told(opened)] == ["record-damaged"]


def test_who_left_a_group_is_not_brought_back_by_an_older_file(tmp_path: Path) -> None:
    write(tmp_path / "1.unl", (ASSIGNMENT, [["IT", ["ola", "kari"], MARCH]]))
    write(tmp_path / "2.unl", (ASSIGNMENT, [["IT", ["ola"], APRIL]]))
    opened = source(tmp_path, kinds=["members"])
    assert [row["key"] for row in read(opened, "members")] == ["IT|ola"]


def test_reading_that_goes_on_leaves_the_same_copies_out(tmp_path: Path) -> None:
    for file, time in enumerate([APRIL, MARCH, None]):
        records = [
            incident(f"IM{i}", brief_description=f"{file}", sysmodtime=time)
            for i in range(file, 30, file + 1)
        ]
        write(tmp_path / f"{file}.unl", (PROBSUMMARY, records))
    more = {"kinds": ["incidents"], "batch": 7}
    batches = list(source(tmp_path, **more).read("incidents"))
    whole = hpsm.rows(batches)
    assert len(whole) == 30
    assert {row["title"] for row in whole} == {"0"}
    done = 0
    for batch in batches:
        done += len(batch.rows)
        rest = read(source(tmp_path, **more), "incidents", after=batch.position)
        assert [r["number"] for r in rest] == [r["number"] for r in whole[done:]]


def test_records_without_a_key_are_no_copies_of_each_other(tmp_path: Path) -> None:
    write(tmp_path / "a.unl", (PROBSUMMARY, [incident(None), incident(""), incident("IM1")]))
    opened = incidents(tmp_path)
    assert list(titles(opened)) == ["IM1"]
    assert {code for code, *_ in told(opened)} == {"record-key-empty"}


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 3), st.booleans()), max_size=40),
    st.integers(1, 7),
    st.integers(4, 50),
)
def test_the_newest_is_kept_however_few_digests_are_held(
    records: list[tuple[int, int, bool]], block: int, many: int
) -> None:
    def reading(times: bool) -> Iterator[Keys]:
        for start in range(0, len(records), block):
            digests, modified, known = zip(*records[start : start + block], strict=True)
            yield Keys(
                np.array(digests, dtype=np.int64),
                np.array(known),
                np.array(modified if times else (-1,) * len(digests), dtype=np.float64),
            )

    older = older_copies(reading, len(records), many)
    newest: dict[int, tuple[int, int]] = {}
    for number, (key, modified, known) in enumerate(records):
        if known:
            newest[key] = max(newest.get(key, (-1, -1)), (modified, number))
    kept = {number for _, number in newest.values()}
    expected = [known and number not in kept for number, (_, _, known) in enumerate(records)]
    assert (older.tolist() if older is not None else [False] * len(records)) == expected


def test_of_copies_that_cannot_be_read_whole_none_is_the_older_one() -> None:
    def reading(times: bool) -> Iterator[Keys]:
        yield Keys(np.array([7, 7]), np.array([not times] * 2), np.array([-1.0, -1.0]))

    assert older_copies(reading, 2) is None
