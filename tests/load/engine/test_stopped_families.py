"""What a load was stopped before is sent by the next load, and is no matter for a retry."""

from __future__ import annotations

import time

import pytest
from loading import Desk, person

from migrate.records import State
from migrate.report.failures.families import exactly, families


@pytest.mark.parametrize(
    ("code", "mender"),
    [
        ("permission-missing", "topdesk"),
        ("target-certificate", "project"),
        ("target-failing", "wait"),
    ],
)
def test_it_says_who_mends_it_and_that_the_load_goes_on(desk: Desk, code: str, mender: str) -> None:
    kari = person("kari")
    desk.plan(kari)
    desk.wrote(kari, State.PLANNED)
    desk.journal.note(desk.key(kari, "create"), State.PLANNED, time.time(), code=code)
    desk.journal.commit()
    (family,) = found = families(desk.journal, desk.store, "it")
    assert (family.advice.mender, family.command) == (mender, "migrate load --unit it")
    assert exactly(found) == {}
