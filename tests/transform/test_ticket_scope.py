"""Which tickets a sprint takes: those that are open, or were closed late enough, or are loaded."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ticket_world import chain, incident, verdict

from migrate.transform.mapping import Scope


@pytest.mark.parametrize(
    ("scope", "fields", "inside"),
    [
        (Scope(), {}, True),
        (Scope(open=False), {}, False),
        (Scope(), {"status": "Closed", "close_time": "2019-09-13 08:00:00"}, False),
        (
            Scope(closed_since=date(2019, 9, 13)),
            {"status": "Closed", "close_time": "2019-09-12 22:30:00"},
            True,
        ),
        (
            Scope(closed_since=date(2019, 9, 14)),
            {"status": "Resolved", "resolved_time": "2019-09-13 08:00:00"},
            False,
        ),
        (Scope(closed_since=date(2000, 1, 1)), {"status": "Closed", "open_time": None}, False),
        (
            Scope(closed_since=date(2019, 9, 12)),
            {"status": "Closed", "open_time": "2019-09-12 08:00:00"},
            True,
        ),
        (
            Scope(closed_since=date(2019, 9, 13)),
            {"status": "Closed", "open_time": "2019-09-12 08:00:00"},
            False,
        ),
    ],
)
def test_a_sprint_takes_the_tickets_of_its_scope(
    scope: Scope, fields: dict[str, Any], inside: bool
) -> None:
    made = chain(incident(**fields), scope=scope)

    assert (made.verdict is None) is inside
    if not inside:
        assert verdict(made) == "skipped outside-scope"


def test_a_ticket_that_is_loaded_stays_in_scope() -> None:
    fields = {"status": "Closed", "close_time": "2019-09-13 08:00:00"}

    assert chain(incident(**fields), scope=Scope(), bound=("IM10001",)).verdict is None
