"""The people of the invented university: contacts, operators and their groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from migrate.simulate.world import names
from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.organisation import GROUPS, UNITS, Shape, Unit
from migrate.simulate.world.places import DEPARTMENTS, LOCATIONS, Department, Location

DOMAIN = "example.no"

SHARED = {
    "it": ("IT-BRUKERSTØTTE", "VS-VAKTSENTRAL", "KOM-WEB OG INNSIDA"),
    "ub": ("UB-SYSTEM", "IT-IDENTITET OG TILGANG", "SA-DIGITAL EKSAMEN"),
}
"""Unit → the groups, in three units, that its first operator is a member of. No group twice."""

SYSTEM_LOGINS = ("problem", "hpsm-mail", "linker")
"""HPSM's own background operators: logins that belong to nobody."""

_ASCII = str.maketrans("æøåéëüáíñ", "aoaeeuain", " -")

_CALLERS = {"test": 300, "small": 2_500, "year": 10_000, "decade": 40_000}
_POOL = {"it": 60, "vakt-service": 34, "kommunikasjon": 20}


class Recognised(StrEnum):
    """What a contact's row gives away of who the person is."""

    BY_USER_ID = "user id"
    BY_EMAIL = "e-mail"
    BY_NAME = "name"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who calls, works, or has left. `contact` is HPSM's contact key, `second_contact` the
    key under which they stand there once more. `login` is the Feide name and the HPSM login."""

    contact: str
    second_contact: str | None
    login: str
    employee_number: str
    first_name: str
    last_name: str
    email: str
    phone: str
    title: str
    department: Department
    location: Location
    unit: str
    operator: bool
    left: bool
    flagged_inactive: bool
    recognised: Recognised

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Membership:
    """A row of ASSIGNMENTA1; `spelled` is the login as HPSM has it there."""

    group: str
    login: str
    spelled: str


class People:
    """Everybody, made once from (seed, scale); operators do not depend on the scale."""

    def __init__(self, seed: int, scale: str, tally: Tally) -> None:
        self._tally = tally
        self._contacts: set[str] = set()
        self._logins: set[str] = set(SYSTEM_LOGINS)
        self._employee = 100_000
        draw = Random(f"{seed}/operators")
        units = UNITS.values()
        self.pools = {unit.key: tuple(self._pool(draw, unit)) for unit in units}
        self.operators = tuple(person for pool in self.pools.values() for person in pool)
        self.memberships = tuple(self._memberships(draw))
        draw = Random(f"{seed}/{scale}/callers")
        homes = draw.choices(
            list(units), weights=[0.5 if "-" in u.code else 1.0 for u in units], k=_CALLERS[scale]
        )
        self.callers = tuple(self._person(draw, home, operator=False) for home in homes)
        self.all = (*self.operators, *self.callers)
        for person in self.all:
            if person.left:
                tally.note(Dirt.PERSON_LEFT, person.contact)
            if person.second_contact:
                tally.note(Dirt.CONTACT_TWICE, person.second_contact)

    def _pool(self, draw: Random, unit: Unit) -> Iterator[Person]:
        """A unit's operators; the first three have not left."""
        size = _POOL.get(unit.key) or 2 * sum(g.unit == unit.key for g in GROUPS.values())
        for place in range(size):
            yield self._person(draw, unit, operator=True, stays=place < 3)

    def _person(self, draw: Random, unit: Unit, *, operator: bool, stays: bool = False) -> Person:
        abroad = draw.random() < 0.1
        first = draw.choice(names.FIRST_ABROAD if abroad else names.FIRST)
        last = draw.choice(names.LAST_ABROAD if abroad else names.LAST)
        contact = self._contact(draw, first, last)
        login = self._login(first, last)
        self._employee += draw.randrange(1, 7)
        left = not stays and draw.random() < 0.07
        chance = draw.random()
        return Person(
            contact=contact,
            second_contact=self._contact(draw, first, last) if draw.random() < 0.01 else None,
            login=login,
            employee_number=str(self._employee),
            first_name=first,
            last_name=last,
            email=f"{login}@{DOMAIN}",
            phone=f"73 {draw.randrange(10, 100)} {draw.randrange(1000, 10_000)}",
            title=draw.choice(names.JOB_TITLES),
            department=draw.choice(_DEPARTMENTS_OF[unit.key]),
            location=draw.choice(_LOCATIONS_OF[unit.campus]),
            unit=unit.key,
            operator=operator,
            left=left,
            flagged_inactive=left and draw.random() < 0.6,
            recognised=(
                Recognised.BY_NAME
                if chance < 0.02
                else Recognised.BY_EMAIL
                if chance < 0.07
                else Recognised.BY_USER_ID
            ),
        )

    def _contact(self, draw: Random, first: str, last: str) -> str:
        """An upper-case "LAST, FIRST", with an initial or a number where that is taken."""
        key = plain = f"{last}, {first}".upper()
        if key in self._contacts:
            key = f"{plain} {draw.choice('ABEHKLMST')}"
        number = 2
        while key in self._contacts:
            key, number = f"{plain} {number}", number + 1
        self._contacts.add(key)
        return key

    def _login(self, first: str, last: str) -> str:
        stem = login = first.lower().translate(_ASCII)[:4] + last.lower().translate(_ASCII)[:2]
        number = 1
        while login in self._logins:
            login, number = f"{stem}{number}", number + 1
        self._logins.add(login)
        return login

    def _memberships(self, draw: Random) -> Iterator[Membership]:
        extra = {name: self.pools[unit][0] for unit, groups in SHARED.items() for name in groups}
        for group in GROUPS.values():
            if group.shape is Shape.EMPTY:
                continue
            pool = self.pools[group.unit]
            members: Sequence[Person]
            if group.shape is Shape.ONE_PERSON:
                members = [pool[draw.randrange(3)]]
            else:
                members = draw.sample(pool, min(len(pool), draw.randrange(3, 10)))
                if all(person.left for person in members):
                    members = [*members, pool[0]]
                if (shared := extra.get(group.name)) and shared not in members:
                    members = [*members, shared]
            for person in members:
                spelled = person.login
                if draw.random() < 0.02:
                    spelled = person.login.upper()
                    self._tally.note(Dirt.LOGIN_CASE, f"{group.name}|{spelled}")
                yield Membership(group.name, person.login, spelled)


_DEPARTMENTS_OF = {
    key: tuple(department for department in DEPARTMENTS if department.unit == key) for key in UNITS
}
_LOCATIONS_OF = {
    campus: tuple(location for location in LOCATIONS if location.city == campus)
    for campus in {unit.campus for unit in UNITS.values()}
}
