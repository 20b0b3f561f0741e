from __future__ import annotations

import io
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import rc_strategies as drawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.extract import rc
from migrate.extract.dbdict import Dbdict, DbdictField, DbdictTable, parse
from migrate.extract.rc import UNKNOWN, Null, RcError, Structure
from migrate.extract.unload_file import DATA, Flaw, Record, UnloadWriter, records

NOTES = Dbdict(
    "notes",
    (
        DbdictField("descriptor", 0, 1, 9),
        DbdictField("id", 1, 1, 2, "m1", "ID", "VARCHAR2(60)"),
        DbdictField("lines", 1, 2, 8),
        DbdictField("lines", 2, 1, 2, "m1", "LINES", "CLOB"),
        DbdictField("done", 1, 3, 4, "m1", "DONE", "CHAR(1)"),
        DbdictField("middle", 1, 4, 9),
        DbdictField("when", 2, 1, 3, "m1", "WHEN", "DATE"),
        DbdictField("count", 2, 2, 1, "m1", "COUNT", "FLOAT"),
    ),
    (DbdictTable("NOTESM1", "m1", "oracle9"),),
)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MARK = b"\x00\x02\x19"


def written(*values: Any, define: bool = True) -> bytes:
    stream = io.BytesIO()
    writer = UnloadWriter(stream)
    if define:
        writer.define(NOTES)
    for value in values:
        writer.add(DATA, value)
    return stream.getvalue()


def read(data: bytes, at: int = 0) -> list[Record | Flaw]:
    return list(records(io.BytesIO(data), at))


def values(found: list[Record | Flaw]) -> list[Any]:
    return [rc.decode(r.data)[0] for r in found if isinstance(r, Record) and r.kind == DATA]


def flaws(found: list[Record | Flaw]) -> list[Flaw]:
    return [each for each in found if isinstance(each, Flaw)]


NAMED = [Structure([f"N{i}", [f"line {i}"] * (i % 4)]) for i in range(50)]


@PATIENT
@given(st.lists(drawn.records, max_size=5))
def test_records_are_read_as_they_were_written(found: list[Any]) -> None:
    data = written(*found)
    first, *rest = read(data)
    assert isinstance(first, Record)
    assert parse(rc.decode(first.data)[0]) == NOTES
    assert [rc.encode(value) for value in values(rest)] == list(map(rc.encode, found))
    ends = [0, *(record.end for record in (first, *rest))]
    assert [record.offset for record in (first, *rest)] == ends[:-1]
    assert ends[-1] == len(data)


@pytest.mark.parametrize("size", [65_533, 65_534, 65_535, 65_536, 70_000, 5_000_000])
def test_a_record_may_be_longer_than_two_bytes_can_say(size: int) -> None:
    head = len(rc.encode(Structure(["x" * size]))) - size
    text = "x" * (size - head)
    found = read(written(Structure([text]), Structure(["behind"])))
    assert values(found) == [(text,), ("behind",)]
    assert flaws(found) == []


@pytest.mark.parametrize("said", [0, 70_000 % 65_536, 65_535])
def test_a_long_record_is_whole_whatever_its_two_bytes_say(said: int) -> None:
    value = rc.encode(Structure(["x" * 70_000]))
    long = MARK + bytes((DATA,)) + said.to_bytes(2, "big") + value
    found = read(written(NAMED[0]) + long + written(NAMED[1], define=False))
    assert values(found) == [NAMED[0], ("x" * 70_000,), NAMED[1]]
    assert flaws(found) == []


def test_a_record_whose_length_is_wrong_is_read_and_told() -> None:
    data = bytearray(written(*NAMED[:3]))
    second = read(bytes(data))[2]
    data[second.offset + 5] += 1
    found = read(bytes(data))
    assert values(found) == NAMED[:3]
    [flaw] = flaws(found)
    assert not flaw.lost
    assert flaw.offset == second.offset
    assert "is said to be" in flaw.message


def test_a_length_that_leads_over_a_record_loses_none() -> None:
    data = bytearray(written(*NAMED[:4]))
    second, third = read(bytes(data))[2:4]
    both = third.end - second.offset - 6
    data[second.offset + 4 : second.offset + 6] = both.to_bytes(2, "big")
    assert values(read(bytes(data))) == NAMED[:4]


@pytest.mark.parametrize("place", [1, 2, 3, 6])
def test_the_record_behind_a_damaged_one_is_found_again(place: int) -> None:
    data = bytearray(written(*NAMED))
    tenth = read(bytes(data))[10]
    data[tenth.offset + place] = 0x7E
    found = read(bytes(data))
    assert values(found) == [*NAMED[:9], *NAMED[10:]]
    [flaw] = flaws(found)
    assert (flaw.offset, flaw.end, flaw.lost) == (tenth.offset, tenth.end, True)


def test_a_file_that_was_cut_says_where_and_keeps_what_is_whole() -> None:
    data = written(*NAMED)
    last = read(data)[-1]
    for cut in range(last.offset + 1, len(data)):
        found = read(data[:cut])
        assert values(found) == NAMED[:-1]
        [flaw] = flaws(found)
        assert (flaw.offset, flaw.end) == (last.offset, cut)
    assert flaw.message == "the file ends within a record"


def test_bytes_before_and_behind_the_records_are_told() -> None:
    found = read(b"\xef\xbb\xbf" + written(*NAMED[:2]) + b"\r\n\x1a")
    assert values(found) == NAMED[:2]
    assert [flaw.message for flaw in flaws(found)] == ["no record of an unload file"] * 2


def test_text_that_holds_the_beginning_of_a_record_is_text() -> None:
    trap = written(NAMED[7])
    value = Structure([rc.Foreign(b"\xff" + trap), "behind"])
    found = read(written(NAMED[0], value, NAMED[1]))
    assert values(found) == [NAMED[0], value, NAMED[1]]
    assert flaws(found) == []


def test_a_record_of_another_kind_is_passed_over_and_told() -> None:
    stream = io.BytesIO()
    writer = UnloadWriter(stream)
    writer.add(DATA, NAMED[0])
    writer.add(0xFE, NAMED[1])
    writer.add(DATA, NAMED[2])
    found = read(stream.getvalue())
    assert values(found) == [NAMED[0], NAMED[2]]
    assert [flaw.message for flaw in flaws(found)] == ["a record of the unknown kind FE"]


@PATIENT
@given(st.data())
def test_whatever_is_spoiled_the_rest_goes_on(data: st.DataObject) -> None:
    whole = written(*NAMED)
    start, *_ = [record for record in read(whole) if isinstance(record, Record)][1:]
    at = data.draw(st.integers(start.offset, len(whole) - 1))
    size = data.draw(st.integers(0, 30))
    new = data.draw(st.binary(max_size=30))
    spoiled = whole[:at] + new + whole[at + size :]
    touched = {
        i
        for i, record in enumerate(read(whole)[1:])
        if record.offset < at + max(size, 1) and at <= record.end
    }
    found = {each.data for each in read(spoiled) if isinstance(each, Record)}
    assert all(rc.encode(v) in found for i, v in enumerate(NAMED) if i not in touched)


def test_a_text_that_leads_over_the_next_record_loses_only_its_own() -> None:
    data = bytearray(written(*NAMED))
    third = read(bytes(data))[3]
    text = data.index(b"\x2d\x06", third.offset)
    behind = read(bytes(data))[4]
    data[text + 1] += behind.end - third.end
    data.insert(third.offset + 7, 0x17)
    found = {each.data for each in read(bytes(data)) if isinstance(each, Record)}
    assert all(rc.encode(v) in found for i, v in enumerate(NAMED) if i != 2)


def test_reading_may_begin_at_any_record() -> None:
    data = written(*NAMED)
    offsets = [record.offset for record in read(data)[1:]]
    for number in (0, 7, 49):
        assert values(read(data, offsets[number])) == NAMED[number:]


def test_a_value_that_is_damaged_is_left_to_whoever_reads_it() -> None:
    data = bytearray(written(*NAMED[:3]))
    second = read(bytes(data))[2]
    data[second.offset + 7] = 0x7E
    found = read(bytes(data))
    assert flaws(found) == []
    with pytest.raises(RcError, match="no value begins with 7E"):
        values(found)


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.unl"
    with path.open("wb") as stream:
        writer = UnloadWriter(stream)
        for number in range(40_000):
            writer.add(DATA, Structure([f"N{number}", "x" * 1_000]))
    assert path.stat().st_size > 40_000_000
    with path.open("rb") as stream:
        tracemalloc.start()
        count = sum(1 for _ in records(stream))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 40_000
    assert peak < 20_000_000


def test_a_length_of_gigabytes_costs_no_memory() -> None:
    data = MARK + b"\xfb\xff\xff\x7f\xff\xff\xff\x90" + b"\x17" * 1_000 + written(NAMED[0])
    tracemalloc.start()
    found = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert values(found) == [NAMED[0]]
    assert peak < 20_000_000


class _Pipe(io.BytesIO):
    """Notes the largest piece that was asked for."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.largest = max(self.largest, size or 0)
        return super().read(size)


def test_no_more_than_a_window_is_read_at_a_time() -> None:
    stream: BinaryIO = _Pipe(written(*NAMED * 200))
    assert len(list(records(stream))) == 10_001
    assert isinstance(stream, _Pipe)
    assert 0 < stream.largest <= 1 << 22


def test_the_writer_knows_which_null_a_field_has() -> None:
    stream = io.BytesIO()
    writer = UnloadWriter(stream)
    writer.define(NOTES)
    assert writer.write([None, None, None, None]) > 0
    writer.write(["a", [], UNKNOWN, (None, 2)])
    writer.write(["b", [None, "x"], True, None])
    empty = Structure([Null.TIME, Null.NUMBER])
    assert values(read(stream.getvalue())) == [
        (Null.TEXT, [Null.TEXT], Null.LOGICAL, empty),
        ("a", [Null.TEXT], UNKNOWN, (Null.TIME, 2)),
        ("b", [Null.TEXT, "x"], True, empty),
    ]
    with pytest.raises(ValueError, match="shorter"):
        writer.write(["a"])
    with pytest.raises(RcError, match="RC has no object"):
        writer.write([object(), [], True, None])
