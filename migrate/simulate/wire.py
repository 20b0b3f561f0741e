"""What a simulator puts on the wire: an answer, or the ways in which one goes wrong there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

JSON = "application/json"
_DRIPS = 20


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def respond(answer: Answer) -> web.Response:
    headers = {"Content-Type": answer.content_type, **answer.headers}
    return web.Response(body=answer.body, status=answer.status, headers=headers)


def cut(request: web.BaseRequest) -> web.Response:
    """Cut the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def drip(request: web.BaseRequest, answer: Answer, seconds: float) -> web.StreamResponse:
    """The right answer, in small pieces over so many seconds."""
    response = await _announced(request, answer)
    step = max(1, len(answer.body) // _DRIPS)
    for start in range(0, len(answer.body), step):
        await asyncio.sleep(seconds / _DRIPS)
        await response.write(answer.body[start : start + step])
    return response


async def truncate(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Half of what is announced, then the end of the connection."""
    response = await _announced(request, answer)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def sleep_until(moment: float) -> None:
    """`moment` by the clock of the running loop."""
    left = moment - asyncio.get_running_loop().time()
    if left > 0:
        await asyncio.sleep(left)


async def _announced(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    headers = {
        "Content-Type": answer.content_type,
        "Content-Length": str(len(answer.body)),
        **answer.headers,
    }
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    return response
