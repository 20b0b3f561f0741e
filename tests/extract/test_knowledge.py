from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.knowledge import Body, Link, body, document, link, status, working_copy_of

UID = "519b1b40000070c08094fd68"


@pytest.mark.parametrize(
    ("address", "kind", "target"),
    [
        (f"/answers/attachments/{UID}", "attachment", UID),
        (f"https://hpsm.example.no/answers/attachments/{UID}?x=1", "attachment", UID),
        (f"../attachments/cid:{UID}", "attachment", UID),
        (f"scattach://{UID}:Skjema åpent.doc:kmdocument:KM0257", "attachment", UID),
        (f"cid:{UID}", "attachment", UID),
        ("/answers/KM0257", "document", "KM0257"),
        ("index.do?ctx=docEngine&file=kmdocument&query=id%3D%22KM0257%22", "document", "KM0257"),
        (
            "http://sm.example.no/sm/index.do?lang=en&file=probsummary&query=number%3D'IM10001'",
            "record",
            "IM10001",
        ),
        (
            'index.do?file=incidents&query=incident.id="IN-1802-000118"&action=',
            "record",
            "IN-1802-000118",
        ),
        ("/sm/help/index.htm", "here", "/sm/help/index.htm"),
        ("http://SM.example.no/help", "here", "/help"),
        ("side.htm", "here", "side.htm"),
        ("https://innsida.example.no/wiki/Norsk", "web", "innsida.example.no"),
        ("//cdn.example.no/x.png", "web", "cdn.example.no"),
        ("http://[galt", "web", ""),
        ("tel:+4773590000", "web", "tel"),
        ("mailto:hjelp@example.no", "mail", "hjelp@example.no"),
        (r"\\felles\rutiner\a.doc", "file", r"\\felles\rutiner\a.doc"),
        (r"C:\temp\a.doc", "file", r"C:\temp\a.doc"),
        ("file:///felles/a%20b.doc", "file", "/felles/a b.doc"),
        ("#steg2", "anchor", "steg2"),
        ("JavaScript:void(0)", "script", ""),
        ("data:image/png;base64,AAAA", "data", "image/png"),
    ],
)
def test_an_address_says_what_it_leads_to(address: str, kind: str, target: str) -> None:
    assert link(address, ["sm.example.no"])[:2] == (kind, target)
    assert link(f" {address}\n", ["sm.example.no"])[:2] == (kind, target)


def test_links_and_images_are_found_in_the_html_that_there_is() -> None:
    read = body(
        f"""<html><head><title>KM0001</title></head><body bgcolor=white>
        <P>Se <A HREF=/answers/KM0300 onclick="x()">her</A>, KM0257 og IM10001 (IM10001).
        <img alt="" src="/answers/attachments/{UID}"><img src='data:image/gif;base64,AA'>
        <td background="felt.png"><!-- <a href="skjult"> --><script>alert("IM99999")</script>
        <iframe src="https://video.example.no/1"></iframe>5 < 6 & 7 &nbsp &oslash;"""
    )
    assert read.links == (
        Link("document", "KM0300", "/answers/KM0300"),
        Link("attachment", UID, f"/answers/attachments/{UID}", shown=True),
        Link("data", "image/gif", "data:image/gif;base64,AA", shown=True),
        Link("here", "felt.png", "felt.png", shown=True),
        Link("web", "video.example.no", "https://video.example.no/1"),
    )
    assert read.images == read.links[1:4]
    assert read.mentions == ("KM0257", "IM10001")
    assert read.active == 3
    assert not read.cut


@pytest.mark.parametrize("markup", ["", " \n", "\0"])
def test_nothing_leads_nowhere(markup: str) -> None:
    assert body(markup) == Body()


def test_plain_text_is_read_too() -> None:
    read = body("Løst av SD10001, se KM0042R. Ikke XIM10001 eller IM10001-2.")
    assert read.mentions == ("SD10001", "KM0042R")
    assert read.letters == 51


def test_half_a_body_does_not_pass_for_a_whole_one() -> None:
    assert body("<div>" * 5_000 + "sist").cut


def test_entities_of_ones_own_are_not_read() -> None:
    markup = f'<!DOCTYPE html [<!ENTITY f SYSTEM "file://{__file__}">]><p>&f;</p>'
    assert body(markup).letters < 10


def test_a_working_copy_is_one_of_a_document_that_is_there() -> None:
    there = {"KM0257", "KM0257R", "KM0300R", "R"}.__contains__
    assert working_copy_of("KM0257R", there) == "KM0257"
    assert working_copy_of("KM0300R", there) == ""
    assert working_copy_of("KM0257", there) == ""
    assert working_copy_of("R", there) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("external", "external"),
        ("Published  External ", "external"),
        ("PUBLISHED INTERNAL", "internal"),
        ("Triage", "triage"),
        ("conclude", "conclude"),
        ("publisert", ""),
        (None, ""),
    ],
)
def test_a_status_is_hpsms_code_however_it_is_shown(text: str | None, code: str) -> None:
    assert status(text) == code


def test_a_document_is_read_from_its_record() -> None:
    row = {
        "id": "KM0257R",
        "status": "Published Internal",
        "doctype": "External",
        "answer": None,
        "problem": '<a href="/answers/KM1">x</a>',
        "solution": "IM10001",
    }
    read = document(row, {"KM0257"}.__contains__, ("answer", "problem", "solution"))
    assert (read.id, read.status, read.copy_of, read.external) == (
        *("KM0257R", "internal", "KM0257"),
        True,
    )
    assert [found.target for found in read.body.links] == ["KM1"]
    assert read.body.mentions == ("IM10001",)


_uid = st.text("0123456789abcdef", min_size=24, max_size=24)


@given(st.lists(_uid, max_size=6), st.lists(st.text(max_size=30), min_size=6, max_size=6))
def test_every_attachment_in_a_body_is_found(uids: list[str], texts: list[str]) -> None:
    markup = "".join(
        f'<p>{escape(text)}</p><a href="/answers/attachments/{uid}">fil</a>'
        for uid, text in zip(uids, texts, strict=False)
    )
    assert [found.target for found in body(markup).links] == uids


@given(st.text())
def test_any_text_is_a_body_and_any_address_a_link(text: str) -> None:
    assert isinstance(body(text), Body)
    assert isinstance(body(f'<p><a href="{text}">{text}'), Body)
    assert link(text).address == text
