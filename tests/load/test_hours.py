"""Quiet hours are those of the clock on the wall, in the policy's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from migrate.config import Hours
from migrate.load.hours import opens

OSLO = ZoneInfo("Europe/Oslo")
NIGHT = Hours.model_validate({"from": "18:00", "to": "06:00"})
WEEKEND = Hours.model_validate({"days": ["sat", "sun"]})


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("now", "may"),
    [
        ("2019-10-01 17:59", "2019-10-01 18:00"),  # a Tuesday
        ("2019-10-01 18:00", "2019-10-01 18:00"),
        ("2019-10-02 05:59", "2019-10-02 05:59"),  # it began the day before
        ("2019-10-02 06:00", "2019-10-02 18:00"),
        ("2019-10-05 12:00", "2019-10-05 12:00"),  # a Saturday
        ("2019-10-06 23:59", "2019-10-06 23:59"),
    ],
)
def test_a_load_may_run_at_night_and_at_the_weekend(now, may):
    assert opens([NIGHT, WEEKEND], at(now), OSLO) == at(may)


def test_without_quiet_hours_a_load_may_always_run():
    now = at("2019-10-01 12:00")
    assert opens([], now, OSLO) == now


def test_the_zone_is_the_policys_and_not_the_machines():
    now = datetime(2019, 10, 1, 16, 30, tzinfo=UTC)  # 18:30 in Oslo
    assert opens([NIGHT], now, OSLO) == now
    assert opens([NIGHT], now, ZoneInfo("Europe/London")) == now + timedelta(minutes=30)


def test_the_night_in_which_the_clocks_go_back_has_an_hour_more():
    short, long = at("2019-10-26 18:00"), at("2019-10-27 05:59")
    assert (long.astimezone(UTC) - short.astimezone(UTC)) == timedelta(hours=12, minutes=59)
    assert opens([NIGHT], long, OSLO) == long


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_when_it_opens_a_load_may_run(minutes):
    now = datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    hours = [NIGHT, Hours.model_validate({"days": ["wed"], "from": "11:30", "to": "12:00"})]
    when = opens(hours, now, OSLO)
    assert now <= when <= now + timedelta(days=1)
    assert opens(hours, when, OSLO) == when


def test_a_time_without_quotes_is_read_as_it_was_meant():
    assert Hours.model_validate({"from": 18 * 60, "to": "06:00"}) == NIGHT  # YAML's 18:00
    for wrong in ("25:61", "6", -1, True, None):
        with pytest.raises(ValidationError):
            Hours.model_validate({"from": wrong})
