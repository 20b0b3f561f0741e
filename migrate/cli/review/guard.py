"""What every request must pass, and every answer carries, whatever it asks for."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 262_144
"""Bytes of a form: many decisions at once are some tens of thousands."""

_READS = frozenset({"GET", "HEAD"})

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}


class Guard:
    """Refuses hosts that are not ours (a page elsewhere that points a name at this machine), forms
    that come from another page, and bodies that are too large; adds the headers to all answers."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], public: str | None) -> None:
        self._app = app
        self._hosts = hosts | ({urlsplit(public).netloc} if public else set())
        self._public = public.rstrip("/") if public else ""
        self._headers = dict(HEADERS)
        if self._public.startswith("https:"):
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        refused = self._refused(str(scope["method"]), Headers(scope=scope))
        if refused is not None:
            await PlainTextResponse(refused[1], refused[0])(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _refused(self, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if host not in self._hosts:
            return 421, "This is not the address of this page."
        if method in _READS:
            return None
        if method != "POST":
            return 405, "Not possible."
        origin = headers.get("origin", "")
        ours = {f"http://{host}", self._public} - {""}
        if self._public and host == urlsplit(self._public).netloc:
            ours = {self._public}
        if origin not in ours or headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "The form comes from another page."
        length = headers.get("content-length", "")
        if not length.isdecimal():
            return 411, "The form does not say how long it is."
        return (413, "The form is too large.") if int(length) > LARGEST else None
