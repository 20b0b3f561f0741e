"""What changed in HPSM since an article was loaded, as steps that change only that.

Texts and properties are compared three ways, by digest: as they were sent, as HPSM has them now,
and as TOPdesk shows them. A text that a person has changed in TOPdesk is never overwritten: where
HPSM changed it too, that is a conflict for a person, and nothing of the article is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate.load.baseline import ARRIVED, live
from migrate.load.compare import TEXTS, canonical, digests, expected, forms, unpack
from migrate.load.resolve import Resolver
from migrate.records import Chain, Found, State, Step, Verdict
from migrate.state.journal import Entry
from migrate.state.plan_store import NewPlanned

_TEXT = frozenset({"content", "translation"})
_FILES = frozenset({"image", "attachment"})
_PROPERTIES = frozenset({"hide", "publish"})

Look = Callable[[str], Found | None]
"""The item with its text in a language, as the target has it now; None where it has none."""


def article_delta(chain: Chain, known: Sequence[Entry], look: Look, resolver: Resolver) -> Chain:
    """The chain that brings a loaded item up to HPSM: new pictures and files, the texts that
    changed, and its properties where they did. Its verdict is CONFLICT (`edited-in-target`) where a
    person has changed the same."""
    steps = live(known)
    revision = 1 + max(entry.key.revision for entry in known)
    arrived = {e.key.step: e for e in steps if e.state in ARRIVED}
    made: list[Step] = []
    conflicts: list[str] = []
    for step in chain.steps:
        kind, _, language = step.name.partition("/")
        if kind in _FILES and step.name not in arrived:
            made.append(replace(step, revision=revision))
        elif kind in _TEXT:
            before = _told_before(language, steps)
            changed = _changed(step.body, before, TEXTS)
            if before is None:
                made.append(Step(f"translation/{language}", step.body, revision=revision))
            elif changed:
                conflicts += _edited(changed, before, step.body, look(language), language)
                made.append(Step(f"content/{language}", step.body, revision=revision))
    made += _properties(chain, steps, revision, look, resolver, conflicts)
    if conflicts:
        reason = f"changed in HPSM and by a person in TOPdesk: {', '.join(sorted(conflicts))}"
        verdict = Verdict(State.CONFLICT, "edited-in-target", reason)
        return replace(chain, steps=(), verdict=verdict)
    return replace(chain, steps=tuple(made))


def again(chain: Chain, known: Sequence[Entry]) -> Chain:
    """The second pass over an item that has changed, as a whole: a text is written again before its
    links are."""
    revision = 1 + max(entry.key.revision for entry in known)
    return replace(chain, steps=tuple(replace(step, revision=revision) for step in chain.steps))


def _told_before(language: str, steps: Sequence[Entry]) -> dict[str, str] | None:
    """The digests of a text as it was last sent; None where it never was."""
    sent: dict[str, str] | None = None
    for entry in steps:
        kind, _, told = entry.key.step.partition("/")
        if kind in _TEXT and told == language and entry.state in ARRIVED:
            sent = {**(sent or {}), **unpack(entry.fields)}
    return sent


def _changed(
    body: Mapping[str, Any], before: Mapping[str, str] | None, names: frozenset[str]
) -> list[str]:
    now = digests(canonical({name: body[name] for name in body if name in names}))
    return [name for name, digest in now.items() if (before or {}).get(name) != digest]


def _edited(
    changed: Sequence[str],
    before: Mapping[str, str],
    body: Mapping[str, Any],
    found: Found | None,
    language: str,
) -> list[str]:
    """Those of the changed fields that show neither what we left nor what HPSM has."""
    if found is None:
        return [f"{language}: the text is gone"]
    wanted = digests(canonical({name: body[name] for name in changed}))
    shows = {name: digests({name: forms(name, found.fields)[0]})[name] for name in changed}
    return [
        f"{language}: {name}"
        for name in changed
        if shows[name] not in (before.get(name, ""), wanted[name])
    ]


def _properties(
    chain: Chain,
    steps: Sequence[Entry],
    revision: int,
    look: Look,
    resolver: Resolver,
    conflicts: list[str],
) -> list[Step]:
    """One step with all properties, where any is not as it was sent: an item that was shown to
    everybody, and is not any more, is hidden."""
    body: dict[str, Any] = {}
    for step in chain.steps:
        if step.name in _PROPERTIES:
            body.update(step.body)
    wanted = digests(canonical(resolver.resolve(chain.kind, body).body))
    before = expected(e.fields for e in steps if e.key.step in _PROPERTIES and e.state in ARRIVED)
    changed = [name for name, digest in wanted.items() if before.get(name) != digest]
    if not changed:
        return []
    language = next((str(s.body["language"]) for s in chain.steps if "language" in s.body), "")
    found = look(language)
    for name in changed:
        shows = digests({name: forms(name, found.fields)[0]})[name] if found else ""
        if name in before and shows not in (before[name], wanted[name]):
            conflicts.append(name)
    name = "publish" if body.get("sspVisibility") != "NOT_VISIBLE" else "hide"
    return [Step(name, body, revision=revision)]


def is_ours(verdict: Verdict | None, known: Sequence[Entry]) -> bool:
    """Whether a record is written by us, or was."""
    found = any(e.key.step == "create" and e.state is State.SKIPPED for e in known)
    return not found and (verdict is None or verdict.state is State.DONE)


def second_pass(chain: Chain, not_ours: Collection[str]) -> NewPlanned:
    """The links of an item, which go only over what is ours."""
    if chain.identity in not_ours:
        verdict = Verdict(State.SKIPPED, "item-not-ours", "the item itself is not written")
        return NewPlanned(chain, verdict)
    return NewPlanned(chain, None, requests=len(chain.steps))
