"""A load of knowledge that died at any step goes on, in both forms of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from knowledge_chains import item, knowledge_base, load, once, prepared
from loading import Desk, did

from migrate.records import State
from migrate.simulate.topdesk.server import TopdeskServer


@pytest.fixture(params=[True, False], ids=["after", "before"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TopdeskServer]:
    with knowledge_base(tmp_path, request.param) as running:
        yield running


STEPS = [step.name for step in item().steps]


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "did not arrive"])
@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
def test_a_load_that_died_at_any_step_goes_on(
    open_desk: Callable[..., Desk], at: int, arrived: bool
) -> None:
    desk = prepared(open_desk(window=0.15))
    chain = item()
    done = at + (1 if arrived else 0)
    target_id = did(desk, chain, done)
    journal_id = target_id if at else ""
    before = [State.DONE] * at
    desk.wrote(chain, *before, State.SENDING, target_id=journal_id)
    load(desk)
    once(desk, "KM1", "KM2")
