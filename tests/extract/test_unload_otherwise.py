"""Unload files as other installations hand them over."""

from __future__ import annotations

from pathlib import Path

import pytest
from unload_hpsm import PROBSUMMARY, codes, incident, only, read, write

from migrate.extract.unload_file import DATA
from migrate.extract.unload_window import MARK

HEAD = len(MARK) + 3


@pytest.mark.parametrize("size", [70_000, 5_000_000])
def test_a_record_whose_two_bytes_cannot_say_its_length_is_read(tmp_path: Path, size: int) -> None:
    records = [
        incident(f"IM{i}", brief_description="x" * (size if i == 2 else 2)) for i in (1, 2, 3)
    ]
    whole = write(tmp_path / "im.unl", (PROBSUMMARY, records)).read_bytes()
    at = whole.index(MARK + bytes((DATA, 0xFF, 0xFF)))
    length = int.from_bytes(whole[at + HEAD : at + HEAD + 4], "big")
    wrapped = whole[: at + HEAD - 2] + (length % 65_536).to_bytes(2, "big") + whole[at + HEAD + 4 :]
    (tmp_path / "im.unl").write_bytes(wrapped)
    opened = only(tmp_path)
    assert [len(row["title"]) for row in read(opened, "incidents")] == [2, size, 2]
    assert codes(opened) == []


def test_a_pattern_finds_files_whose_names_are_written_in_other_letters(tmp_path: Path) -> None:
    write(tmp_path / "a.unl", (PROBSUMMARY, [incident("IM1")]))
    write(tmp_path / "Eksport 2019.UNL", (PROBSUMMARY, [incident("IM2")]))
    write(tmp_path / "[1] x.Unl", (PROBSUMMARY, [incident("IM3")]))
    assert sorted(r["number"] for r in read(only(tmp_path), "incidents")) == ["IM1", "IM2", "IM3"]
    assert [r["number"] for r in read(only(tmp_path, "EKSPORT*.unl"), "incidents")] == ["IM2"]
    assert [r["number"] for r in read(only(tmp_path, "A.UNL"), "incidents")] == ["IM1"]
