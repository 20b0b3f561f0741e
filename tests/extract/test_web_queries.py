from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from migrate.config import WebConfig
from migrate.extract.web_queries import behind_query, both, since_query

SINCE = datetime(2019, 10, 1, 12, 1, 0)  # noqa: DTZ001 - GMT, as in rows


@pytest.mark.parametrize(
    ("web", "asked"),
    [
        ({"time_zone": "UTC"}, "10/01/2019 11:01:00"),
        ({"time_zone": "Europe/Oslo"}, "10/01/2019 13:01:00"),
        ({"time_zone": "America/Chicago"}, "10/01/2019 06:01:00"),
        ({}, "10/01/2019 00:01:00"),
        ({"dates": "%d.%m.%y %H:%M:%S", "time_zone": "UTC"}, "01.10.19 11:01:00"),
        ({"dates": "%Y-%m-%dT%H:%M:%S%z"}, "2019-10-01T12:01:00+0000"),
    ],
)
def test_a_delta_is_asked_for_in_the_form_and_zone_of_the_user(
    web: dict[str, Any], asked: str
) -> None:
    """And never later than it was meant: an hour that comes twice is taken for its first time, and
    a zone that is not known for the one farthest west."""
    assert since_query(WebConfig(**web), SINCE) == f"sysmodtime>='{asked}'"
    assert since_query(WebConfig(**web), SINCE.replace(tzinfo=UTC)) == f"sysmodtime>='{asked}'"


def test_conditions_are_kept_apart() -> None:
    assert both("", "") == ""
    assert both('a="1" or b="2"', "") == 'a="1" or b="2"'
    assert both('a="1" or b="2"', "c>'3'") == '(a="1" or b="2") and c>\'3\''


@pytest.mark.parametrize(
    ("value", "query"),
    [
        ("IM1", 'number>"IM1"'),
        ('BJØRGEN, "BB" KARI', "number>'BJØRGEN, \"BB\" KARI'"),
        ("O'HARA", 'number>"O\'HARA"'),
        (168, "number>168"),
        (None, ""),
        ("", ""),
        (True, ""),
        (["a"], ""),
        ("\"both'", ""),
        ("back\\slash", ""),
    ],
)
def test_what_lies_behind_a_record_is_asked_for_where_it_can_be_written(
    value: Any, query: str
) -> None:
    assert behind_query("number", value) == query
