"""Proposes what could become of knowledge categories, standard texts, services and links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrate.transform.content_facts import links_like
from migrate.transform.content_mapping import (
    KnowledgeDecision,
    LinkDecision,
    ServiceDecision,
    TextDecision,
)
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.mapping import Unit
from migrate.transform.names import folded, near

TEXTS_FOLDER = "Standardtekster"

ContentProposal = tuple[str, str, Any, str, bool, dict[str, Any], tuple[str, ...]]
"""(file, source, decision, reason, whether it is sure, what was seen, what else it could be)."""


def propose_content(
    key: str, unit: Unit, facts: SourceFacts, target: TargetFacts
) -> Iterator[ContentProposal]:
    """A proposal for each category of `unit.yaml`, for the texts of each group, for each catalogue
    item of its groups, and for each server that its articles lead to.

    Nobody but a person says whom articles are for: no proposal opens them to the portal.
    """
    yield from _categories(key, unit, facts)
    if unit.file.knowledge:
        yield from _texts(key, unit, facts)
        yield from _services(key, unit, facts, target)
        yield from _links(key, facts)


def _categories(key: str, unit: Unit, facts: SourceFacts) -> Iterator[ContentProposal]:
    for top in unit.file.knowledge:
        count = facts.content.categories.get(top, 0)
        if not count:
            continue
        decision = KnowledgeDecision(action="map", folder=top)
        reason = "a folder of the category's name; say audience: portal if everybody may see it"
        yield f"units/{key}/knowledge.yaml", top, decision, reason, False, {"articles": count}, ()


def _texts(key: str, unit: Unit, facts: SourceFacts) -> Iterator[ContentProposal]:
    for group in sorted(set(unit.file.groups) & set(facts.content.texts_of)):
        decision = TextDecision(action="map", folder=f"{TEXTS_FOLDER}/{unit.file.name}")
        seen = {"texts": facts.content.texts_of[group]}
        reason = "items that only operators see"
        yield f"units/{key}/texts.yaml", group, decision, reason, False, seen, ()


def _services(
    key: str, unit: Unit, facts: SourceFacts, target: TargetFacts
) -> Iterator[ContentProposal]:
    by_fold = {folded(name): name for name in sorted(target.services)}
    groups = set(unit.file.groups)
    for name in sorted(facts.content.items):
        if facts.content.item_groups.get(name) not in groups:
            continue
        active = facts.content.items[name]
        sure = False
        if not active:
            decision = ServiceDecision(action="retire", reason="ikke i bruk i HPSM")
            reason = "it is not active"
        elif (there := by_fold.get(folded(name))) is not None:
            decision, sure = ServiceDecision(action="map", target=there), True
            reason = "TOPdesk has a service of this name"
        else:
            decision = ServiceDecision(action="leave", reason="TOPdesk har ingen slik tjeneste")
            reason = "TOPdesk has none of this name, and one that is made can never be removed"
        candidates = near(name, target.services)
        seen = {"active": active}
        yield f"units/{key}/services.yaml", name, decision, reason, sure, seen, candidates


def _links(key: str, facts: SourceFacts) -> Iterator[ContentProposal]:
    hosts: dict[str, None] = {}
    for address in facts.content.links_of.get(key, ()):
        scheme, found, rest = address.partition("://")
        if found and scheme in ("http", "https"):
            hosts[f"{scheme}://{rest.partition('/')[0]}/*"] = None
    for source in sorted(hosts):
        seen = {"articles": links_like(source, facts.content.links)}
        decision = LinkDecision(action="keep")
        reason = "leads elsewhere, and goes on doing so"
        yield f"units/{key}/links.yaml", source, decision, reason, False, seen, ()
