from __future__ import annotations

from typing import Any

import pytest
from ticket_world import chain, incident, interaction, mappings, verdict

from migrate.records import Bundle
from migrate.transform.sight import concealed

TO = mappings({"tickets": {"confidential": {"rb_skjermet": ["Ja", "J"], "rb_hemmelig": "t"}}})


@pytest.mark.parametrize(
    ("field", "value"),
    [("rb_skjermet", "JA "), ("rb_skjermet", "j"), ("rb_hemmelig", "t"), ("rb_hemmelig", True)],
)
def test_a_ticket_that_is_marked_is_held_and_shown_to_nobody(field: str, value: Any) -> None:
    for rows in (
        (incident(**{field: value}), interaction()),
        (incident(), interaction(**{field: value})),
    ):
        made = chain(*rows, to=TO)
        assert verdict(made) == "held ticket-confidential"
        assert (made.steps, made.findings, made.find) == ((), (), ())
        found = concealed(Bundle("IM10001", rows[0], (rows[1],), ()), TO)
        assert found
        assert found.code == "ticket-confidential"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("folder", "HR/Lønn"),
        ("folder", "IT\nHR/Sykefravær"),  # an array of folders
        ("title", "Strengt FORTROLIG: varsel"),
        ("level", 6),
        ("level", 6.0),
    ],
)
def test_a_mark_is_a_whole_line_in_which_a_star_stands_for_anything(field: str, value: Any) -> None:
    marks = {"folder": ["HR*"], "title": ["*fortrolig*"], "level": ["6"]}
    to = mappings({"tickets": {"confidential": marks}})
    assert verdict(chain(incident(**{field: value}), to=to)) == "held ticket-confidential"
    for other in ("CHR", "x.HR", ""):
        assert chain(incident(folder=other, title=other, level=16), to=to).verdict is None


@pytest.mark.parametrize("value", ["Nei", "", None, False])
def test_one_that_is_not_marked_goes_on(value: Any) -> None:
    row = incident(rb_skjermet=value, rb_hemmelig=value)
    assert chain(row, interaction(), to=TO).verdict is None
    assert concealed(Bundle("IM10001", row, (), ()), TO) is None


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ({"rb_skjermet": "Ja"}, "ticket-confidential"),
        ({"assignment": "IT-SIKKERHET"}, "group-restricted"),
        ({"assignment": "IT-NY"}, "group-restriction-unknown"),
        ({"assignment": "HR-UKJENT"}, "group-restriction-unknown"),
    ],
)
def test_work_is_held_with_a_call_that_led_to_it_and_belongs_to_another_ticket(
    call: dict[str, Any], code: str
) -> None:
    beside = interaction(number="SD10009", **call)
    assert verdict(chain(incident(), to=TO, beside=(beside,))) == f"held {code}"
    found = concealed(Bundle("IM10001", incident(), (), (), beside=(beside,)), TO)
    assert found
    assert found.code == code


def test_work_goes_on_with_a_call_beside_it_that_nothing_shields() -> None:
    assert chain(incident(), to=TO, beside=(interaction(number="SD10009"),)).verdict is None


def test_of_two_tickets_with_one_number_neither_is_shown() -> None:
    found = concealed(Bundle("IM10001", incident(), (), (), shared=("IM10001",)), TO)
    assert found
    assert found.code == "number-shared"
