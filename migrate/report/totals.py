"""Do the buckets add up to what was extracted? Asserted at the end of every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from migrate.errors import BugError, Problem
from migrate.state.content_figures import (
    articles_by_category,
    catalogue_groups,
    texts_by_group,
)
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


def totals(
    snapshot: Snapshot, overview: Overview, groups: TicketGroups, *, tasks_along: bool = False
) -> list[Account]:
    """An account for each unit that the mappings know, and one for the tickets of no unit.

    `extracted` is counted by HPSM's group alone, apart from everything that the plan went through.
    With `tasks_along` the tasks of an incident are of whoever holds that.
    """
    planned_units = set(overview.units())
    accounts = []
    for unit, (own, services) in groups.items():
        planned = 0
        if unit in planned_units:
            planned = sum(li.sources for li in overview.lines(unit) if li.phase == "tickets")
        extracted = source_tickets(snapshot, own, services, tasks_along=tasks_along)
        accounts.append(Account(unit, extracted, planned))
    counts = snapshot.counts()
    everything = sum(counts.get(kind, 0) for kind in ("incidents", "interactions", *OTHERS))
    rest = everything - sum(account.extracted for account in accounts)
    return [*accounts, Account(NOBODY, rest, 0)]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What of HPSM's knowledge, standard texts and catalogue a unit takes: documents by their
    `ids` or `categories`, texts and catalogue items by their `groups`, where it takes any of them;
    `common` says that the texts of no group are its own."""

    ids: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    texts: bool = False
    items: bool = False
    common: bool = False


def content_totals(
    snapshot: Snapshot, overview: Overview, shelves: Mapping[str, Shelf]
) -> list[Account]:
    """An account of documents, standard texts and catalogue items for each unit that takes any,
    and one for those of no unit. Counted by what HPSM says of each, apart from the plan."""
    owned: Counter[str] = Counter()
    for id_, text in articles_by_category(snapshot):
        owned[_owner(id_, text, shelves)] += 1
    for _, group in texts_by_group(snapshot):
        owned[_taker(group, {k: s for k, s in shelves.items() if s.texts})] += 1
    for group in catalogue_groups(snapshot):
        owned[_taker(group, {k: s for k, s in shelves.items() if s.items}, common=False)] += 1
    planned_units = set(overview.units())
    accounts = []
    for unit in shelves:
        lines = overview.lines(unit) if unit in planned_units else []
        planned = sum(li.sources for li in lines if li.phase == "knowledge" or li.kind == "service")
        if owned[unit] or planned:
            accounts.append(Account(unit, owned[unit], planned))
    return [*accounts, Account(NOBODY, owned[""], 0)] if accounts else []


def _owner(id_: str, categories: str, shelves: Mapping[str, Shelf]) -> str:
    for unit, shelf in shelves.items():
        if id_ in shelf.ids:
            return unit
    for line in categories.replace(";", "\n").splitlines():
        path = "/".join(filter(None, (" ".join(part.split()) for part in line.split("/"))))
        while path:
            for unit, shelf in shelves.items():
                if path in shelf.categories:
                    return unit
            path = path.rpartition("/")[0]
    return ""


def _taker(group: str, shelves: Mapping[str, Shelf], *, common: bool = True) -> str:
    for unit, shelf in shelves.items():
        if group in shelf.groups or (common and not group and shelf.common):
            return unit
    return ""


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
