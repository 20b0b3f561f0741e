"""A bounded part of `make crash-long`: one load, through whatever it meets first."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from cells import HTTP, LATE, Matrix
from counting import differences, unseen
from long import LongRun

pytestmark = pytest.mark.crash


def test_a_load_that_meets_every_fault_it_can_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    seed = secrets.randbelow(2**32)
    run = LongRun(tmp_path, seed, 1, background=0.05, delta=False, every_kind=False, say=print)
    with run:
        run.round(run.scenarios[0], lives=2)
    result = run.result
    assert result.matrix.of(*HTTP) > 20, seed
    assert (result.duplicates, result.lost, result.misplaced, result.visibility) == (0, 0, 0, 0)


def test_a_matrix_says_what_was_met_too_rarely() -> None:
    matrix = Matrix(2)
    matrix.met["429", "branch/create"] = 2
    matrix.met["401", "branch/create"] = 1
    assert matrix.lacking(["429", "401"], ["branch/create"]) == [("401", "branch/create")]
    assert matrix.of("429", *LATE) == 2
    assert "| 429 | 2 |" in matrix.markdown()


CALM = {
    "counts": {"incident": 1},
    "incidents_by_status": {},
    "contents": {},
    "numbers": {"IM1": 1},
    "duplicates": {"incident": {}, "marker": {}},
}
TRAIL = [["state", "", "s"], ["action", "visible", "a"], ["action", "internal", "b"]]


def test_what_is_wrong_in_a_target_is_told_apart() -> None:
    swapped = [TRAIL[0], TRAIL[2], TRAIL[1]]
    shown = [TRAIL[0], TRAIL[1], ["action", "visible", "b"]]
    assert not differences(CALM, {"IM1": TRAIL}, CALM, {"IM1": TRAIL})
    assert differences(CALM, {"IM1": swapped}, CALM, {"IM1": TRAIL}).misplaced == ["IM1"]
    assert differences(CALM, {"IM1": shown}, CALM, {"IM1": TRAIL}).visibility == ["IM1"]
    assert differences(CALM, {"IM1": TRAIL[:2]}, CALM, {"IM1": TRAIL}).missing == {"trail IM1": 1}
    twice = {**CALM, "duplicates": {"incident": {"IM1": 2}, "marker": {}}, "numbers": {"IM1": 2}}
    found = differences(twice, {"IM1": TRAIL}, CALM, {"IM1": TRAIL})
    assert (found.doubled, found.more) == ({"incident IM1"}, {"numbers IM1": 1})


def test_a_double_that_verify_tells_is_seen() -> None:
    told = {"code": "doubles-in-target", "kind": "incident", "identity": "IM1", "number": "I 7"}
    there = {"incident IM1", "incident I 7", "incident I 8", "person a"}
    assert unseen(there, [{"differences": [told]}]) == {"incident I 8", "1 of person"}
