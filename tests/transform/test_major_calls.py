"""Several calls on one incident: what becomes the major call, and what of each call stands under
it."""

from __future__ import annotations

from typing import Any

import pytest
from ticket_world import (
    activity,
    body,
    bundle,
    chain,
    incident,
    interaction,
    mappings,
    verdict,
)

from migrate.records import Bundle, Chain, Member, Ref
from migrate.transform.major_calls import parts

FIRST, SECOND = interaction(), interaction(number="SD10002", contact_name="")
DONE = (
    activity(1, "Rettet feilen"),
    activity(2, "Ringte", number="SD10001"),
    activity(3, "Skrev", number="SD10002"),
)
FILES = tuple({"topic": number, "uid": number} for number in ("IM10001", "SD10001", "SD10002"))


def divided(identities: dict[str, str] | None = None, **fields: Any) -> list[Bundle]:
    whole = bundle(incident(), FIRST, SECOND, activities=DONE, attachments=FILES, **fields)
    members = {
        Member("incidents" if number.startswith("IM") else "interactions", number): identity
        for number, identity in (identities or {}).items()
    }
    return parts(whole, members)


def made(part: Bundle, **fields: Any) -> Chain:
    work = [] if part.incident is None else [part.incident]
    rest: dict[str, Any] = {"major": part.major, "under": part.under, "bound": part.bound}
    rest |= {"above": part.above, "below": part.below}
    sds = part.interactions
    if not work:
        return chain(None, *sds, activities=part.activities, **rest, **fields)
    return chain(work[0], *sds, activities=part.activities, **rest, **fields)


def test_one_call_and_its_incident_stay_one_ticket() -> None:
    whole = bundle(incident(), FIRST)
    assert parts(whole, {}) == [whole]


def test_the_incident_becomes_a_major_call_and_each_call_an_incident_under_it() -> None:
    major, one, other = [made(part) for part in divided()]

    assert body(major)["majorCall"] is True
    assert body(major)["externalNumber"] == "IM10001"
    assert body(major)["status"] == "secondLine"
    for part, number in ((one, "SD10001"), (other, "SD10002")):
        assert part.identity == body(part)["externalNumber"] == number
        assert body(part)["majorCallObject"] == {"id": Ref("incident", "IM10001")}
        assert "majorCall" not in body(part)
    assert [len(each.members) for each in (major, one, other)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"assignment": "IT-SIKKERHET"}, "held group-restricted"),
        ({"assignment": "IT-UKJENT"}, "held group-restriction-unknown"),
        ({"rb_skjermet": "Ja"}, "held ticket-confidential"),
    ],
)
def test_the_work_is_held_with_the_call_of_a_caller_who_is_shielded(
    call: dict[str, str], expected: str
) -> None:
    to = mappings({"tickets": {"confidential": {"rb_skjermet": ["Ja"]}}})
    shielded = interaction(number="SD10002", **call)
    major, _, held = parts(bundle(incident(), FIRST, shielded), {})

    assert verdict(made(held, to=to)) == expected
    assert verdict(made(major, to=to)) == expected


def test_each_has_the_history_and_the_files_that_are_its_own() -> None:
    major, one, other = divided()

    assert [row["activity_id"] for row in major.activities] == ["A1"]
    assert [row["activity_id"] for row in one.activities] == ["A2"]
    assert [row["topic"] for part in (major, one, other) for row in part.attachments] == [
        "IM10001",
        "SD10001",
        "SD10002",
    ]


def test_a_call_that_was_loaded_with_the_incident_stays_part_of_it() -> None:
    major, other = divided({"IM10001": "SD10001", "SD10001": "SD10001"})

    assert major.bound == ("SD10001",)
    assert [row["number"] for row in major.interactions] == ["SD10001"]
    assert (other.under, other.bound) == ("SD10001", ())


def test_calls_that_were_loaded_alone_keep_their_records() -> None:
    major, one, other = divided({"SD10001": "SD10001", "SD10002": "SD10002"})

    assert (major.bound, one.bound, other.bound) == ((), ("SD10001",), ("SD10002",))
    assert one.under == other.under == "IM10001"


def test_a_call_that_belongs_to_another_record_is_a_conflict() -> None:
    [whole] = divided({"SD10001": "IM777"}, bound=("IM777",))

    assert verdict(made(whole)) == "conflict members-of-two-records"


@pytest.mark.parametrize("group", ["IT-SIKKERHET", "IT-NY"])
def test_calls_under_a_held_incident_are_held(group: str) -> None:
    whole = bundle(incident(assignment=group), FIRST, SECOND)

    assert all(verdict(made(part)).startswith("held") for part in parts(whole, {}))


def test_a_major_call_is_moved_whole_by_its_own_status() -> None:
    closed = {"status": "Closed", "close_time": "2001-01-01 10:00:00"}
    whole = bundle(incident(), interaction(**closed), SECOND)

    assert [part.verdict for part in map(made, parts(whole, {}))] == [None, None, None]


def test_a_call_without_a_group_goes_to_the_group_of_its_incident() -> None:
    whole = bundle(incident(), interaction(assignment=None), SECOND)
    major, one, _ = [made(part) for part in parts(whole, {})]

    assert body(one)["operatorGroup"] == body(major)["operatorGroup"]


def test_they_wait_where_the_policy_says_so() -> None:
    to = mappings({"tickets": {"several_calls": "wait"}})

    assert verdict(chain(incident(), FIRST, SECOND, to=to)) == "waiting major-call"
