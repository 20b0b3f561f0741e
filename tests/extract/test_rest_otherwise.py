"""REST as other installations, and what stands before them, answer."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import replace

import pytest
from hpsm_rest import RestHpsm, incident, incidents, reply
from rest_source import source
from web_reading import numbers, rows
from web_server import Answered, Asked

from migrate.errors import ConfigurationError, StoppedError

pytestmark = pytest.mark.usefixtures("hpsm_password")

RECORD = {"IncidentID": "IM00001", "Title": "Skriver"}


def is_list(asked: Asked) -> bool:
    return asked.path.endswith("/incidents")


def test_a_list_of_one_may_be_the_record_itself() -> None:
    def one(asked: Asked) -> Answered | None:
        if not is_list(asked):
            return None
        if "query" in asked.query or asked.query.get("start", "1") != "1":
            return reply(9, 404)
        return reply(content={"Incident": RECORD}, **{"@totalcount": 1})

    with RestHpsm(incidents=incidents(1)) as hpsm:
        hpsm.answer = one  # type: ignore[assignment,method-assign]
        assert numbers(source(hpsm).read("incidents")) == ["IM00001"]


def test_a_byte_order_mark_is_no_part_of_an_answer() -> None:
    with RestHpsm(incidents=incidents(12)) as hpsm:
        plain = hpsm.answer

        def marked(asked: Asked) -> Answered:
            answered = plain(asked)
            return replace(answered, body=BOM_UTF8 + answered.body)

        hpsm.answer = marked  # type: ignore[method-assign]
        assert len(numbers(source(hpsm).read("incidents"))) == 12


def test_an_answer_that_stays_the_same_whatever_is_asked_ends() -> None:
    with RestHpsm(incidents=incidents(1)) as hpsm:
        hpsm.answer = lambda asked: reply(Incident=RECORD)  # type: ignore[method-assign]
        batches = source(hpsm).read("incidents")
        assert numbers([next(batches)]) == ["IM00001"]
        with pytest.raises(ConfigurationError) as error:
            list(batches)
        assert [problem.code for problem in error.value.problems] == ["source-incomplete"]
        assert len(hpsm.asked) < 60


def test_a_structure_where_lines_are_expected_is_json() -> None:
    found = incidents(1)
    found.records = [incident(1, action={"Description": ["en", "to"]}), incident(2, action=7)]
    with RestHpsm(incidents=found) as hpsm:
        first, second = rows(source(hpsm).read("incidents"))
    assert first["description"] == '{"Description":["en","to"]}'
    assert second["description"] == "7"


def test_a_page_to_sign_in_is_told_as_one() -> None:
    page = Answered(200, b"<html><form>Logg inn</form></html>", {"Content-Type": "text/html"})
    with RestHpsm(incidents=incidents(1)) as hpsm:
        hpsm.answer = lambda asked: page  # type: ignore[method-assign]
        opened = source(hpsm, web={"wait": 0.2})
        with pytest.raises(StoppedError) as error:
            list(opened.read("incidents"))
    [problem] = error.value.problems
    assert (problem.code, "a page to sign in" in problem.what_to_do) == ("source-busy", True)


def test_captions_that_are_like_nothing_known_are_shown() -> None:
    found = incidents(3)
    found.resource, found.captions = "Sak", {"number": "Saksnr", "problem.status": "Tilstand"}
    with RestHpsm(incidents=found) as hpsm:
        told = [p for p in source(hpsm).check() if "incidents.number" in p.message]
    assert [p.message for p in told] == [
        "incidents.number cannot be read: none of the first 3 of incidents has IncidentID "
        "(they show Saksnr, Tilstand)"
    ]
