"""A part of `benchmarks.proposals` and of `benchmarks.impact` that takes seconds."""

from __future__ import annotations

import secrets
import sys
from datetime import date
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.impact import compare
from benchmarks.proposal_world import ABSENT, NEW, RETIRE, drawn
from benchmarks.proposals import Move, best_bare, top1
from migrate.transform.impact import Weighed


def test_the_truth_names_every_group_and_every_operator_that_is_there() -> None:
    world = drawn(secrets.randbelow(2**32))
    for key, file in world.units.items():
        assert set(world.groups[key]) == set(file.groups)
        assert set(world.groups[key].values()) <= {*world.target.groups, NEW, RETIRE}
        assert set(world.operators[key].values()) <= {*world.target.operators, ABSENT}
    assert len(world.units) == 40
    assert set(world.source.groups) == {g for file in world.units.values() for g in file.groups}


def test_a_world_is_the_same_for_the_same_seed() -> None:
    one, other = drawn(7), drawn(7)
    assert one.source == other.source
    assert one.groups == other.groups
    assert one.groups != drawn(8).groups


def test_proposals_beat_bare_rapidfuzz_on_the_same_names_after_twelve_units() -> None:
    seed = secrets.randbelow(2**32)
    move = Move(drawn(seed))
    first, then = list(move.world.units)[:12], list(move.world.units)[12:18]
    for key in first:
        move.decide(key)
    answers = [answer for answer in move.ask(then) if answer.kind == "groups"]
    assert top1(answers) > best_bare(answers), f"seed {seed}"


def test_the_order_by_impact_is_the_best_there_is_where_nothing_is_open_or_old() -> None:
    draw = Random(3)
    groups = [Weighed(f"G{n:02}", draw.randrange(1, 500), 0, "2019-09-20") for n in range(21)]
    impact, alphabet, best = compare(groups, date(2019, 9, 20))
    assert impact == best
    assert impact <= alphabet
