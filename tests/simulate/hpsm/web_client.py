"""Plain HTTP to the simulated HPSM's web services, with nothing of our own readers in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import requests
from lxml import etree

from migrate.simulate.hpsm.web.server import HpsmServer

SM = "{http://schemas.hp.com/SM/7}"
COMMON = "{http://schemas.hp.com/SM/7/Common}"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
XMIME = "{http://www.w3.org/2005/05/xmlmime}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
HUGE = etree.XMLParser(huge_tree=True)
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "soap"


@dataclass
class Web:
    server: HpsmServer
    session: requests.Session

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.session.get(f"{self.server.url}{path}", params=params, timeout=20)

    def rest(self, path: str, **params: Any) -> requests.Response:
        """`path` is behind the root of the REST service."""
        return self.get(f"/SM/9/rest/{path}", **params)

    def list(self, collection: str, **params: Any) -> dict[str, Any]:
        response = self.rest(collection, **params)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def records(self, collection: str, **params: Any) -> list[dict[str, Any]]:
        found = self.list(collection, view="expand", **params)
        return [record[found["ResourceName"]] for record in found["content"]]

    def post(self, body: str, action: str) -> requests.Response:
        headers = {"SOAPAction": f'"{action}"', "Content-Type": "text/xml; charset=utf-8"}
        url = f"{self.server.url}/SM/7/ws"
        return self.session.post(url, data=body.encode(), headers=headers, timeout=20)

    def soap(self, element: str, content: str = "<ns:keys/>", **attributes: Any) -> Any:
        """The response element to a request element, such as `RetrieveIncidentList`."""
        action = "Retrieve" + next((e for e in ("KeysList", "List") if element.endswith(e)), "")
        response = self.post(envelope(element, content, **attributes), action)
        assert response.status_code == 200, response.text
        return etree.fromstring(response.content, HUGE)[0][0]


def client(server: HpsmServer) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.auth = server.auth
    return session


def envelope(element: str, content: str = "<ns:keys/>", **attributes: Any) -> str:
    shown = "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items())
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:ns="http://schemas.hp.com/SM/7"><soapenv:Header/><soapenv:Body>'
        f"<ns:{element}Request{shown}>{content}</ns:{element}Request>"
        "</soapenv:Body></soapenv:Envelope>"
    )


def query(text: str) -> str:
    return f"<ns:keys query={quoteattr(text)}/>"


def texts(response: Any, path: str) -> list[str]:
    """The texts of the elements on this path of captions."""
    steps = "/".join(f"{SM}{step}" for step in path.split("/"))
    return [element.text or "" for element in response.iterfind(steps)]
