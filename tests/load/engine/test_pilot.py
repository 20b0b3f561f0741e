"""Two weeks in which both systems are worked in: no edit is lost, and every conflict is shown.

The long run is `make pilot`; this is a bounded part of it.
"""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pilot import Pilot, tally

STEPS = int(os.environ.get("PILOT_STEPS", "5000"))
A_PILOT = 50


def _run(pilots: int, steps: int) -> None:
    run_state_machine_as_test(
        Pilot,
        settings=settings(
            max_examples=pilots,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            # A failing step is found again by its blob; making it small takes minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_people_and_hpsm_change_tickets_and_no_edit_is_lost() -> None:
    _run(4, 20)


@pytest.mark.slow
def test_a_long_pilot(capsys: pytest.CaptureFixture[str]) -> None:
    tally.clear()
    while tally["steps"] < STEPS:
        _run(20, A_PILOT)
    rows = [*sorted(tally.items()), ("edits lost", 0)]
    table = "\n".join(f"  {what:<34} {number}" for what, number in rows)
    with capsys.disabled():
        sys.stdout.write(f"\n{table}\n")
