"""The knowledge base: articles for every service, with the ways that HPSM's editors went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

from migrate.simulate.world.bodies import Bodies
from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.files import File, FileMaker
from migrate.simulate.world.rota import Rota
from migrate.simulate.world.scale import PRESENT
from migrate.simulate.world.services import SERVICES

if TYPE_CHECKING:
    from migrate.simulate.world.world import World

ARTICLES = {"test": 90, "small": 300, "year": 600, "decade": 2_500}
"""Scale → articles, without their working copies."""

STATUSES = ("external",) * 6 + ("internal",) * 3 + ("review", "triage", "revise", "conclude")
"""Status codes as HPSM stores them: in lower case, and not as it shows them."""

UNKNOWN_STATUSES = ("publisert", "Published External", "under arbeid")

FIRST = 257
_DAY = 86_400
_DOCTYPES = (
    "Question/Answer",
    "Problem/Solution",
    "Question/Answer",
    "Error Message/Cause",
    "Reference",
)
_DIRT = (
    Dirt.ARTICLE_IS_FILE,
    Dirt.ARTICLE_LINK_DEAD,
    Dirt.ARTICLE_EXPIRED,
    Dirt.ARTICLE_EMPTY,
    Dirt.ARTICLE_WITHOUT_CATEGORY,
    Dirt.ARTICLE_STATUS_UNKNOWN,
    Dirt.ARTICLE_OWNER_LEFT,
    Dirt.ARTICLE_IMAGE_INLINE,
    Dirt.ARTICLE_SCRIPT,
    Dirt.ARTICLE_HTML_BROKEN,
    Dirt.ARTICLE_TITLE_LONG,
    Dirt.ARTICLE_TITLES_AGREE,
    Dirt.ARTICLE_TEXT_LONG,
)
_TITLES = (
    "Slik bestiller du: {}",
    "{}: vanlige feil og hva du kan gjøre",
    "Feilmelding ved bruk av {}",
    "Spørsmål og svar om {}",
    "{}: rutine for saksbehandlere",
    "How to use: {}",
    "Kom i gang med {}",
    "Hvem har ansvar for {}?",
    "{} på Gjøvik og i Ålesund",
    "{}: endringer fra 2019",
)


@dataclass(frozen=True, slots=True)
class Article:
    """One knowledge document. `answer` is HTML, None where an attachment is the body; `categories`
    are paths with `/`; `files` are what hangs on it."""

    id: str
    title: str
    doctype: str
    status: str
    answer: str | None
    categories: tuple[str, ...]
    owner: str
    created: int
    expires: int | None
    updated: int
    files: tuple[File, ...] = field(default=())


def articles(world: World, files: FileMaker, tally: Tally) -> Iterator[Article]:
    """Every article of `world` in order of its id, and behind some their working copies. Dirt is
    counted in `tally`."""
    return _Editor(world, files, tally).articles()


class _Editor:
    def __init__(self, world: World, files: FileMaker, tally: Tally) -> None:
        self._draw = Random(f"{world.seed}/{world.scale}/knowledge")
        self._count = ARTICLES[world.scale]
        self._bodies = Bodies(self._draw, FIRST, self._count, world.tickets)
        self._files = files
        self._tally = tally
        self._rota = Rota(_DIRT, 3)
        operators = world.people.operators
        self._owners = [person.login for person in operators if not person.left]
        self._left = [person.login for person in operators if person.left]
        self._services = list(SERVICES.values())
        self._title = ""

    def articles(self) -> Iterator[Article]:
        for place in range(self._count):
            article = self._article(place)
            kind, turn = self._rota.next()
            if kind is not None:
                article = _CHANGES[kind](self, article, turn)
                self._tally.note(kind, article.id)
            self._title = article.title
            yield article
            if place % 8 == 4:
                yield self._working_copy(article)

    def _article(self, place: int) -> Article:
        draw = self._draw
        service = self._services[place % len(self._services)]
        id = f"KM{FIRST + place:04d}"
        owner = draw.choice(self._owners)
        created = PRESENT - int((30 + draw.random() * 1_800) * _DAY)
        updated = min(created + int(draw.random() * 700 * _DAY), PRESENT - _DAY)
        files = []
        if draw.random() < 0.45:
            files.append(self._files.image("kmdocument", id, updated, owner))
        if draw.random() < 0.2:
            files.append(self._files.document("kmdocument", id, updated, owner))
        doctype = _DOCTYPES[place % len(_DOCTYPES)]
        title = _TITLES[place // len(self._services) % len(_TITLES)].format(service.name)
        categories: tuple[str, ...] = (f"{service.category}/{service.subcategory}",)
        if draw.random() < 0.4:
            categories += (
                draw.choice(("Ansatt", "Student", "Campus/Gjøvik", "Nyansatt/Kom i gang")),
            )
        return Article(
            id=id,
            title=title,
            doctype=doctype,
            status=draw.choice(STATUSES),
            answer=self._bodies.body(doctype, title, service, files),
            categories=categories,
            owner=owner,
            created=created,
            expires=PRESENT + int(draw.random() * 900 * _DAY) if draw.random() < 0.6 else None,
            updated=updated,
            files=tuple(files),
        )

    def _working_copy(self, article: Article) -> Article:
        """What an editor has begun to change: the id with an R; files stay with the original."""
        self._tally.note(Dirt.ARTICLE_WORKING_COPY, f"{article.id}R")
        return replace(
            article,
            id=f"{article.id}R",
            status="revise",
            answer=(article.answer or "") + "<p>Utkast: avsnittet om tilgang må skrives om.</p>",
            updated=min(article.updated + 3 * _DAY, PRESENT - 60),
            files=(),
        )

    def _is_file(self, article: Article, turn: int) -> Article:
        body = self._files.document("kmdocument", article.id, article.updated, article.owner)
        return replace(article, doctype="External", answer=None, files=(body,))

    def _dead_link(self, article: Article, turn: int) -> Article:
        return self._more(article, self._bodies.dead_link(turn))

    def _expired(self, article: Article, turn: int) -> Article:
        expired = article.updated + int(0.5 * (PRESENT - article.updated))
        return replace(article, status="external", expires=expired)

    def _empty(self, article: Article, turn: int) -> Article:
        answer = (None, "", "<p>&nbsp;</p>")[turn % 3]
        return replace(article, answer=answer, files=())

    def _without_category(self, article: Article, turn: int) -> Article:
        return replace(article, categories=())

    def _unknown_status(self, article: Article, turn: int) -> Article:
        return replace(article, status=UNKNOWN_STATUSES[turn % len(UNKNOWN_STATUSES)])

    def _owner_left(self, article: Article, turn: int) -> Article:
        return replace(article, owner=self._left[turn % len(self._left)])

    def _inline_image(self, article: Article, turn: int) -> Article:
        return self._more(article, self._bodies.inline_image())

    def _script(self, article: Article, turn: int) -> Article:
        return self._more(article, self._bodies.script(turn))

    def _broken(self, article: Article, turn: int) -> Article:
        return replace(article, answer=self._bodies.broken(article.answer or "", turn))

    def _long_title(self, article: Article, turn: int) -> Article:
        more = " for ansatte, studenter, gjester og eksterne ved alle campuser, fra høsten 2019"
        return replace(article, title=article.title + more)

    def _titles_agree(self, article: Article, turn: int) -> Article:
        return replace(article, title=self._title)

    def _long_text(self, article: Article, turn: int) -> Article:
        return self._more(article, self._bodies.long_table())

    @staticmethod
    def _more(article: Article, html: str) -> Article:
        return replace(article, answer=(article.answer or "") + html)


_CHANGES: dict[Dirt, Callable[[_Editor, Article, int], Article]] = {
    Dirt.ARTICLE_IS_FILE: _Editor._is_file,
    Dirt.ARTICLE_LINK_DEAD: _Editor._dead_link,
    Dirt.ARTICLE_EXPIRED: _Editor._expired,
    Dirt.ARTICLE_EMPTY: _Editor._empty,
    Dirt.ARTICLE_WITHOUT_CATEGORY: _Editor._without_category,
    Dirt.ARTICLE_STATUS_UNKNOWN: _Editor._unknown_status,
    Dirt.ARTICLE_OWNER_LEFT: _Editor._owner_left,
    Dirt.ARTICLE_IMAGE_INLINE: _Editor._inline_image,
    Dirt.ARTICLE_SCRIPT: _Editor._script,
    Dirt.ARTICLE_HTML_BROKEN: _Editor._broken,
    Dirt.ARTICLE_TITLE_LONG: _Editor._long_title,
    Dirt.ARTICLE_TITLES_AGREE: _Editor._titles_agree,
    Dirt.ARTICLE_TEXT_LONG: _Editor._long_text,
}
