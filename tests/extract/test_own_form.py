from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import hpsm_tables as hpsm
import pytest
from pydantic import ValidationError

from migrate.config import SourceConfig
from migrate.config.source import FieldAlias
from migrate.extract.exports import ExportSource
from migrate.extract.own_form import in_form
from migrate.extract.sql import SqlSource
from migrate.extract.table import OwnForm

OSLO = OwnForm(dates=("iso", "%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S"), time_zone="Europe/Oslo")


def times(*values: Any) -> tuple[list[Any], dict[int, str]]:
    unread: dict[int, str] = {}
    convert = in_form(OSLO, "time")
    assert convert is not None
    return list(convert(values, unread.__setitem__)), unread


def test_times_are_read_in_the_first_form_that_they_are_in_and_come_in_gmt() -> None:
    read, unread = times("2019-03-31 03:30:00", "31.03.2019 01:30:00", "20191027120000", "  ", None)
    assert read == ["2019-03-31 01:30:00", "2019-03-31 00:30:00", "2019-10-27 11:00:00", None, None]
    assert unread == {}


def test_what_a_driver_made_a_time_of_is_of_the_same_zone() -> None:
    read, _ = times(datetime(2019, 7, 1, 12), date(2019, 7, 1))  # noqa: DTZ001 - a driver's
    assert read == ["2019-07-01 10:00:00", "2019-06-30 22:00:00"]


def test_a_number_is_read_as_it_is_written() -> None:
    assert times(20191027120000, 7.5) == (["2019-10-27 11:00:00", None], {1: "7.5"})


def test_a_time_in_none_of_the_forms_keeps_its_text() -> None:
    read, unread = times(
        "2019-07-01 12:00:00", "i går", "4000-01-01 00:00:00", "01.07.2019 12:00:00"
    )
    assert read == ["2019-07-01 10:00:00", None, None, "2019-07-01 10:00:00"]
    assert unread == {1: "i går", 2: "4000-01-01 00:00:00"}


def test_words_may_be_numbers_and_mean_the_opposite_of_what_hpsm_means() -> None:
    convert = in_form(OwnForm(true=("f", "0"), false=("t", "1")), "logical")
    assert convert is not None
    unread: dict[int, str] = {}
    given = ["t", "f", 1, 0, 0.0, True, False, None, "x", b"f"]
    assert list(convert(given, unread.__setitem__)) == [
        *(False, True, False, True, True, False, True, None, None, True)
    ]
    assert unread == {8: "x"}


def test_a_zone_must_exist_and_a_form_belongs_to_its_type() -> None:
    with pytest.raises(ValidationError, match="Oslo is not a time zone"):
        FieldAlias(time_zone="Oslo")
    assert in_form(OSLO, "logical") is None


def test_a_database_s_own_words_and_zone_are_read_and_a_repeated_hour_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hpsm.db"
    hpsm.create(path)
    fields = {
        "visible": {"type": "logical", "true": ["Ja", "J"], "false": ["Nei"]},
        "time": {"dates": "%d.%m.%Y %H:%M:%S", "time_zone": "Europe/Oslo"},
    }
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO ACTIVITYM1 (THENUMBER, NUMBER, CUST_VISIBLE, DATESTAMP)"
            " VALUES (?, ?, ?, ?)",
            [
                ("1", "IM1", "Ja", "27.10.2019 02:30:00"),
                ("2", "IM1", "nei", "01.07.2019 12:00:00"),
                ("3", "IM1", "kanskje", None),
            ],
        )
    tables = {"activities": {"fields": fields}}
    source = SqlSource(hpsm.config(path, tables=tables, kinds=["activities"]), tmp_path)
    rows = [
        dict(zip(batch.columns, row, strict=True))
        for batch in source.read("activities")
        for row in batch.rows
    ]
    assert [row["visible"] for row in rows] == [True, False, None]
    assert [row["time"] for row in rows] == ["2019-10-27 00:30:00", "2019-07-01 10:00:00", None]
    assert sorted(p.code for p in source.problems()) == ["time-ambiguous", "value-unreadable"]


def test_one_column_of_a_list_may_have_another_form_than_its_file(tmp_path: Path) -> None:
    text = "Number;Open Time;Close Time\nIM1;2019-07-01 12:00:00;01.07.2019 14:00:00\n"
    (tmp_path / "saker.csv").write_text(text, encoding="utf-8")
    fields = {"number": "Number", "open_time": "Open Time"}
    close = {"column": "Close Time", "dates": "%d.%m.%Y %H:%M:%S", "time_zone": "Europe/Oslo"}
    config = {
        "type": "exports",
        "kinds": ["incidents"],
        "files": {"incidents": {"path": "saker.csv"}},
        "tables": {"incidents": {"fields": {**fields, "close_time": close}}},
    }
    source = ExportSource(SourceConfig.model_validate(config), tmp_path)
    [batch] = source.read("incidents")
    row = dict(zip(batch.columns, batch.rows[0], strict=True))
    assert row["open_time"] == "2019-07-01 12:00:00"
    assert row["close_time"] == "2019-07-01 12:00:00"
    assert not [p for p in source.check() if p.code == "source-format"]


def test_a_time_may_be_kept_as_a_number() -> None:
    convert = in_form(OwnForm(dates=("%Y%m%d%H%M%S",)), "time")
    assert convert is not None
    given = [20190101100000, 20190101100000.0, Decimal("20190101100000"), float("nan")]
    unread: dict[int, str] = {}
    assert convert(given, unread.__setitem__) == [*["2019-01-01 10:00:00"] * 3, None]
    assert unread == {3: "nan"}
