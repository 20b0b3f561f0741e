"""What is seen of knowledge, texts, services and links when somebody approves a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.transform.content_mapping import (
    ContentEntry,
    FormEntry,
    KnowledgeEntry,
    ServiceEntry,
    TextEntry,
)
from migrate.transform.facts import ContentFacts


def facts_of_content(entry: ContentEntry, facts: ContentFacts) -> dict[str, Any]:
    """The facts of one entry; empty where HPSM has nothing of it (any more)."""
    source = entry.source
    if isinstance(entry, KnowledgeEntry):
        if source in facts.categories:
            return {"articles": facts.categories[source]}
        return {"articles": 1} if source in facts.articles else {}
    if isinstance(entry, TextEntry):
        if source in facts.texts_of:
            return {"texts": facts.texts_of[source]}
        return {"texts": 1} if source in facts.texts else {}
    if isinstance(entry, FormEntry):
        if source not in facts.items:
            return {}
        return {"active": facts.items[source], "form": facts.forms.get(source, "none")}
    if isinstance(entry, ServiceEntry):
        return {"active": facts.items[source]} if source in facts.items else {}
    count = links_like(source, facts.links)
    return {"articles": count} if count else {}


def links_like(source: str, links: Mapping[str, int]) -> int:
    """How many articles lead to an address, or to any that begins like it."""
    if source.endswith("*"):
        return sum(n for address, n in links.items() if address.startswith(source[:-1]))
    return links.get(source, 0)
