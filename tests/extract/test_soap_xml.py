"""SOAP messages: what is written, what is read, and XML that is cleaned so that it can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hpsm_soap import NAMES, answered, envelope, failure, fault
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from migrate.extract.soap_wsdl import objects
from migrate.extract.soap_xml import (
    Cleaner,
    NotXml,
    cleaned,
    list_request,
    parse_list,
    record_request,
)
from migrate.extract.web_policy import Action, Form, decide

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "soap"
LIST = "RetrieveIncidentListResponse"


def parsed(body: str, **attributes: str) -> list[dict[str, object]]:
    content = answered(LIST, body, **attributes).body
    return parse_list(content, "Incident").records


def test_typed_elements_become_values_by_caption() -> None:
    [record] = parsed(
        """<instance recordid="x" uniquequery="y">
        <IncidentID type="String">IM1</IncidentID>
        <SLA type="Decimal">168</SLA>
        <Open type="Boolean">true</Open>
        <OpenTime type="DateTime">2007-08-31T20:21:00+00:00</OpenTime>
        <Description type="Array"><Description type="String">a</Description>
          <Description type="String"/><Description type="String">c</Description></Description>
        <Solution><Solution>without a type</Solution></Solution>
        <Single type="Array"><Single>one</Single></Single>
        <header type="Structure"><Title>t</Title><inner type="Structure"><x>1</x></inner></header>
        <rows type="Array"><rows type="Structure"><a>1</a><b>2</b></rows>
          <rows type="Structure"><a>3</a></rows></rows>
        <Empty type="String"/>
        <Nothing xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>
        <attachments><cmn:attachment href="cid:1" name="n" len="3" upload.by="x"/></attachments>
        </instance>"""
    )
    assert record == {
        "IncidentID": "IM1",
        "SLA": "168",
        "Open": "true",
        "OpenTime": "2007-08-31T20:21:00+00:00",
        "Description": ["a", None, "c"],
        "Solution": ["without a type"],
        "Single": ["one"],
        "header": {"Title": "t", "inner": {"x": "1"}},
        "rows": [{"a": "1", "b": "2"}, {"a": "3"}],
        "attachments": [{"href": "cid:1", "name": "n", "len": "3", "upload.by": "x"}],
    }


def test_what_the_answer_says_of_itself_is_read() -> None:
    content = answered(LIST, "<instance/>", more="1", handle="probsummary4d67", count="1").body
    answer = parse_list(content, "Incident")
    assert (answer.more, answer.handle, answer.code) == (True, "probsummary4d67", 0)
    assert answer.records == [{}]
    assert not parse_list(answered(LIST, more="0").body, "Incident").more
    assert parse_list(answered(LIST, more="true").body, "Incident").more


def test_another_namespace_and_another_prefix_are_the_same() -> None:
    body = f'<x:{LIST} xmlns:x="http://servicecenter.peregrine.com/PWS" status="SUCCESS">'
    body += f"<x:instance><x:IncidentID>IM1</x:IncidentID></x:instance></x:{LIST}>"
    assert parse_list(envelope(body), "Incident").records == [{"IncidentID": "IM1"}]


@pytest.mark.parametrize(
    ("content", "status", "action"),
    [
        (answered(LIST).body, 200, Action.READ),
        (answered(LIST, **failure(9)).body, 200, Action.NOTHING),
        (answered(LIST, **failure(3)).body, 200, Action.WAIT),
        (answered(LIST, status="FAILURE", returnCode="").body, 200, Action.WAIT),
        (answered(LIST, **failure(71)).body, 200, Action.REFUSED),
        (fault("Client").body, 500, Action.REFUSED),
        (fault("Server").body, 500, Action.WAIT),
        (fault("Server").body, 200, Action.WAIT),
        (fault("Server", text="Not Authorized").body, 401, Action.CREDENTIALS),
        (envelope("<Other/>"), 200, Action.GARBLED),
    ],
)
def test_an_answer_means(content: bytes, status: int, action: Action) -> None:
    assert decide(parse_list(content, "Incident").situation(status)) is action


def test_a_fault_that_carries_a_code_is_judged_by_it() -> None:
    body = "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>no</faultstring>"
    body += "<detail><returnCode>28</returnCode></detail></SOAP-ENV:Fault>"
    situation = parse_list(envelope(body), "Incident").situation(500)
    assert (situation.code, situation.form) == (28, Form.DATA)
    assert decide(situation) is Action.FORBIDDEN


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing",
        envelope("<a>"),
        answered(LIST, "<instance><a>").body,
        b'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"\xef\xbb\xbf<!DOCTYPE a><a/>",
    ],
)
def test_what_is_no_xml_or_has_a_document_type_is_not_read(content: bytes) -> None:
    with pytest.raises(NotXml):
        parse_list(content, "Incident")


def test_utf_16_is_read_as_what_it_is_and_hides_no_document_type() -> None:
    text = answered(LIST, "<instance><Title>på</Title></instance>").body.decode()
    content = text.replace("utf-8", "utf-16").encode("utf-16")
    with pytest.raises(NotXml):
        parse_list(content, "Incident")
    assert parse_list(cleaned(content, "cp1252"), "Incident").records == [{"Title": "på"}]
    hidden = f"<!DOCTYPE a>{text}".encode("utf-16")
    with pytest.raises(NotXml):
        parse_list(cleaned(hidden, "cp1252"), "Incident")


def test_a_document_type_within_a_text_is_text() -> None:
    body = "<instance><answer><![CDATA[<!DOCTYPE html><p>x</p>]]></answer></instance>"
    assert parsed(body) == [{"answer": "<!DOCTYPE html><p>x</p>"}]


def test_requests_carry_whatever_stands_in_a_query_or_key() -> None:
    query = 'name="A & B" and x<\'2\' and y>"Ærlig"'
    root = etree.fromstring(list_request("Incident", query, 40, 20, 'h"&', files=True))
    request = root[0][0]
    assert request[0].get("query") == query
    assert (request.get("start"), request.get("count")) == ("40", "20")
    assert (request.get("handle"), request.get("attachmentInfo")) == ('h"&', "true")
    root = etree.fromstring(record_request("Contact", {"ContactName": "A & <B>"}))
    assert root.findtext(".//{*}ContactName") == "A & <B>"
    assert [etree.QName(child).localname for child in root[0][0][0]] == ["keys", "instance"]


def test_what_xml_does_not_take_is_replaced_and_nothing_else() -> None:
    dirty = (
        b"<?xml version='1.0' encoding='utf-16'?><a>&#x1;&#1;&#xD83D;&#65;&#xe6;\x00\x0bp\xe5</a>"
    )
    text = etree.fromstring(cleaned(dirty, "cp1252")).text
    assert text == "\N{REPLACEMENT CHARACTER}" * 3 + "Aæ" + "\N{REPLACEMENT CHARACTER}" * 2 + "på"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.integers(1, 50))
def test_cleaning_piece_by_piece_is_cleaning_the_whole(text: str, size: int) -> None:
    content = (
        text.encode("utf-8", "replace") + b" &#x1; &amp; &#x" + text.encode("utf-8", "replace")
    )
    cleaner = Cleaner("cp1252")
    pieces = [cleaner.feed(content[at : at + size]) for at in range(0, len(content), size)]
    pieces.append(cleaner.feed(b"", final=True))
    assert b"".join(pieces) == cleaned(content, "cp1252")


def test_objects_and_their_captions_are_read_from_a_wsdl() -> None:
    wsdl = f"""<definitions {NAMES} xmlns:xs="http://www.w3.org/2001/XMLSchema"><types>
      <xs:schema><xs:complexType name="ChangeInstanceType"><xs:sequence>
        <xs:element name="Service" type="cmn:StringType"/>
        <xs:element name="header"><xs:complexType><xs:complexContent>
          <xs:extension base="cmn:StructureType"><xs:sequence>
            <xs:element name="ChangeID" type="cmn:StringType"/>
            <xs:element name="Title" type="cmn:StringType"/>
          </xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:element>
        <xs:element name="Lines"><xs:complexType><xs:complexContent>
          <xs:extension base="cmn:ArrayType"><xs:sequence>
            <xs:element maxOccurs="unbounded" name="Lines" type="cmn:StringType"/>
          </xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:element>
        <xs:element name="rows"><xs:complexType><xs:sequence>
          <xs:element name="rows"><xs:complexType><xs:sequence>
            <xs:element name="a" type="cmn:StringType"/></xs:sequence></xs:complexType>
          </xs:element></xs:sequence></xs:complexType></xs:element>
        <xs:element name="attachments" type="cmn:AttachmentsType"/>
      </xs:sequence><xs:attribute name="query" type="xs:string"/></xs:complexType>
      <xs:complexType name="ChangeKeysType"/></xs:schema></types></definitions>"""
    assert objects(wsdl.encode()) == {
        "Change": ["Service", "header.ChangeID", "header.Title", "Lines", "rows.a"]
    }
    assert objects(b"<html>none") == {}


def test_a_real_wsdl_is_read() -> None:
    if not SAMPLES.exists():
        pytest.skip("needs the samples of real answers in ../shared")
    found = objects((SAMPLES / "CompareService.wsdl").read_bytes())
    assert found == {"CompareService": ["Name", "Content", "QueryString"]}
