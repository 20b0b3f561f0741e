"""What migrate.yaml says of an installation's own words, as people write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.config import SourceConfig, load_config
from migrate.errors import ConfigurationError, Problem

FIELD = "source: {{type: sql, tables: {{incidents: {{fields: {{rb_vip: {0}}}}}}}}}"
TARGET = "\ntarget: {url: https://desk.example.no}\n"


def read(folder: Path, text: str) -> SourceConfig:
    (folder / "migrate.yaml").write_text(text + TARGET, encoding="utf-8")
    return load_config(folder).source


def told(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(ConfigurationError) as error:
        read(folder, text)
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("said", "true", "false"),
    [
        ('{"true": [J, 1], "false": [N, 0]}', ["J", "1"], ["N", "0"]),
        ('{"true": 1, "false": 0}', ["1"], ["0"]),
        ("{true: [Ja], false: [Nei]}", ["Ja"], ["Nei"]),
        ('{"true": Yes, "false": [No, N]}', ["true", "yes", "on"], ["false", "no", "off", "N"]),
    ],
)
def test_words_for_yes_and_no_may_be_written_as_they_come(
    tmp_path: Path, said: str, true: list[str], false: list[str]
) -> None:
    field = read(tmp_path, FIELD.format(said)).tables["incidents"].fields["rb_vip"]
    assert (getattr(field, "true", None), getattr(field, "false", None)) == (true, false)
    file = said[:-1] + ', null: ["-"], path: a.csv}'
    source = read(tmp_path, f"source: {{type: exports, files: {{incidents: {file}}}}}")
    form = source.files["incidents"]
    assert (form.true, form.false, form.null) == (true, false, ["-"])


def test_what_is_wrong_in_a_field_is_told_once_and_by_its_name(tmp_path: Path) -> None:
    [problem] = told(tmp_path, FIELD.format("{column: RB_VIP, typ: logical}"))
    place = "source.tables.incidents.fields.rb_vip"
    assert problem.message == f"{place}.typ: there is no such option"
    assert problem.near == ("type",)
    problems = told(tmp_path, FIELD.format("{column: RB_VIP, spill: true}"))
    assert [p.message.partition(": ")[0] for p in problems] == [place]


def test_a_document_without_keys_is_told(tmp_path: Path) -> None:
    (tmp_path / "migrate.yaml").write_text("- source\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_config(tmp_path)
    assert [p.code for p in error.value.problems] == ["config-invalid"]
