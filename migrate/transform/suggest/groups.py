"""What a HPSM group could become: groups of TOPdesk, a new one, or none any more, each weighed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property

from rapidfuzz import fuzz, process

from migrate.transform.facts import GroupFacts, SourceFacts, TargetFacts, TargetGroup
from migrate.transform.mapping import GroupEntry, Mappings, Unit
from migrate.transform.names import folded, spelled_out
from migrate.transform.suggest.choice import Choice, Past
from migrate.transform.suggest.learnt import Learnt, Lessons, Words, decided
from migrate.transform.suggest.option import Option
from migrate.transform.suggest.people import same_person
from migrate.transform.suggest.words import OLD, alike, equal, same_word, whole, words_of

NEW, RETIRE = "new", "retire"
"""What a group can become besides a group that TOPdesk has."""

DORMANT_DAYS = 365
NEAREST = 8
"""How many groups are looked at for the likeness of their names, whole and in part."""

_WEIGHTS = {
    "equal": 2.0,
    "name": 6.0,
    "near": 2.0,
    "whole": 3.0,
    "branch": 2.0,
    "unit_words": 2.0,
    "other_unit": -2.0,
    "members": 4.0,
    "strangers": -1.0,
    "topics": 1.0,
    "same_words": 4.0,
    "same_target": 4.0,
    "taken": -2.0,
    "new": 7.0,
    "new_words": 2.0,
    "retire": 4.0,
    "empty": 3.0,
    "idle": 2.0,
    "dormant": 2.5,
    "old_word": 3.0,
    "twin": 3.0,
    "retire_words": 2.0,
}
"""Where the weights begin: in logits, for a feature of 1. Decisions of other units move them."""

_SPREAD = 1.5
_SIGN = 4
"""Letters that the sign of a unit has at most."""
_SMALL = dict.fromkeys(("i", "pa", "av", "for", "til", "med", "ved", "a"), 0.2)


class Groups:
    """Everything that groups are weighed by, put together once for all units."""

    def __init__(self, mappings: Mappings, facts: SourceFacts, target: TargetFacts) -> None:
        self._mappings = mappings
        self._facts = facts
        self._target = target
        self._about = {name: target.about.get(name, TargetGroup()) for name in target.groups}
        self._spelled = {name: spelled_out(name) for name in sorted(target.groups)}
        self._people = same_person(facts, target)
        self._present = max((seen.last for seen in facts.groups.values()), default="")
        self._marks = self._unit_marks()
        self._subject = self._subjects()
        self._by_subject: dict[Words, list[str]] = defaultdict(list)
        for name, words in self._subject.items():
            self._by_subject[words].append(name)
        self._subject_text = {name: " ".join(words) for name, words in self._subject.items()}
        self._members: dict[str, list[str]] = defaultdict(list)
        for name, about in self._about.items():
            for login in about.members or ():
                self._members[login.casefold()].append(name)
        self._sources = {
            key: _subjects_of(unit.file.groups, ()) for key, unit in mappings.units.items()
        }
        self._lessons = self._read_lessons()
        self.choice = Choice(_WEIGHTS, _SPREAD)
        self.choice.learn([past for key in mappings.units for past in self.past(key)])

    def weigh(self, key: str, sources: Collection[str]) -> dict[str, list[Option]]:
        """The options for these groups of a unit, the likeliest first."""
        unit = self._mappings.units[key]
        learnt = Learnt(self._lessons, key)
        tables = {source: self._options(unit, source, learnt) for source in sources}
        shares: dict[str, list[float]] = {}
        for _ in range(3):
            hold = self._held(unit, tables, shares)
            for source, table in tables.items():
                _take(table, hold, source)
                shares[source] = self.choice.shares([features for _, _, features in table])
        return {
            source: sorted(
                (
                    Option(end, name, features, share)
                    for (end, name, features), share in zip(table, shares[source], strict=True)
                ),
                key=lambda option: (-option.share, option.name),
            )
            for source, table in tables.items()
        }

    def past(self, key: str) -> Iterable[Past]:
        """The approved decisions of a unit, each with the options as the other units show them."""
        unit = self._mappings.units[key]
        entries = list(decided(unit))
        if not entries:
            return
        learnt = Learnt(self._lessons, key)
        hold: dict[str, dict[str, float]] = defaultdict(dict)
        for each in self._mappings.units.values():
            for entry in decided(each):
                if entry.decision and entry.decision.action == "map" and entry.decision.target:
                    hold[entry.decision.target.casefold()][entry.source] = 1.0
        for entry in entries:
            end = self._end(entry)
            table = self._options(unit, entry.source, learnt)
            _take(table, hold, entry.source)
            at = [
                place
                for place, (kind, name, _) in enumerate(table)
                if (kind, name.casefold()) == end or (kind == end[0] != "there")
            ]
            if at:
                yield Past([features for _, _, features in table], at[0])

    def words(self, key: str, source: str, option: Option) -> dict[str, str | int]:
        """What the sentences about other units' decisions say of an option."""
        subject = self.subject(key, source)
        other = self._subject.get(option.name, ())
        times = Learnt(self._lessons, key).times(subject)
        return {"source": " ".join(subject), "other": " ".join(other), "times": times}

    def subject(self, key: str, source: str) -> Words:
        """The words of a group's name that do not name its unit."""
        return self._sources[key].get(source) or words_of(source)

    def _end(self, entry: GroupEntry) -> tuple[str, str]:
        """What became of an entry, as an option: a group that was new then is new."""
        assert entry.decision is not None  # noqa: S101 - only those that are decided come here
        target = entry.decision.target
        if entry.decision.action in ("retire", "leave") or not target:
            return RETIRE, ""
        made = entry.review.saw.get("topdesk", "") is None and entry.decision.action == "map"
        known = folded(target) in self._folded
        return (NEW, "") if made or not known else ("there", target.casefold())

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(map(folded, self._target.groups))

    def _read_lessons(self) -> Lessons:
        lessons = Lessons()
        for key, unit in self._mappings.units.items():
            for entry in decided(unit):
                source = self.subject(key, entry.source)
                end, name = self._end(entry)
                lessons.ends[key][source, end] += 1
                if end != "there" or entry.decision is None or entry.decision.target is None:
                    continue
                lessons.targets[key][source, name] += 1
                target = self._subject.get(entry.decision.target) or words_of(name)
                lessons.names[key][source, target] += 1
                plain = alike(source, target, _SMALL, lambda a, b: 0.0)
                if plain < 0.8:
                    for word in source:
                        for other in target:
                            lessons.words[key][word, other] += 1
        return lessons

    def _unit_marks(self) -> dict[str, frozenset[str]]:
        """Branch → the words by which most of its groups in TOPdesk say whose they are."""
        branches: dict[str, list[str]] = defaultdict(list)
        for name, about in self._about.items():
            branches[about.branch].append(name)
        return {branch: _common(names) for branch, names in branches.items()}

    def _subjects(self) -> dict[str, Words]:
        """TOPdesk's groups without the words that name a unit: those of their branch, and short
        ones of any, since a group may stand in another branch than its unit."""
        short = {word for words in self._marks.values() for word in words if len(word) <= _SIGN}
        return {
            name: _without(words_of(name), self._marks[about.branch] | short)
            for name, about in self._about.items()
        }

    def _options(
        self, unit: Unit, source: str, learnt: Learnt
    ) -> list[tuple[str, str, dict[str, float]]]:
        subject = self.subject(unit.key, source)
        seen = self._facts.groups.get(source, GroupFacts())
        table = [
            ("there", name, self._speaks(unit, source, subject, seen, name, learnt))
            for name in self._candidates(unit, source, subject, learnt)
        ]
        new = {"new": 1.0, "new_words": learnt.end(subject, NEW)}
        return [
            *table,
            (NEW, "", new),
            (RETIRE, "", self._ends(unit, source, subject, seen, learnt)),
        ]

    def _candidates(self, unit: Unit, source: str, subject: Words, learnt: Learnt) -> list[str]:
        found = [name for name, about in self._about.items() if about.branch == unit.file.branch]
        for text, among in (
            (spelled_out(source), self._spelled),
            (" ".join(subject), self._subject_text),
        ):
            hits = process.extract(text, among, scorer=fuzz.token_set_ratio, limit=NEAREST)
            found += [name for _, _, name in hits]
        for login in self._facts.members.get(source, ()):
            found += self._members.get(self._people.get(login, login).casefold(), ())
        for words, _ in learnt.names_of(subject)[:3]:
            found += self._by_subject.get(words, ())
        gone = {name.casefold(): name for name in self._about}
        found += [gone[name] for name in learnt.targets_of(subject) if name in gone]
        return sorted(set(found))

    def _speaks(
        self, unit: Unit, source: str, subject: Words, seen: GroupFacts, name: str, learnt: Learnt
    ) -> dict[str, float]:
        about, other = self._about[name], self._subject[name]
        likeness = alike(subject, other, _SMALL, learnt.word)
        members, strangers = self._shared(source, about)
        mine, others = self._of_unit(unit, source, subject, name, other)
        return {
            "equal": float(equal(source, name)),
            "name": likeness,
            "near": max(0.0, likeness - 0.75) * 4,
            "whole": whole(source, name),
            "branch": float(about.branch == unit.file.branch and bool(about.branch)),
            "unit_words": mine,
            "other_unit": others,
            "members": members,
            "strangers": strangers,
            "topics": _about(seen.topics, other),
            "same_words": learnt.name(subject, other),
            "same_target": learnt.target(subject, name.casefold()),
        }

    def _of_unit(
        self, unit: Unit, source: str, subject: Words, name: str, other: Words
    ) -> tuple[float, float]:
        """Whether what is left of TOPdesk's name, once the subject is set aside, names this unit;
        whether it names another."""
        own = self._marks.get(unit.file.branch, frozenset())
        mine = {*own, *(word for word in words_of(source) if word not in subject)}
        named = [word for word in words_of(unit.file.name) if len(word) > 3]
        left = [word for word in words_of(name) if word not in other]
        if any(word in mine or any(same_word(word, w) >= 0.9 for w in named) for word in left):
            return 1.0, 0.0
        return 0.0, float(any(word in self._all_marks for word in left))

    @cached_property
    def _all_marks(self) -> frozenset[str]:
        return frozenset(word for words in self._marks.values() for word in words)

    def _shared(self, source: str, about: TargetGroup) -> tuple[float, float]:
        """The share of the smaller group's members who are in both, less where there are few; and
        1 where both have members and not one in common."""
        mine = {
            self._people.get(login, login).casefold()
            for login in self._facts.members.get(source, ())
        }
        theirs = {login.casefold() for login in about.members or ()}
        if not mine or not theirs:
            return 0.0, 0.0
        both = len(mine & theirs)
        share = both / min(len(mine), len(theirs)) * both / (both + 1)
        return share, float(both == 0)

    def _ends(
        self, unit: Unit, source: str, subject: Words, seen: GroupFacts, learnt: Learnt
    ) -> dict[str, float]:
        known = source in self._facts.groups
        logins = self._facts.members.get(source)
        active = bool(seen.members) if logins is None else any(map(self._works, logins))
        busier = any(
            other != source
            and self._facts.groups.get(other, GroupFacts()).last > seen.last
            and alike(subject, self.subject(unit.key, other), _SMALL, lambda a, b: 0.0) >= 0.8
            for other in unit.file.groups
        )
        old = bool(set(folded(source).split()) & OLD)
        return {
            "retire": 1.0,
            "empty": float(known and not active),
            "idle": float(known and not seen.tickets),
            "dormant": float(bool(seen.tickets) and self._asleep(seen)),
            "old_word": float(old),
            "twin": float(busier and (old or self._asleep(seen))),
            "retire_words": learnt.end(subject, RETIRE),
        }

    def _works(self, login: str) -> bool:
        operator = self._facts.operators.get(login)
        return operator is not None and operator.active is not False

    def _asleep(self, seen: GroupFacts) -> bool:
        if not seen.last or not self._present:
            return not seen.open
        days = date.fromisoformat(self._present) - date.fromisoformat(seen.last)
        return days.days > DORMANT_DAYS

    def _held(
        self,
        unit: Unit,
        tables: Mapping[str, Sequence[tuple[str, str, dict[str, float]]]],
        shares: Mapping[str, Sequence[float]],
    ) -> dict[str, dict[str, float]]:
        """How surely each group of TOPdesk is taken already, and by which HPSM group."""
        hold: dict[str, dict[str, float]] = defaultdict(dict)
        for each in self._mappings.units.values():
            for entry in decided(each):
                if entry.decision and entry.decision.action == "map" and entry.decision.target:
                    hold[entry.decision.target.casefold()][entry.source] = 1.0
        for source, table in tables.items():
            for (end, name, _), share in zip(table, shares.get(source, ()), strict=False):
                if end == "there":
                    hold[name.casefold()][source] = share
        return hold


def _take(
    table: Sequence[tuple[str, str, dict[str, float]]],
    hold: Mapping[str, Mapping[str, float]],
    source: str,
) -> None:
    """A group that another has a better claim to is a merge, which is rarer."""
    for end, name, features in table:
        if end == "there":
            claims = hold.get(name.casefold(), {})
            mine = claims.get(source, 0.0)
            others = max((c for by, c in claims.items() if by != source), default=0.0)
            features["taken"] = others if others > mine or others == 1.0 else 0.0


def _common(names: Collection[str]) -> frozenset[str]:
    """The words that at least half of the names have, where there are three or more names."""
    split = [set(words_of(name)) for name in names]
    count = Counter(word for words in split for word in words)
    many = len(split) >= 3
    return frozenset(word for word, n in count.items() if many and n * 2 >= len(split))


def _without(words: Words, common: Collection[str]) -> Words:
    return tuple(word for word in words if word not in common) or words


def _subjects_of(names: Collection[str], more: Collection[str]) -> dict[str, Words]:
    """Names without the words that most of them have."""
    common = {*_common(names), *more}
    return {name: _without(words_of(name), common) for name in names}


def _about(topics: Mapping[str, int], other: Words) -> float:
    """The share of a group's tickets whose category has a word of the other's name."""
    total = sum(topics.values())
    hits = sum(n for topic, n in topics.items() if set(words_of(topic)) & set(other))
    return hits / total if total else 0.0
