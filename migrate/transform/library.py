"""Whose an article is, what was decided of it, and for whom it may be seen.

An article belongs to the unit that decided on it by its id; else to the unit whose `unit.yaml` has
the longest beginning of the article's first category that any unit has. What holds for it is
decided by id, else for the longest beginning of that category in the unit's `knowledge.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from migrate.records import State, Verdict
from migrate.transform.content_mapping import KnowledgeDecision, KnowledgeEntry
from migrate.transform.mapping import Mappings, Unit, entry_id
from migrate.transform.text import field_text, label

Audience = Literal["portal", "operators"]

_PUBLISHED = frozenset({"external", "internal"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What is decided of one article. `unit` is empty where it is nobody's. `folder` is the path of
    the folder; `audience` whom it is for, `operators` wherever nobody has said otherwise; `until`
    when it expires. With a `verdict` it does not move. `original` is the article of which it is a
    translation into `language`. `expired`: its time is over, and operators keep it."""

    unit: str = ""
    folder: str = ""
    audience: Audience = "operators"
    language: str = ""
    manager: str = ""
    original: str = ""
    until: str = ""
    expired: bool = False
    verdict: Verdict | None = None
    uses: tuple[str, ...] = ()

    @property
    def moves(self) -> bool:
        return bool(self.unit) and self.verdict is None


@dataclass(frozen=True, slots=True)
class Card:
    """What of an article its standing depends on. `categories` are paths with `/`, in the article's
    own order; `expires` is a time in GMT as rows have it. `blank`: nothing can be read or seen in
    it, and no file hangs on it."""

    id: str
    categories: tuple[str, ...] = ()
    status: str = ""
    expires: str = ""
    copy_of: str = ""
    external: bool = False
    blank: bool = False


@dataclass(frozen=True)
class Library:
    """Every article's standing, by its id. `present` is the time (GMT, as rows have it) at which
    HPSM was read: what had expired by then is expired."""

    standings: Mapping[str, Standing] = field(default_factory=dict)
    present: str = ""

    @classmethod
    def of(cls, mappings: Mappings, cards: Iterable[Card], present: str) -> Library:
        judge = _Judge(mappings, present)
        standings = {card.id: judge.standing(card) for card in cards}
        return cls({id_: _with_original(each, standings) for id_, each in standings.items()})

    def get(self, id_: str) -> Standing:
        return self.standings.get(id_, Standing())

    def of_unit(self, unit: str) -> list[str]:
        """The ids of a unit's articles, in order."""
        return sorted(id_ for id_, each in self.standings.items() if each.unit == unit)

    def identity(self, id_: str) -> str:
        """The article of whose TOPdesk item this one is a part."""
        return self.get(id_).original or id_

    def translations(self, id_: str) -> list[str]:
        """The ids of the articles that are this one's translations."""
        return self._parts.get(id_, [])

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        parts: dict[str, list[str]] = {}
        for id_, each in sorted(self.standings.items()):
            if each.original and each.verdict is None:
                parts.setdefault(each.original, []).append(id_)
        return parts


def categories_of(text: object) -> tuple[str, ...]:
    """The paths that a row's `categories` hold, one on each line, or with `;` between them."""
    lines = field_text(text).replace(";", "\n").splitlines()
    paths = ("/".join(filter(None, map(label, line.split("/")))) for line in lines)
    return tuple(dict.fromkeys(filter(None, paths)))


def within(path: str, top: str) -> bool:
    """Whether a category is `top` or below it."""
    return path == top or path.startswith(f"{top}/")


class _Judge:
    def __init__(self, mappings: Mappings, present: str) -> None:
        self._policy = mappings.policy.knowledge
        self._present = present
        self._units = mappings.units
        self._by_id: dict[str, tuple[Unit, KnowledgeEntry]] = {
            source: (unit, entry)
            for unit in mappings.units.values()
            for source, entry in unit.knowledge.items()
        }
        self._tops = sorted(
            ((top, unit) for unit in mappings.units.values() for top in unit.file.knowledge),
            key=lambda pair: (-len(pair[0]), pair[0]),
        )

    def standing(self, card: Card) -> Standing:
        unit, entry, of_category = self._decided(card)
        if unit is None:
            return Standing()
        uses = tuple(
            sorted(
                {
                    entry_id(unit.key, "knowledge", each.source)
                    for each in (entry, of_category)
                    if each is not None
                }
            )
        )
        decision = entry.decision if entry else None
        verdict = self._verdict(card, unit, entry)
        base = Standing(
            unit.key,
            folder=(decision.folder or "").strip("/ ") if decision else "",
            language=(decision.language if decision else None) or self._policy.language,
            manager=(decision.manager if decision else None) or "",
            original=(decision.translation_of if decision else None) or "",
            verdict=verdict,
            uses=uses,
        )
        if verdict is not None or decision is None:
            return base
        return self._seen_by(card, base, decision)

    def _decided(
        self, card: Card
    ) -> tuple[Unit | None, KnowledgeEntry | None, KnowledgeEntry | None]:
        """The article's unit, the entry that holds for it, and that of its category."""
        own = self._by_id.get(card.id)
        for category in card.categories:
            for top, unit in self._tops:
                if within(category, top) and (own is None or own[0] is unit):
                    entry = _longest(unit.knowledge, category)
                    return unit, own[1] if own else entry, entry
        return (own[0], own[1], None) if own else (None, None, None)

    def _verdict(self, card: Card, unit: Unit, entry: KnowledgeEntry | None) -> Verdict | None:
        if card.copy_of:
            reason = f"a working copy of {card.copy_of}, which moves"
            return Verdict(State.SKIPPED, "working-copy", reason)
        if (held := self._held(card, unit, entry)) is not None:
            return held
        if entry is None or entry.decision is None:
            named = card.categories[0] if card.categories else card.id
            return Verdict(State.REJECTED, "article-undecided", f"nobody decided on {named}")
        decision = entry.decision
        if decision.action == "retire":
            reason = decision.reason or "the article is retired"
            return Verdict(State.SKIPPED, "article-retired", reason)
        if decision.action == "leave":
            reason = decision.reason or "the unit leaves it behind"
            return Verdict(State.SKIPPED, "article-left-behind", reason)
        return self._out_of_use(card)

    def _out_of_use(self, card: Card) -> Verdict | None:
        policy = self._policy
        if card.status == "conclude" and policy.concluded == "leave":
            return Verdict(State.SKIPPED, "article-concluded", "withdrawn in HPSM")
        known = card.status in _PUBLISHED or card.status == "conclude"
        if not known and policy.drafts == "leave":
            reason = "not published in HPSM"
            if not card.status:
                reason = "its status is none of HPSM's own, and knowledge.codes does not name it"
            return Verdict(State.SKIPPED, "article-draft", reason)
        if self._over(card) and policy.expired == "leave":
            return Verdict(State.SKIPPED, "article-expired", "its time was over in HPSM")
        if card.blank:
            return Verdict(State.SKIPPED, "article-empty", "nothing can be read or seen in it")
        if card.external and policy.external_documents == "leave":
            return Verdict(State.SKIPPED, "article-is-file", "the policy leaves documents behind")
        return None

    def _held(self, card: Card, unit: Unit, entry: KnowledgeEntry | None) -> Verdict | None:
        """One category that is restricted is enough, in whichever unit that was said."""
        said = [
            found.restricted
            for category in card.categories
            for each in self._units.values()
            if (found := _longest(each.knowledge, category)) is not None
        ]
        own = entry.restricted if entry is not None and entry.source == card.id else "unknown"
        if own is True or True in said:
            return Verdict(State.HELD, "article-restricted", "restricted: nothing of it is sent")
        if own == "unknown" and (not said or "unknown" in said) and entry is not None:
            reason = "nobody has said whether it is restricted"
            return Verdict(State.HELD, "article-restriction-unknown", reason)
        return None

    def _over(self, card: Card) -> bool:
        return bool(card.expires) and card.expires <= self._present

    def _seen_by(self, card: Card, base: Standing, decision: KnowledgeDecision) -> Standing:
        """Nobody but operators sees what is not published to everybody in HPSM, what has expired,
        or an article of which nobody has said whom it is for."""
        expired = self._over(card)
        public = decision.audience == "portal" and card.status == "external" and not expired
        return Standing(
            base.unit,
            base.folder,
            "portal" if public else "operators",
            base.language,
            base.manager,
            base.original,
            card.expires if public else "",
            expired,
            None,
            base.uses,
        )


def _longest(entries: Mapping[str, KnowledgeEntry], category: str) -> KnowledgeEntry | None:
    path = category
    while path:
        if path in entries:
            return entries[path]
        path = path.rpartition("/")[0]
    return None


def _with_original(standing: Standing, standings: Mapping[str, Standing]) -> Standing:
    """A translation moves with its original, or not at all."""
    if not standing.original or standing.verdict is not None:
        return standing
    original = standings.get(standing.original, Standing())
    if original.moves and not original.original and original.unit == standing.unit:
        return standing
    reason = f"a translation of {standing.original}, which does not move with it"
    verdict = Verdict(State.REJECTED, "translation-alone", reason)
    return Standing(standing.unit, verdict=verdict, uses=standing.uses)
