"""The SOAP service, asked as its clients ask it, its answers held against the schemas."""

from __future__ import annotations

import email
import re
import sqlite3
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from simulated_hpsm import Hpsm, made
from web_client import (
    COMMON,
    ENVELOPE,
    HUGE,
    NIL,
    SAMPLES,
    SM,
    XMIME,
    Web,
    client,
    envelope,
    query,
    texts,
)

from migrate.simulate.hpsm.web.rules import Rules
from migrate.simulate.hpsm.web.server import HpsmServer, Settings

OBJECTS = [
    ("IncidentManagement", "Incident"),
    ("ServiceDesk", "Interaction"),
    ("ConfigurationManagement", "Contact"),
    ("AssignmentGroups", "AssignmentGroup"),
    ("Activity", "Activity"),
    ("ServiceCatalogAPI", "ActivityServiceMgt"),
    ("Relations", "Relation"),
    ("KnowledgeManagement", "Knowledge"),
    ("ChangeManagement", "Change"),
    ("ProblemManagement", "Problem"),
    ("ProblemManagement", "ProblemTask"),
]


def test_elements_carry_their_types(web: Web, hpsm: Hpsm) -> None:
    number, opened, description = hpsm.ask(
        "SELECT INCIDENT_ID, OPEN_TIME, DESCRIPTION FROM INCIDENTSM1 "
        "WHERE FIRST_CALL = 't' ORDER BY INCIDENT_ID"
    )[0]
    response = web.soap(
        "RetrieveInteractionList", f"<ns:keys><ns:CallID>{number}</ns:CallID></ns:keys>"
    )
    instance = response.find(f"{SM}instance")
    kinds = {etree.QName(element).localname: element.get("type") for element in instance}
    wanted = {"CallID": "String", "OpenTime": "DateTime", "FirstCall": "Boolean"}
    assert wanted.items() <= kinds.items()
    assert kinds["Description"] == "Array"
    assert texts(instance, "OpenTime") == [f"{opened[:10]}T{opened[11:19]}+00:00"]
    assert texts(instance, "FirstCall") == ["true"]
    assert texts(instance, "Description/Description") == description.split("\n")
    assert instance.get("uniquequery") == f'incident.id="{number}"'


def test_a_response_says_how_it_went(web: Web) -> None:
    response = web.soap("RetrieveIncidentList", count=1)
    assert response.tag == f"{SM}RetrieveIncidentListResponse"
    head = {name: response.get(name) for name in ("status", "message", "returnCode")}
    assert head == {"status": "SUCCESS", "message": "Success", "returnCode": "0"}


def test_a_request_without_count_gives_everything(web: Web, hpsm: Hpsm) -> None:
    response = web.soap("RetrieveContactKeysList")
    assert len(response.findall(f"{SM}keys")) == hpsm.one("SELECT count(*) FROM CONTCTSM1") > 1000
    assert response.get("more") is None


def test_pages_go_on_by_start_until_there_is_no_more(web: Web) -> None:
    whole = texts(web.soap("RetrieveIncidentKeysList"), "keys/IncidentID")
    found: list[str] = []
    more, handle = "1", ""
    while more == "1":
        page = web.soap("RetrieveIncidentList", count=25, start=len(found), handle=handle)
        numbers = texts(page, "instance/IncidentID")
        assert page.get("count") == str(len(numbers))
        found += numbers
        more, handle = page.get("more"), page.get("handle")
    assert found == whole
    assert handle.startswith("probsummary")


def test_a_handle_stands_for_the_records_as_they_were_found(tmp_path: Path) -> None:
    own = made(tmp_path / "hpsm.db")
    with HpsmServer(Settings(own.path)) as server, client(server) as session:
        web = Web(server, session)
        first = web.soap("RetrieveIncidentList", count=2)
        numbers = texts(web.soap("RetrieveIncidentKeysList"), "keys/IncidentID")
        with closing(sqlite3.connect(own.path)) as connection, connection:
            connection.execute("DELETE FROM PROBSUMMARYM1 WHERE NUMBER = ?", (numbers[0],))
        following = {"count": 2, "start": 2}
        by_handle = web.soap("RetrieveIncidentList", handle=first.get("handle"), **following)
        anew = web.soap("RetrieveIncidentList", handle="lost", **following)
    assert texts(by_handle, "instance/IncidentID") == numbers[2:4]
    assert texts(anew, "instance/IncidentID") == numbers[3:5]


def test_a_start_or_count_below_zero_is_put_right(web: Web) -> None:
    page = web.soap("RetrieveIncidentKeysList", count=-5, start=-3)
    assert (page.get("start"), page.get("count")) == ("0", "1")


def test_a_query_is_in_the_terms_of_the_database(web: Web, hpsm: Hpsm) -> None:
    asked = "update.time>'06/01/2019 00:00:00' and problem.status~=\"Closed\""
    response = web.soap("RetrieveIncidentKeysList", f"<ns:model>{query(asked)}</ns:model>")
    expected = hpsm.ask(
        "SELECT NUMBER FROM PROBSUMMARYM1 WHERE UPDATE_TIME > '2019-06-01' "
        "AND PROBLEM_STATUS <> 'Closed' ORDER BY NUMBER"
    )
    assert [(number,) for number in texts(response, "keys/IncidentID")] == expected
    assert expected


def test_several_keys_ask_for_several_records(web: Web) -> None:
    wanted = texts(web.soap("RetrieveIncidentKeysList", count=3), "keys/IncidentID")
    keys = "".join(
        f"<ns:keys><ns:IncidentID>{number}</ns:IncidentID></ns:keys>" for number in wanted
    )
    assert texts(web.soap("RetrieveIncidentList", keys), "instance/IncidentID") == wanted


def test_an_instance_asks_by_example(web: Web, hpsm: Hpsm) -> None:
    model = "<ns:model><ns:keys/><ns:instance><ns:Status>#Clo</ns:Status></ns:instance></ns:model>"
    found = texts(web.soap("RetrieveIncidentKeysList", model), "keys/IncidentID")
    closed = hpsm.one("SELECT count(*) FROM PROBSUMMARYM1 WHERE PROBLEM_STATUS = 'Closed'")
    assert len(found) == closed


def test_one_record_comes_as_a_model(web: Web) -> None:
    (number,) = texts(web.soap("RetrieveChangeKeysList", count=1), "keys/ChangeID")
    model = (
        f"<ns:model><ns:keys><ns:ChangeID>{number}</ns:ChangeID></ns:keys><ns:instance/></ns:model>"
    )
    response = web.soap("RetrieveChange", model)
    assert texts(response, "model/keys/ChangeID") == [number]
    assert texts(response, "model/instance/header/ChangeID") == [number]
    assert texts(response, "model/instance/description.structure/Description/Description")


def test_empty_elements_come_only_when_they_are_asked_for(web: Web, hpsm: Hpsm) -> None:
    number = hpsm.one("SELECT NUMBER FROM PROBSUMMARYM1 WHERE CLOSE_TIME IS NULL")
    keys = f"<ns:keys><ns:IncidentID>{number}</ns:IncidentID></ns:keys>"
    closed = f"{SM}instance/{SM}ClosedTime"
    assert web.soap("RetrieveIncidentList", keys).find(closed) is None
    shown = web.soap("RetrieveIncidentList", keys, ignoreEmptyElements="false").find(closed)
    assert (shown.get(NIL), shown.get("type"), shown.text) == ("true", "DateTime", None)


def test_attachments_come_when_they_are_asked_for(web: Web, hpsm: Hpsm) -> None:
    topic, uid = hpsm.ask(
        "SELECT TOPIC, UID FROM SYSATTACHMEM1 JOIN PROBSUMMARYM1 ON NUMBER = TOPIC "
        "WHERE APPLICATION = 'probsummary' AND TYPE = 5 GROUP BY TOPIC "
        "HAVING count(DISTINCT UID) = 1 AND sum(SIZE) > 2000 ORDER BY TOPIC"
    )[0]
    keys = f"<ns:keys><ns:IncidentID>{topic}</ns:IncidentID></ns:keys>"
    path = f"{SM}instance/{SM}attachments/{COMMON}attachment"
    assert web.soap("RetrieveIncidentList", keys).find(path) is None
    noted = web.soap("RetrieveIncidentList", keys, attachmentInfo="true").find(path)
    assert (noted.get("href"), noted.text) == (f"cid:{uid}", None)
    assert noted.get("name")
    assert noted.get("len")
    assert noted.get(f"{XMIME}contentType")
    sent = web.soap("RetrieveIncidentList", keys, attachmentData="true").find(path)
    whole = web.rest(f"incidents/{topic}/attachments/cid:{uid}").content
    assert b64decode(sent.text) == whole


def test_attachments_may_come_beside_the_envelope(hpsm: Hpsm) -> None:
    topic, uid = hpsm.ask(
        "SELECT TOPIC, UID FROM SYSATTACHMEM1 JOIN PROBSUMMARYM1 ON NUMBER = TOPIC "
        "WHERE APPLICATION = 'probsummary' AND SIZE > 0 ORDER BY UID"
    )[0]
    keys = f"<ns:keys><ns:IncidentID>{topic}</ns:IncidentID></ns:keys>"
    with (
        HpsmServer(Settings(hpsm.path, rules=Rules(mtom=True))) as server,
        client(server) as session,
    ):
        web = Web(server, session)
        body = envelope("RetrieveIncidentList", keys, attachmentData="true")
        response = web.post(body, "RetrieveList")
        whole = web.rest(f"incidents/{topic}/attachments/cid:{uid}").content
    head = f"Content-Type: {response.headers['Content-Type']}\n\n".encode()
    root, *parts = email.message_from_bytes(head + response.content).get_payload()
    envelope_ = etree.fromstring(_bytes(root))
    found = envelope_.find(f".//{COMMON}attachment[@href='cid:{uid}']")
    assert found[0].get("href") == f"cid:{uid}"
    contents = {part["Content-ID"]: _bytes(part) for part in parts}
    assert contents[f"<{uid}>"] == whole


def _bytes(part: Any) -> bytes:
    found: bytes = part.get_payload(decode=True)
    return found


def test_no_records_are_a_failure_with_return_code_nine(web: Web) -> None:
    keys = "<ns:keys><ns:IncidentID>IM0</ns:IncidentID></ns:keys>"
    response = web.soap("RetrieveIncidentList", keys)
    assert (response.get("status"), response.get("returnCode")) == ("FAILURE", "9")
    past = web.soap("RetrieveIncidentList", count=10, start=100_000)
    assert past.get("returnCode") == "9"


def test_a_bad_query_is_a_failure(web: Web) -> None:
    response = web.soap("RetrieveIncidentList", query("nowhere=1"))
    assert (response.get("status"), response.get("returnCode")) == ("FAILURE", "66")


@pytest.mark.parametrize(
    ("body", "action"),
    [
        (envelope("RetrieveIncidentList"), "Retrieve"),
        (envelope("RetrieveNothingList"), "RetrieveList"),
        (envelope("UpdateIncident"), "Update"),
        (envelope("RetrieveIncidentList", count="many"), "RetrieveList"),
        ("<a", "RetrieveList"),
        ("<a/>", "RetrieveList"),
    ],
)
def test_what_is_no_request_is_a_fault(web: Web, body: str, action: str) -> None:
    response = web.post(body, action)
    assert response.status_code == 500
    fault = etree.fromstring(response.content)[0][0]
    assert fault.tag == f"{ENVELOPE}Fault"


def test_entities_of_a_request_are_not_expanded(web: Web) -> None:
    body = envelope("RetrieveIncidentList", "<ns:keys><ns:IncidentID>&x;</ns:IncidentID></ns:keys>")
    response = web.post(f'<!DOCTYPE a [<!ENTITY x "IM1">]>{body}', "RetrieveList")
    assert b"IM1<" not in response.content


def test_what_xml_cannot_hold_is_dropped(tmp_path: Path) -> None:
    own = made(tmp_path / "hpsm.db")
    number = own.one("SELECT min(NUMBER) FROM PROBSUMMARYM1")
    with closing(sqlite3.connect(own.path)) as connection, connection:
        text = "a\x00b\x1fc]]>&<d>\r\n\ufffe\té"
        connection.execute(
            "UPDATE PROBSUMMARYM1 SET ACTION = ?, BRIEF_DESCRIPTION = ? WHERE NUMBER = ?",
            (text, text, number),
        )
    with HpsmServer(Settings(own.path)) as server, client(server) as session:
        page = Web(server, session).soap("RetrieveIncidentList", count=1)
    assert texts(page, "instance/Title") == ["abc]]>&<d>\r\n\té"]
    assert texts(page, "instance/Description/Description") == ["abc]]>&<d>\r", "\té"]


def test_an_object_without_types_shows_text_only(hpsm: Hpsm) -> None:
    rules = Rules(untyped=frozenset(("Activity",)))
    with HpsmServer(Settings(hpsm.path, rules=rules)) as server, client(server) as session:
        web = Web(server, session)
        page = web.soap("RetrieveActivityList", count=50)
        kinds = {element.get("type") for element in page.iterfind(f"{SM}instance/{SM}*")}
        assert kinds == {"String", "Array"}
        assert all(
            re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", text)
            for text in texts(page, "instance/DateStamp")
        )
        assert set(texts(page, "instance/CustVisible")) <= {"true", "false"}
        _validate(web, "Activity", page, None)


@pytest.mark.parametrize(("service", "object_"), OBJECTS)
@pytest.mark.parametrize("common", ["served", "sample"])
def test_answers_hold_against_the_schemas(
    web: Web, service: str, object_: str, common: str
) -> None:
    if common == "sample" and not SAMPLES.is_dir():
        pytest.skip("needs the samples of real HPSM schemas in ../shared")
    folder = SAMPLES if common == "sample" else None
    every = {"attachmentInfo": "true", "attachmentData": "true"}
    for page in (
        web.soap(f"Retrieve{object_}List", count=60, **every),
        web.soap(f"Retrieve{object_}List", count=5, ignoreEmptyElements="false"),
        web.soap(f"Retrieve{object_}List", query("nowhere=1")),
        web.soap(f"Retrieve{object_}KeysList", count=5),
        web.soap(f"Retrieve{object_}", "<ns:model><ns:keys/><ns:instance/></ns:model>"),
    ):
        _validate(web, service, page, folder)


def _validate(web: Web, service: str, page: Any, samples: Path | None) -> None:
    """Against the types of the service's WSDL; what they build on is taken from this server, or
    from a real one."""
    definitions = etree.fromstring(web.get(f"/SM/7/{service}.wsdl").content)
    schema = definitions.find(".//{http://www.w3.org/2001/XMLSchema}schema")
    documents = {
        f"{web.server.url}/SM/7/Common.xsd": "Common.xsd",
        "xmlmime.xsd": "xmlmime.xsd",
        "http://www.w3.org/2005/05/xmlmime": "xmlmime.xsd",
    }

    class Schemas(etree.Resolver):
        def resolve(self, url: str, id: str, context: Any) -> Any:
            name = documents.get(url) or documents[url.rpartition("/")[2]]
            if samples is not None:
                text = (samples / name).read_bytes()
            else:
                text = web.get(f"/SM/7/{name}").content
            return self.resolve_string(text, context, base_url=name)

    parser = etree.XMLParser()
    parser.resolvers.add(Schemas())
    checked = etree.XMLSchema(etree.fromstring(etree.tostring(schema), parser))
    checked.assertValid(etree.fromstring(etree.tostring(page), HUGE))


def test_a_wsdl_names_its_captions_and_where_to_ask(web: Web) -> None:
    definitions = etree.fromstring(web.get("/SM/7/ProblemManagement.wsdl").content)
    namespaces = {"xs": "http://www.w3.org/2001/XMLSchema"}
    captions = definitions.xpath(
        "//xs:complexType[@name='ProblemTaskInstanceType']/xs:sequence/xs:element/@name",
        namespaces=namespaces,
    )
    assert {"TaskID", "ParentProblem", "Title"} <= set(captions)
    address = definitions.find(".//{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert address.get("location") == f"{web.server.url}/SM/7/ws"
    assert web.get("/SM/7/Nothing.wsdl").status_code == 404
