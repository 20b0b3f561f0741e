"""Which tickets a person may be shown at all: the same rule that a load holds tickets back by, and
stricter where nobody has decided anything yet."""

from __future__ import annotations

from collections.abc import Iterable

from migrate.records import Bundle, Row, State, Verdict, marked
from migrate.transform.mapping import Mappings
from migrate.transform.text import field_text


def groups_of(bundle: Bundle, mappings: Mappings) -> list[str]:
    """The HPSM groups that a ticket names, the one that has it now first; where it names none, the
    default group of its service."""
    work = (*((bundle.incident,) if bundle.incident is not None else ()), *bundle.interactions)
    groups = [group for row in work if (group := field_text(row.get("assignment")))]
    if groups:
        return groups
    name = next((text for row in work if (text := field_text(row.get("service")))), "")
    service = mappings.services.get(name) or (mappings.services.get("*") if name else None)
    return [service.default_group] if service and service.default_group else []


def unit_of_ticket(bundle: Bundle, mappings: Mappings) -> str:
    """The unit whose group has the ticket now, empty where none has."""
    unit = next((mappings.unit_of_group(group) for group in groups_of(bundle, mappings)), None)
    return unit.key if unit else ""


def confidential(rows: Iterable[Row], mappings: Mappings) -> Verdict | None:
    """HELD where one of a ticket's records is marked as the policy says. Verdict:
    `ticket-confidential`."""
    marks = mappings.policy.tickets.marks()
    if not marks:
        return None
    for row in rows:
        for field, values in marks.items():
            if marked(row.get(field), values):
                reason = "it is marked as confidential in HPSM"
                return Verdict(State.HELD, "ticket-confidential", reason)
    return None


def concealed(bundle: Bundle, mappings: Mappings) -> Verdict | None:
    """Why nothing of a ticket may be shown; None where all of it may.

    Every group that it or a call beside it names must be in a unit, and somebody must have said
    that it is not restricted. Of two tickets with one number nobody can tell whose history is
    whose. Verdicts: `number-shared`, `ticket-confidential`, `group-restricted`,
    `group-restriction-unknown`.
    """
    if bundle.shared:
        return Verdict(State.REJECTED, "number-shared", "another ticket has the same number")
    records = (bundle.incident, bundle.above, *bundle.interactions, *bundle.beside)
    if marked := confidential((row for row in records if row is not None), mappings):
        return marked
    beside = (field_text(call.get("assignment")) for call in bundle.beside)
    groups = [*groups_of(bundle, mappings), *filter(None, beside)]
    entries = [mappings.group(group) for group in groups]
    if any(entry is not None and entry.restricted is True for entry in entries):
        return Verdict(State.HELD, "group-restricted", "a group that has it is restricted")
    if not entries or any(entry is None or entry.restricted is not False for entry in entries):
        reason = "nobody has said whether a group that has it is restricted"
        return Verdict(State.HELD, "group-restriction-unknown", reason)
    return None
