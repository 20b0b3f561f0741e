"""Who answers for each group, who is in it, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from migrate.transform.facts import GroupFacts, OperatorFacts, SourceFacts
from migrate.transform.mapping import Answers, GroupEntry, Mappings, Unit
from migrate.transform.names import spelled_out
from migrate.transform.split import targets_of
from migrate.transform.suggest.words import same_word

_ALIKE = 0.85


@dataclass(frozen=True, slots=True)
class Seat:
    """One member: the day they were last seen (empty: never), whether they still work, and whether
    they log in with two factors (None: nobody says)."""

    login: str
    last: str
    works: bool
    second_factor: bool | None


@dataclass(frozen=True, slots=True)
class Group:
    """One HPSM group as somebody must answer for it. `line` is what was decided, `manager` whom
    HPSM names. `odd` are codes: `empty`, `one-person`, `dormant`, `no-owner`, `owner-left`,
    `no-deputy`, `deputy-left`, `no-purpose`, `no-second-factor`; `alike` are groups that may be the
    same."""

    source: str
    targets: tuple[str, ...]
    answers: Answers
    line: str
    manager: str
    seats: tuple[Seat, ...]
    odd: tuple[str, ...]
    alike: tuple[str, ...]

    @property
    def without_second_factor(self) -> tuple[str, ...]:
        return tuple(s.login for s in self.seats if s.works and s.second_factor is False)


def governance(mappings: Mappings, unit: str, facts: SourceFacts) -> list[Group]:
    """Every group of a unit, in the order of `unit.yaml`."""
    there = mappings.units[unit]
    present = max((seen.last for seen in facts.groups.values()), default="")
    every = [name for each in mappings.units.values() for name in each.file.groups]
    alike = {name: tuple(_alike(name, every)) for name in there.file.groups}
    return [
        _group(there, name, mappings, facts, present, alike[name])
        for name in dict.fromkeys(there.file.groups)
    ]


def beside(group: Group) -> dict[str, Any]:
    """What stands of a group in `groups.seen.yaml`; nobody's name, only logins."""
    told: dict[str, Any] = {
        "members": [
            {
                "login": seat.login,
                "last": seat.last or None,
                **({} if seat.works else {"left": True}),
                **({} if seat.second_factor is None else {"second_factor": seat.second_factor}),
            }
            for seat in group.seats
        ]
    }
    if group.manager:
        told["manager"] = group.manager
    if group.odd:
        told["odd"] = list(group.odd)
    if group.alike:
        told["alike"] = list(group.alike)
    return told


def missing(entry: GroupEntry, required: list[Any]) -> Iterator[str]:
    """What a group that moves must say of itself, and does not."""
    answers = entry.answers or Answers()
    if targets_of(entry.decision):
        yield from (each for each in required if not getattr(answers, each))


def _group(
    unit: Unit,
    name: str,
    mappings: Mappings,
    facts: SourceFacts,
    present: str,
    alike: tuple[str, ...],
) -> Group:
    entry, seen = unit.groups.get(name), facts.groups.get(name, GroupFacts())
    answers = (entry.answers if entry else None) or Answers()
    seats = tuple(_seat(login, facts) for login in sorted(facts.members.get(name, ())))
    decision = entry.decision if entry else None
    days = mappings.policy.governance.dormant_days
    works = [seat for seat in seats if seat.works]
    odd = {
        "empty": not works,
        "one-person": len(works) == 1,
        "dormant": bool(works) and _asleep(seen.last, present, days),
        "no-owner": not answers.owner,
        "owner-left": bool(answers.owner) and _has_left(answers.owner, facts),
        "no-deputy": not answers.deputy,
        "deputy-left": bool(answers.deputy) and _has_left(answers.deputy, facts),
        "no-purpose": not answers.purpose,
        "no-second-factor": any(seat.second_factor is False for seat in works),
    }
    return Group(
        name,
        targets_of(decision),
        answers,
        (decision.line or "") if decision else "",
        seen.manager,
        seats,
        tuple(code for code, is_so in odd.items() if is_so),
        alike,
    )


def _seat(login: str, facts: SourceFacts) -> Seat:
    seen = facts.operators.get(login, OperatorFacts(active=False))
    return Seat(login, seen.last, seen.active is not False, seen.second_factor)


def _has_left(who: str | None, facts: SourceFacts) -> bool:
    """Whether HPSM knows this login or address, and as somebody who has left."""
    name = (who or "").strip().casefold()
    found = [
        seen for login, seen in facts.operators.items() if name in (login, seen.email.casefold())
    ]
    return bool(found) and all(seen.active is False for seen in found)


def _asleep(last: str, present: str, days: int) -> bool:
    if not last or not present:
        return True
    return date.fromisoformat(present) - date.fromisoformat(last) > timedelta(days=days)


def _alike(name: str, every: list[str]) -> Iterator[str]:
    """Groups whose words are the same, each written or mistyped otherwise; a code or a number that
    differs tells two apart."""
    mine = sorted(spelled_out(name).split())
    for other in dict.fromkeys(every):
        theirs = sorted(spelled_out(other).split())
        if other != name and len(mine) == len(theirs) and all(map(_same, mine, theirs)):
            yield other


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    return min(len(one), len(other)) >= 4 and same_word(one, other) >= _ALIKE


def second_factor_of(facts: SourceFacts, logins: frozenset[str]) -> Mapping[str, bool]:
    """Login → whether it, its Feide name or its address stands in the list."""
    return {
        login: bool({login, seen.feide.casefold(), seen.email.casefold()} & logins - {""})
        for login, seen in facts.operators.items()
    }
