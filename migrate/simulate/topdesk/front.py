"""Between the socket and the API: latency, faults, and the control surface.

    POST /_control/faults     follow a plan (see `faults.FaultPlan.of`); GET shows it
    POST /_control/more       follow further faults (`{"faults": […]}`), before those of the plan
    GET  /_control/stats      requests, writes, faults by kind, work still to be done
    GET  /_control/requests   answers by method, route and status
    GET  /_control/census     what exists, what is double, writes served; ?marker=<expression>
    GET  /_control/trails     what each incident holds, in order, by its external number
    POST /_control/reset      counts to zero, no faults; with {"records": true} back to the seed

The control surface is no part of TOPdesk, needs no login, and answers this machine only.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs

import orjson
from aiohttp import web

from migrate.simulate import faults
from migrate.simulate.faults import FaultInjector, FaultPlan
from migrate.simulate.topdesk.api import Api, Call
from migrate.simulate.topdesk.census import MARKER, census, trails
from migrate.simulate.topdesk.faults import BEFORE, CUT, LATE, Fault
from migrate.simulate.wire import Answer, cut, drip, respond, sleep_until, truncate

CONTROL = "/_control/"
_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_OF_A_PROXY = frozenset(("502-after", "502-before", "503-after", "504-after", "504-before"))
_SAID = {401: "Invalid credentials or no permission", 429: "Too many requests"}
_THIS_MACHINE = frozenset(("127.0.0.1", "::1", "::ffff:127.0.0.1"))


Watch = Callable[[Call, Answer | None, str], None]
"""Is told of a request, what TOPdesk answered if it came to it, and the kind of fault it met."""


class Front:
    """Answers HTTP requests from an API, as badly as it is told to. `watch` looks on, but not at
    what is `unseen`: paths that begin so are no part of the specification that it holds them
    against."""

    watch: ClassVar[Watch | None] = None

    def __init__(self, api: Api, faults: FaultInjector, unseen: str | None = None) -> None:
        self.api = api
        self.faults = faults
        self.unseen = unseen
        self.requests = 0
        self._late: set[asyncio.Task[Answer]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        arrived = asyncio.get_running_loop().time()
        path, _, query = request.raw_path.partition("?")
        if path.startswith(CONTROL):
            return respond(self._control(request, path, query, await request.read()))
        self.requests += 1
        latency = self.faults.latency()
        half = await _half(request)
        fault = self.faults.draw(request.method, path, half)
        if fault is not None and fault.kind == "cut-body":
            return cut(request)  # what came of it is no request
        body = half + await request.read()
        call = Call(request.method, path, query, request.headers, body, f"http://{request.host}")
        await sleep_until(arrived + latency / 2)
        if fault is None:
            answer = self._serve(call)
            await sleep_until(arrived + latency)
            return respond(answer)
        return await self._misbehave(request, call, fault, arrived + latency)

    def stats(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "writes": self.api.writes,
            "injected": dict(self.faults.injected),
            "pending": len(self._late),
        }

    def census(self, marker: str = MARKER) -> dict[str, Any]:
        return {**census(self.api.tenant, marker), "writes": self.api.writes}

    def served(self) -> list[dict[str, Any]]:
        return [
            {"method": method, "route": route, "status": status, "count": count}
            for (method, route, status), count in sorted(self.api.served.items())
        ]

    def reset(self, records: bool = False) -> None:
        self.faults.follow(FaultPlan())
        self.faults.injected.clear()
        self.api.served.clear()
        self.api.writes = self.requests = 0
        if records:
            self.api.tenant.reset()

    def drop(self) -> None:
        """Forget work that was put off: what a restart of the real thing would do."""
        for task in self._late:
            task.cancel()

    def close(self) -> None:
        self.api.tenant.close()

    async def _misbehave(
        self, request: web.BaseRequest, call: Call, fault: faults.Fault, deadline: float
    ) -> web.StreamResponse:
        if fault.kind in LATE:
            task = asyncio.create_task(self._work_later(call, fault))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            if fault.kind == "severed":
                return cut(request)
            return respond(await asyncio.shield(task))
        answer = None if fault.kind in BEFORE else self._serve(call, fault.kind)
        if answer is None and (watch := self._watching(call)) is not None:
            watch(call, None, fault.kind)
        await sleep_until(deadline)
        if answer is None or fault.kind in ("500-after", "502-after", "503-after", "504-after"):
            return cut(request) if fault.kind in CUT else respond(_trouble(fault))
        if fault.kind == "slow-drip":
            return await drip(request, answer, fault.delay)
        if fault.kind == "wrong-length":
            return await truncate(request, answer)
        if fault.kind == "garbage":
            return respond(Answer(answer.status, b'\x00{"id": "'))
        return cut(request)

    async def _work_later(self, call: Call, fault: faults.Fault) -> Answer:
        await asyncio.sleep(fault.delay)
        return self._serve(call, fault.kind)

    def _serve(self, call: Call, fault: str = "") -> Answer:
        answer = self.api.serve(call)
        if (watch := self._watching(call)) is not None:
            watch(call, answer, fault)
        return answer

    def _watching(self, call: Call) -> Watch | None:
        if self.unseen is not None and call.path.startswith(self.unseen):
            return None
        return type(self).watch

    def _control(self, request: web.BaseRequest, path: str, query: str, body: bytes) -> Answer:
        if request.remote not in _THIS_MACHINE:
            return _told({"error": "the control surface answers this machine only"}, 403)
        try:
            sent = orjson.loads(body) if body.strip() else {}
            marker = parse_qs(query).get("marker", [MARKER])[0]
            return _told(self._command(request.method, path.removeprefix(CONTROL), sent, marker))
        except (ValueError, re.error) as error:
            return _told({"error": str(error)}, 400)
        except LookupError:
            return _told({"error": f"there is no {request.method} {path}"}, 404)

    def _command(self, method: str, name: str, sent: Any, marker: str) -> Any:
        """Raises LookupError for an unknown command, ValueError for a bad plan."""
        match method, name:
            case "POST", "faults":
                self.faults.follow(FaultPlan.of(sent, Fault))
                return self.faults.shown()
            case "POST", "more":
                self.faults.add(FaultPlan.of(sent, Fault).faults)
                return self.stats()
            case "GET", "faults":
                return self.faults.shown()
            case "GET", "stats":
                return self.stats()
            case "GET", "requests":
                return self.served()
            case "GET", "census":
                return self.census(marker)
            case "GET", "trails":
                return trails(self.api.tenant)
            case "POST", "reset":
                self.reset(bool(sent.get("records")))
                return self.stats()
        raise LookupError(name)


def _told(value: Any, status: int = 200) -> Answer:
    return Answer(status, orjson.dumps(value))


def _trouble(fault: faults.Fault) -> Answer:
    status = int(fault.kind[:3])
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.kind in _OF_A_PROXY:
        return Answer(status, _HTML.format(status).encode(), "text/html", headers)
    body = [{"message": _SAID.get(status, "An error occurred")}]
    return Answer(status, orjson.dumps(body), headers=headers)


async def _half(request: web.BaseRequest) -> bytes:
    """The first half of the body, or less where the client gives up."""
    half = (request.content_length or 0) // 2
    try:
        return await request.content.readexactly(half)
    except asyncio.IncompleteReadError as error:
        return error.partial
