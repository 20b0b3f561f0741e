"""A small knowledge base before the transform: articles, files, decisions."""

from __future__ import annotations

from typing import Any

from migrate.extract.knowledge import link
from migrate.records import Article
from migrate.transform.article_files import Picture
from migrate.transform.content_mapping import KnowledgeEntry, LinkEntry
from migrate.transform.knowledge import Shelf, article_chains
from migrate.transform.library import Card, Library, categories_of
from migrate.transform.mapping import Mappings, Unit, UnitFile
from migrate.transform.policy import Policy

PRESENT = "2019-09-27 12:00:00"


def entry(source: str, restricted: Any = False, **decision: Any) -> KnowledgeEntry:
    said = {"action": "map", "folder": "Kunnskap", **decision}
    return KnowledgeEntry.model_validate(
        {"source": source, "decision": said, "restricted": restricted}
    )


def mappings(
    *entries: KnowledgeEntry, links: tuple[LinkEntry, ...] = (), **policy: Any
) -> Mappings:
    """The unit `it` with the category IT and these decisions; `policy` is of `knowledge`."""
    found = entries or (entry("IT", audience="portal"),)
    file = UnitFile(name="IT", branch="IT", groups=["IT-NETT"], knowledge=["IT"])
    unit = Unit(
        "it",
        file,
        {},
        {},
        knowledge={each.source: each for each in found},
        links={each.source: each for each in links},
    )
    return Mappings(
        policy=Policy.model_validate({"knowledge": policy} if policy else {}), units={"it": unit}
    )


def card(id_: str = "KM1", **more: Any) -> Card:
    return Card(id_, **{"categories": ("IT/Nett",), "status": "external", **more})


def standing(decided: Mappings, *cards: Card):
    """What is decided of the first of these articles."""
    found = cards or (card(),)
    return Library.of(decided, found, PRESENT).get(found[0].id)


def article(id_: str = "KM1", answer: str = "<p>Slik gjør du</p>", **more: Any) -> Article:
    row = {
        "id": id_,
        "title": f"Tittel {id_}",
        "answer": answer,
        "categories": "IT/Nett",
        "created": "2018-01-01 10:00:00",
        "owner": "olenor",
        **{name: value for name, value in more.items() if name not in ("files", "status")},
    }
    external = row.get("doctype") == "External"
    status = more.get("status", "external")
    return Article(id_, row, more.get("files", ()), f"digest of {id_}", status, "", external)


def file(uid: str = "abcd1234", name: str = "bilde.png", **more: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "filename": name,
        "sha256": f"sha of {uid}",
        "content_size": 10,
        "broken": False,
        **more,
    }


def look(sha256: str, content: bytes | None) -> Picture | None:
    """A file of ours is what its uid is called after; what stands in the text is a PNG."""
    if content is not None or "png" in sha256 or "abcd" in sha256:
        return Picture("PNG", 800, 400)
    return Picture("TIFF", 10, 10) if "tiff" in sha256 else None


def chains(*articles: Article, decided: Mappings | None = None):
    """The chains of the first of these articles; the others are there too."""
    told = decided or mappings()
    cards = [
        Card(
            each.id,
            categories_of(each.row["categories"]),
            each.status,
            str(each.row.get("expires") or ""),
            external=each.external,
        )
        for each in articles
    ]
    library = Library.of(told, cards, PRESENT)
    shelf = Shelf(told, library, lambda address: link(address), look)
    first, *rest = articles
    parts = [each for each in rest if each.id in library.translations(first.id)]
    return article_chains(first, parts, shelf)


def steps(chain: Any) -> dict[str, dict[str, Any]]:
    return {step.name: dict(step.body) for step in chain.steps}
