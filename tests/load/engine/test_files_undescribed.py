"""Where TOPdesk shows no description of a file, ours is known by name, size and content."""

from __future__ import annotations

from dataclasses import replace

import pytest
from loading import Desk, idle
from sent_files import with_files

from migrate.load.target import Attached
from migrate.load.topdesk.client import TopdeskTarget
from migrate.records import State
from migrate.simulate.topdesk.faults import Fault

FILES = {"møte.pdf": bytes(range(256)) * 10, "logg.txt": b"en linje"}


class Undescribed(TopdeskTarget):
    def attachments(self, incident_id: str) -> list[Attached]:
        there = super().attachments(incident_id)
        return [replace(file, description="", described=False) for file in there]


@pytest.fixture
def bare(desk: Desk) -> Desk:
    desk.target.__class__ = Undescribed
    return desk


@pytest.mark.parametrize("kind", ["answer-lost", "500-after", "cut-body"])
def test_a_file_whose_answer_is_lost_is_there_once(bare: Desk, kind: str) -> None:
    bare.plan(with_files(bare, FILES))
    bare.server.misbehave(Fault(kind, count=1, method="POST", path="/attachments$"))
    bare.load()
    idle(bare.server)
    assert set(bare.census()["contents"].values()) == {1}
    assert set(bare.states("IM1").values()) == {State.DONE}
    assert bare.verify().differences == []


def test_one_that_somebody_put_in_its_place_is_none_of_ours(bare: Desk) -> None:
    chain = with_files(bare, FILES)
    bare.plan(chain)
    bare.load()
    id = bare.journal.records("incident", ["IM1"])["IM1"].target_id
    there = bare.target.attachments(id)
    other = replace(there[1], size=there[1].size + 1)
    bare.target.attachments = lambda incident_id: [there[0], other]  # type: ignore[method-assign]
    [difference] = bare.verify().differences
    assert difference.code == "gone"
