"""What TOPdesk refuses as double may be our own, of a request that was believed lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from loading import Desk, person
from refusing import Refusal, Refuser

from migrate.records import State
from migrate.report.failures.families import families
from migrate.simulate.topdesk.server import TopdeskServer

DOUBLE = Refusal("create", 409, '[{"message": "That login name already exists"}]')


@dataclass
class Late(Refuser):
    """Has `arrive` done right before the first request that writes is answered."""

    arrive: Callable[[], object] | None = None

    def about(self, path: str, body: Mapping[str, Any]) -> tuple[str, str]:
        if self.arrive:
            arrive, self.arrive = self.arrive, None
            arrive()
        return super().about(path, body)


@pytest.mark.parametrize("comes", [True, False], ids=["ours, and late", "somebody else's"])
def test_it_is_looked_for_where_an_earlier_run_left_it_in_doubt(
    server: TopdeskServer, tmp_path: Path, comes: bool
) -> None:
    kari = person("kari")
    with Late(server.url, {"kari": DOUBLE}).serving() as late:
        desk = Desk(tmp_path, server, window=0.2, beside=late.url)
        direct = Desk(tmp_path / "direct", server)
        try:
            desk.plan(kari)
            desk.wrote(kari, State.SENDING)
            if comes:
                late.arrive = lambda: direct.send(kari, "create")
            desk.load("person")
            assert desk.states("kari", "person") == {
                "create": State.DONE if comes else State.FAILED
            }
            assert server.census()["counts"].get("person", 0) == int(comes)
            if not comes:
                (family,) = families(desk.journal, desk.store, "it")
                assert (family.fingerprint.code, family.advice.mender) == (
                    "target-duplicate",
                    "directory",
                )
        finally:
            desk.close()
            direct.close()
