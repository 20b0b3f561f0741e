from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from migrate.records import Batch
from migrate.state.marks import Marked, marked_values
from migrate.state.snapshot import Snapshot

NOW = datetime(2019, 9, 30, 8, tzinfo=UTC)
FOLDERS = ["HR", "HR/Lønn", "HR-arkiv", "CHR", "IT", "IT", None, "IT\nHR"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["hr"], Marked(2, (("IT", 2), ("CHR", 1)), (("HR-arkiv", 1), ("HR/Lønn", 1)))),
        (["hr*"], Marked(4, (("IT", 2), ("CHR", 1)))),
        (["personal"], Marked(0, (("IT", 2), ("CHR", 1)))),
    ],
)
def test_the_values_that_mark_tickets_and_those_that_nearly_do(
    tmp_path: Path, words: list[str], found: Marked
) -> None:
    with Snapshot(tmp_path / "snapshot.db") as snapshot:
        run = snapshot.begin_run(["incidents"], True, NOW)
        rows = [(f"IM{n}", folder, f"Sak {n} HR") for n, folder in enumerate(FOLDERS)]
        snapshot.write(run, Batch("incidents", ("number", "folder", "title"), 0, rows))
        snapshot.finish(run, "incidents", True)
        seen = marked_values(snapshot, "folder", frozenset(words))
        assert seen.tickets == found.tickets
        assert set(seen.others) >= set(found.others)
        assert set(seen.near) == set(found.near)
        assert marked_values(snapshot, "title", frozenset(words)) == Marked()  # texts of people
        assert marked_values(snapshot, "absent", frozenset(words)) == Marked()
