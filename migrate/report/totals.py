"""Do the buckets add up to what was extracted? Asserted at the end of every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migrate.errors import BugError, Problem
from migrate.state.figures import source_tickets
from migrate.state.others import OTHERS
from migrate.state.overview import Overview
from migrate.state.snapshot import Snapshot

TicketGroups = Mapping[str, tuple[set[str], set[str]]]
"""Unit → its HPSM groups, and the services that come to it where a ticket names no group."""

NOBODY = "(no unit)"


@dataclass(frozen=True, slots=True)
class Account:
    """Incidents, interactions, requests, changes, problems and tasks of a unit: extracted, and in
    the buckets of its plan."""

    unit: str
    extracted: int
    planned: int


def totals(snapshot: Snapshot, overview: Overview, groups: TicketGroups) -> list[Account]:
    """An account for each unit that the mappings know, and one for the tickets of no unit.

    `extracted` is counted by HPSM's group alone, apart from everything that the plan went through.
    """
    planned_units = set(overview.units())
    accounts = []
    for unit, (own, services) in groups.items():
        planned = 0
        if unit in planned_units:
            planned = sum(li.sources for li in overview.lines(unit) if li.phase == "tickets")
        accounts.append(Account(unit, source_tickets(snapshot, own, services), planned))
    counts = snapshot.counts()
    everything = sum(counts.get(kind, 0) for kind in ("incidents", "interactions", *OTHERS))
    rest = everything - sum(account.extracted for account in accounts)
    return [*accounts, Account(NOBODY, rest, 0)]


def assert_totals(accounts: list[Account], units: list[str]) -> None:
    """Raise BugError (`totals-differ`) unless these units' buckets hold every record once."""
    wrong = [a for a in accounts if a.unit in units and a.planned != a.extracted]
    if wrong:
        raise BugError(
            Problem(
                "totals-differ",
                account.unit,
                f"{account.planned} records are in buckets, {account.extracted} were extracted",
                expected="every record in exactly one bucket",
            )
            for account in wrong
        )
