"""A bounded part of `make crash`: the loading process is killed while TOPdesk misbehaves."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator

import pytest
from harness import Campaign


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    seed = secrets.randbelow(2**32)
    with Campaign(tmp_path_factory.mktemp("campaign"), seed) as made:
        yield made
    sys.stdout.write(f"\n{made.result.table()}\n")


KILLS = 3


@pytest.mark.parametrize(
    "weather",
    [
        "answers lost",
        "late work",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("files", "restarts")),
    ],
)
def test_nothing_is_lost_or_doubled_however_often_the_load_is_killed(
    campaign: Campaign, weather: str
) -> None:
    campaign.killed(weather, KILLS)
    assert campaign.result.kills > 0
    assert (campaign.result.duplicates, campaign.result.lost) == (0, 0)


def test_what_is_doubled_by_work_beyond_the_window_is_shown(campaign: Campaign) -> None:
    campaign.beyond()
    assert campaign.result.shown == campaign.result.beyond
