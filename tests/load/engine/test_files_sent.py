"""Files of tickets reach TOPdesk whole, invisible to the caller, and once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from loading import WINDOW, Desk, did, idle
from sent_files import Hand, attachment, with_files

from migrate.load.keys import look_for
from migrate.records import Chain, Operation, State, Step, Told
from migrate.simulate.topdesk.faults import Fault

DONE, SENDING = State.DONE, State.SENDING
UPLOAD = {"method": "POST", "path": "/attachments$"}
FILES = {"møte.pdf": bytes(range(256)) * 1000, "logg.txt": b"en linje\r\n--slutt--\r\n"}


def contents(desk: Desk) -> dict[str, object]:
    return desk.census()["contents"]


def expected(files: dict[str, bytes]) -> dict[str, int]:
    return {sha256(content).hexdigest(): 1 for content in files.values()}


def target_id(desk: Desk, number: str = "IM1") -> str:
    return desk.journal.records("incident", [number])[number].target_id


def told(chain: Chain) -> Chain:
    """As the transform gives it when HPSM changed: without the history that is there already."""
    return replace(chain, steps=tuple(s for s in chain.steps if "history" not in s.name))


def test_files_are_sent_once_and_whole_behind_the_history_and_before_the_end(desk: Desk) -> None:
    chain = with_files(desk, FILES)
    (planned,) = desk.plan(chain)
    assert planned.requests == len(chain.steps)
    assert desk.load().requests == len(chain.steps)
    assert list(desk.states("IM1")) == [step.name for step in chain.steps]
    there = desk.target.attachments(target_id(desk))
    assert [(a.name, a.size, a.invisible) for a in there] == [
        (name, len(content), True) for name, content in FILES.items()
    ]
    assert contents(desk) == expected(FILES)
    assert desk.doubles() == {}
    verified = desk.verify()
    assert (verified.files, verified.downloaded, verified.differences) == (2, 1, [])
    assert verified.entries == 1
    desk.plan(chain)
    assert desk.load().requests == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault("answer-lost", count=1, **UPLOAD),  # type: ignore[arg-type]
        Fault("500-after", count=1, **UPLOAD),  # type: ignore[arg-type]
        Fault("garbage", count=1, **UPLOAD),  # type: ignore[arg-type]
        Fault("severed", count=1, delay=WINDOW * 0.6, **UPLOAD),  # type: ignore[arg-type]
        Fault("late", count=1, delay=WINDOW * 0.8, **UPLOAD),  # type: ignore[arg-type]
        Fault("cut-before", count=2, **UPLOAD),  # type: ignore[arg-type]
        Fault("429", count=3, **UPLOAD),  # type: ignore[arg-type]
    ],
    ids=lambda fault: fault.kind,
)
def test_a_file_whose_answer_is_lost_is_there_once(desk: Desk, fault: Fault) -> None:
    desk.plan(with_files(desk, FILES))
    desk.server.misbehave(fault)
    desk.load()
    idle(desk.server)
    assert contents(desk) == expected(FILES)
    assert desk.doubles() == {}
    assert set(desk.states("IM1").values()) == {DONE}
    assert desk.verify().differences == []


@pytest.mark.parametrize("done", [True, False], ids=["arrived", "not arrived"])
@pytest.mark.parametrize("planned", [True, False], ids=["planned still", "gone from HPSM since"])
def test_a_file_that_was_on_its_way_when_the_load_died_is_asked_for_first(
    desk: Desk, done: bool, planned: bool
) -> None:
    chain = with_files(desk, FILES)
    desk.plan(chain)
    id = did(desk, chain, 3 + done)
    desk.wrote(chain, DONE, DONE, DONE, SENDING, target_id=id)
    step = chain.steps[3]
    if not planned:
        rest = tuple(s for s in told(chain).steps if s is not step)
        desk.plan(replace(chain, steps=rest, source_digest="another"))
        desk.load()
        desk.plan(replace(chain, steps=rest, source_digest="another"))
    desk.load()
    kept = FILES if done or planned else {"logg.txt": FILES["logg.txt"]}
    assert contents(desk) == expected(kept)
    assert desk.states("IM1")[step.name] is (DONE if done or planned else State.SKIPPED)
    assert desk.verify().differences == []


def test_a_file_without_its_content_fails_and_nothing_of_it_is_sent(desk: Desk) -> None:
    chain = with_files(desk, FILES)
    other = with_files(desk, {"bilde.png": b"png"}, "IM2")
    lost = desk.blobs.path(sha256(FILES["møte.pdf"]).hexdigest())
    desk.plan(chain, other)
    lost.write_bytes(FILES["møte.pdf"][:100])
    desk.load()
    (failed,) = [e for e in desk.journal.entries("incident", ["IM1"])["IM1"] if e.code]
    assert (failed.state, failed.code) == (State.FAILED, "attachment-content-missing")
    assert contents(desk) == expected({"bilde.png": b"png"})
    assert set(desk.states("IM2").values()) == {DONE}
    lost.write_bytes(FILES["møte.pdf"])
    desk.journal.reopen("it", (State.FAILED,), None, 0.0)
    desk.plan(chain, other)
    desk.load()
    assert contents(desk) == expected({**FILES, "bilde.png": b"png"})
    assert desk.doubles() == {}


def test_a_refused_file_that_the_policy_then_leaves_out_is_named_and_the_ticket_closed(
    desk: Desk,
) -> None:
    chain = with_files(desk, FILES)
    desk.plan(chain)
    desk.wrote(chain, DONE, DONE, DONE, State.FAILED, target_id=did(desk, chain, 3))
    desk.plan(chain)
    assert desk.load().requests == 0
    body = {"action": "møte.pdf: for stor<br>[IM1/f/0f]", "actionInvisibleForCaller": True}
    note = Step("left_out/0f", body, "[IM1/f/0f]", ("f0f",))
    desk.journal.reopen("it", (State.FAILED,), None, 0.0)
    desk.plan(replace(chain, steps=(*chain.steps[:3], note, *chain.steps[4:])))
    assert desk.load().requests == 3
    assert contents(desk) == expected({"logg.txt": FILES["logg.txt"]})
    assert [text[:8] for text in desk.trail(target_id(desk))] == ["Del 1\n[I", "møte.pdf"]
    assert desk.states("IM1")["close"] is DONE
    assert desk.verify().differences == []
    assert "f0f" in (desk.journal.told("IM1", "later") or NOTHING).carries


NOTHING = Told(frozenset(), 1, 1)


def differences(desk: Desk) -> list[tuple[str, str]]:
    return [(d.code, d.detail.partition("/")[0]) for d in desk.verify().differences]


def gone(hand: Hand, desk: Desk, id: str) -> str:
    hand.remove(desk.target.attachments(id)[0].id)
    return "gone"


def doubled(hand: Hand, desk: Desk, id: str) -> str:
    hand.upload("møte.pdf", FILES["møte.pdf"], desk.target.attachments(id)[0].description)
    return "doubles-in-target"


def shown(hand: Hand, desk: Desk, id: str) -> str:
    first = desk.target.attachments(id)[0]
    hand.remove(first.id)
    hand.upload("møte.pdf", FILES["møte.pdf"], first.description, invisible="false")
    return "differs"


def another(hand: Hand, desk: Desk, id: str) -> str:
    """Of the same name and size."""
    first = desk.target.attachments(id)[0]
    hand.remove(first.id)
    hand.upload("møte.pdf", FILES["møte.pdf"][::-1], first.description)
    return "differs"


@pytest.mark.parametrize("change", [gone, doubled, shown, another])
def test_verify_says_what_is_wrong_with_a_file(
    desk: Desk, change: Callable[[Hand, Desk, str], str]
) -> None:
    desk.plan(with_files(desk, FILES))
    desk.load()
    id = target_id(desk)
    code = change(Hand(desk, id), desk, id)
    assert differences(desk) == [(code, "attachment")]


def test_a_new_file_in_hpsm_is_one_request_and_the_same_ones_are_none(desk: Desk) -> None:
    chain = with_files(desk, FILES)
    desk.plan(chain)
    desk.load()
    more = {**FILES, "ny.txt": b"ny"}
    later = with_files(desk, more, source_digest="later")
    (planned,) = desk.plan(told(later))
    assert planned.requests == 1
    assert desk.load().requests == 1
    assert contents(desk) == expected(more)
    desk.plan(replace(told(later), source_digest="later still"))
    assert desk.load().requests == 0
    assert desk.doubles() == {}
    assert desk.verify().differences == []


def test_a_file_that_left_hpsm_stays_in_topdesk_and_is_told(desk: Desk) -> None:
    desk.plan(with_files(desk, FILES))
    desk.load()
    fewer = with_files(desk, {"logg.txt": FILES["logg.txt"]}, source_digest="later")
    desk.plan(told(fewer))
    assert [code for code, *_ in desk.store.findings("it")] == ["attachment-removed"]
    assert desk.load().requests == 0
    assert contents(desk) == expected(FILES)


def test_a_file_that_was_given_up_and_comes_back_is_sent(desk: Desk) -> None:
    chain = with_files(desk, FILES)
    first, without = chain.steps[3], (*chain.steps[:3], *chain.steps[4:])
    desk.plan(chain)
    desk.wrote(chain, DONE, DONE, DONE, State.PLANNED, target_id=did(desk, chain, 3))
    desk.plan(replace(chain, steps=without))
    desk.load()
    assert desk.states("IM1")[first.name] is State.SKIPPED
    for _ in range(2):
        desk.plan(replace(told(chain), source_digest="later"))
        desk.load()
    assert contents(desk) == expected(FILES)


def test_a_file_that_the_target_has_is_found_by_its_marker_alone(desk: Desk) -> None:
    chain = with_files(desk, {})
    desk.plan(chain)
    desk.load()
    step = attachment("IM1", "ny.txt", b"ny")
    operation = Operation(desk.key(chain, step.name), step.body, target_id(desk), step.marker)
    Hand(desk, target_id(desk)).upload("annet navn.txt", b"x", f"sagt av noen {step.marker}")
    assert [found.kind for found in look_for(desk.target, operation)] == ["attachment"]
