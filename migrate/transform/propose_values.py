"""Proposes TOPdesk entries for the values of HPSM's lists, and categories for its services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from migrate.transform.facts import LIST_OF_VALUES, SourceFacts, TargetFacts
from migrate.transform.mapping import VALUE_LISTS, Mappings, ServiceValue, Value
from migrate.transform.names import folded, near
from migrate.transform.proposal import SHOWN, Candidate, Proposal, sure_enough, told
from migrate.transform.suggest.option import Option
from migrate.transform.suggest.reasons import reasons
from migrate.transform.suggest.values import Values

State = Literal["open", "on_hold", "completed", "closed"]
_WORDS: tuple[tuple[State, re.Pattern[str]], ...] = (
    (
        "on_hold",
        re.compile(
            " (pending|suspended|waiting|awaiting|deferred|on hold|hold"
            "|pa vent|venter|avventer|vent|parkert|utsatt|satt pa vent) "
        ),
    ),
    ("open", re.compile(" (reopened|gjenapnet|ikke (lost|avsluttet|lukket)|under \\w+) ")),
    (
        "closed",
        re.compile(
            " (closed|canceled|cancelled|lukket|avsluttet|avslutta|kansellert|avbrutt|annullert"
            "|slettet|arkivert) "
        ),
    ),
    (
        "completed",
        re.compile(
            " (resolved|solved|completed|fulfilled|done|lost|loyst|ferdig|utfort|besvart|fullfort) "
        ),
    ),
    (
        "open",
        re.compile(
            " (open|opened|new|categorize|assign|assigned|accepted|work|working|progress"
            "|dispatched|callback|reject|rejected|registered|ny|nytt|apen|apent|registrert|mottatt"
            "|tildelt|pagar|arbeid|behandling|behandles|akseptert|til \\w+) "
        ),
    ),
)
"""State → the words of a status that say so, `folded`; the first that is met counts."""

_SAID = {
    "equal": 1.0,
    "level": 1.0,
    "last": 1.0,
    "name": 0.5,
    "place": 1.0,
    "nothing": 1.0,
}
"""Feature → from where on it is worth saying."""


def propose_values(
    mappings: Mappings, facts: SourceFacts, target: TargetFacts
) -> Iterator[Proposal]:
    """Of every value of HPSM's lists, by name and by level."""
    for kind in VALUE_LISTS:
        legal = _legal(kind, target)
        counts = facts.values.get(kind, {})
        weighed = Values(kind, legal)
        for text in sorted(counts, key=lambda text: (-counts[text], text)):
            state = _state(text) if kind == "status" else None
            options = weighed.weigh(text)
            candidates = tuple(
                Candidate(
                    Value(target=option.name or None, state=state),
                    round(option.share, 3),
                    reasons(option, _SAID),
                )
                for option in options[:SHOWN]
                if option.end == "there" or state
            )
            best = sure_enough(candidates, mappings) if kind != "status" or state else None
            yield told(
                f"values/{kind}.yaml",
                text,
                best,
                candidates,
                sure=bool(best) and _sure(options[0]),
                new=mappings.value(kind, text) is None,
                seen={"tickets": counts[text]},
                near=near(text, legal),
            )


def _sure(option: Option) -> bool:
    """Whether name or level agrees, so that a value may be written without a review."""
    return any(option.features.get(feature) for feature in ("equal", "level"))


def _state(status: str) -> State | None:
    """What a ticket in a status is, by the words of HPSM and of Norwegian desks; None where none of
    them is in it. What waits comes first: "løst, venter på bruker" waits."""
    words = f" {folded(status)} "
    return next((state for state, said in _WORDS if said.search(words)), None)


def _legal(kind: str, target: TargetFacts) -> list[str]:
    names = list(target.lists.get(LIST_OF_VALUES[kind], {}))
    if kind == "category":
        names += [f"{category}/{sub}" for category, sub in sorted(target.subcategories)]
    return names


def propose_services(
    mappings: Mappings, facts: SourceFacts, target: TargetFacts
) -> Iterator[Proposal]:
    """A service that is called like a subcategory, or like a category, belongs there."""
    subcategories: dict[str, list[tuple[str, str]]] = {}
    for category, sub in sorted(target.subcategories):
        subcategories.setdefault(folded(sub), []).append((category, sub))
    categories = {folded(name): name for name in target.lists.get("category", {})}
    names = sorted(sub for _, sub in target.subcategories)
    for service in sorted(facts.services, key=lambda name: (-facts.services[name], name)):
        pairs = subcategories.get(folded(service), [])
        decision: ServiceValue | None = None
        if len(pairs) == 1:
            decision = ServiceValue(category=pairs[0][0], subcategory=pairs[0][1])
        elif folded(service) in categories:
            decision = ServiceValue(category=categories[folded(service)])
        yield Proposal(
            "values/service.yaml",
            service,
            decision,
            "a category of this name" if decision else "no category of this name",
            decision is not None,
            service not in mappings.services and "*" not in mappings.services,
            {"tickets": facts.services[service]},
            near(service, names),
        )
