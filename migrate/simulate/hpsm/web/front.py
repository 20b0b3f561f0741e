"""Between the socket and the web services: credentials, threads, faults, and the control surface.

    POST /_control/faults     follow a plan (see `faults.FaultPlan.of`); GET shows it
    GET  /_control/stats      requests, those refused for want of a thread, faults by kind
    GET  /_control/requests   answers by method, route and status
    POST /_control/reset      counts to zero, no faults

The control surface is no part of HPSM, needs no login, and answers this machine only.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import Counter
from typing import Any

import orjson
from aiohttp import web

from migrate.simulate import faults as common
from migrate.simulate.faults import FaultInjector, FaultPlan
from migrate.simulate.hpsm.web import rest, soap, soap_answer, wsdl
from migrate.simulate.hpsm.web.faults import BEFORE, Fault
from migrate.simulate.hpsm.web.rules import (
    ERROR,
    LOCKED,
    NO_PERMISSION,
    NOT_AUTHORISED,
    TOO_MANY,
    Call,
    Hpsm,
    Refused,
)
from migrate.simulate.hpsm.web.soap_request import BadRequest
from migrate.simulate.wire import Answer, cut, drip, respond, sleep_until, truncate

CONTROL = "/_control/"
_THIS_MACHINE = frozenset(("127.0.0.1", "::1", "::ffff:127.0.0.1"))
_HTML = "text/html;charset=utf-8"
_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="SM"'}
_REFUSALS = {
    "busy": (NOT_AUTHORISED, 401, TOO_MANY),
    "denied": (NOT_AUTHORISED, 401, ""),
    "locked": (LOCKED, 200, ""),
    "locked-400": (LOCKED, 400, ""),
    "error": (ERROR, 500, ""),
    "forbidden": (NO_PERMISSION, 403, ""),
}
_OPERATION = re.compile(rb"<(?:[\w.-]+:)?(Retrieve[\w.]+Request)\b")


class Front:
    """Answers HTTP requests from one HPSM, as badly as it is told to. `threads` is how many
    requests may be under way at once; a further one is refused."""

    def __init__(
        self, hpsm: Hpsm, user: str, password: str, threads: int, faults: FaultInjector
    ) -> None:
        self.faults = faults
        self.requests = self.refused = 0
        self.served: Counter[tuple[str, str, int]] = Counter()
        self._hpsm = hpsm
        self._rest = rest.Rest(hpsm)
        self._soap = soap.Soap(hpsm)
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._authorization = f"Basic {token}"
        self._threads = threads
        self._running = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        arrived = asyncio.get_running_loop().time()
        path, _, query = request.raw_path.partition("?")
        body = await request.read()
        if path.startswith(CONTROL):
            return respond(self._control(request, path, body))
        call = Call(request.method, path, query, request.headers, body, f"http://{request.host}")
        self.requests += 1
        self._running += 1
        try:
            if self._running > self._threads:
                self.refused += 1
                return respond(_refusal(Refused(NOT_AUTHORISED, 401, TOO_MANY), call, self._rest))
            # All that have arrived by now are counted before the first of them is served.
            await asyncio.sleep(0)
            return await self._answer(request, call, arrived)
        finally:
            self._running -= 1

    def stats(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "refused": self.refused,
            "injected": dict(self.faults.injected),
        }

    def drop(self) -> None:
        pass

    def close(self) -> None:
        self._hpsm.records.close()

    async def _answer(
        self, request: web.BaseRequest, call: Call, arrived: float
    ) -> web.StreamResponse:
        latency = self.faults.latency()
        fault = self.faults.draw(call.method, call.path)
        await sleep_until(arrived + latency / 2)
        if fault is not None and fault.kind in BEFORE:
            answer = None if fault.kind == "cut" else _trouble(fault, call, self._rest)
            fault = fault if fault.kind == "cut" else None
        else:
            answer = self._serve(call)
            self.served[call.method, call.route, answer.status] += 1
        await sleep_until(arrived + latency)
        if answer is None or (fault is not None and fault.kind == "answer-lost"):
            return cut(request)
        return respond(answer) if fault is None else await _spoiled(request, answer, fault)

    def _serve(self, call: Call) -> Answer:
        """Do the work and answer. Never raises for what a client sends."""
        if call.headers.get("Authorization") != self._authorization:
            answer = _refusal(Refused(NOT_AUTHORISED, 401), call, self._rest)
            answer.headers |= _CHALLENGE
            return answer
        if call.path == rest.ROOT or call.path.startswith(f"{rest.ROOT}/"):
            try:
                return self._rest.serve(call)
            except Refused as refused:
                return self._rest.refusal(refused)
        if call.path == soap.ENDPOINT and call.method == "POST":
            try:
                return self._soap.serve(call)
            except BadRequest as error:
                return soap_answer.fault(str(error), code="Client")
        return self._description(call) or _page(404, "Not Found")

    def _description(self, call: Call) -> Answer | None:
        folder, _, name = call.path.rpartition("/")
        if folder != "/SM/7" or call.method != "GET":
            return None
        call.route = "/SM/7/{}"
        if name in ("Common.xsd", "xmlmime.xsd"):
            text = wsdl.common_xsd() if name == "Common.xsd" else wsdl.xmlmime_xsd()
            return Answer(200, text, soap_answer.XML)
        service = name.removesuffix(".wsdl")
        objects = [made for made in self._hpsm.records.objects if made.shown.service == service]
        if not objects or service == name:
            return None
        untyped = self._hpsm.rules.untyped
        return Answer(200, wsdl.wsdl(service, objects, call.base_url, untyped), soap_answer.XML)

    def _control(self, request: web.BaseRequest, path: str, body: bytes) -> Answer:
        if request.remote not in _THIS_MACHINE:
            return _told({"error": "the control surface answers this machine only"}, 403)
        try:
            sent = orjson.loads(body) if body.strip() else {}
            return _told(self._command(request.method, path.removeprefix(CONTROL), sent))
        except ValueError as error:
            return _told({"error": str(error)}, 400)
        except LookupError:
            return _told({"error": f"there is no {request.method} {path}"}, 404)

    def _command(self, method: str, name: str, sent: Any) -> Any:
        """Raises LookupError for an unknown command, ValueError for a bad plan."""
        match method, name:
            case "POST", "faults":
                self.faults.follow(FaultPlan.of(sent, Fault))
                return self.faults.shown()
            case "GET", "faults":
                return self.faults.shown()
            case "GET", "stats":
                return self.stats()
            case "GET", "requests":
                return [
                    {"method": method, "route": route, "status": status, "count": count}
                    for (method, route, status), count in sorted(self.served.items())
                ]
            case "POST", "reset":
                self.faults.follow(FaultPlan())
                self.faults.injected.clear()
                self.served.clear()
                self.requests = self.refused = 0
                return self.stats()
        raise LookupError(name)


def _refusal(refused: Refused, call: Call, over_rest: rest.Rest) -> Answer:
    if call.path != soap.ENDPOINT:
        return over_rest.refusal(refused)
    if refused.status in (401, 500):
        return soap_answer.fault(refused.message, refused.status)
    asked = _OPERATION.search(call.body)
    return soap_answer.refusal(refused, asked[1].decode() if asked else "RetrieveRequest")


def _trouble(fault: common.Fault, call: Call, over_rest: rest.Rest) -> Answer:
    """What a fault answers instead of any work."""
    if fault.kind in _REFUSALS:
        code, status, message = _REFUSALS[fault.kind]
        return _refusal(Refused(code, status, message), call, over_rest)
    if fault.kind == "page":
        return _page(200, "Log in")
    if fault.kind == "missing" and call.path != soap.ENDPOINT:
        return _told({"Messages": ["Not Found"]}, 404)
    status = 404 if fault.kind == "missing" else int(fault.kind[:3])
    answer = _page(status, f"HTTP Status {status}")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


async def _spoiled(
    request: web.BaseRequest, answer: Answer, fault: common.Fault
) -> web.StreamResponse:
    match fault.kind:
        case "late":
            await asyncio.sleep(fault.delay)
        case "slow-drip":
            return await drip(request, answer, fault.delay)
        case "wrong-length":
            return await truncate(request, answer)
        case "garbage":
            answer.body = b'\x00\xff<{"Messages": ['
        case "truncated":
            answer.body = answer.body[: len(answer.body) // 2]
    return respond(answer)


def _page(status: int, title: str) -> Answer:
    return Answer(status, _PAGE.format(title).encode(), _HTML)


def _told(value: Any, status: int = 200) -> Answer:
    return Answer(status, orjson.dumps(value))
