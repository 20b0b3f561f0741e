"""What the target has of people, groups and places, by the keys that they are found by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from migrate.load.fiql import folded
from migrate.load.target import TargetReader
from migrate.records import Chain, Found

LOGIN_CUT = 20
"""TOPdesk takes a network login name of 100 characters and may show 20 of them (persons v2)."""
FIND_FIELDS = {
    "branch": ("name",),
    "department": ("name",),
    "location": ("name",),
    "person": ("employeeNumber", "networkLoginName", "email"),
    "operator": ("loginName",),
    "operator_group": ("groupName",),
    "service": ("name",),
    "knowledge_folder": ("externalLink.id", "path"),
    "knowledge_item": ("externalLink.id",),
}
"""Target kind → the fields that a record of it can be found by."""


@dataclass(slots=True)
class Directory:
    """What the target has of one kind, and what is going to be made of it. `active` are the ids of
    what is not archived."""

    kind: str
    by: dict[tuple[str, str], list[Found]] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, reader: TargetReader, kind: str) -> Directory:
        directory = cls(kind)
        for found in reader.index(kind):
            if not found.archived:
                directory.active.add(found.id)
            for name in FIND_FIELDS[kind]:
                value = found.name if name == "name" else _value(found, name)
                if value:
                    directory.by.setdefault((name, folded(value)), []).append(found)
        return directory

    def expect(self, chain: Chain) -> None:
        """Count on a record that is going to be made: it has no id yet, and its name is its
        identity. A second source record of the same person then finds it."""
        for name, value in chain.find:
            self.by.setdefault((name, folded(value)), []).append(
                Found(self.kind, "", chain.identity)
            )

    def match(self, chain: Chain) -> list[Found]:
        """The records that the first telling key of the chain names; active ones before archived.

        A record that has a stronger key of its own, and another value there, is somebody else: two
        people may share a mailbox, and nobody shares an employee number. A login that the target
        may have cut at 20 characters is no proof of anyone (persons v2 says that its read side is
        that short).
        """
        for name, value in chain.find:
            found = self.by.get((name, folded(value)), [])
            if not found and name == "networkLoginName" and len(value) > LOGIN_CUT:
                cut = self.by.get((name, folded(value[:LOGIN_CUT])), [])
                found = cut + cut
            if found := [record for record in found if not _somebody_else(record, chain, name)]:
                active = [record for record in found if not record.archived]
                return active or found
        return []


def by_number(reader: TargetReader, numbers: Sequence[str]) -> Iterator[tuple[Found, str]]:
    """Incidents under these external numbers, each with the one of them that it is under, however
    the target shows it. Partial incidents are none of these: TOPdesk gives those that people make
    the number of the incident that they stand under."""
    exact = set(numbers)
    alike = {folded(number): number for number in numbers}
    for found in reader.find("incident", "externalNumber", numbers):
        if is_partial(found):
            continue
        shown = str(found.fields.get("externalNumber"))
        yield found, shown if shown in exact else alike[folded(shown)]


def is_partial(found: Found) -> bool:
    return str(found.fields.get("status") or "").startswith("partial")


def _somebody_else(record: Found, chain: Chain, matched: str) -> bool:
    """Whether a key that was tried before `matched` says that the record is another one."""
    for name, value in chain.find:
        if name == matched:
            return False
        theirs, ours = folded(record.fields.get(name)), folded(value)
        cut = name == "networkLoginName" and len(theirs) == LOGIN_CUT and ours.startswith(theirs)
        if theirs and theirs != ours and not cut:
            return True
    return False


def _value(found: Found, name: str) -> object:
    value: object = found.fields
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
