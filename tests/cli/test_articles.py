"""`migrate articles`, and what is said of knowledge, over a desk whose pilot is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from service_desk import Desk, document


def test_a_page_for_each_unit_with_knowledge_in_the_language_that_was_asked_for(
    loaded: Desk, tmp_path: Path
) -> None:
    assert loaded.run("--lang", "nb", "articles", "--out", str(tmp_path)) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["kommunikasjon.html"]
    html = (tmp_path / "kommunikasjon.html").read_text(encoding="utf-8")
    assert '<html lang="nb">' in html
    assert "Gammelt nummer" in html
    assert "KI 0" in html


def test_a_unit_that_there_is_not_is_told(
    loaded: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert loaded.run("articles", "--unit", "finnes-ikke", "--json") == 2
    [problem] = document(capsys.readouterr().out)["problems"]
    assert problem["code"] == "usage"


def test_articles_texts_and_items_add_up_to_what_hpsm_has(
    loaded: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    loaded.run("status", "--json")
    accounts = {each["unit"]: each for each in document(capsys.readouterr().out)["content"]}
    assert accounts["kommunikasjon"]["extracted"] > 5
    assert accounts["kommunikasjon"]["planned"] == accounts["kommunikasjon"]["extracted"]
    assert accounts["(no unit)"]["planned"] == 0


def test_knowledge_is_in_topdesk_once(loaded: Desk) -> None:
    census = loaded.topdesk.census()
    assert census["counts"]["knowledge_item"] > 3
    doubles = census["duplicates"]
    assert not any(found for name, found in doubles.items() if name.startswith("knowledge"))
