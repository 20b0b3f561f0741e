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


@pytest.mark.parametrize("value", ["Nei", "", None, False])
def test_one_that_is_not_marked_goes_on(value: Any) -> None:
    row = incident(rb_skjermet=value, rb_hemmelig=value)
    assert chain(row, interaction(), to=TO).verdict is None
    assert concealed(Bundle("IM10001", row, (), ()), TO) is None
