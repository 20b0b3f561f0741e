"""The width finds what a target takes, keeps it, and is refused little on the way: on targets that
take requests in a time of their own."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.pacing import CEILING, Adaptive
from benchmarks.pacing_targets import Fixed, Spec, course
from migrate.load.controller import START, Controller

SECONDS = 90.0


def run(spec, seed=5):
    return course(spec, Adaptive(), SECONDS, seed)


def fixed(spec, connections, seed=5):
    return course(spec, Fixed(connections), SECONDS, seed).rate


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["slots", "workers", "free", "degrades"])
def test_it_reaches_what_the_best_fixed_number_of_connections_does(kind, seed):
    spec = Spec.drawn(random.Random(f"{kind} {seed}"), kind)
    best = CEILING if kind == "free" else int(spec.limit)
    ours = run(spec)
    assert ours.rate >= 0.9 * max(fixed(spec, n) for n in (best, best + 1))
    assert ours.share_refused <= 0.01


@pytest.mark.parametrize("seed", range(3))
def test_it_reaches_a_rate_that_it_was_never_told(seed):
    spec = Spec.drawn(random.Random(f"rate {seed}"), "rate")
    ours = run(spec)
    fits = round(spec.limit * (spec.latency + spec.jitter / 2))
    assert ours.rate >= 0.9 * max(fixed(spec, n) for n in {1, fits // 2, fits, fits + 1} if n)
    assert 0.7 * spec.limit <= ours.rate <= spec.limit * 1.05
    assert ours.share_refused <= 0.01


def test_what_was_refused_is_not_tried_again_and_again():
    spec = Spec("slots", 0.1, 0.02, 10, 1, 0)
    ours = run(spec)
    assert len([at for at in ours.refusals if at > 20]) <= 8
    assert {limit for at, limit in ours.limits if at > 20} <= {9, 10, 11}


def test_a_target_that_takes_more_again_is_noticed():
    control, now = Controller(16), 0.0
    control.overloaded(0.1, now)
    narrow = control.limit
    assert narrow == START / 2
    for _ in range(20_000):
        now += 0.1 / control.limit
        control.accept("incident/create", 0.1, control.limit - 1, now)
    assert control.limit == 16


def test_work_of_several_kinds_is_no_sign_of_a_queue():
    control, now = Controller(32), 0.0
    for number in range(4000):
        now += 0.1 / control.limit
        kind, latency = ("attachment", 0.6) if number % 3 else ("create", 0.1)
        control.accept(kind, latency, control.limit - 1, now)
    assert control.limit == 32


def test_without_a_queue_of_work_the_width_stays_as_it_is():
    control, now = Controller(32), 0.0
    for _ in range(2000):
        now += 0.2
        control.accept("create", 0.1, 0, now)  # never more than one under way
    assert control.limit <= START + 1
