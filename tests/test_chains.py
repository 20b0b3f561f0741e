"""From a snapshot to chains, where the transform is handed what it cannot look up itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from migrate.chains import Shelves, SnapshotChains
from migrate.records import Batch, Chain
from migrate.state.bundles import build_pairs
from migrate.state.snapshot import Snapshot
from migrate.transform.mapping import (
    GroupDecision,
    GroupEntry,
    Mappings,
    Unit,
    UnitFile,
    Value,
)
from migrate.transform.policy import Policy
from migrate.transform.text import plain

NOW = datetime(2019, 9, 30, 8, tzinfo=UTC)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    """Twenty incidents with a journal, of which the first has an activity as well."""
    with Snapshot(tmp_path / "snapshot.db") as snapshot:
        run = snapshot.begin_run(["incidents", "activities"], True, NOW)
        opened = [datetime(2019, 3, 1, 8) + timedelta(days=n) for n in range(20)]  # noqa: DTZ001
        rows = [
            [
                f"IM{n}",
                "IT",
                "Open",
                f"{t}",
                f"{t + timedelta(hours=9)}",
                f"{t:%d/%m/%y} 10:00:00 X (a):\nHei",
            ]
            for n, t in enumerate(opened, start=1)
        ]
        columns = ("number", "assignment", "status", "open_time", "update_time", "journal")
        snapshot.write(run, Batch("incidents", columns, 0, rows))
        columns = ("activity_id", "number", "time", "type", "description", "operator")
        snapshot.write(
            run, Batch("activities", columns, 0, [["A1", "IM1", None, "Open", "Ha", "b"]])
        )
        build_pairs(snapshot)
        yield snapshot


def tickets(snapshot: Snapshot, folder: Path, **journal: Any) -> dict[str, Chain]:
    group = GroupEntry(
        source="IT", decision=GroupDecision(action="map", target="IT"), restricted=False
    )
    mappings = Mappings(
        policy=Policy.model_validate({"history": {"journal": journal}}),
        values={"status": {"Open": Value(state="open", target="Åpen")}},
        units={
            "it": Unit("it", UnitFile(name="IT", branch="NTNU", groups=["IT"]), {"IT": group}, {})
        },
    )
    chains = SnapshotChains(snapshot, mappings, folder, lambda _: {}, lambda *_: None)
    return {chain.identity: chain for chain in chains.tickets("it", "pilot")}


def history(chain: Chain) -> str:
    return "\n".join(plain(s.body["action"]) for s in chain.steps if s.name.startswith("history/"))


def test_journals_are_read_as_all_of_them_say_and_told_where_no_activity_does(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    made = tickets(snapshot, tmp_path, zones={"X": "Europe/Oslo"})
    assert history(made["IM1"]) == ("b · Open\nHa\n\n2019-03-01 10:00 +01:00 · a\nHei\n[IM1/i/1]")
    assert history(made["IM2"]) == "2019-03-02 10:00 +01:00 · a\nHei\n[IM2/i/1]"
    assert history(made["IM20"]) == "2019-03-20 10:00 +01:00 · a\nHei\n[IM20/i/1]"


def test_a_zone_that_nobody_knows_leaves_the_time_as_it_was_written(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    chain = tickets(snapshot, tmp_path)["IM2"]
    assert history(chain) == "02/03/19 10:00:00 X · a\nHei\n[IM2/i/1]"
    assert "journal-time-unread" in [finding.code for finding in chain.findings]


def test_the_policy_may_decide_the_order(snapshot: Snapshot, tmp_path: Path) -> None:
    made = tickets(snapshot, tmp_path, dates="mdy", zones={"X": "Europe/Oslo"})
    assert history(made["IM2"]).startswith("2019-02-03 10:00 +01:00 · a\n")
    assert history(made["IM20"]).startswith("20/03/19 10:00:00 X · a\n")


def test_an_installation_s_own_words_for_the_status_of_an_article(tmp_path: Path) -> None:
    words = {"knowledge": {"codes": {"Ekstern": "external", "Under arbeid": "revise"}}}
    with Snapshot(tmp_path / "articles.db") as snapshot:
        run = snapshot.begin_run(["knowledge"], True, NOW)
        columns = ("id", "status", "categories", "expires", "doctype", "answer")
        rows = [
            ("KM1", "ekstern ", "IT", None, None, "Hei"),
            ("KM2", "Published Internal", "IT", None, None, "Hei"),
            ("KM3", "Under arbeid", "IT", None, None, "Hei"),
            ("KM4", "Arkivert", "IT", None, None, "Hei"),
        ]
        snapshot.write(run, Batch("knowledge", columns, 0, rows))
        snapshot.finish(run, "knowledge", True)
        cards = Shelves(snapshot, Mappings(policy=Policy.model_validate(words))).cards()
    assert [card.status for card in cards] == ["external", "internal", "revise", ""]
