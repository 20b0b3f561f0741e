"""A university whose decisions are known beforehand: what each group and operator of HPSM becomes.

The forty units and 326 groups of the invented university, with names as `naming.py` makes them, and
on both sides what a real move has: groups merged, forgotten and doubled; people who left, married,
share a name, or have another login. The truth is drawn first and the evidence from it; the proposer
is never given the truth of a unit before it has proposed for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from benchmarks.naming import Convention, Habit, mistyped, short_name, twin_of
from migrate.simulate.world.dirt import Tally
from migrate.simulate.world.organisation import GROUPS, UNITS, Group, Shape
from migrate.simulate.world.people import People, Person
from migrate.transform.facts import (
    GroupFacts,
    OperatorFacts,
    SourceFacts,
    TargetFacts,
    TargetGroup,
)
from migrate.transform.mapping import GroupDecision, OperatorDecision, UnitFile

PRESENT = date(2019, 9, 20)
NEW, RETIRE, ABSENT = "(new)", "(retire)", "(absent)"
"""Truths that are no name of TOPdesk's: a group to be made, one to be retired, an operator whom
TOPdesk does not have."""

MERGED = (
    ("INNKJØP", "ØKONOMI"),
    ("EKSAMEN", "STUDIE"),
    ("KOMMUNIKASJON", "DEKANAT"),
    ("ROM OG UTSTYR", "ADMINISTRASJON"),
    ("BUDSJETT", "PROSJEKTØKONOMI"),
    ("VITNEMÅL", "EKSAMEN"),
    ("HMS-AVVIK", "ARBEIDSMILJØ"),
)
"""Within a unit, the first becomes part of the second: each with a chance of 40 % in a world, and
then in three units of four."""

CENTRAL = (
    ("IT-KONTAKT", "IT-BRUKERSTØTTE"),
    ("KOMMUNIKASJON", "KOM-WEB OG INNSIDA"),
    ("INNKJØP", "ØA-INNKJØP"),
    ("IT-BRUKERSTØTTE", "IT-BRUKERSTØTTE"),
)
"""Groups of faculties, institutes and campuses that go to a central one: 35 %, four of five."""

OTHERS = (
    "Servicedesk",
    "Major Incident",
    "Leverandør {}",
    "Prosjekt {}",
    "Test {}",
    "Systemeier {}",
)
"""Groups of TOPdesk that nothing of HPSM becomes; one for every six that something does."""


@dataclass
class ProposalWorld:
    """`units` are in the order in which they move. `groups` and `operators` are unit → source →
    truth, a name of TOPdesk's or one of `NEW`, `RETIRE`, `ABSENT`."""

    units: dict[str, UnitFile] = field(default_factory=dict)
    source: SourceFacts = field(default_factory=SourceFacts)
    target: TargetFacts = field(default_factory=TargetFacts)
    groups: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    operators: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


def drawn(seed: int) -> ProposalWorld:
    """The world of a seed."""
    draw = Random(f"proposals/{seed}")
    world = ProposalWorld()
    making = _Making(draw, world, People(seed, "test", Tally()))
    making.groups()
    making.operators()
    return world


def decision_on_group(truth: str, name: str, taken: set[str]) -> GroupDecision:
    """What a unit's owner writes who knows the truth."""
    if truth == RETIRE:
        return GroupDecision(action="retire", reason="brukes ikke")
    target = name if truth == NEW else truth
    action = "merge" if target in taken else "map"
    return GroupDecision(action=action, target=target)


def decision_on_operator(truth: str, login: str) -> OperatorDecision:
    if truth == ABSENT:
        return OperatorDecision(action="create", target=login)
    return OperatorDecision(action="map", target=truth)


class _Making:
    def __init__(self, draw: Random, world: ProposalWorld, people: People) -> None:
        self.draw = draw
        self.world = world
        self.people = people
        self.convention = Convention.drawn(draw)
        self.merged = [pair for pair in MERGED if draw.random() < 0.4]
        self.central = [pair for pair in CENTRAL if draw.random() < 0.35]
        self.habits = {unit.key: Habit.drawn(draw, unit.code) for unit in UNITS.values()}
        self.short = {unit.key: short_name(draw, unit.code, unit.name) for unit in UNITS.values()}
        self.sources: dict[str, GroupFacts] = {}
        self.members: dict[str, frozenset[str]] = {}
        self.there: dict[str, TargetGroup] = {}
        self.logins: dict[str, str] = {}

    def groups(self) -> None:
        """Truth first, then TOPdesk's names, then HPSM's."""
        order = list(UNITS)
        self.draw.shuffle(order)
        truths = {group.name: self._truth(group) for group in GROUPS.values()}
        targets = {
            heir: self._target(GROUPS[heir])
            for heir in sorted(set(truths.values()) - {NEW, RETIRE})
        }
        own = defaultdict(list)
        for membership in self.people.memberships:
            own[membership.group].append(membership.login)
        for key in order:
            unit = UNITS[key]
            names: list[str] = []
            for group in (each for each in GROUPS.values() if each.unit == key):
                name = self._free(self.habits[key].written(self.draw, _subject(group)))
                truth = targets.get(truths[group.name], truths[group.name])
                self._put(key, name, truth, group, frozenset(own[group.name]))
                names.append(name)
                if self.draw.random() < 0.05:
                    twin = self._free(twin_of(self.draw, name))
                    end = RETIRE if self.draw.random() < 0.6 else truth
                    few = frozenset(login for login in own[group.name] if self.draw.random() < 0.4)
                    self._put(key, twin, end, group, few, asleep=True)
                    names.append(twin)
            self.draw.shuffle(names)
            self.world.units[key] = UnitFile(name=unit.name, branch=unit.name, groups=names)
        self._fill(targets, truths, own)
        for number in range(len(targets) // 6):
            name = self.draw.choice(OTHERS).format(number)
            self.there.setdefault(name, TargetGroup(branch=UNITS["it"].name))

    def _truth(self, group: Group) -> str:
        """The HPSM group whose TOPdesk group this one joins (itself, mostly), or NEW, or RETIRE:
        90 % of the empty ones, 60 % of the dormant, 2 % of the others."""
        ends = {Shape.EMPTY: 0.9, Shape.DORMANT: 0.6}.get(group.shape, 0.02)
        if self.draw.random() < ends:
            return RETIRE
        subject = _subject(group)
        decentral = "-" in UNITS[group.unit].code or UNITS[group.unit].share < 0.02
        for mine, heir in self.central if decentral else ():
            if subject == mine and group.name != heir and self.draw.random() < 0.8:
                return heir
        for mine, other in self.merged:
            heir = f"{UNITS[group.unit].code}-{other}"
            if subject == mine and heir in GROUPS and self.draw.random() < 0.75:
                return heir
        return NEW if self.draw.random() < 0.06 else group.name

    def _target(self, group: Group) -> str:
        name = self.convention.named(self.draw, self.short[group.unit], _subject(group))
        number = 1
        while name.casefold() in {there.casefold() for there in self.there}:
            number += 1
            name = f"{name[:27]} {number}"
        home = group.unit if self.draw.random() < 0.85 else "it"
        self.there[name] = TargetGroup(branch=UNITS[home].name)
        return name

    def _put(
        self,
        key: str,
        name: str,
        truth: str,
        group: Group,
        members: frozenset[str],
        *,
        asleep: bool = False,
    ) -> None:
        idle = asleep or group.shape in (Shape.EMPTY, Shape.DORMANT)
        tickets = int(self.draw.lognormvariate(5, 1.2) * group.weight) + (0 if idle else 3)
        if group.shape is Shape.EMPTY:
            tickets = 0 if self.draw.random() < 0.7 else tickets // 20
        days = self.draw.randrange(400, 1500) if idle else self.draw.randrange(0, 60)
        last = (PRESENT - timedelta(days=days)).isoformat() if tickets else ""
        still_open = 0 if idle else int(tickets * self.draw.uniform(0, 0.1))
        topics = Counter(self.draw.choices(group.topics, k=min(tickets, 50)))
        if idle is False and self.draw.random() < 0.5:
            topics["Annet"] += len(topics) * 3
        self.sources[name] = GroupFacts(len(members), still_open, tickets, last, topics)
        self.members[name] = members
        self.world.groups[key][name] = truth

    def _fill(
        self, targets: Mapping[str, str], truths: Mapping[str, str], own: Mapping[str, list[str]]
    ) -> None:
        """Four in ten groups of TOPdesk have members already: three of four of those who shall be
        in them, and a fifth as many others of the unit."""
        for heir, name in targets.items():
            if self.draw.random() > 0.4:
                continue
            logins = {login for mine, at in truths.items() if at == heir for login in own[mine]}
            inside = {login for login in sorted(logins) if self.draw.random() < 0.75}
            pool = self.people.pools[GROUPS[heir].unit]
            inside |= {
                p.login for p in self.draw.sample(pool, min(len(pool), max(1, len(logins) // 5)))
            }
            about = self.there[name]
            self.there[name] = TargetGroup(about.id, about.branch, frozenset(inside))

    def _free(self, name: str) -> str:
        while name in self.sources:
            name = f"{name} 2"
        return name

    def operators(self) -> None:
        """80 % of the operators who are still there are in TOPdesk, and a third of the others."""
        source: dict[str, OperatorFacts] = {}
        target: dict[str, OperatorFacts] = {}
        for key, pool in self.people.pools.items():
            for person in pool:
                known = self.draw.random() < (0.35 if person.left else 0.8)
                login = self._login(person, target)
                if known:
                    target[login] = self._in_topdesk(person)
                self.logins[person.login] = login if known else ""
                source[person.login] = self._in_hpsm(person)
                if not person.left:
                    self.world.operators[key][person.login] = login if known else ABSENT
            self._function_account(key, source, target)
        about = {
            name: TargetGroup(
                group.id,
                group.branch,
                None
                if group.members is None
                else frozenset(filter(None, (self.logins.get(m, "") for m in group.members))),
            )
            for name, group in self.there.items()
        }
        self.world.source = SourceFacts(groups=self.sources, operators=source, members=self.members)
        self.world.target = TargetFacts(groups=frozenset(about), operators=target, about=about)

    def _login(self, person: Person, target: Mapping[str, OperatorFacts]) -> str:
        """70 % have HPSM's login, 28 % another, and 2 % one that was somebody else's in HPSM."""
        chance = self.draw.random()
        if chance > 0.98:
            login = self.draw.choice(self.people.operators).login
        elif chance > 0.70:
            login = f"{person.first_name}.{person.last_name}".lower().replace(" ", "")
        else:
            login = person.login
        while login in target:
            login += "1"
        return login

    def _in_topdesk(self, person: Person) -> OperatorFacts:
        """As the directory has it; 3 % have married since, one in eight has another title."""
        last = person.last_name
        if self.draw.random() < 0.03:
            last = self.draw.choice(self.people.operators).last_name
        return OperatorFacts(
            f"{person.first_name} {last}",
            person.email if self.draw.random() < 0.95 else "",
            True,
            feide=person.login if self.draw.random() < 0.85 else "",
            number=person.employee_number if self.draw.random() < 0.7 else "",
            unit=UNITS[person.unit].name if self.draw.random() < 0.9 else "",
            title=person.title if self.draw.random() < 0.87 else "Rådgiver",
        )

    def _in_hpsm(self, person: Person) -> OperatorFacts:
        """A fifth without an e-mail address, 15 % with an old one; six in ten with a number."""
        chance = self.draw.random()
        email = "" if chance < 0.2 else person.email
        if chance > 0.85:
            email = f"{person.first_name}.{person.last_name}@gammel.example.no".lower()
        name = f"{person.last_name}, {person.first_name}"
        if self.draw.random() < 0.4:
            name = person.full_name.upper() if self.draw.random() < 0.5 else person.full_name
        if self.draw.random() < 0.03:
            name = mistyped(self.draw, name)
        days = self.draw.randrange(300, 2000) if person.left else self.draw.randrange(0, 40)
        return OperatorFacts(
            name,
            email,
            not person.flagged_inactive,
            feide=person.login if self.draw.random() < 0.5 else "",
            number=person.employee_number if self.draw.random() < 0.6 else "",
            unit=UNITS[person.unit].name if self.draw.random() < 0.8 else "",
            title=person.title if self.draw.random() < 0.7 else "",
            last=(PRESENT - timedelta(days=days)).isoformat(),
        )

    def _function_account(
        self, key: str, source: dict[str, OperatorFacts], target: dict[str, OperatorFacts]
    ) -> None:
        """A third of the units has an account that belongs to nobody."""
        if self.draw.random() > 0.35:
            return
        what = self.draw.choice(("skranke", "vakt", "postmottak", "studieinfo"))
        login = f"{key}-{what}"
        there = login if self.draw.random() < 0.6 else f"{what}.{key}"
        name = f"{UNITS[key].code} {what}"
        source[login] = OperatorFacts(name.upper(), f"{login}@example.no", True, last="2019-09-10")
        target[there] = OperatorFacts(name.title(), f"{login}@example.no", True)
        self.world.operators[key][login] = there
        group = self.world.units[key].groups[0]
        self.members[group] = self.members[group] | {login}


def _subject(group: Group) -> str:
    return group.name.removeprefix(f"{UNITS[group.unit].code}-")
