from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from migrate.records import Batch, Bundle, Member
from migrate.state.bundles import build_pairs, bundles, group_counts
from migrate.state.numbers import restricted
from migrate.state.others import request_bundles
from migrate.state.snapshot import Snapshot

NOW = datetime(2019, 9, 30, 8, tzinfo=UTC)
FIELDS = {
    "incidents": "number assignment open_time close_time service",
    "interactions": "number assignment open_time close_time service",
    "activities": "activity_id number time visible",
    "attachments": "key topic sha256",
    "relations": "key source source_file depend depend_file",
    "groups": "name",
    "members": "key group operator",
    "requests": "number assignment open_time",
    "tasks": "number assignment parent",
}
EVERYTHING = ["UB", "IT"]


class Hpsm:
    """A snapshot that is filled by a line per record."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def holds(self, **kinds: Sequence[Sequence[Any]]) -> None:
        run = self.snapshot.begin_run(list(kinds), True, NOW)
        for kind, rows in kinds.items():
            columns = tuple(FIELDS[kind].split())
            filled = [(*row, *[None] * (len(columns) - len(row))) for row in rows]
            types = tuple("logical" if name == "visible" else "text" for name in columns)
            self.snapshot.write(run, Batch(kind, columns, 0, filled, types=types))
            self.snapshot.finish(run, kind, True)
        build_pairs(self.snapshot)

    def bundles(
        self,
        groups: Sequence[str] = EVERYTHING,
        services: Sequence[str] = (),
        bound: Mapping[Member, str] | None = None,
        chunk: int = 500,
    ) -> list[Bundle]:
        return list(bundles(self.snapshot, groups, services, lambda _: bound or {}, chunk))


@pytest.fixture
def hpsm(tmp_path: Path) -> Iterator[Hpsm]:
    with Snapshot(tmp_path / "snapshot.db") as snapshot:
        yield Hpsm(snapshot)


def relation(source: str, depend: str, source_file: str = "", depend_file: str = "") -> list[str]:
    return [f"{source}|{depend}", source, source_file, depend, depend_file]


@pytest.mark.parametrize("ends", [("SD1", "IM1"), ("IM1", "SD1")])
def test_a_call_joins_its_incident_whichever_way_the_relation_points(
    hpsm: Hpsm, ends: tuple[str, str]
) -> None:
    hpsm.holds(incidents=[["IM1", "UB"]], interactions=[["SD1", "IT"]], relations=[relation(*ends)])
    [bundle] = hpsm.bundles()
    assert bundle.key == "IM1"
    assert bundle.incident is not None
    assert [call["number"] for call in bundle.interactions] == ["SD1"]


def test_a_number_that_a_call_and_an_incident_of_two_tickets_have_is_told(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["1", "UB"], ["2", "UB"]],
        interactions=[["1", "UB"], ["3", "UB"]],
        relations=[relation("3", "2")],
    )
    assert [(made.key, made.shared) for made in hpsm.bundles()] == [
        ("1", ("1",)),
        ("1", ("1",)),
        ("2", ()),
    ]


def test_a_call_and_its_incident_may_have_one_number_and_one_history(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["1", "UB"]],
        interactions=[["1", "UB"]],
        relations=[relation("1", "1")],
        activities=[["A1", "1", "2019-01-01 08:00:00"]],
    )
    [bundle] = hpsm.bundles()
    assert bundle.shared == ()
    assert [activity["activity_id"] for activity in bundle.activities] == ["A1"]


def test_a_ticket_has_the_files_of_its_records_and_of_no_other(hpsm: Hpsm) -> None:
    kinds: dict[str, Any] = {
        "incidents": [["IM1", "UB"], ["IM2", "UB"]],
        "interactions": [["SD1", "IT"]],
        "relations": [relation("SD1", "IM1")],
    }
    hpsm.holds(**kinds)
    before = {bundle.key: bundle.digest for bundle in hpsm.bundles()}
    assert [bundle.attachments for bundle in hpsm.bundles()] == [(), ()]
    files = [["1", "SD1", "a"], ["2", "IM1", "b"], ["3", "KM1", "c"]]
    hpsm.holds(**kinds, attachments=files)
    one, two = hpsm.bundles(chunk=1)
    assert sorted(row["sha256"] for row in one.attachments) == ["a", "b"]
    assert two.attachments == ()
    assert one.digest != before["IM1"]
    assert two.digest == before["IM2"]
    hpsm.holds(attachments=[["1", "SD1", "a"], ["2", "IM1", "new"]])
    assert hpsm.bundles()[0].digest not in (one.digest, before["IM1"])


def test_a_snapshot_in_which_files_were_never_read_says_so(hpsm: Hpsm) -> None:
    hpsm.holds(incidents=[["IM1", "UB"]])
    assert [bundle.attachments for bundle in hpsm.bundles()] == [()]
    tables = hpsm.snapshot.connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert ("attachments",) not in tables


def test_a_relation_told_in_both_directions_is_one(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"]],
        interactions=[["SD1"]],
        relations=[relation("SD1", "IM1"), relation("IM1", "SD1")],
    )
    [bundle] = hpsm.bundles()
    assert len(bundle.interactions) == 1


def test_file_names_that_lie_do_not_matter(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"]],
        interactions=[["SD1"]],
        relations=[relation("SD1", "IM1", "problem", "rootcause")],
    )
    assert [len(bundle.interactions) for bundle in hpsm.bundles()] == [1]


def test_a_call_of_several_incidents_belongs_to_the_one_opened_first(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[
            ["IM1", "UB", "2019-03-01 00:00:00"],
            ["IM2", "UB", "2019-01-01 00:00:00"],
            ["IM3", "UB", "2019-01-01 00:00:00"],
            ["IM4", "UB", None],
        ],
        interactions=[["SD1"]],
        relations=[relation("SD1", f"IM{n}") for n in (4, 3, 2, 1)],
    )
    assert {b.key: len(b.interactions) for b in hpsm.bundles()} == {
        "IM1": 0,
        "IM2": 1,
        "IM3": 0,
        "IM4": 0,
    }


def test_calls_come_oldest_first_and_activities_of_all_members_in_time(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"]],
        interactions=[["SD1", None, "2019-02-01 00:00:00"], ["SD2", None, "2019-01-01 00:00:00"]],
        relations=[relation("SD1", "IM1"), relation("SD2", "IM1")],
        activities=[
            ["A4", "IM1", "2019-01-03 00:00:00", True],
            ["A1", "SD1", "2019-01-02 00:00:00", False],
            ["A3", "SD2", "2019-01-01 00:00:00", None],
            ["A2", "IM1", "2019-01-02 00:00:00", None],
            ["A9", "IM9", "2019-01-02 00:00:00", None],
        ],
    )
    [bundle] = hpsm.bundles()
    assert [call["number"] for call in bundle.interactions] == ["SD2", "SD1"]
    assert [a["activity_id"] for a in bundle.activities] == ["A3", "A1", "A2", "A4"]
    assert [a["visible"] for a in bundle.activities] == [None, False, None, True]


def test_activities_of_one_second_come_as_hpsm_counted_them(hpsm: Hpsm) -> None:
    at = "2019-01-03 00:00:00"
    hpsm.holds(
        incidents=[["IM1", "UB"]],
        interactions=[["SD1", "UB"]],
        relations=[relation("SD1", "IM1")],
        activities=[["10", "IM1", at], ["9", "IM1", at], ["11", "SD1", at], ["100", "IM1", at]],
    )
    [bundle] = hpsm.bundles()
    assert [a["activity_id"] for a in bundle.activities] == ["9", "10", "11", "100"]


def test_a_call_that_nobody_escalated_is_a_ticket_of_its_own(hpsm: Hpsm) -> None:
    hpsm.holds(interactions=[["SD1", "UB"]], activities=[["A1", "SD1"]])
    [bundle] = hpsm.bundles()
    assert (bundle.key, bundle.incident, len(bundle.activities)) == ("SD1", None, 1)


def test_the_current_group_is_the_incidents_then_the_calls_then_the_services(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[
            ["IM1", "UB"],
            ["IM2", None],
            ["IM3", "", None, None, "Lån"],
            ["IM4", None, None, None, "Epost"],
        ],
        interactions=[
            ["SD1", "IT"],
            ["SD2", "UB"],
            ["SD5", None, None, None, "Lån"],
            ["SD6", "IT"],
        ],
        relations=[relation("SD1", "IM1"), relation("SD2", "IM2")],
    )
    assert [b.key for b in hpsm.bundles(["UB"])] == ["IM1", "IM2"]
    assert [b.key for b in hpsm.bundles(["UB"], ["Lån"])] == ["IM1", "IM2", "IM3", "SD5"]
    assert [b.key for b in hpsm.bundles(["IT"])] == ["SD6"]
    assert hpsm.bundles([]) == []


def test_related_numbers_without_a_record_are_told(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"], ["IM2", "UB"]],
        relations=[
            relation("IM1", "SD9", "problem", "incidents"),
            relation("SD8", "IM1", "incidents", "problem"),
            relation("IM1", "C100", "problem", "cm3r"),
            relation("IM1", "IM2", "problem", "problem"),
        ],
    )
    assert [bundle.dangling for bundle in hpsm.bundles()] == [("SD8", "SD9"), ()]


def test_relations_that_are_no_calls_are_counted_once_from_either_end(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"], ["IM2", "UB"], ["IM3", "UB"]],
        interactions=[["SD1", "UB"]],
        relations=[
            relation("IM1", "SD1"),
            relation("SD1", "IM1"),
            relation("SD1", "IM2"),
            relation("IM1", "C100", "problem", "cm3r"),
            relation("IM1", "IM3", "problem", "problem"),
            relation("IM3", "IM1", "problem", "problem"),
            relation("IM3", "IM3", "problem", "problem"),
            relation("IM3", "SERVER7", "problem", "device"),
        ],
    )
    found = {bundle.key: bundle.related for bundle in hpsm.bundles()}
    assert found == {"IM1": 3, "IM2": 1, "IM3": 1}  # IM1: C100, IM3, and IM2 by its call


def test_tickets_come_in_key_order_whatever_the_chunk(hpsm: Hpsm) -> None:
    numbers = [f"IM{n}" for n in range(100, 130)]
    hpsm.holds(
        incidents=[[number, "UB"] for number in reversed(numbers)],
        activities=[[f"A{number}", number] for number in numbers],
    )
    assert [bundle.key for bundle in hpsm.bundles(chunk=7)] == numbers
    assert hpsm.bundles(chunk=7) == hpsm.bundles(chunk=500)
    assert all(len(bundle.activities) == 1 for bundle in hpsm.bundles(chunk=1))


def test_the_digest_covers_every_row_and_nothing_else(hpsm: Hpsm) -> None:
    def holds(activity: str, other: str) -> str:
        hpsm.holds(
            incidents=[["IM1", "UB"], ["IM2", other]],
            activities=[["A1", "IM1", activity]],
        )
        return hpsm.bundles()[0].digest

    first = holds("2019-01-01 00:00:00", "UB")
    assert holds("2019-01-01 00:00:00", "IT") == first
    assert holds("2019-01-02 00:00:00", "IT") != first


def test_identities_that_the_journal_holds_are_bound_once_each(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"]],
        interactions=[["SD1"], ["SD2"]],
        relations=[relation("SD1", "IM1"), relation("SD2", "IM1")],
    )
    sd1, sd2, im1 = (
        Member("interactions", "SD1"),
        Member("interactions", "SD2"),
        Member("incidents", "IM1"),
    )
    assert hpsm.bundles()[0].bound == ()
    assert hpsm.bundles(bound={sd1: "SD1"})[0].bound == ("SD1",)
    assert hpsm.bundles(bound={im1: "IM1", sd1: "IM1", sd2: "SD2"})[0].bound == ("IM1", "SD2")


def test_an_escalation_between_two_extracts_moves_the_call(hpsm: Hpsm) -> None:
    hpsm.holds(interactions=[["SD1", "UB"]])
    assert [bundle.key for bundle in hpsm.bundles()] == ["SD1"]
    hpsm.holds(incidents=[["IM1", "IT"]], relations=[relation("SD1", "IM1")])
    assert [bundle.key for bundle in hpsm.bundles()] == ["IM1"]


def test_facts_of_the_groups_add_up_to_all_tickets(hpsm: Hpsm) -> None:
    hpsm.holds(
        groups=[["UB"], ["TOM"]],
        members=[["UB|kari", "UB", "kari"], ["UB|ola", "UB", "ola"]],
        incidents=[["IM1", "UB"], ["IM2", "UB", None, "2019-02-01 00:00:00"], ["IM3"]],
        interactions=[["SD1"], ["SD2", "IT"]],
        relations=[relation("SD1", "IM1")],
        activities=[["A1", "IM1", "2019-01-05 00:00:00"], ["A2", "IM2", "2019-01-07 00:00:00"]],
    )
    counts = group_counts(hpsm.snapshot)
    assert counts["UB"] == {
        "members": 2,
        "tickets": 2,
        "open": 1,
        "last_activity": "2019-01-07 00:00:00",
    }
    assert counts["TOM"]["tickets"] == 0
    assert counts[None]["tickets"] == 1
    assert sum(facts["tickets"] for facts in counts.values()) == 4


def test_an_empty_snapshot_has_no_tickets(hpsm: Hpsm) -> None:
    assert hpsm.bundles() == []
    assert group_counts(hpsm.snapshot) == {}


def test_a_call_that_belongs_to_another_ticket_stands_beside_the_work_it_led_to(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB", "2019-01-01 08:00:00"], ["IM2", "UB", "2019-01-02 08:00:00"]],
        interactions=[["SD1", "IT"]],
        requests=[["RF1", "UB"]],
        relations=[relation("SD1", "IM1"), relation("IM2", "SD1"), relation("SD1", "RF1")],
    )
    assert [
        (made.key, [r["number"] for r in made.interactions], [r["number"] for r in made.beside])
        for made in hpsm.bundles()
    ] == [("IM1", ["SD1"], []), ("IM2", [], ["SD1"])]
    [request] = request_bundles(hpsm.snapshot, ["UB"], lambda _: {})
    assert [call["number"] for call in request.beside] == ["SD1"]
    assert sorted(set(restricted(hpsm.snapshot, ["IT"], []))) == ["IM1", "IM2", "RF1", "SD1"]


def test_work_changes_with_what_is_said_of_the_call_beside_it(hpsm: Hpsm) -> None:
    records: dict[str, Any] = {
        "incidents": [["IM1", "UB", "2019-01-01"], ["IM2", "UB", "2019-01-02"]],
        "interactions": [["SD1", "IT"]],
        "relations": [relation("SD1", "IM1"), relation("SD1", "IM2")],
    }
    hpsm.holds(**records)
    before = {made.key: made.digest for made in hpsm.bundles()}
    hpsm.holds(**records | {"interactions": [["SD1", "HR"]]})
    assert {made.key for made in hpsm.bundles() if made.digest != before[made.key]} == {
        "IM1",
        "IM2",
    }


def test_a_number_in_other_letters_is_the_record_of_that_number(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"]],
        interactions=[["SD1", "IT"]],
        activities=[["1", "im1 ", "2019-01-01 08:00:00"], ["2", "Sd1", "2019-01-02 08:00:00"]],
        attachments=[["f", "im1", "00"]],
        tasks=[["T1", "UB", " iM1"]],
        relations=[relation("sd1 ", "im1")],
    )
    [bundle] = bundles(hpsm.snapshot, EVERYTHING, (), lambda _: {}, tasks=True)
    assert [call["number"] for call in bundle.interactions] == ["SD1"]
    assert [row["number"] for row in bundle.activities] == ["IM1", "SD1"]
    assert [row["topic"] for row in bundle.attachments] == ["IM1"]
    assert [row["parent"] for row in bundle.tasks] == ["IM1"]
    assert bundle.dangling == ()


def test_a_number_in_other_letters_is_nobodys_where_two_records_have_it(hpsm: Hpsm) -> None:
    hpsm.holds(
        incidents=[["IM1", "UB"], ["im1", "UB"]],
        activities=[["1", "Im1"], ["2", "im1"]],
    )
    assert [
        (made.key, [row["activity_id"] for row in made.activities]) for made in hpsm.bundles()
    ] == [("IM1", []), ("im1", ["2"])]


def test_a_record_that_turns_up_later_has_what_names_it(hpsm: Hpsm) -> None:
    activities = [["1", "im1"], ["2", "im1"]]
    hpsm.holds(incidents=[["IM1", "UB"]], activities=activities)
    assert [len(made.activities) for made in hpsm.bundles()] == [2]
    hpsm.holds(incidents=[["IM1", "UB"], ["im1", "UB"]], activities=[["1", "im1"], ["2", "IM1"]])
    assert [
        (made.key, [row["activity_id"] for row in made.activities]) for made in hpsm.bundles()
    ] == [("IM1", ["2"]), ("im1", ["1"])]
    build_pairs(hpsm.snapshot)
    assert [row["number"] for row in hpsm.snapshot.scan("activities")] == ["im1", "IM1"]
