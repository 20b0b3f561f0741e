"""What TOPdesk shall hold of a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from migrate.records import Chain, Finding, Ref, State, Step, Verdict
from migrate.transform.mapping import Mappings
from migrate.transform.people import People, Person
from migrate.transform.text import shorten

_LIMITS = {
    "surName": 50,
    "firstName": 30,
    "email": 100,
    "phoneNumber": 25,
    "mobileNumber": 25,
    "jobTitle": 100,
    "employeeNumber": 20,
    "networkLoginName": 100,
}
"""Supporting files API 2.7.11, CreatePersonV2."""

_NAMES = ("surName", "firstName")


def person_chains(
    people: People, identities: Iterable[str], mappings: Mappings, branch: str | None = None
) -> Iterator[Chain]:
    """A chain of kind `person` for each known identity, in order, each once.

    Found by the policy's keys, created only where the policy says so. `branch` is where the policy
    names none. Verdicts: `person-left` (skipped), `person-without-key` (rejected). A key that
    somebody of another name has too is none (finding `person-key-shared`).
    """
    for identity in sorted(set(identities)):
        if person := people.persons.get(identity):
            yield _chain(person, mappings, mappings.policy.people.branch or branch)


def findable(person: Person, mappings: Mappings) -> bool:
    """Whether TOPdesk can be asked for this person at all."""
    return any(person.key(name) for name in mappings.policy.people.keys)


def fitted(person: Person) -> tuple[dict[str, str], list[Finding]]:
    """TOPdesk's own fields of a person within their lengths, and what did not fit: a name is
    shortened, any other field left empty, each with a finding."""
    values = {
        "surName": person.last_name,
        "firstName": person.first_name,
        "email": person.email,
        "phoneNumber": person.phone,
        "mobileNumber": person.mobile,
        "jobTitle": person.job_title,
        "employeeNumber": person.employee_number,
        "networkLoginName": person.login,
    }
    fields: dict[str, str] = {}
    findings = []
    for name, value in values.items():
        if len(value) > _LIMITS[name]:
            shortened = name in _NAMES
            code = "name-shortened" if shortened else "field-too-long"
            findings.append(Finding(code, person.identity, name))
            value = shorten(value, _LIMITS[name]) if shortened else ""
        if value:
            fields[name] = value
    return fields, findings


def _chain(person: Person, mappings: Mappings, branch: str | None) -> Chain:
    shared = [Finding("person-key-shared", person.identity, name) for name in sorted(person.shared)]
    find = tuple(
        (name, value) for name in mappings.policy.people.keys if (value := person.key(name))
    )
    verdict = None
    if person.left:
        verdict = Verdict(State.SKIPPED, "person-left", "inactive in HPSM: not created")
    elif not find:
        wanted = ", ".join(mappings.policy.people.keys)
        reason = f"none of {wanted} is known" + ", and not another's too" * bool(shared)
        verdict = Verdict(State.REJECTED, "person-without-key", reason)
    if verdict is not None:
        return Chain(
            "person",
            person.identity,
            person.members,
            unit="",
            verdict=verdict,
            findings=tuple(shared),
            find=find,
            create=False,
            source_digest=person.digest,
        )
    fields, findings = fitted(person)
    body: dict[str, Any] = {**fields, "isCaller": True}
    if branch:
        body["branch"] = {"id": Ref("branch", branch)}
    if person.department:
        body["department"] = {"id": Ref("department", person.department)}
    return Chain(
        "person",
        person.identity,
        person.members,
        unit="",
        steps=(Step("create", body),),
        findings=(*shared, *findings),
        find=find,
        create=mappings.policy.people.create_persons,
        source_digest=person.digest,
    )
