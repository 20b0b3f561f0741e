"""What is wrong with migrate.yaml is told in words, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.config import load_config
from migrate.errors import ConfigurationError, Problem

CONFIG = """\
source: {type: sql, url: "sqlite:///hpsm.db"}
target:
  url: https://desk.example.no
"""


def told(folder: Path, text: str) -> list[Problem]:
    (folder / "migrate.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_config(folder)
    assert {problem.code for problem in error.value.problems} == {"config-invalid"}
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("written", "near"),
    [("settle_windo: 5", "settle_window"), ("max_connection: 5", "max_connections")],
)
def test_an_unknown_option_is_told_with_those_that_look_like_it(
    tmp_path: Path, written: str, near: str
) -> None:
    [problem] = told(tmp_path, f"{CONFIG}  {written}\n")
    assert problem.place.endswith("migrate.yaml:4")
    assert "there is no such option" in problem.message
    assert problem.near[0] == near
    assert "patience" in problem.expected


def test_within_lists_and_named_parts_too(tmp_path: Path) -> None:
    [problem] = told(tmp_path, f"{CONFIG}  quiet_hours: [{{form: '18:00'}}]\n")
    assert problem.expected == "days, from, to"
    [problem] = told(tmp_path, CONFIG.replace("sql, ", "sql, tables: {incidents: {tabel: X}}, "))
    assert problem.near[0] == "table"


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    said = {problem.message for problem in told(tmp_path, "mappings: mappings\n")}
    assert said == {"source: is missing", "target: is missing"}


@pytest.mark.parametrize("url", ["desk.example.no", "127.0.0.1:8080", "https://", "ftp://desk"])
def test_an_address_of_topdesk_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    [problem] = told(tmp_path, CONFIG.replace("https://desk.example.no", f"'{url}'"))
    assert problem.message.startswith("target.url: ")
    assert "https://" in problem.message
