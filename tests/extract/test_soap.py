"""HPSM over SOAP, against a small one that keeps state and speaks the documented protocol."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hpsm_rest import INCIDENT_CAPTIONS, incident
from hpsm_soap import XML, SoapHpsm, SoapObject, answered, envelope, failure, fault
from lxml import etree
from web_reading import numbers, rows
from web_server import Answered, Asked

from migrate.errors import ConfigurationError, StoppedError
from migrate.extract.soap import SoapSource
from migrate.extract.source import KindInfo

pytestmark = pytest.mark.usefixtures("hpsm_password")

ALL = [f"IM{n:05}" for n in range(1, 96)]
FIELDS: dict[str, Any] = {"contact_name": None}
LIST = "RetrieveIncidentListResponse"


def incident_object(count: int = 95, **more: Any) -> SoapObject:
    records = [incident(n) for n in range(1, count + 1)]
    return SoapObject("IncidentManagement", "number", dict(INCIDENT_CAPTIONS), records, **more)


@pytest.fixture
def hpsm() -> Iterator[SoapHpsm]:
    with SoapHpsm(Incident=incident_object()) as server:
        yield server


def source(hpsm: SoapHpsm, *kinds: str, **more: Any) -> SoapSource:
    more.setdefault("tables", {"incidents": {"fields": FIELDS}})
    return SoapSource(hpsm.config(kinds=list(kinds or ("incidents",)), **more), Path())


def described(hpsm: SoapHpsm, *kinds: str) -> dict[str, KindInfo]:
    return {info.kind: info for info in source(hpsm, *kinds).describe()}


def requests_of(hpsm: SoapHpsm) -> list[Any]:
    """The list requests that were sent, without those that only count."""
    sent = [etree.fromstring(asked.body)[0][0] for asked in hpsm.asked if asked.body]
    return [request for request in sent if request.get("count") != "1"]


def test_every_record_comes_with_its_values_in_our_forms(hpsm: SoapHpsm) -> None:
    hpsm.objects["Incident"].records[0]["problem.status"] = None
    given = rows(source(hpsm).read("incidents"))
    assert [row["number"] for row in given] == ALL
    assert given[0]["status"] is None
    assert given[1]["title"] == "Skriver 2"
    assert given[1]["description"] == "Linje én\n\nlinje tre"
    assert given[1]["open_time"] == "2019-09-30 08:00:02"


def test_requests_are_as_the_wsdl_has_them(hpsm: SoapHpsm) -> None:
    list(source(hpsm).read("incidents"))
    first = requests_of(hpsm)[0]
    assert first.tag == "{http://schemas.hp.com/SM/7}RetrieveIncidentListRequest"
    assert dict(first.attrib) == {
        "attachmentInfo": "false",
        "attachmentData": "false",
        "ignoreEmptyElements": "true",
        "count": "10",
        "start": "0",
    }
    assert [child.tag for child in first] == ["{http://schemas.hp.com/SM/7}keys"]
    asked = next(asked for asked in hpsm.asked if asked.body)
    assert asked.path == "/SM/7/ws"
    assert asked.headers["SOAPAction"] == '"RetrieveList"'


@pytest.mark.parametrize("most", [1, 3, 7])
@pytest.mark.parametrize("handles", [True, False])
def test_a_server_that_gives_fewer_than_asked_loses_nothing(
    hpsm: SoapHpsm, most: int, handles: bool
) -> None:
    hpsm.objects["Incident"].most = most
    hpsm.objects["Incident"].handles = handles
    assert sorted(numbers(source(hpsm).read("incidents"))) == ALL


def test_the_handle_is_passed_back_and_the_list_stays_as_it_was(hpsm: SoapHpsm) -> None:
    hpsm.objects["Incident"].handles = True
    reading = source(hpsm).read("incidents")
    given = numbers(iter([next(reading)]))
    del hpsm.objects["Incident"].records[2:5]
    given += numbers(reading)
    assert given == ALL
    handles = [request.get("handle") for request in requests_of(hpsm)]
    assert handles[0] is None
    assert len(set(handles[1:])) == 1
    assert [request.get("start") for request in requests_of(hpsm)[:3]] == ["0", "10", "20"]


def test_without_a_handle_records_that_go_take_no_others_along(hpsm: SoapHpsm) -> None:
    reading = source(hpsm).read("incidents")
    given = numbers(iter([next(reading), next(reading)]))
    del hpsm.objects["Incident"].records[2:12]
    given += numbers(reading)
    assert given == ALL


def test_reading_goes_on_behind_any_page(hpsm: SoapHpsm) -> None:
    given = list(source(hpsm).read("incidents"))
    for done, batch in enumerate(given):
        rest = numbers(source(hpsm).read("incidents", None, batch.position))
        assert numbers(iter(given[: done + 1])) + rest == ALL


def test_a_delta_asks_for_what_changed_and_gives_no_more(hpsm: SoapHpsm) -> None:
    hpsm.objects["Incident"].captions["sysmodtime"] = "Sysmodtime"
    tables = {"incidents": {"fields": {**FIELDS, "sysmodtime": "Sysmodtime"}}}
    since = datetime(2019, 10, 1, 12, 1, 0)  # noqa: DTZ001 - GMT, as in rows
    assert numbers(source(hpsm, tables=tables).read("incidents", since)) == ALL[59:]
    assert requests_of(hpsm)[0][0].get("query") == "sysmodtime>='10/01/2019 11:01:00'"


def test_a_delta_of_nothing_is_nothing(hpsm: SoapHpsm) -> None:
    since = datetime(2030, 1, 1)  # noqa: DTZ001 - GMT, as in rows
    assert list(source(hpsm).read("incidents", since)) == []


def test_fields_are_known_by_the_wsdl_with_the_captions_that_look_alike(hpsm: SoapHpsm) -> None:
    captions = hpsm.objects["Incident"].captions
    captions |= {"assignee.name": "AssigneeName", "contact.name": "ContactName"}
    [info] = source(hpsm, tables={}).describe()
    assert set(info.fields) == {
        "number",
        "title",
        "description",
        "status",
        "assignment",
        "open_time",
        "urgency",
    }
    assert dict(info.missing)["assignee"] == "Incident has no Assignee"
    wrong = [problem.what_to_do for problem in source(hpsm, tables={}).check()]
    assert any("`assignee: AssigneeName`" in remedy for remedy in wrong)
    assert any("`contact_name: ContactName`" in remedy for remedy in wrong)


def test_without_a_wsdl_the_captions_are_believed(hpsm: SoapHpsm) -> None:
    hpsm.documented = False
    [info] = source(hpsm).describe()
    assert "journal" in info.fields
    assert numbers(source(hpsm).read("incidents")) == ALL


def test_what_is_there_what_is_not_and_how_to_reach_it(hpsm: SoapHpsm) -> None:
    infos = described(hpsm, "incidents", "activities", "operators", "members", "problems")
    assert infos["incidents"].rows is None  # SOAP does not count
    assert infos["incidents"].modified == "sysmodtime"
    assert "journal text" in infos["activities"].absent
    assert "source.tables.operators.fields" in infos["operators"].absent
    assert "source.tables.members.object" in infos["members"].absent
    assert "Problem" in infos["problems"].absent


@pytest.mark.parametrize("documented", [True, False])
def test_an_object_that_is_not_there_is_told(hpsm: SoapHpsm, documented: bool) -> None:
    hpsm.documented = documented
    tables = {"incidents": {"fields": FIELDS, "object": "Sak"}}
    with pytest.raises(ConfigurationError) as refused:
        list(source(hpsm, tables=tables).read("incidents"))
    [problem] = refused.value.problems
    assert problem.code in ("source-unreadable", "source-table-missing")
    assert "Sak" in problem.message


def test_an_empty_object_that_the_wsdl_has_is_empty(hpsm: SoapHpsm) -> None:
    hpsm.objects["Incident"].records.clear()
    opened = source(hpsm)
    assert [info.rows for info in opened.describe()] == [0]
    assert list(opened.read("incidents")) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (answered(LIST, **failure(28)), "source-unreadable"),
        (answered(LIST, **failure(66)), "source-unreadable"),
        (fault("Client"), "source-unreadable"),
    ],
    ids=["28", "66", "client fault"],
)
def test_what_will_not_change_makes_the_kind_unreachable(
    hpsm: SoapHpsm, answer: Answered, code: str
) -> None:
    def always(asked: Asked) -> Answered | None:
        if asked.method == "GET":
            return None
        hpsm.faults.append(always)
        return answer

    hpsm.faults.append(always)
    with pytest.raises(ConfigurationError) as refused:
        list(source(hpsm).read("incidents"))
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(
    "answer",
    [
        answered(LIST, **failure(3)),
        answered(LIST, **failure(-1)),
        answered(LIST, http=500, **failure(3)),
        fault("Server"),
        answered(LIST, http=401, **failure(-4)),
        Answered(404, b"<html>gone</html>", {"Content-Type": "text/html"}),
        Answered(200, b"<html><body>Maintenance</body></html>", {"Content-Type": "text/html"}),
        Answered(200, envelope("<Retri"), dict(XML), cut=60),
        Answered(200, b"", dict(XML)),
    ],
    ids=["locked", "failed", "500 locked", "fault", "threads", "404", "page", "cut", "empty"],
)
def test_what_may_pass_is_asked_again(hpsm: SoapHpsm, answer: Answered) -> None:
    opened = source(hpsm)
    opened.describe()
    hpsm.once(answer, times=2)
    assert numbers(opened.read("incidents")) == ALL


def test_credentials_that_expire_in_the_middle_stop_at_once(hpsm: SoapHpsm) -> None:
    opened = source(hpsm)
    opened.describe()
    reading = opened.read("incidents")
    next(reading)
    hpsm.password = "changed"
    with pytest.raises(StoppedError) as stopped:
        list(reading)
    assert [problem.code for problem in stopped.value.problems] == ["source-credentials"]


@pytest.mark.parametrize(
    "text",
    ["&#x1;kontrolltegn", "\x0brått tegn", "&#xD800;halvt", "p\udce5 vent"],
    ids=["reference", "control", "surrogate", "latin-1"],
)
def test_a_text_that_xml_does_not_take_hides_no_record(hpsm: SoapHpsm, text: str) -> None:
    hpsm.objects["Incident"].records[6]["brief.description"] = text
    opened = source(hpsm)
    given = rows(opened.read("incidents"))
    assert [row["number"] for row in given] == ALL
    title = given[6]["title"]
    assert title.endswith(("kontrolltegn", "rått tegn", "halvt", "på vent"))
    assert [problem.code for problem in opened.problems()] == ["text-encoding"]


def test_a_record_that_is_no_xml_is_left_out_and_told(hpsm: SoapHpsm) -> None:
    hpsm.objects["Incident"].records[6]["brief.description"] = "& <not> escaped"
    opened = source(hpsm)
    given = list(opened.read("incidents"))
    assert numbers(iter(given)) == ALL[:6] + ALL[7:]
    assert sum(batch.skipped for batch in given) == 1
    assert [(p.code, p.place) for p in opened.problems()] == [
        ("record-unreadable", "incidents record 7")
    ]


def test_a_document_type_is_not_read(hpsm: SoapHpsm) -> None:
    bomb = b'<?xml version="1.0"?><!-- a --><!DOCTYPE r [<!ENTITY a "aaaa">]>'
    opened = source(hpsm)
    opened.describe()
    body = answered(LIST, "<instance><IncidentID>&a;</IncidentID></instance>").body
    content = bomb + body.partition(b"?>")[2]
    hpsm.once(Answered(200, content, dict(XML)), times=60)
    with pytest.raises(StoppedError) as stopped:
        list(opened.read("incidents"))
    assert [problem.code for problem in stopped.value.problems] == ["source-garbled"]


def test_check_tells_everything_that_keeps_it_from_being_read(hpsm: SoapHpsm) -> None:
    assert [problem for problem in source(hpsm).check() if not problem.warning] == []
    hpsm.password = "another"
    assert [problem.code for problem in source(hpsm).check()] == ["source-credentials"]


def test_a_handle_that_hpsm_forgot_does_not_end_the_list(hpsm: SoapHpsm) -> None:
    known = hpsm.objects["Incident"]
    known.handles = True
    reading = source(hpsm).read("incidents")
    given = numbers(iter([next(reading), next(reading)]))
    forgotten = answered(LIST, **failure(9))

    def forgets(asked: Asked) -> Answered | None:
        return forgotten if b"handle=" in asked.body else None

    hpsm.faults.extend([forgets] * 2)
    given += numbers(reading)
    assert given == ALL


def test_too_many_threads_for_the_wsdl_are_no_wrong_password(hpsm: SoapHpsm) -> None:
    hpsm.once(fault("Server", 401, "Too many threads are running"), times=2)
    assert source(hpsm).describe()[0].fields
