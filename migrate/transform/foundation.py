"""Branches and departments: what people and groups stand on, found before it is made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from migrate.records import Chain, Member, Row, State, Step, Verdict
from migrate.transform.mapping import Mappings, Unit
from migrate.transform.people import People
from migrate.transform.source_digest import source_digest
from migrate.transform.text import field_text, label

_LIMITS = {"branch": 60, "department": 100}
"""Supporting files API 2.7.11."""


def branch_names(unit: Unit, mappings: Mappings) -> list[str]:
    """The branches that this unit's records may refer to."""
    policy = mappings.policy
    names = {unit.file.branch, policy.people.branch, policy.tickets.branch}
    return sorted(name for name in names if name)


def branch_chains(unit: Unit, mappings: Mappings) -> Iterator[Chain]:
    """A chain of kind `branch` for each branch named by the unit or the policy."""
    for name in branch_names(unit, mappings):
        body = {"name": name, "branchType": "independentBranch"}
        yield _chain("branch", name, (), body, mappings.policy.people.create_branches)


def department_chains(
    people: People, identities: Iterable[str], mappings: Mappings, rows: Iterable[Row] = ()
) -> Iterator[Chain]:
    """A chain of kind `department` for each department that these people name and that will be
    needed; HPSM's own rows of that name or id are its members."""
    sources: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for field in ("dept_id", "name", "full_name"):
            if name := label(field_text(row.get(field))):
                sources[name].add(row["dept_id"])
    persons = (people.persons.get(identity) for identity in set(identities))
    names = {p.department for p in persons if p is not None and not p.left and p.department}
    for name in sorted(names):
        members = tuple(Member("departments", key) for key in sorted(sources[name]))
        create = mappings.policy.people.create_departments
        yield _chain("department", name, members, {"name": name}, create)


def _chain(
    kind: str, name: str, members: tuple[Member, ...], body: dict[str, str], create: bool
) -> Chain:
    verdict = None
    if len(name) > _LIMITS[kind]:
        reason = f"the {kind}'s name has {len(name)} characters, {_LIMITS[kind]} fit"
        verdict = Verdict(State.REJECTED, "name-too-long", reason)
    return Chain(
        kind,
        name,
        members,
        unit="",
        steps=() if verdict else (Step("create", body),),
        verdict=verdict,
        find=(("name", name),),
        create=create,
        source_digest=source_digest(body),
    )
