"""The page itself: addresses, who may open them, and what each gives."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from migrate.cli.review.access import Access, Refused, Viewer, proxied
from migrate.cli.review.book import Desk
from migrate.cli.review.changes import Changes, Conflict, Forbidden, Place, Wrong
from migrate.cli.review.guard import Guard
from migrate.cli.review.pages import Pages
from migrate.cli.review.wording import Words, language
from migrate.config import ReviewConfig
from migrate.errors import MigrateError

T = TypeVar("T")

COOKIE = "migrate_review"
_LANGUAGE = "migrate_language"
_YEAR = 31_536_000


class Missing(Exception):
    """Not there, or not theirs to see: nobody is told which."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of somebody whom we know."""

    request: Request
    viewer: Viewer
    words: Words
    form: FormData

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def said(self, name: str) -> str:
        """A text of the form, empty where there is none."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""


Handler = Callable[[Asked], Response]


class Site:
    """All pages. The desk is asked in one thread of its own, one question after the other."""

    def __init__(
        self,
        desk: Desk,
        access: Access,
        config: ReviewConfig,
        port: int,
        worker: ThreadPoolExecutor,
    ) -> None:
        self._desk = desk
        self._access = access
        self._config = config
        self._port = port
        self._worker = worker
        self._changes = Changes(desk)
        self._pages = Pages(desk, self._changes)

    def app(self) -> Guard:
        """The application, with everything that every request must pass around it."""
        entry = "/u/{unit}/{file}/e/{source:path}"
        routes = [
            Route("/enter", self._enter, methods=["GET"]),
            Route("/leave", self._leave, methods=["POST"]),
            Route("/language", self._language, methods=["POST"]),
            Route("/favicon.ico", _nothing, methods=["GET"]),
            Route("/page.css", partial(_asset, "page.css", "text/css"), methods=["GET"]),
            Route("/page.js", partial(_asset, "page.js", "text/javascript"), methods=["GET"]),
            Route("/", self._known(self._home), methods=["GET"]),
            Route("/u/{unit}", self._known(self._unit), methods=["GET"]),
            Route("/u/{unit}/t/{number:path}", self._known(self._ticket), methods=["GET"]),
            Route("/u/{unit}/{file}", self._known(self._list), methods=["GET"]),
            Route("/u/{unit}/{file}/rest", self._known(self._rest), methods=["POST"]),
            Route(entry, self._known(self._entry), methods=["GET"]),
            Route(entry, self._known(self._answer), methods=["POST"]),
            Route("/{rest:path}", self._known(_missing), methods=["GET", "POST"]),
        ]
        hosts = {f"{name}:{self._port}" for name in ("127.0.0.1", "localhost")}
        return Guard(Starlette(routes=routes), frozenset(hosts), self._config.url)

    # Who it is

    def _known(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler that only somebody whom we know gets to, and whose forms are ours."""

        async def handle(request: Request) -> Response:
            words = _words(request)
            form = await request.form() if request.method == "POST" else FormData()
            try:
                return await self._run(lambda: self._handled(handler, request, words, form))
            except Exception as error:
                place = _told(error)
                return self._page(
                    words, None, "message", 500, of="trouble", why="bug", problems=[place]
                )

        return handle

    def _handled(
        self, handler: Handler, request: Request, words: Words, form: FormData
    ) -> Response:
        try:
            viewer = self._viewer(request)
        except Refused as refused:
            return self._page(words, None, "message", 403, of="refused", why=refused.reason)
        asked = Asked(request, viewer, words, form)
        try:
            if request.method == "POST":
                self._access.check_form(viewer.who, asked.said("form"))
            return handler(asked)
        except Refused:
            return self._page(words, viewer, "message", 403, of="refused", why="form")
        except Missing:
            return self._page(words, viewer, "message", 404, of="missing", why="lead")
        except Forbidden as forbidden:
            return self._page(words, viewer, "message", 403, of="forbidden", why=forbidden.reason)
        except MigrateError as error:
            problems = [f"{p.place}: {p.message} ({p.code})" for p in error.problems]
            return self._page(
                words, viewer, "message", 500, of="trouble", why="lead", problems=problems
            )

    def _viewer(self, request: Request) -> Viewer:
        """Raises Refused."""
        proxy = self._config.proxy
        values = request.headers.getlist(proxy.header) if proxy else []
        address = request.client.host if request.client else ""
        viewer = proxied(proxy, address, values, lambda who: self._desk.book().owned_by(who))
        if viewer is not None:
            return viewer
        token = request.cookies.get(COOKIE, "")
        if not token:
            raise Refused("none")
        return self._access.viewer(token)

    async def _enter(self, request: Request) -> Response:
        token = request.query_params.get("token", "")
        try:
            self._access.viewer(token)
        except Refused as refused:
            words = _words(request)
            return self._page(words, None, "message", 403, of="refused", why=refused.reason)
        answer = RedirectResponse("/", 303)
        self._set(answer, COOKIE, token, None)
        return answer

    async def _leave(self, request: Request) -> Response:
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(COOKIE)
        return answer

    async def _language(self, request: Request) -> Response:
        form = await request.form()
        lang, back = str(form.get("to", "")), str(form.get("back", ""))
        answer = RedirectResponse(_local(back), 303)
        self._set(answer, _LANGUAGE, language(lang, ""), _YEAR)
        return answer

    def _set(self, answer: Response, name: str, value: str, age: int | None) -> None:
        secure = (self._config.url or "").startswith("https:")
        answer.set_cookie(
            name, value, max_age=age, httponly=True, samesite="lax", secure=secure, path="/"
        )

    # What there is

    def _home(self, asked: Asked) -> Response:
        units = self._pages.units(asked.viewer)
        if len(units) == 1:
            return RedirectResponse(f"/u/{units[0].key}", 303)
        return self._show(asked, "home", units=units)

    def _unit(self, asked: Asked) -> Response:
        self._mine(asked)
        return RedirectResponse(f"/u/{asked.path('unit')}/groups", 303)

    def _list(self, asked: Asked) -> Response:
        unit, file = self._mine(asked)
        return self._show(asked, "list", **self._pages.listed(asked.viewer, unit, file))

    def _entry(self, asked: Asked) -> Response:
        unit, file = self._mine(asked)
        return self._entry_page(asked, Place(unit, file, asked.path("source")))

    def _ticket(self, asked: Asked) -> Response:
        unit = self._mine(asked, file="groups")[0]
        found = self._pages.ticket(asked.viewer, unit, asked.path("number"))
        if found is None:
            raise Missing
        return self._show(asked, "ticket", **found)

    def _entry_page(self, asked: Asked, place: Place, status: int = 200, **more: Any) -> Response:
        found = self._pages.entry(asked.viewer, place)
        if found is None:
            raise Missing
        return self._show(asked, "entry", status, **(found | more))

    # What is done

    def _answer(self, asked: Asked) -> Response:
        unit, file = self._mine(asked)
        place = Place(unit, file, asked.path("source"))
        version, doing = asked.said("version"), asked.said("do")
        answer = {name: asked.said(name) for name in self._pages.field_names(file)}
        answer |= {
            name: text for name in self._pages.part_names(file) if (text := asked.said(name))
        }
        try:
            if doing == "take_back":
                self._changes.take_back(asked.viewer, place, version)
            elif doing == "undo":
                self._changes.undo(asked.viewer, place, version)
            elif doing == "reject":
                self._changes.reject(asked.viewer, place, version)
            elif doing in ("save", "approve"):
                self._changes.decide(asked.viewer, place, version, answer, yes=doing == "approve")
            else:
                raise Missing
        except Conflict as conflict:
            context = self._pages.conflict(place, conflict.item, answer, doing)
            return self._show(asked, "conflict", 409, **context)
        except Wrong as wrong:
            return self._entry_page(asked, place, 422, problems=wrong.problems, answer=answer)
        return RedirectResponse(f"{self._pages.address(place)}?done={doing}", 303)

    def _rest(self, asked: Asked) -> Response:
        unit, file = self._mine(asked)
        chosen = {}
        for value in asked.form.getlist("chosen"):
            version, _, source = str(value).partition(" ")
            chosen[source] = version
        left = self._changes.approve_rest(
            asked.viewer, unit, file, chosen, open_to_all=asked.said("open_to_all") == "yes"
        )
        context = self._pages.listed(asked.viewer, unit, file)
        return self._show(
            asked, "list", **context | {"sealed": len(chosen) - len(left), "left": left}
        )

    def _mine(self, asked: Asked, file: str | None = None) -> tuple[str, str]:
        """The unit and file of an address, where they are this viewer's. Raises Missing."""
        unit = asked.path("unit")
        file = file or str(asked.request.path_params.get("file", "groups"))
        if unit not in asked.viewer.units or not self._pages.has(unit, file):
            raise Missing
        return unit, file

    def _show(self, asked: Asked, name: str, status: int = 200, **context: Any) -> Response:
        done = asked.request.query_params.get("done", "")
        return self._page(
            asked.words,
            asked.viewer,
            name,
            status,
            here=asked.request.url.path,
            form=self._access.form(asked.viewer.who),
            **{"done": done, **context},
        )

    def _page(
        self, words: Words, viewer: Viewer | None, name: str, status: int, **context: Any
    ) -> Response:
        return HTMLResponse(self._pages.render(name, words, viewer, context), status)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)


def _missing(asked: Asked) -> Response:
    raise Missing


async def _nothing(request: Request) -> Response:
    return Response(status_code=204)


async def _asset(name: str, media: str, request: Request) -> Response:
    content = files(__package__).joinpath("templates", name).read_bytes()
    return Response(content, media_type=media)


def _told(error: Exception) -> str:
    """Says on stderr where in our code an unexpected error came from, and no value; returns it."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "migrate" in f.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "migrate"
    sys.stderr.write(f"{place}: {type(error).__name__} [bug]\n")
    if os.environ.get("MIGRATE_DEBUG"):
        traceback.print_exception(error)
    return f"{place} {type(error).__name__}"


def _words(request: Request) -> Words:
    chosen = request.cookies.get(_LANGUAGE, "")
    return Words(language(chosen, request.headers.get("accept-language", "")))


def _local(path: str) -> str:
    """A path of this page, never an address elsewhere."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"
