"""Which operator of TOPdesk an operator of HPSM is, weighed; look-alikes are told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from rapidfuzz import fuzz, process

from migrate.transform.facts import OperatorFacts, SourceFacts, TargetFacts
from migrate.transform.mapping import Mappings, OperatorEntry
from migrate.transform.names import folded
from migrate.transform.suggest.choice import Choice, Past
from migrate.transform.suggest.option import Option

ABSENT = "absent"
"""What an operator is whom TOPdesk does not have."""

NEAREST = 5
ASLEEP_DAYS = 365

_WEIGHTS = {
    "feide": 10.0,
    "number": 11.0,
    "email": 7.0,
    "login": 3.0,
    "name": 8.0,
    "other_name": -4.0,
    "other_feide": -2.0,
    "other_number": -5.0,
    "other_email": -1.5,
    "unit": 1.5,
    "other_unit": -1.0,
    "title": 0.7,
    "namesake": -3.0,
    "absent": 7.0,
    "asleep": 1.5,
}
"""Where the weights begin: in logits, for a feature of 1. Decisions of other units move them."""

_SPREAD = 1.5
_LIKE = 75.0
_OTHER = 60.0
"""Of 100: names below are not alike at all; below this, without a name in common, they are other
people's."""


class Operators:
    """Everything that operators are weighed by, put together once for all units."""

    def __init__(self, mappings: Mappings, facts: SourceFacts, target: TargetFacts) -> None:
        self._mappings = mappings
        self._facts = facts
        self._target = target
        self._names = {login: _name(there.name) for login, there in target.operators.items()}
        self._keys = _keys(target)
        self._present = max((seen.last for seen in facts.operators.values()), default="")
        self._same: dict[str, list[str]] = defaultdict(list)
        for login, seen in facts.operators.items():
            if seen.name:
                self._same[_name(seen.name)].append(login)
        self.choice = Choice(_WEIGHTS, _SPREAD)
        self.choice.learn([past for key in mappings.units for past in self.past(key)])

    def weigh(self, logins: Collection[str]) -> dict[str, list[Option]]:
        """The options for these operators of HPSM (in lower case), the likeliest first. What a
        decision of any unit gave to one operator is nobody else's."""
        taken = {
            (entry.decision.target or "").casefold(): entry.source.casefold()
            for unit in self._mappings.units.values()
            for entry in unit.operators.values()
            if entry.decision is not None and entry.decision.action == "map"
        }
        found: dict[str, list[Option]] = {}
        for login in logins:
            table = [
                (end, name, features)
                for end, name, features in self._options(login)
                if end == ABSENT or taken.get(name.casefold(), login) == login
            ]
            shares = self.choice.shares([features for _, _, features in table])
            options = [Option(*each, share) for each, share in zip(table, shares, strict=True)]
            found[login] = sorted(options, key=lambda option: (-option.share, option.name))
        return found

    def past(self, key: str) -> Iterable[Past]:
        """The approved decisions of a unit, each with the options that there are."""
        for entry in self._mappings.units[key].operators.values():
            login = entry.source.casefold()
            if entry.review.status != "approved" or login not in self._facts.operators:
                continue
            end = _end(entry)
            table = self._options(login)
            at = [
                place
                for place, (kind, name, _) in enumerate(table)
                if end == ((kind, name.casefold()) if kind == "there" else (kind, ""))
            ]
            if at:
                yield Past([features for _, _, features in table], at[0])

    def _options(self, login: str) -> list[tuple[str, str, dict[str, float]]]:
        seen = self._facts.operators[login]
        table = [
            ("there", there, self._speaks(login, seen, there))
            for there in self._candidates(login, seen)
        ]
        absent = {"absent": 1.0, "asleep": float(self._asleep(seen))}
        return [*table, (ABSENT, "", absent)]

    def _candidates(self, login: str, seen: OperatorFacts) -> list[str]:
        found: set[str] = set()
        for field, value in _values(login, seen):
            found |= self._keys.get((field, value), set())
        if seen.name:
            hits = process.extract(
                _name(seen.name),
                self._names,
                scorer=fuzz.token_sort_ratio,
                score_cutoff=_LIKE,
                limit=NEAREST,
            )
            found |= {there for _, _, there in hits}
        return sorted(found)

    def _speaks(self, login: str, seen: OperatorFacts, there: str) -> dict[str, float]:
        about = self._target.operators[there]
        mine, theirs = dict(_values(login, seen)), dict(_values(there, about))
        features = {f: float(f in mine and mine[f] == theirs.get(f)) for f in _FIELDS}
        for field in ("feide", "number", "email"):
            differs = field in mine and field in theirs and mine[field] != theirs[field]
            features[f"other_{field}"] = float(differs)
        likeness = fuzz.token_sort_ratio(_name(seen.name), self._names[there])
        known = bool(seen.name and about.name)
        features["name"] = max(0.0, likeness - _LIKE) / (100 - _LIKE) if known else 0.0
        common = set(_name(seen.name).split()) & set(self._names[there].split())
        features["other_name"] = float(known and likeness < _OTHER and not common)
        if seen.unit and about.unit:
            features["unit"] = float(folded(seen.unit) == folded(about.unit))
            features["other_unit"] = 1.0 - features["unit"]
        features["title"] = float(bool(seen.title) and folded(seen.title) == folded(about.title))
        features["namesake"] = float(self._has_newer_namesake(login, seen))
        return features

    def _has_newer_namesake(self, login: str, seen: OperatorFacts) -> bool:
        """Whether another login of HPSM has this name and was used later, with nothing of a
        person's own to tell the two apart: then this is an old login of theirs."""
        for other in self._same.get(_name(seen.name), ()):
            them = self._facts.operators[other]
            own = (seen.feide and them.feide) or (seen.number and them.number)
            if other != login and them.last > seen.last and not own and self._asleep(seen):
                return True
        return False

    def _asleep(self, seen: OperatorFacts) -> bool:
        if not seen.last or not self._present:
            return False
        days = date.fromisoformat(self._present) - date.fromisoformat(seen.last)
        return days.days > ASLEEP_DAYS


def same_person(facts: SourceFacts, target: TargetFacts) -> dict[str, str]:
    """HPSM's login → TOPdesk's login name, where a key of the directory agrees with one alone:
    Feide name, employee number, e-mail address, or the login itself."""
    keys = _keys(target)
    found: dict[str, str] = {}
    for login, seen in facts.operators.items():
        for key in _values(login, seen):
            hits = keys.get(key, set())
            if len(hits) == 1:
                found[login] = next(iter(hits))
                break
    return found


_FIELDS = ("feide", "number", "email", "login")
"""What is a person's own, the surest first."""


def _values(login: str, of: OperatorFacts) -> list[tuple[str, str]]:
    """The values of a person's own that are known, folded as far as they are not told apart."""
    values = (of.feide.partition("@")[0], of.number.lstrip("0"), of.email, login)
    return [
        (field, value.strip().casefold())
        for field, value in zip(_FIELDS, values, strict=True)
        if value.strip()
    ]


def _keys(target: TargetFacts) -> Mapping[tuple[str, str], set[str]]:
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for login, there in target.operators.items():
        for key in _values(login, there):
            keys[key].add(login)
    return keys


def _end(entry: OperatorEntry) -> tuple[str, str]:
    decision = entry.decision
    if decision is None or decision.action == "leave":
        return "", ""
    if decision.action == "create":
        return ABSENT, ""
    return "there", (decision.target or "").casefold()


def _name(name: str) -> str:
    """The words of a name in the order of the alphabet: `Moe, Kari` and `Kari Moe` are one."""
    return " ".join(sorted(folded(name).split()))
