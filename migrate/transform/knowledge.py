"""How an article of HPSM becomes a knowledge item of TOPdesk: a chain of steps, or why it does not.

An item cannot be made with a visibility, and may take over that of its folder: so it is made with
its title alone, hidden, filled, and shown last. Text, pictures and attachments are an item's own;
pictures are there before the text that names them. What leads to other records is written in a
second pass, a chain of its own (`knowledge_links`), when those are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from migrate.records import Article, Chain, Finding, Member, Ref, State, Step, Verdict
from migrate.transform.article_files import Files, Look
from migrate.transform.article_html import Placed, Reduced, reduce_html
from migrate.transform.article_lines import Block, joined, line, split
from migrate.transform.library import Library, Standing, categories_of
from migrate.transform.links import Classify, Links, Register
from migrate.transform.mapping import Mappings
from migrate.transform.source_digest import source_digest
from migrate.transform.text import clean, field_text, one_line, shorten
from migrate.transform.times import shown, valid

TITLE = 80
LETTERS = 50_000
"""Knowledge base API: characters of a title, and of a text without its tags."""

_ROOM = 400
"""Left for the note that says where the rest is."""

_FOR_OPERATORS = {
    "sspVisibility": "NOT_VISIBLE",
    "sspVisibilityFilteredOnBranches": False,
    "operatorVisibilityFilteredOnBranches": False,
}


@dataclass(frozen=True)
class Shelf:
    """What all articles need: decisions, standings, what addresses mean, and how pictures look."""

    mappings: Mappings
    library: Library
    classify: Classify
    look: Look
    _registers: dict[str, Register] = field(default_factory=dict, compare=False, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.mappings.policy.time_zone)

    def register(self, unit: str) -> Register:
        """The decisions on links, those of the unit first."""
        if unit not in self._registers:
            self._registers[unit] = Register.of(self.mappings, unit)
        return self._registers[unit]


@dataclass(frozen=True, slots=True)
class _Text:
    """One language of an item: what it is called, shows and says, and what it leads to."""

    language: str
    title: str
    content: str
    comments: str
    keywords: str
    refs: tuple[Ref, ...]
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    empty: bool


def article_chains(
    article: Article, translations: Sequence[Article], shelf: Shelf
) -> tuple[Chain, ...]:
    """The chain of kind `knowledge_item` for an article with its translations, and one of kind
    `knowledge_links` where it leads to other records; for an article that does not move, a chain
    with the reason.

    Verdicts: those of `library`, `article-empty` (skipped).
    """
    standing = shelf.library.get(article.id)
    digest = source_digest(article.digest, *(each.digest for each in translations))
    if standing.verdict is not None:
        return (_aside(article, standing, standing.verdict),)
    texts = [_text(article, standing, article.id, shelf)]
    for each in translations:
        texts.append(_text(each, shelf.library.get(each.id), article.id, shelf))
    if texts[0].empty:
        verdict = Verdict(State.SKIPPED, "article-empty", "nothing can be read or seen in it")
        alone = Verdict(State.REJECTED, "translation-alone", f"{article.id} is empty")
        parts = (_aside(each, shelf.library.get(each.id), alone) for each in translations)
        return (_aside(article, standing, verdict), *parts)
    members = tuple(Member("knowledge", each.id) for each in (article, *translations))
    uses = {use for each in (article, *translations) for use in shelf.library.get(each.id).uses}
    item = Chain(
        "knowledge_item",
        article.id,
        members,
        standing.unit,
        steps=tuple(_steps(article, standing, texts, shelf)),
        findings=tuple(finding for text in texts for finding in text.findings),
        find=(("externalLink.id", article.id),),
        uses=tuple(sorted(uses)),
        source_digest=digest,
    )
    links = _links_chain(item, texts)
    return (item,) if links is None else (item, links)


def _aside(article: Article, standing: Standing, verdict: Verdict) -> Chain:
    return Chain(
        "knowledge_item",
        article.id,
        (Member("knowledge", article.id),),
        standing.unit,
        verdict=verdict,
        create=False,
        uses=standing.uses,
        source_digest=article.digest,
    )


def _steps(
    article: Article, standing: Standing, texts: Sequence[_Text], shelf: Shelf
) -> list[Step]:
    policy = shelf.mappings.policy.knowledge
    first = texts[0]
    create = {
        "parent": {"id": Ref("knowledge_folder", standing.folder)},
        "language": first.language,
        "title": first.title,
        "externalLink": {"id": article.id, "type": policy.link_type},
    }
    hide: dict[str, Any] = {**_FOR_OPERATORS}
    if status := policy.statuses.get(article.status):
        hide["status"] = {"id": Ref("knowledge_status", status)}
    if standing.manager:
        hide["manager"] = {"id": Ref("operator_group", standing.manager)}
    steps = [Step("create", create), Step("hide", hide)]
    for text in texts:
        steps += text.steps
    for place, text in enumerate(texts):
        body = {
            "language": text.language,
            "title": text.title,
            "content": text.content,
            "commentsForOperators": text.comments,
            "keywords": text.keywords,
        }
        steps.append(Step(f"{'translation' if place else 'content'}/{text.language}", body))
    if standing.audience == "portal":
        steps.append(Step("publish", _for_everybody(article, standing)))
    return steps


def _for_everybody(article: Article, standing: Standing) -> dict[str, Any]:
    body: dict[str, Any] = {**_FOR_OPERATORS, "sspVisibility": "VISIBLE"}
    until = valid(standing.until or None)
    if until is None:
        return body
    # A period needs both its ends (knowledge base API, `sspVisibleFrom`).
    begins = valid(article.row.get("created")) or valid(article.row.get("sysmodtime"))
    start = begins if begins and begins < until else "2000-01-01 00:00:00"
    return {
        **body,
        "sspVisibility": "VISIBLE_IN_PERIOD",
        "sspVisibleFrom": _instant(start),
        "sspVisibleUntil": _instant(until),
    }


def _instant(time: str) -> str:
    """A GMT time as the knowledge base has them: ISO 8601, in UTC."""
    return f"{time[:10]}T{time[11:]}Z"


def _links_chain(item: Chain, texts: Sequence[_Text]) -> Chain | None:
    steps = []
    for text in texts:
        if not text.refs:
            continue
        body: dict[str, Any] = {
            "item": Ref("whole/knowledge_item", item.identity),
            "language": text.language,
            "content": text.content,
        }
        for number, ref in enumerate(text.refs):
            # A ticket may never move: then its number is text.
            name = "ticket" if ref.kind.endswith("/incident") else "address"
            body[f"{name}/{number}"] = ref
        steps.append(Step(f"links/{text.language}", body))
    if not steps:
        return None
    return replace(
        item,
        kind="knowledge_links",
        members=(),
        steps=tuple(steps),
        findings=(),
        find=(),
    )


def _text(article: Article, standing: Standing, identity: str, shelf: Shelf) -> _Text:
    policy = shelf.mappings.policy
    links = Links(
        shelf.register(standing.unit),
        shelf.library,
        shelf.classify,
        operators_only=standing.audience == "operators",
    )
    files = Files(article.id, article.files, policy.attachments, shelf.look)

    def place(address: str, image: bool, attributes: Mapping[str, str]) -> Placed:
        found = shelf.classify(address)
        if (of_file := files.place(found, attributes)) is not None:
            return of_file
        if not image:
            return links.place(address)
        if found.kind == "web":
            # It lies elsewhere, and TOPdesk shows only what was uploaded.
            files.counts["image-elsewhere"] += 1
            return Placed(href=address)
        return files.missing()

    title, whole = _title(article)
    body = reduce_html(field_text(article.row.get("answer")), place)
    counts: Counter[str] = Counter()
    blocks = [*body.blocks]
    if whole:
        counts["title-too-long"] += 1
        blocks = [line(whole, bold=True), Block("", 0), *blocks]
    blocks = _with_document(article, blocks, files)
    content, fits = split(tuple(blocks), LETTERS - _ROOM)
    if not fits or body.cut:
        counts["text-too-long" if not fits else "html-cut"] += 1
        name = f"{article.id}.html"
        files.add_page(name, _page(title, field_text(article.row.get("answer"))))
        content = (*content, Block("", 0), line(f"Hele teksten er vedlagt: {name}", bold=True))
    steps = tuple(files.steps())
    counts.update(links.counts)
    counts.update(files.counts)
    return _Text(
        standing.language,
        title,
        joined(content),
        _comments(article, body, counts, files, shelf.zone),
        " ".join(dict.fromkeys((article.id, *_keywords(article)))),
        tuple(links.refs),
        steps,
        tuple(_findings(article, standing, body, counts)),
        empty=body.empty and not steps,
    )


def _title(article: Article) -> tuple[str, str]:
    """The title, and the whole of it where TOPdesk does not take that."""
    title = one_line(field_text(article.row.get("title"))) or article.id
    return (title, "") if len(title) <= TITLE else (shorten(title, TITLE), title)


def _with_document(article: Article, blocks: list[Block], files: Files) -> list[Block]:
    """What an article says whose body is a file: which one."""
    if not article.external and any(block.letters or block.html for block in blocks):
        return blocks
    names = [one_line(field_text(row.get("filename"))) for row in files.rows]
    return [*blocks, *(line(f"Dokumentet er vedlagt: {name}") for name in names if name)]


def _page(title: str, markup: str) -> str:
    """The whole text as a page of its own, which opens without a network and runs nothing."""
    whole = reduce_html(markup, lambda address, image, attributes: Placed(note=address[:200]))
    return (
        '<!doctype html><html lang="nb"><meta charset="utf-8"><title>'
        f"{line(title).html}</title><body>{whole.html}</body></html>"
    )


def _comments(
    article: Article, body: Reduced, counts: Counter[str], files: Files, zone: ZoneInfo
) -> str:
    """Where the item comes from, and what is not as it was: for operators alone."""
    row = article.row
    told = [f"Fra HP Service Manager: {article.id}"]
    told += [f"Kategori: {path}" for path in categories_of(row.get("categories"))]
    for name, word in (("created", "Opprettet"), ("sysmodtime", "Endret"), ("expires", "Utløper")):
        if time := valid(row.get(name)):
            told.append(f"{word}: {shown(time, zone)}")
    if owner := one_line(field_text(row.get("owner"))):
        told.append(f"Eier: {owner}")
    if body.simplified:
        said = ", ".join(f"{_WORDS[name]} {n}" for name, n in body.simplified.items())
        told.append(f"Forenklet: {said}")
    told += [f"Ikke overført: {one_line(name)}" for name in files.left]
    if counts["image-missing"]:
        told.append(f"Bilder som mangler: {counts['image-missing']}")
    return joined(split(tuple(line(clean(text)) for text in told), LETTERS)[0])


_WORDS = {
    "heading": "overskrift",
    "list": "liste",
    "table": "tabell",
    "preformatted": "kode",
    "rule": "strek",
    "quote": "sitat",
    "style": "utseende",
    "frame": "innebygd side",
    "form": "skjemafelt",
    "active": "skript",
    "anchor": "lenke i teksten",
}


def _keywords(article: Article) -> list[str]:
    paths = categories_of(article.row.get("categories"))
    return [part.replace(" ", "_") for path in paths for part in path.split("/")]


def _findings(
    article: Article, standing: Standing, body: Reduced, counts: Counter[str]
) -> list[Finding]:
    found = []
    if body.simplified:
        detail = ", ".join(f"{name} {n}" for name, n in body.simplified.items())
        found.append(Finding("article-simplified", article.id, detail))
    if standing.expired:
        found.append(Finding("article-expired-kept", article.id))
    found += [
        Finding(_CODES[name], article.id, str(counts[name])) for name in _CODES if counts[name]
    ]
    return found


_CODES = {
    "title-too-long": "article-title-long",
    "text-too-long": "article-text-long",
    "html-cut": "article-html-cut",
    "image-missing": "article-image-missing",
    "image-attached": "article-image-attached",
    "image-inline": "article-image-inline",
    "image-elsewhere": "article-image-elsewhere",
    "file-left": "article-file-left",
    "link-dead": "article-link-dead",
    "link-not-moved": "article-link-not-moved",
    "link-old-portal": "article-link-old-portal",
    "link-to-file": "article-link-to-file",
    "link-to-ticket": "article-link-to-ticket",
    "link-removed": "article-link-removed",
    "link-replaced": "article-link-replaced",
}
"""What is counted → the finding that tells it."""
