"""A small HPSM that speaks SOAP as its WSDL says, and can behave as the real ones do."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree
from web_server import USER, Answered, Asked, WebServer, matches

from migrate.config import SourceConfig

XML = {"Content-Type": "text/xml;charset=utf-8"}
NAMES = (
    'xmlns="http://schemas.hp.com/SM/7" xmlns:cmn="http://schemas.hp.com/SM/7/Common" '
    'xmlns:xmime="http://www.w3.org/2005/05/xmlmime" '
    'xmlns:xop="http://www.w3.org/2004/08/xop/include"'
)


@dataclass
class SoapObject:
    """Records by HPSM's field names; `captions` is field → caption, `files` key → files. With
    `handles`, a list is kept as it was at its first page. `mtom` sends files beside the XML."""

    service: str
    key: str
    captions: dict[str, str]
    records: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    most: int = 1000
    handles: bool = False
    mtom: bool = False


def envelope(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV='
        f'"http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>{body}'
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode("utf-8", "surrogateescape")


def fault(code: str, status: int = 500, text: str = "wrong") -> Answered:
    body = f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:{code}</faultcode>"
    return Answered(
        status,
        envelope(f"{body}<faultstring>{text}</faultstring></SOAP-ENV:Fault>"),
        dict(XML),
    )


def answered(name: str, body: str = "", http: int = 200, **attributes: str) -> Answered:
    said = {"status": "SUCCESS", "message": "Success", "returnCode": "0", **attributes}
    shown = "".join(f" {key}={quoteattr(value)}" for key, value in said.items())
    content = envelope(f"<{name} {NAMES}{shown}>{body}</{name}>")
    return Answered(http, content, dict(XML))


class SoapHpsm(WebServer):
    def __init__(self, **objects: SoapObject) -> None:
        super().__init__()
        self.objects = objects
        self.documented = True
        self._kept: dict[str, list[dict[str, Any]]] = {}

    def config(self, **more: Any) -> SourceConfig:
        web = {"page": 10, "wait": 1.0, "time_zone": "UTC", **more.pop("web", {})}
        return SourceConfig.model_validate(
            {"type": "soap", "url": self.url, "user": USER, "web": web, **more}
        )

    def unauthorised(self) -> Answered:
        return fault("Server", 401, "Not Authorized")

    def answer(self, asked: Asked) -> Answered:
        if asked.method == "GET":
            return self._wsdl(asked.path)
        root = etree.fromstring(asked.body)
        request = root[0][0]
        name = etree.QName(request).localname.removesuffix("Request")
        action = asked.headers["SOAPAction"].strip('"')
        object_ = name.removeprefix("Retrieve").removesuffix("List")
        known = self.objects.get(object_)
        if known is None:
            return fault("Client", text="no such object")
        if action == "RetrieveList":
            return self._list(name, known, request)
        return self._record(name, known, request)

    def _wsdl(self, path: str) -> Answered:
        service = path.removeprefix("/SM/7/").removesuffix(".wsdl")
        found = {n: o for n, o in self.objects.items() if o.service == service}
        if not self.documented or not found:
            return Answered(404, b"<html>none</html>", {"Content-Type": "text/html"})
        types = "".join(
            f'<xs:complexType name="{name}InstanceType"><xs:sequence>'
            + _declared(list(object_.captions.values()))
            + '<xs:element name="attachments" type="cmn:AttachmentsType"/></xs:sequence>'
            "</xs:complexType>"
            for name, object_ in found.items()
        )
        schema = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{types}</xs:schema>'
        wsdl = f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><types>{schema}</types>'
        return Answered(200, f"{wsdl}</definitions>".encode(), dict(XML))

    def _list(self, name: str, object_: SoapObject, request: Any) -> Answered:
        query = request[0].get("query", "")
        handle = request.get("handle", "")
        try:
            found = [r for r in object_.records if not query or matches(query, r)]
        except ValueError:
            return answered(f"{name}Response", **failure(66))
        if object_.handles:
            if handle:
                found = self._kept[handle]
            else:
                handle = f"{object_.key}{len(self._kept):08x}"
                self._kept[handle] = list(found)
        start, count = int(request.get("start", "0")), int(request.get("count", "1000"))
        rows = found[start : start + min(count, object_.most)]
        if not found:
            return answered(f"{name}Response", **failure(9))
        files = request.get("attachmentInfo") == "true"
        body = "".join(f"<instance>{_fields(object_, row, files)}</instance>" for row in rows)
        said = {"more": "1" if start + len(rows) < len(found) else "0", "count": str(len(rows))}
        said |= {"handle": handle} if handle else {}
        return answered(f"{name}Response", body, **said)

    def _record(self, name: str, object_: SoapObject, request: Any) -> Answered:
        keys = request.find(".//{*}keys")
        caption = object_.captions[object_.key]
        key = keys.find(f"{{*}}{caption.rpartition('.')[2]}").text
        row = next((r for r in object_.records if r[object_.key] == key), None)
        if row is None:
            return answered(f"{name}Response", **failure(9))
        shown = _fields(object_, row, False) + _attachments(object_, key, True)
        whole = answered(f"{name}Response", f"<model><instance>{shown}</instance></model>")
        return _mtom(whole, object_.files.get(key, [])) if object_.mtom else whole


def failure(code: int) -> dict[str, str]:
    return {"status": "FAILURE", "message": "no", "returnCode": str(code)}


def _declared(captions: list[str]) -> str:
    """Elements of a schema; a dotted caption lies in structures."""
    text, groups = "", dict[str, list[str]]()
    for caption in captions:
        outer, _, leaf = caption.rpartition(".")
        if outer:
            groups.setdefault(outer, []).append(leaf)
        else:
            text += f'<xs:element name="{caption}" type="cmn:StringType"/>'
    for outer, leaves in groups.items():
        inner = _declared(leaves)
        text += f'<xs:element name="{outer}"><xs:complexType><xs:complexContent>'
        text += f'<xs:extension base="cmn:StructureType"><xs:sequence>{inner}</xs:sequence>'
        text += "</xs:extension></xs:complexContent></xs:complexType></xs:element>"
    return text


def _fields(object_: SoapObject, row: dict[str, Any], files: bool) -> str:
    text, groups = "", dict[str, str]()
    for name, caption in object_.captions.items():
        value = row.get(name)
        if value in (None, "", []):
            continue
        outer, _, leaf = caption.rpartition(".")
        if outer:
            groups[outer] = groups.get(outer, "") + _element(leaf, value)
        else:
            text += _element(caption, value)
    for outer, inner in groups.items():
        text += f'<{outer} type="Structure">{inner}</{outer}>'
    return text + (_attachments(object_, row[object_.key], False) if files else "")


def _element(caption: str, value: Any) -> str:
    if isinstance(value, list):
        inner = "".join(f'<{caption} type="String">{escape(v)}</{caption}>' for v in value)
        return f'<{caption} type="Array">{inner}</{caption}>'
    if isinstance(value, datetime):
        shown = value.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        return f'<{caption} type="DateTime">{shown}</{caption}>'
    if isinstance(value, bool):
        return f'<{caption} type="Boolean">{str(value).lower()}</{caption}>'
    if isinstance(value, int):
        return f'<{caption} type="Decimal">{value}</{caption}>'
    return f'<{caption} type="String">{value if value[:1] == "&" else escape(value)}</{caption}>'


def _attachments(object_: SoapObject, key: str, with_data: bool) -> str:
    shown = ""
    for file in object_.files.get(key, []):
        if with_data and file.get("content") is None:
            continue
        attributes = {name: str(v) for name, v in file.items() if name not in ("content", "type")}
        attributes |= {"xmime:contentType": file["type"], "type": file["type"]}
        said = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        content = ""
        if with_data:
            content = (
                f'<xop:Include href="{file["href"]}"/>'
                if object_.mtom
                else base64.encodebytes(file["content"]).decode()
            )
        shown += f"<cmn:attachment{said}>{content}</cmn:attachment>"
    return f"<attachments>{shown}</attachments>" if shown else ""


def _mtom(whole: Answered, files: list[dict[str, Any]]) -> Answered:
    edge = b"--MIMEBoundary7\r\n"
    head = b'Content-Type: application/xop+xml; type="text/xml"\r\nContent-ID: <root>\r\n\r\n'
    body = b"\r\n" + edge + head + whole.body + b"\r\n"
    for file in files:
        name = file["href"].removeprefix("cid:").encode()
        head = b"Content-Type: application/octet-stream\r\nContent-ID: <" + name + b">\r\n\r\n"
        body += edge + head + file["content"] + b"\r\n"
    kind = 'multipart/related; boundary="MIMEBoundary7"; type="application/xop+xml"'
    return Answered(200, body + b"--MIMEBoundary7--\r\n", {"Content-Type": kind})
