from __future__ import annotations

import os
import signal
import time

import pytest

from migrate.cli.running import draining, sent_without
from migrate.console import Console


def test_a_signal_that_comes_while_its_event_is_waited_for_is_heard_and_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with draining(Console(json=True)) as stop:
        with stop._cond:  # type: ignore[attr-defined] # as `wait` holds it at its beginning
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(30)
        said, last = "", time.monotonic() + 30
        while "Stopping in a safe place" not in said:
            assert time.monotonic() < last
            time.sleep(0.01)
            said += capsys.readouterr().err


def test_what_records_went_without_is_counted_by_kind() -> None:
    said = sent_without({"person": 1, "operator": 2})

    assert said.startswith("Sent without what TOPdesk does not have (operator 2, person 1)")
