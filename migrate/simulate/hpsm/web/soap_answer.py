"""How SOAP answers are written: envelopes, failures, faults, and contents beside them."""

from __future__ import annotations

from collections.abc import Iterable

from migrate.simulate.hpsm.web.rules import Refused
from migrate.simulate.hpsm.web.values import escaped, quoted
from migrate.simulate.wire import Answer

XML = "text/xml; charset=utf-8"
_SM = "http://schemas.hp.com/SM/7"
_REVISION = {"schemaRevisionDate": "2019-01-15", "schemaRevisionLevel": "1"}
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
)
_TAIL = "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
_SPACES = (
    f' xmlns="{_SM}" xmlns:cmn="{_SM}/Common"'
    ' xmlns:xmime="http://www.w3.org/2005/05/xmlmime"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def response(
    element: str, code: int, message: str, paging: dict[str, str], body: str, messages: str = ""
) -> str:
    """The envelope that answers a request element."""
    name = f"{element.removesuffix('Request')}Response"
    attributes = {
        "message": message,
        "returnCode": str(code),
        **_REVISION,
        "status": "FAILURE" if code else "SUCCESS",
        **paging,
    }
    shown = "".join(f" {key}={quoted(value)}" for key, value in attributes.items())
    return f"{_HEAD}<{name}{shown}{_SPACES}>{body}{messages}</{name}>{_TAIL}"


def refusal(refused: Refused, element: str) -> Answer:
    """HPSM's no to a request that it understood: a FAILURE with its ReturnCode."""
    messages = (
        f'<messages><cmn:message type="String">{escaped(refused.message)}</cmn:message></messages>'
    )
    envelope = response(element, refused.code, refused.message, {}, "", messages)
    return Answer(200, envelope.encode(), XML)


def fault(message: str, status: int = 500, code: str = "Server") -> Answer:
    """A SOAP fault: what cannot be answered as a response."""
    body = (
        f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:{code}</faultcode>"
        f"<faultstring>{escaped(message)}</faultstring></SOAP-ENV:Fault>"
    )
    return Answer(status, f"{_HEAD}{body}{_TAIL}".encode(), XML)


def multipart(envelope: bytes, parts: Iterable[tuple[str, bytes]]) -> Answer:
    """An MTOM message: the envelope, then each content as it is."""
    boundary = "MIME_boundary_of_the_answer"
    while any(boundary.encode() in data for _, data in parts):
        boundary += "_"
    kind = f'multipart/related; type="application/xop+xml"; start="<envelope>"; boundary={boundary}'
    body = [
        _part(boundary, "envelope", 'application/xop+xml; charset=utf-8; type="text/xml"', envelope)
    ]
    body += [_part(boundary, uid, "application/octet-stream", data) for uid, data in parts]
    body.append(f"--{boundary}--\r\n".encode())
    return Answer(200, b"".join(body), f'{kind}; start-info="text/xml"')


def _part(boundary: str, id: str, media_type: str, data: bytes) -> bytes:
    head = (
        f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{id}>\r\n\r\n"
    )
    return head.encode() + data + b"\r\n"
