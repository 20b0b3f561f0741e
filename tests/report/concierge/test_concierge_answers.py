"""Each old number has one honest answer, and what is held is not told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from old_numbers import OldNumbers, listed

from migrate.records import Batch, State, Verdict

HELD = Verdict(State.HELD, "group-restricted", "held")


def test_a_ticket_that_was_loaded_is_found_under_each_of_its_numbers(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1": "IT", "SD1": "IT"}, [("SD1", "IM1")])
    desk.loaded("IM1", "SD1", number="I 1909 007")
    assert desk.answers() == {"IM1": "I 1909 007", "SD1": "I 1909 007"}
    assert {row["link"] for row in listed(desk.out)} == {
        "https://desk.example.no/tas/secure/incident?unid=id-IM1"
    }


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        (None, "planned"),
        (Verdict(State.HELD, "group-restriction-unknown", ""), "ask"),
        (Verdict(State.SKIPPED, "outside-scope", ""), "outside-scope"),
        (Verdict(State.SKIPPED, "no-target", ""), "no-target"),
        (Verdict(State.SKIPPED, "request-left", ""), "request-left"),
        (Verdict(State.SKIPPED, "group-left-behind", ""), "group-left-behind"),
        (Verdict(State.SKIPPED, "something-new", ""), "left"),
        (Verdict(State.WAITING, "major-call", ""), "major-call"),
        (Verdict(State.WAITING, "unit-not-moved", ""), "not-moved"),
        (Verdict(State.WAITING, "parent-missing", ""), "waiting"),
        (Verdict(State.REJECTED, "value-unmapped", ""), "rejected"),
        (Verdict(State.CONFLICT, "members-of-two-records", ""), "stuck"),
    ],
    ids=str,
)
def test_what_was_not_loaded_says_why(
    desk: OldNumbers, verdict: Verdict | None, answer: str
) -> None:
    desk.hpsm_has({"IM1": "IT"})
    desk.planned({"IM1": verdict})
    assert desk.answers() == {"IM1": answer}


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (State.FAILED, "stuck"),
        (State.IN_DOUBT, "stuck"),
        (State.SENDING, "stuck"),
        (State.PLANNED, "planned"),
    ],
)
def test_a_ticket_that_was_begun_and_has_no_number_yet_is_not_found(
    desk: OldNumbers, state: State, answer: str
) -> None:
    desk.hpsm_has({"IM1": "IT"})
    desk.planned({"IM1": None})
    desk.loaded("IM1", number="", state=state)
    assert desk.answers() == {"IM1": answer}


def test_what_was_taken_back_is_not_found_and_what_was_loaded_again_is(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1": "IT", "IM2": "IT"})
    for number in ("IM1", "IM2"):
        desk.loaded(number, state=State.UNDONE)
    desk.loaded("IM2", revision=1)
    desk.planned({"IM1": Verdict(State.DONE, "loaded", "")}, number="I 1909 001")
    assert desk.answers() == {"IM1": "undone", "IM2": "I 1909 001"}


def test_what_the_target_had_before_us_is_found_by_the_plan(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1": "IT"})
    desk.planned({"IM1": Verdict(State.SKIPPED, "already-there", "")}, number="I 1801 001")
    assert desk.answers() == {"IM1": "I 1801 001"}


def test_without_a_plan_a_number_is_not_moved_yet_and_a_kind_that_never_moves_says_so(
    desk: OldNumbers,
) -> None:
    desk.hpsm_has({"IM1": None, "C1": "IT", "KM1": None})
    assert desk.answers() == {"C1": "no-target", "IM1": "not-moved", "KM1": "not-moved"}


def test_an_article_has_links_of_its_own(desk: OldNumbers) -> None:
    desk.hpsm_has({"KM1": None})
    desk.loaded("KM1", number="KI 0042", kind="knowledge_item")
    desk.build()
    [row] = listed(desk.out)
    assert row["link"] == "https://desk.example.no/knowledge/KI%200042"


def test_what_hpsm_lost_is_gone_unless_it_was_loaded(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1": "IT", "IM2": "IT", "IM3": "IT"})
    desk.loaded("IM2")
    desk.hpsm_has({"IM3": "IT"})
    assert desk.answers() == {"IM1": "gone", "IM2": "I 1909 001", "IM3": "not-moved"}


def test_a_number_written_in_two_ways_is_one(desk: OldNumbers) -> None:
    desk.hpsm_has({"im 1": "IT", "IM1": "IT"})
    desk.loaded("im 1")
    assert desk.answers() == {"IM1": "I 1909 001"}


def test_no_number_of_another_kind_is_listed(desk: OldNumbers) -> None:
    desk.hpsm_has({"IM1": "IT"})
    desk.planned({"IM1": None})
    run = desk.snapshot.begin_run(["contacts"], True, datetime.now(UTC))
    desk.snapshot.write(run, Batch("contacts", ("contact_name",), 0, [["olanor"]]))
    desk.snapshot.finish(run, "contacts", True)
    assert desk.answers() == {"IM1": "planned"}
    assert "olanor" not in desk.written()


class TestOutOfSight:
    """Restricted tickets: whom to ask, and nothing else."""

    def test_a_held_ticket_says_ask_even_where_it_was_loaded_before(self, desk: OldNumbers) -> None:
        desk.hpsm_has({"IM1": "IT", "IM2": "IT"})
        desk.loaded("IM1", number="I 1909 666")
        desk.planned({"IM1": HELD, "IM2": HELD}, number="I 1909 666")
        assert desk.answers() == {"IM1": "ask", "IM2": "ask"}
        assert "1909" not in desk.written()
        assert "id-IM" not in desk.written()

    def test_a_group_that_is_restricted_needs_no_plan(self, desk: OldNumbers) -> None:
        desk.hpsm_has({"IM1": "SIKKERHET", "C1": "SIKKERHET", "IM2": "IT"})
        desk.loaded("IM1")
        assert desk.answers() == {"C1": "ask", "IM1": "ask", "IM2": "not-moved"}
        assert "SIKKERHET" not in desk.written()

    @pytest.mark.parametrize("restricted", ["IM1", "SD1", "SD2"])
    def test_one_restricted_end_hides_the_whole_matter(
        self, desk: OldNumbers, restricted: str
    ) -> None:
        groups = dict.fromkeys(("IM1", "SD1", "SD2"), "IT") | {restricted: "SIKKERHET"}
        desk.hpsm_has(groups, [("SD1", "IM1"), ("IM1", "SD2")])
        desk.loaded("IM1", "SD1", "SD2")
        assert desk.answers() == dict.fromkeys(groups, "ask")

    def test_a_number_that_was_loaded_with_one_that_is_restricted_now_is_not_told(
        self, desk: OldNumbers
    ) -> None:
        """HPSM has dropped the relation since; the record in TOPdesk is still the same."""
        desk.hpsm_has({"IM1": "SIKKERHET", "SD1": "IT"})
        desk.loaded("IM1", "SD1")
        assert desk.answers() == {"IM1": "ask", "SD1": "ask"}

    def test_a_ticket_that_hpsm_lost_stays_out_of_sight(self, desk: OldNumbers) -> None:
        desk.hpsm_has({"IM1": "SIKKERHET", "IM2": "IT"})
        desk.loaded("IM1")
        desk.hpsm_has({"IM2": "IT"})
        assert desk.answers() == {"IM1": "ask", "IM2": "not-moved"}

    def test_a_ticket_without_a_group_goes_by_its_service(self, desk: OldNumbers) -> None:
        desk.services = {"Varsling"}
        run = desk.snapshot.begin_run(["incidents"], True, datetime.now(UTC))
        columns = ("number", "assignment", "service")
        rows = [["IM1", None, "Varsling"], ["IM2", "IT", "Varsling"]]
        desk.snapshot.write(run, Batch("incidents", columns, 0, rows))
        desk.snapshot.finish(run, "incidents", True)
        assert desk.answers() == {"IM1": "ask", "IM2": "not-moved"}

    def test_all_that_are_held_look_alike(self, desk: OldNumbers) -> None:
        """Whatever the reason, planned or not, loaded or not: one word, and no other difference."""
        desk.hpsm_has({"IM1": "IT", "IM2": "SIKKERHET", "IM3": "IT"})
        desk.planned({"IM1": HELD, "IM3": Verdict(State.HELD, "group-restriction-unknown", "")})
        desk.loaded("IM2")
        desk.build()
        [shard] = (desk.out / "numbers").rglob("*.js")
        text = shard.read_text(encoding="utf-8")
        assert text == 'concierge("0000","IM1\\t0\\nIM2\\t0\\nIM3\\t0\\n");\n'
