"""Good inputs to spoil, small and of every shape that the readers know. Nobody in them exists."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from openpyxl import Workbook

from migrate.extract import rc
from migrate.extract.dbdict import (
    ARRAY,
    CHARACTER,
    LOGICAL,
    NUMBER,
    STRUCTURE,
    TIME,
    UNIQUE,
    Dbdict,
    DbdictField,
    DbdictKey,
    DbdictTable,
)
from migrate.extract.unload_file import UnloadWriter

_OPENED = datetime(2019, 9, 30, 8, 5, 3)  # noqa: DTZ001 - GMT, as stored
_TEXT = "Hei,\n\nSkriveren på Gløshaugen svarer ikke.\nMvh"
EXPORT_TABLES: dict[str, Any] = {}


@cache
def rc_values() -> Sequence[bytes]:
    values: list[Any] = [
        *(0, 7, 8, -1, 300, 70_000, -(2**31), 2**40, 1.5, -0.0, "", "abc", "æøå" * 100),
        *("x" * 70_000, _OPENED, True, False, rc.UNKNOWN, rc.Null.TEXT, rc.Null.TIME),
        [rc.Null.TEXT],
        ["en", "to", rc.Null.TEXT],
        rc.Structure(("IM10001", 3, _OPENED, True, ["a", "b"], rc.Structure((1, rc.Null.NUMBER)))),
        [rc.Structure(("gruppe", 1)), rc.Structure(("annen", 2))],
        rc.Expression(b"$x=1"),
    ]
    nested: Any = "innerst"
    for _ in range(20):
        nested = [rc.Structure((nested,))]
    return [*map(rc.encode, [*values, nested]), rc.encode(b"\xe6\xf8\xe5 i latin-1")]


@cache
def blobs() -> Sequence[bytes]:
    return [rc.MAGIC + value for value in rc_values()]


DEFINITION = Dbdict(
    "probsummary",
    (
        DbdictField("descriptor", 0, 1, STRUCTURE, "m1", "DESCRIPTOR", "BLOB", rc=True),
        DbdictField("number", 1, 1, CHARACTER, "m1", "NUMBER", "VARCHAR2(60)"),
        DbdictField("problem.status", 1, 2, CHARACTER, "m1", "PROBLEM_STATUS", "VARCHAR2(60)"),
        DbdictField("assignment", 1, 3, CHARACTER, "m1", "ASSIGNMENT", "VARCHAR2(60)"),
        DbdictField("contact.name", 1, 4, CHARACTER, "m1", "CONTACT_NAME", "VARCHAR2(140)"),
        DbdictField("brief.description", 1, 5, CHARACTER, "m1", "BRIEF_DESCRIPTION", "CLOB"),
        DbdictField("action", 1, 6, ARRAY),
        DbdictField("action", 2, 1, CHARACTER, "m1", "ACTION", "CLOB"),
        DbdictField("open.time", 1, 7, TIME, "m1", "OPEN_TIME", "DATE"),
        DbdictField("flag", 1, 8, LOGICAL, "m1", "FLAG", "CHAR(1)"),
        DbdictField("sysmodtime", 1, 9, TIME, "m1", "SYSMODTIME", "DATE"),
        DbdictField("sysmodcount", 1, 10, NUMBER, "m1", "SYSMODCOUNT", "FLOAT"),
        DbdictField("record", 1, 11, ARRAY, "m1", "RECORD", "BLOB", rc=True),
        DbdictField("record", 2, 1, STRUCTURE),
        DbdictField("filename", 3, 1, CHARACTER),
        DbdictField("count", 3, 2, NUMBER),
    ),
    (DbdictTable("PROBSUMMARYM1", "m1", "oracle9"), DbdictTable("PROBSUMMARYM2", "m2", "oracle9")),
    (DbdictKey(UNIQUE, ("number",)),),
    _OPENED,
)

_ATTACHMENTS = Dbdict(
    "SYSATTACHMENTS",
    (
        DbdictField("descriptor", 0, 1, STRUCTURE),
        *(
            DbdictField(name, 1, place, type_, "m1", name.upper().replace(".", "_"), sql)
            for place, (name, type_, sql) in enumerate(
                (
                    ("application", CHARACTER, "VARCHAR2(60)"),
                    ("topic", CHARACTER, "VARCHAR2(60)"),
                    ("uid", CHARACTER, "VARCHAR2(60)"),
                    ("type", NUMBER, "FLOAT"),
                    ("segment", NUMBER, "FLOAT"),
                    ("filename", CHARACTER, "VARCHAR2(200)"),
                    ("mime.type", CHARACTER, "VARCHAR2(60)"),
                    ("size", NUMBER, "FLOAT"),
                    ("compressed", LOGICAL, "CHAR(1)"),
                    ("compressed.size", NUMBER, "FLOAT"),
                    ("data", CHARACTER, "BLOB"),
                    ("sysmodtime", TIME, "DATE"),
                ),
                1,
            )
        ),
    ),
    (DbdictTable("SYSATTACHMEM1", "m1", "oracle9"),),
    (DbdictKey(UNIQUE, ("application", "topic", "uid", "type", "segment")),),
    _OPENED,
)


def _incident(number: int) -> list[Any]:
    return [
        *(f"IM{number}", "Closed" if number % 2 else "Open", "IT-NETT", "NORDMANN, KARI"),
        *("Skriver svarer ikke", _TEXT.split("\n"), _OPENED, number % 3 == 0, _OPENED, number % 9),
        [("probsummary", number), ("incidents", None)],
    ]


def _segments(number: int, size: int) -> list[list[Any]]:
    content = bytes(range(256)) * (size // 256)
    stored = zlib.compress(content)
    return [
        [
            *("probsummary", f"IM{number}", f"{number:024x}", 5, place, "logg.txt", "text/plain"),
            *(len(content), True, len(stored), stored[at : at + 100], _OPENED),
        ]
        for place, at in enumerate(range(0, len(stored), 100))
    ]


@cache
def unload_files() -> Sequence[bytes]:
    def written(*parts: tuple[Dbdict, list[list[Any]]]) -> bytes:
        out = io.BytesIO()
        writer = UnloadWriter(out)
        for definition, rows in parts:
            writer.define(definition)
            for row in rows:
                writer.write(row)
        return out.getvalue()

    incidents = [_incident(number) for number in range(10_001, 10_009)]
    files = [row for number in (1, 2) for row in _segments(number, 20_000)]
    large = _incident(10_010)
    large[5] = ["en lang linje " * 600] * 9
    return [
        written((DEFINITION, incidents)),
        written((DEFINITION, incidents[:2]), (_ATTACHMENTS, files)),
        written((DEFINITION, [large, incidents[0]])),
        written((DEFINITION, []), (DEFINITION, incidents[:1])),
    ]


@cache
def attachments() -> Sequence[bytes]:
    """Four bytes that say how it is asked for, then segments; see the target."""
    text = _TEXT.encode() * 30
    stored = zlib.compress(text)
    bomb = zlib.compress(b"\0" * (48 << 20))
    return [
        bytes(head) + body
        for body in (text, stored, rc.wrap(text), rc.wrap(stored), rc.wrap(stored[:90]), bomb, b"")
        for head in ((0, 0, 0, 0), (1, 1, 1, 0), (2, 2, 3, 3), (0, 1, 2, 5), (4, 5, 4, 4))
    ]


@cache
def rest_answers() -> Sequence[bytes]:
    incident = {
        "IncidentID": "IM10001",
        "Status": "Closed",
        "OpenTime": "2019-09-30T08:05:03+00:00",
        "Description": _TEXT.split("\n"),
        "SLAAgreementID": 168,
        "header": {"Title": "Skriver", "Open": True},
        "description.structure": {"Description": ["en", "to"]},
    }
    head = {"@count": 2, "@start": 1, "@totalcount": 2, "Messages": [], "ReturnCode": 0}
    rows = [{"Incident": incident}, {"Incident": {**incident, "IncidentID": "IM10002"}}]
    file = {"href": "cid:519b1b40000070c08094fd68", "len": 4, "name": "a.txt", "type": "text/plain"}
    answers = (
        {**head, "ResourceName": "Incident", "content": rows},
        {"Messages": [], "ReturnCode": 0, "Incident": incident},
        {"Messages": ["Not Authorized"], "ReturnCode": -4},
        {**head, "content": [{"attachment": file}]},
    )
    return [json.dumps(answer).encode() for answer in answers]


_HEADER = "NUMBER;PROBLEM_STATUS;ASSIGNMENT;CONTACT_NAME;BRIEF_DESCRIPTION;ACTION;OPEN_TIME;FLAG"


@cache
def csv_files() -> Sequence[bytes]:
    rows = [
        f"IM{number};Closed;IT-NETT;NORDMANN, KARI;Skriver svarer ikke;"
        f'"Hei,\nden sier ""feil"" på gangen; igjen";2019-09-30 08:05:03;t'
        for number in range(10_001, 10_013)
    ]
    whole = "\n".join([_HEADER, *rows, ""])
    return [whole.encode(), whole.replace("\n", "\r\n").encode(), f"{_HEADER}\n".encode()]


@cache
def xml_files() -> Sequence[bytes]:
    """The form of HPSM's own exporter of people, and a plain list."""
    migrated = "".join(
        f"<contacts><NUMBER _type='Text'><![CDATA[IM{number}]]></NUMBER>"
        f"<PROBLEM_STATUS _type='Text'>Closed</PROBLEM_STATUS>"
        f"<OPEN_TIME _type='Text'>2019-09-30T08:05:03</OPEN_TIME>"
        f"<ACTION _type='Array'><ACTION _type='Text'>Hei &amp; hå</ACTION><ACTION/></ACTION>"
        f"<BRIEF_DESCRIPTION>Skriver</BRIEF_DESCRIPTION></contacts>"
        for number in range(10_001, 10_007)
    )
    plain = "".join(
        f'<probsummary NUMBER="IM{number}" ASSIGNMENT="IT-NETT"><ACTION>{_TEXT}</ACTION>'
        f"<CONTACT_NAME/></probsummary>"
        for number in range(10_001, 10_007)
    )
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return [
        f"{head}<migrationdoc>{migrated}</migrationdoc>".encode(),
        f'{head}\n<!-- liste --><list file="probsummary">\n{plain}</list>'.encode(),
        f'<?xml version="1.0" encoding="latin-1"?><list>{plain}</list>'.encode("latin-1"),
    ]


_SM7 = 'xmlns="http://schemas.hp.com/SM/7" xmlns:cmn="http://schemas.hp.com/SM/7/Common"'
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


def _envelope(body_: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><S:Envelope xmlns:S="{_ENVELOPE}">'
        f"<S:Body>{body_}</S:Body></S:Envelope>"
    ).encode()


def _instance(number: int) -> str:
    return (
        f'<instance recordid="IM{number}"><IncidentID type="String">IM{number}</IncidentID>'
        '<Status type="String">Closed</Status><Open type="Boolean">true</Open>'
        '<OpenTime type="DateTime">2019-09-30T08:05:03+00:00</OpenTime>'
        '<Description type="Array"><Description type="String">Hei</Description>'
        '<Description type="String"/></Description><SLAAgreementID type="Decimal">168'
        '</SLAAgreementID><header type="Structure"><ChangeID type="String">C1</ChangeID></header>'
        '<attachments><cmn:attachment xmlns:xmime="http://www.w3.org/2005/05/xmlmime" '
        'xmime:contentType="text/plain" href="cid:519b1b40000070c08094fd68" name="a.txt" '
        'type="text/plain" len="4">SGVpIQ==</cmn:attachment></attachments></instance>'
    )


@cache
def soap_answers() -> Sequence[bytes]:
    good = 'message="Success" returnCode="0" status="SUCCESS" schemaRevisionLevel="1"'
    listed = _envelope(
        f'<RetrieveIncidentListResponse {good} count="2" more="1" handle="probsummary1" {_SM7}>'
        f"{_instance(10_001)}{_instance(10_002)}</RetrieveIncidentListResponse>"
    )
    none = _envelope(
        '<RetrieveIncidentListResponse message="No (more) records found" returnCode="9" '
        f'status="FAILURE" {_SM7}><messages><cmn:message type="String">Nothing</cmn:message>'
        "</messages></RetrieveIncidentListResponse>"
    )
    fault = _envelope(
        "<S:Fault><faultcode>S:Server</faultcode><faultstring>busy</faultstring>"
        "<detail><returnCode>-4</returnCode></detail></S:Fault>"
    )
    part = b"--b\r\nContent-Type: application/xop+xml\r\nContent-ID: <e>\r\n\r\n"
    file = b"\r\n--b\r\nContent-ID: <519b1b40000070c08094fd68>\r\n\r\nHei!\r\n--b--\r\n"
    return [listed, listed, none, fault, part + listed + file]


@cache
def wsdls() -> Sequence[bytes]:
    return [
        b"""<?xml version="1.0"?><definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><types>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:cmn="urn:c">
<xs:complexType name="IncidentInstanceType"><xs:sequence>
<xs:element name="IncidentID" nillable="true" type="cmn:StringType"/>
<xs:element name="Description"><xs:complexType><xs:complexContent>
<xs:extension base="cmn:ArrayType"><xs:sequence>
<xs:element name="Description" type="cmn:StringType"/></xs:sequence></xs:extension>
</xs:complexContent></xs:complexType></xs:element>
<xs:element name="header"><xs:complexType><xs:sequence>
<xs:element name="Title"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:schema></types></definitions>"""
    ]


@cache
def catalogues() -> Sequence[bytes]:
    return [
        """<options><instructions>Fyll ut</instructions>
<option type="text" id="comment" label="Kommentar" multiline="true"/>
<option type="checkbox" id="printer" label="Skriver" mandatory="true"/>
<option type="select" id="color" label="Farge" style="combo">
<choice id="r" label="Rød"/><choice id="g" label="Grønn"/></option></options>""".encode(),
        b"""<?xml version="1.0"?><form><group label="Hvor"><field><name>sted</name>
<label>Sted</label><displayType>Pick List</displayType><choices><item id="1">Dragvoll</item>
</choices><mandatoryCondition>[x]="1"</mandatoryCondition></field></group><fremmed/></form>""",
    ]


@cache
def journals() -> Sequence[bytes]:
    blocks = (
        "09/30/19 08:05:03 MET (falcon):\nRinget innmelder, ikke svar.\nPrøver igjen.",
        "09/29/19 14:00:00 MET (karin.o (vikar)):\nSendt videre.",
        "2019-09-28 10:00 (system)\nOpprettet",
    )
    return ["\n".join(blocks).encode(), "\r\n".join(blocks[:2]).encode(), b"uten hode"]


@cache
def articles() -> Sequence[bytes]:
    return [
        """<h2>Trådløst nett</h2><p>Se <a href="/answers/attachments/519b1b40000070c08094fd68">her
</a>, <a href="scattach://519b1b40:a b.pdf:kmdocument:KM0257">der</a> og
<img src="data:image/png;base64,iVBORw0KGgo="/> <a href="index.do?ctx=docEngine&amp;file=
probsummary&amp;query=number%3D%22IM10001%22">IM10001</a><script>x()</script></p>""".encode(),
        b'<a href="KM0258">a</a><a href="//[::1/x">b</a><iframe src="file:///c:/x"></iframe>',
    ]


@cache
def workbooks() -> Sequence[bytes]:
    """Shared strings, inline strings, dates, formulas, and a sheet too many."""
    made = []
    for inline in (False, True):
        book = Workbook(write_only=inline)
        sheet = book.create_sheet("Liste") if inline else book.active
        assert sheet is not None
        sheet.append(_HEADER.split(";"))
        for number in range(10_001, 10_009):
            words = ("Closed", "IT-NETT", "NORDMANN, KARI", "Skriver", _TEXT)
            sheet.append([f"IM{number}", *words, _OPENED, number % 2 == 0])
        sheet.append(["IM1", 1.5, None, "=A2", -0.0, "_x0041_", _OPENED.date(), "#N/A"])
        if not inline:
            book.create_sheet("Tom")
        out = io.BytesIO()
        book.save(out)
        made.append(out.getvalue())
    return made
