"""Everything that is sent to TOPdesk, and everything the simulated one answers, is what TOPdesk's
published contract allows."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi import CONTRACT, Contract, Exchange
from recording import Recorder
from service_desk import copy_of

pytestmark = pytest.mark.skipif(
    CONTRACT is None, reason="TOPdesk's contract is not here: it is no part of the project"
)


@pytest.fixture(scope="module")
def exchanges(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    """A sprint: checked, loaded, verified, taken back, and loaded again."""
    with (
        copy_of(prepared, tmp_path_factory.mktemp("contract") / "desk") as desk,
        Recorder.before(desk.topdesk.url) as recorder,
    ):
        desk.edit("migrate.yaml", desk.topdesk.url, recorder.url)
        assert desk.run("check") in (0, 4)
        assert desk.run("load", "--sprint", "pilot") == 0
        assert desk.run("verify", "--sprint", "pilot") == 0
        assert desk.run("undo", "--sprint", "pilot") == 0
        desk.edit("migrate.yaml", "target:\n", "target:\n  archiving_reason: Avsluttet\n")
        assert desk.run("load", "--unit", "it") in (0, 5)
        assert desk.run("load", "--unit", "it") in (0, 5)
        assert desk.run("undo", "--unit", "it") == 0
        yield recorder.exchanges


def test_every_request_and_answer_is_what_the_contract_allows(exchanges: list[Exchange]) -> None:
    assert CONTRACT is not None
    contract = Contract(CONTRACT)
    wrong = Counter(problem for exchange in exchanges for problem in contract.wrong(exchange))
    sys.stdout.write(f"\n{len(exchanges)} exchanges held against the contract\n")
    assert len(exchanges) > 200
    assert any(exchange.media == "multipart/form-data" for exchange in exchanges)
    assert {"archive", "unarchive"} <= {e.url.rpartition("/")[2] for e in exchanges}
    assert any(exchange.method == "DELETE" for exchange in exchanges)
    assert sorted(wrong) == []
