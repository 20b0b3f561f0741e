"""Checks what a unit decided of knowledge, standard texts, services and links."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from migrate.errors import Problem
from migrate.transform.content_mapping import (
    ContentEntry,
    KnowledgeEntry,
    LinkEntry,
    ServiceEntry,
    TextEntry,
)
from migrate.transform.facts import ContentFacts
from migrate.transform.library import within
from migrate.transform.look import Look
from migrate.transform.mapping import Unit, entry_id
from migrate.transform.names import near

TITLE = 80


def check_content(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    """What is wrong with the unit's own files; approvals are another question."""
    yield from _categories(look, key, unit)
    files: Sequence[tuple[str, Callable[..., Iterator[Problem]]]] = (
        ("knowledge", _article),
        ("texts", _text),
        ("services", _service),
        ("links", _link),
    )
    for file, check in files:
        for source, entry in getattr(unit, file).items():
            place = look.place(entry_id(key, file, source))
            if entry.decision is None:
                yield Problem("decision-missing", place, f'"{source}" has no decision')
                continue
            yield from _known(look, entry, place)
            yield from check(look, entry, place)


def check_content_policy(look: Look) -> Iterator[Problem]:
    """What is wrong with `policy.yaml` for knowledge and services; nothing where no unit moves
    any."""
    units = look.mappings.units.values()
    if any(unit.knowledge or unit.texts for unit in units):
        policy = look.policy.knowledge
        at = look.place("policy.yaml#knowledge")
        yield from _language(look, policy.language, at)
        known = look.lists.knowledge_statuses if look.lists else None
        for name in sorted(set(policy.statuses.values()) - (known or set())):
            if known is not None:
                yield Problem(
                    "knowledge-status-unknown",
                    at,
                    f'TOPdesk has no knowledge status "{name}"',
                    near=near(name, known),
                )


def _categories(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    """Categories in `unit.yaml` that HPSM does not have, that another unit has too, or that nobody
    decided on."""
    at = look.place(f"units/{key}/unit.yaml@knowledge")
    for top in unit.file.knowledge:
        for other, its in look.mappings.units.items():
            if other != key and top in its.file.knowledge:
                yield Problem(
                    "category-in-two-units",
                    at,
                    f'"{top}" is also in the unit {other}',
                    expected="one unit",
                )
        if look.facts and top not in look.facts.content.categories:
            known = look.facts.content.categories
            message = f'HPSM has no article in the category "{top}"'
            yield Problem("content-source-unknown", at, message, near=near(top, known))
        decided = any(within(top, source) or within(source, top) for source in unit.knowledge)
        if not decided and not look.broken(f"units/{key}/knowledge.yaml"):
            articles = look.facts.content.categories.get(top, 0) if look.facts else 0
            yield Problem(
                "entry-missing", at, f'"{top}" ({articles} articles) has no entry in knowledge.yaml'
            )


def _known(look: Look, entry: ContentEntry, place: str) -> Iterator[Problem]:
    if look.facts is None:
        return
    if isinstance(entry, LinkEntry):
        return  # an address that nothing leads to (any more) does no harm
    names = _sources(entry, look.facts.content)
    if entry.source not in names:
        yield Problem(
            "content-source-unknown",
            place,
            f'HPSM does not have "{entry.source}"',
            near=near(entry.source, names),
        )


def _sources(entry: ContentEntry, facts: ContentFacts) -> frozenset[str]:
    if isinstance(entry, KnowledgeEntry):
        return frozenset(facts.categories) | facts.articles
    if isinstance(entry, TextEntry):
        return frozenset(facts.texts_of) | facts.texts
    return frozenset(facts.items)


def _article(look: Look, entry: KnowledgeEntry, place: str) -> Iterator[Problem]:
    decision = entry.decision
    assert decision is not None  # noqa: S101 - asked by whoever calls
    if decision.action == "leave" and not decision.reason:
        yield _incomplete("leave without a reason", "reason: …", place)
    if decision.action != "map":
        return
    yield from _folder(decision.folder, place)
    yield from _language(look, decision.language, place)
    is_article = look.facts is not None and entry.source in look.facts.content.articles
    if entry.restricted == "unknown" and not is_article:
        yield Problem(
            "restricted-unknown",
            place,
            f'nobody has said whether "{entry.source}" is restricted: its articles will be held',
            expected="restricted: true or false",
            warning=True,
        )
    if decision.translation_of and not decision.language:
        yield _incomplete("a translation without its language", "language: …", place)
    if (group := decision.manager) and look.lists:
        known = look.group_names | look.lists.groups
        if group not in known:
            message = f'TOPdesk has no operator group "{group}", and no decision makes it'
            yield Problem("group-target-unknown", place, message, near=near(group, known))


def _text(look: Look, entry: TextEntry, place: str) -> Iterator[Problem]:
    decision = entry.decision
    assert decision is not None  # noqa: S101 - asked by whoever calls
    if decision.action == "leave" and not decision.reason:
        yield _incomplete("leave without a reason", "reason: …", place)
    if decision.action == "map":
        yield from _folder(decision.folder, place)
        yield from _language(look, decision.language, place)


def _service(look: Look, entry: ServiceEntry, place: str) -> Iterator[Problem]:
    decision = entry.decision
    assert decision is not None  # noqa: S101 - asked by whoever calls
    if decision.action == "leave" and not decision.reason:
        yield _incomplete("leave without a reason", "reason: …", place)
    target = decision.target or entry.source
    if decision.action == "create" and not look.policy.services.may_create:
        yield Problem(
            "service-unconfirmed",
            place,
            f'"{target}" would be made, and can never be removed',
            expected="services: {create: true, confirmed: {by: …, at: …}} in policy.yaml",
        )
    if decision.action == "map" and look.lists:
        known = {name.casefold() for name in look.lists.services}
        if target.casefold() not in known:
            yield Problem(
                "service-target-unknown",
                place,
                f'TOPdesk has no service "{target}"',
                near=near(target, look.lists.services),
            )


def _link(look: Look, entry: LinkEntry, place: str) -> Iterator[Problem]:
    decision = entry.decision
    assert decision is not None  # noqa: S101 - asked by whoever calls
    if decision.action == "replace" and not decision.target:
        yield _incomplete("replace without a target", "target: the new address", place)
    elif decision.target and decision.target.endswith("*") and not entry.source.endswith("*"):
        yield _incomplete("a target with * for one address", "a source that ends in *", place)


def _folder(folder: str | None, place: str) -> Iterator[Problem]:
    if not folder or not folder.strip("/ "):
        yield _incomplete("map without a folder", "folder: the path of TOPdesk's folder", place)
        return
    for title in folder.strip("/ ").split("/"):
        if len(title) > TITLE:
            yield Problem(
                "folder-title-too-long",
                place,
                f"a folder's title has {len(title)} characters",
                expected=f"at most {TITLE}",
            )


def _language(look: Look, language: str | None, place: str) -> Iterator[Problem]:
    if language and look.lists and language not in look.lists.languages:
        yield Problem(
            "language-unknown",
            place,
            f'knowledge is not written in "{language}"',
            expected=", ".join(sorted(look.lists.languages)) or "target.languages in migrate.yaml",
        )


def _incomplete(message: str, expected: str, place: str) -> Problem:
    return Problem("decision-incomplete", place, message, expected)
