"""What each field of a TOPdesk incident is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from migrate.records import Finding, Ref, Row
from migrate.transform.groups import Staff
from migrate.transform.mapping import Mappings, ServiceValue, Value
from migrate.transform.people import People, Person
from migrate.transform.person_chains import findable, fitted
from migrate.transform.text import clean, field_text, is_email, label, shorten
from migrate.transform.times import valid

_CALLER_NAME = 109  # incident API 4.2.6, caller.dynamicName


@dataclass(slots=True)
class Draft:
    """A ticket while it is being written, and what there is to say about it.

    `work` are its records with the incident first, `calls` with the interactions first.
    `unmapped` are values that nobody decided on.
    """

    identity: str
    mappings: Mappings
    work: tuple[Row, ...]
    calls: tuple[Row, ...]
    findings: list[Finding] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)
    unmapped: list[str] = field(default_factory=list)

    def note(self, code: str, detail: str = "") -> None:
        self.findings.append(Finding(code, self.identity, detail))

    def mapped(self, kind: str, text: str) -> Value | None:
        """The entry of `values/<kind>.yaml` for a value; remembers its use, or its absence."""
        key = self.mappings.value_key(kind, text)
        if key is None:
            self.unmapped.append(f"{kind} {text!r}")
            return None
        self.uses.add(f"values/{kind}.yaml#{key}")
        return self.mappings.values[kind][key]

    def time(self, row: Row, name: str) -> str | None:
        """A time of the ticket, where there is one; a finding where it cannot be one."""
        text = row.get(name)
        time = valid(text)
        if text and time is None:
            self.note("time-invalid", name)
        return time


def first(rows: tuple[Row, ...], name: str) -> str:
    """The field in the first of the records that has it."""
    for row in rows:
        if text := field_text(row.get(name)):
            return text
    return ""


def service_of(draft: Draft) -> ServiceValue | None:
    """The entry of the service that the ticket names."""
    name = first(draft.work, "service")
    services = draft.mappings.services
    key = name if name in services else "*"
    if not name or key not in services:
        if name:
            draft.note("service-unmapped", name)
        return None
    draft.uses.add(f"values/service.yaml#{key}")
    return services[key]


def listed_fields(draft: Draft, service: ServiceValue | None) -> dict[str, Any]:
    """The fields that name an entry of one of TOPdesk's lists, and the service's SLA and object."""
    fields: dict[str, Any] = {}
    for name in ("priority", "impact", "urgency"):
        _listed(fields, name, draft, name, first(draft.work, name))
    _listed(fields, "entryType", draft, "entry_type", first(draft.calls, "callback_type"))
    if call_type := draft.mappings.policy.tickets.call_type:
        fields["callType"] = {"name": call_type}
    fields.update(_category(draft, service))
    if service and service.sla:
        fields["sla"] = {"id": service.sla}
    if service and service.object:
        fields["object"] = {"name": service.object}
    return fields


def closure_code(draft: Draft) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    _listed(fields, "closureCode", draft, "closure_code", first(draft.work, "resolution_code"))
    return fields


def _listed(fields: dict[str, Any], name: str, draft: Draft, kind: str, text: str) -> None:
    value = draft.mapped(kind, text) if text else None
    if value is not None and value.target is not None:
        fields[name] = {"name": value.target}


def _category(draft: Draft, service: ServiceValue | None) -> dict[str, Any]:
    if service and service.category:
        return _names(service.category, service.subcategory)
    for row in draft.work:
        if text := field_text(row.get("category")):
            subcategory = field_text(row.get("subcategory"))
            value = draft.mapped("category", f"{text}/{subcategory}" if subcategory else text)
            if value is None or value.target is None:
                return {}
            category, _, subcategory = value.target.partition("/")
            return _names(category, subcategory)
    return {}


def _names(category: str, subcategory: str | None) -> dict[str, Any]:
    fields = {"category": {"name": category}}
    if subcategory:
        fields["subcategory"] = {"name": subcategory}
    return fields


def caller_fields(draft: Draft, people: People) -> dict[str, Any]:
    """Who called: a person in TOPdesk, with the name as text for the case that the person cannot be
    named there (`caller_fallback`), or that text alone.

    Findings: `caller-missing`, `caller-unknown`, `caller-left`, `caller-without-key`,
    `caller-shortened`.
    """
    name = first(draft.calls, "contact_name") or first(draft.calls, "callback_contact")
    if not name:
        draft.note("caller-missing")
        email = label(first(draft.calls, "contact_email"))
        return {"caller": _caller_as_text(draft, email, None)} if email else {}
    person = people.named(name)
    text = _caller_as_text(draft, name, person)
    if person is None:
        draft.note("caller-unknown")
    elif person.left:
        draft.note("caller-left")
    elif not findable(person, draft.mappings):
        draft.note("caller-without-key")
    else:
        lookup = {"id": Ref("person", person.identity)}
        return {"callerLookup": lookup, "caller_fallback": text}
    return {"caller": text}


def _caller_as_text(draft: Draft, name: str, person: Person | None) -> dict[str, str]:
    text = (person.name if person else "") or label(name)
    if len(text) > _CALLER_NAME:
        draft.note("caller-shortened")
    caller = {"dynamicName": shorten(text, _CALLER_NAME)}
    known, _ = fitted(person) if person else ({}, [])
    given = clean(first(draft.calls, "contact_email"))
    if email := known.get("email") or (given if is_email(given) and len(given) <= 100 else ""):
        caller["email"] = email
    for ours, theirs in (("phone", "phoneNumber"), ("mobile", "mobileNumber")):
        if ours in known:
            caller[theirs] = known[ours]
    return caller


def operator_field(
    draft: Draft, incident: Row | None, group: str | None, people: People, staff: Staff
) -> dict[str, Any]:
    """The assignee, where TOPdesk takes them: there, and in the ticket's group; else nobody, and
    the group has the ticket alone.

    Findings: `assignee-left`, `assignee-not-moved`, `assignee-not-member`.
    """
    assignee = field_text(incident.get("assignee")) if incident is not None else ""
    if not assignee or group is None:
        return {}
    person = people.named(assignee)
    if person is None or person.left:
        draft.note("assignee-left")
        return {}
    logins = [member.key for member in person.members if member.kind == "operators"]
    login = assignee if people.by_login(assignee) else (logins or [assignee])[0]
    operator = staff.operators.get(login)
    if operator.verdict is not None:
        draft.note("assignee-not-moved", operator.verdict.code)
        return {}
    if (group, operator.identity) not in staff.members:
        draft.note("assignee-not-member")
        return {}
    draft.uses.update(operator.uses)
    return {"operator": {"id": Ref("operator", operator.identity)}}
