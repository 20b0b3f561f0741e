"""What a feed from the directory has already put into TOPdesk before anybody migrates.

Field names are TOPdesk's, so that its stand-in can be filled without knowing HPSM.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from migrate.simulate.world.organisation import UNITS
from migrate.simulate.world.people import DOMAIN
from migrate.simulate.world.places import DEPARTMENTS, LOCATIONS

if TYPE_CHECKING:
    from migrate.simulate.world.world import World

_OPERATORS_THERE = 20
_STUDENT_TOO = 3


class DirectoryPerson(TypedDict):
    """`employeeNumber` is empty for those whom the payroll does not know."""

    employeeNumber: str
    networkLoginName: str
    email: str
    firstName: str
    surName: str
    branch: str
    department: str
    isCaller: bool


class DirectoryOperator(TypedDict):
    """An operator that TOPdesk has before the move; linked to the person of the same login."""

    loginName: str
    firstName: str
    surName: str
    email: str
    branch: str


class DirectoryLocation(TypedDict):
    """A building within the branch that owns it."""

    name: str
    branch: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything there. Branches are the units' names; names of departments are unique."""

    branches: tuple[str, ...]
    departments: tuple[str, ...]
    locations: tuple[DirectoryLocation, ...]
    persons: tuple[DirectoryPerson, ...]
    operators: tuple[DirectoryOperator, ...]


def directory(world: World) -> Directory:
    """The directory's view of `world`: without those who left, a few people under two entries that
    share an e-mail address, and with the first operators of the IT unit already made."""
    return Directory(
        branches=tuple(unit.name for unit in UNITS.values()),
        departments=tuple(department.name for department in DEPARTMENTS),
        locations=tuple(
            DirectoryLocation(name=location.key, branch=UNITS["eiendom"].name)
            for location in LOCATIONS
        ),
        persons=tuple(_persons(world)),
        operators=tuple(_operators(world)),
    )


def _persons(world: World) -> Iterator[DirectoryPerson]:
    students = 0
    for place, person in enumerate(world.people.all):
        if person.left:
            continue
        entry = DirectoryPerson(
            employeeNumber="" if place % 40 == 39 else person.employee_number,
            networkLoginName=person.login,
            email=person.email,
            firstName=person.first_name,
            surName=person.last_name,
            branch=UNITS[person.unit].name,
            department=person.department.name,
            isCaller=True,
        )
        yield entry
        if not person.operator and students < _STUDENT_TOO:
            students += 1
            yield {**entry, "employeeNumber": "", "networkLoginName": f"{person.login}s"}


def _operators(world: World) -> Iterator[DirectoryOperator]:
    there = [person for person in world.people.pools["it"] if not person.left]
    for person in there[:_OPERATORS_THERE]:
        yield DirectoryOperator(
            loginName=person.login,
            firstName=person.first_name,
            surName=person.last_name,
            email=f"{person.login}@{DOMAIN}",
            branch=UNITS[person.unit].name,
        )
