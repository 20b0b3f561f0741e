"""Counts what checking and approving go by: facts of HPSM from the snapshot, of TOPdesk from its
reader."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from migrate.errors import ConfigurationError, Problem
from migrate.load.target import TargetReader
from migrate.records import Found
from migrate.state.bundles import group_counts
from migrate.state.content_figures import (
    addresses,
    articles_by_category,
    catalogue_forms,
    catalogue_items,
    texts_by_group,
)
from migrate.state.examples import assigned
from migrate.state.figures import kinds_of_tickets, values
from migrate.state.marks import marked_values
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot
from migrate.transform.facts import (
    ContentFacts,
    GroupFacts,
    MarkFacts,
    OperatorFacts,
    SourceFacts,
    TargetFacts,
    TargetGroup,
)
from migrate.transform.governance import second_factor_of
from migrate.transform.library import categories_of, within
from migrate.transform.mapping import Mappings
from migrate.transform.people import build_people

_LISTS = {
    "status": "status",
    "priority": "priority",
    "impact": "impact",
    "urgency": "urgency",
    "closure_code": "resolution_code",
    "entry_type": "callback_type",
}
"""Mapping list → the field of HPSM's tickets that it maps."""

_ABSENT = {
    "incidents": frozenset({"callback_type"}),
    "requests": frozenset({"callback_type", "impact", "urgency"}),
}


def source_facts(
    snapshot: Snapshot, mappings: Mappings, units: Collection[str] | None = None
) -> SourceFacts:
    """What the snapshot holds; values and services of the tickets of `units` only, where given."""
    groups, services = owned(mappings, units)
    counted: dict[str, Counter[str]] = {name: Counter() for name in (*_LISTS, "category")}
    by_service: Counter[str] = Counter()
    kinds = ["incidents", "interactions"]
    if mappings.policy.tickets.requests == "incident":
        kinds.append("requests")
    for kind in kinds:
        for name, field in _LISTS.items():
            if field not in _ABSENT.get(kind, frozenset()):
                for (value,), count in values(snapshot, kind, [field], groups, services).items():
                    _count(counted[name], value, count)
        for (category, sub, service), count in values(
            snapshot, kind, ["category", "subcategory", "service"], groups, services
        ).items():
            if service:
                by_service[service.strip()] += count
            entry = mappings.services.get((service or "").strip())
            if entry is None or entry.category is None:
                _count(counted["category"], "/".join(p for p in (category, sub) if p), count)
    members: dict[str, set[str]] = defaultdict(set)
    for row in snapshot.scan("members"):
        members[row["group"]].add(row["operator"])
    return SourceFacts(
        values={name: dict(counter) for name, counter in counted.items()},
        services=dict(by_service),
        groups={
            name: GroupFacts(
                facts["members"],
                facts["open"],
                facts["tickets"],
                (facts["last_activity"] or "")[:10],
            )
            for name, facts in group_counts(snapshot).items()
            if name is not None
        },
        operators={
            row["name"]: OperatorFacts(
                row.get("full_name") or "",
                row.get("email") or "",
                None if row.get("inactive") is None else not row["inactive"],
            )
            for row in snapshot.scan("operators")
        },
        members={group: frozenset(logins) for group, logins in members.items()},
        content=content_facts(snapshot, mappings),
        fields=frozenset(
            name
            for kind in ("incidents", "interactions")
            for name in Mirror(snapshot.connection, kind).columns
        ),
        activity_fields=frozenset(Mirror(snapshot.connection, "activities").columns),
        marks={
            field: MarkFacts(*marked_values(snapshot, field, words))
            for field, words in mappings.policy.tickets.marks().items()
        },
        read=_read(snapshot),
    )


def _read(snapshot: Snapshot) -> datetime | None:
    """When the reading of tickets began: of the kinds that hold them, the one read longest ago."""
    began = {
        run.kind: run.started
        for run in snapshot.runs()
        if run.finished and run.kind in ("incidents", "interactions")
    }
    return min((datetime.fromisoformat(f"{at}+00:00") for at in began.values()), default=None)


def content_facts(snapshot: Snapshot, mappings: Mappings) -> ContentFacts:
    """What the snapshot holds of knowledge, texts and the catalogue; where articles lead to only
    where some unit moves any."""
    categories: Counter[str] = Counter()
    of: dict[str, set[str]] = {key: set() for key in mappings.units}
    ids: set[str] = set()
    for id_, text in articles_by_category(snapshot):
        ids.add(id_)
        paths = categories_of(text)
        for key, unit in mappings.units.items():
            if any(within(path, top) for path in paths for top in unit.file.knowledge):
                of[key].add(id_)
        parts = (path.split("/") for path in paths)
        categories.update({"/".join(p[:n]) for p in parts for n in range(1, len(p) + 1)})
    led = addresses(snapshot) if any(of.values()) else {}
    texts = dict(texts_by_group(snapshot))
    items = list(catalogue_items(snapshot))
    return ContentFacts(
        categories=dict(categories),
        articles=frozenset(ids),
        texts_of=dict(Counter(group or "*" for group in texts.values())),
        texts=frozenset(texts),
        items={name: used for name, _, used in items},
        forms=dict(catalogue_forms(snapshot)),
        item_groups={name: group for name, group, _ in items},
        links=dict(Counter(address for found in led.values() for address in found)),
        links_of={
            key: frozenset(address for id_ in mine for address in led.get(id_, ()))
            for key, mine in of.items()
        },
    )


def owned(mappings: Mappings, units: Collection[str] | None) -> tuple[set[str] | None, set[str]]:
    """The HPSM groups of these units, and the services whose default group is one of them."""
    if units is None:
        return None, set()
    groups = {g for key in units if key in mappings.units for g in mappings.units[key].file.groups}
    services = {
        name for name, service in mappings.services.items() if service.default_group in groups
    }
    return groups, services


def out_of_sight(mappings: Mappings) -> tuple[set[str], set[str]]:
    """The HPSM groups whose tickets are held, and the services that come to them: those that are
    restricted, and those of a moving unit of which nobody has said that they are not."""
    groups = {
        group
        for unit in mappings.units.values()
        for group in unit.file.groups
        if (entry := unit.groups.get(group)) is None or entry.restricted is not False
    }
    services = {
        name for name, service in mappings.services.items() if service.default_group in groups
    }
    return groups, services


def target_facts(reader: TargetReader, mappings: Mappings | None = None) -> TargetFacts:
    """What TOPdesk holds now; archived records are left out, and of knowledge and services what the
    mappings do not need."""
    lists = reader.lists()
    operators = {
        str(found.fields["loginName"]): OperatorFacts(
            found.name,
            str(found.fields.get("email") or ""),
            True,
            feide=str(found.fields.get("networkLoginName") or ""),
            number=str(found.fields.get("employeeNumber") or ""),
            unit=_named(found, "department") or _named(found, "branch"),
            title=str(found.fields.get("jobTitle") or ""),
            id=found.id,
        )
        for found in reader.index("operator")
        if not found.archived and found.fields.get("loginName")
    }
    groups = [found for found in reader.index("operator_group") if not found.archived]
    archives = mappings is not None and mappings.policy.tickets.archive.reason
    reasons = reader.archiving_reasons() if archives else {}
    units = mappings.units.values() if mappings else ()
    sorts = {sort for unit in units for sort, _ in unit.file.rights.listed()}
    rights = {sort: reader.rights(sort) for sort in sorted(sorts)}
    return TargetFacts(
        lists={**lists.lists, **rights, "archiving_reason": reasons},
        subcategories=frozenset(lists.subcategories),
        branches=frozenset(_names(reader, "branch")),
        groups=frozenset(found.name for found in groups),
        operators=operators,
        about={found.name: TargetGroup(found.id, _named(found, "branch")) for found in groups},
        **_of_knowledge(reader, mappings),
    )


def seen_closely(
    snapshot: Snapshot, facts: SourceFacts, second_factor: frozenset[str] | None = None
) -> SourceFacts:
    """`facts` with what proposals and governance go by besides: what groups' tickets are about, who
    manages them, who operators are in the directory, when they were last seen, and whether they
    are among those who log in with a second factor."""
    topics: dict[str, Counter[str]] = defaultdict(Counter)
    for kind in ("incidents", "interactions"):
        fields = ["assignment", "subcategory", "category"]
        for (group, sub, category), count in values(snapshot, kind, fields, None).items():
            if group and (topic := sub or category):
                topics[group.strip()][topic.strip()] += count
    managers = {row["name"]: row.get("manager") or "" for row in snapshot.scan("groups")}
    groups = {
        name: replace(seen, topics=dict(topics.get(name, {})), manager=managers.get(name, ""))
        for name, seen in facts.groups.items()
    }
    people = build_people(snapshot.scan("contacts"), snapshot.scan("operators"))
    logins = {row["name"].strip().casefold(): row for row in snapshot.scan("operators")}
    worked = assigned(snapshot, list(facts.groups))
    operators: dict[str, OperatorFacts] = {}
    for login, seen in facts.operators.items():
        person, row = people.by_login(login), logins.get(login, {})
        last = max((row.get("last_login") or "")[:10], worked.get(login, (0, 0, ""))[2][:10])
        operators[login] = replace(
            seen,
            name=seen.name or (person.name if person else ""),
            feide=person.login if person else "",
            number=person.employee_number if person else "",
            unit=person.department if person else "",
            title=person.job_title if person else "",
            last=last,
        )
    if second_factor is not None:
        has = second_factor_of(replace(facts, operators=operators), second_factor)
        operators = {
            login: replace(seen, second_factor=has[login]) for login, seen in operators.items()
        }
    return replace(facts, groups=groups, operators=operators)


def read_second_factor(folder: Path, mappings: Mappings) -> frozenset[str] | None:
    """The logins in the file that the policy names, in lower case; None where it names none.

    Raises ConfigurationError (`second-factor-unreadable`) where it is not there.
    """
    if (name := mappings.policy.governance.second_factor) is None:
        return None
    path = folder / name
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            Problem(
                "second-factor-unreadable",
                str(path),
                "cannot be read",
                expected="a text file, one login a line",
            )
        ) from None
    return frozenset(line.strip().casefold() for line in lines if line.strip())


def kinds(snapshot: Snapshot) -> dict[str, dict[tuple[str, str, str, str], int]]:
    """Group → (category, subcategory, service, location) → tickets that have them."""
    found: dict[str, dict[tuple[str, str, str, str], int]] = defaultdict(dict)
    fields = ("category", "subcategory", "service", "location")
    for group, category, sub, service, location, count in kinds_of_tickets(snapshot, fields):
        found[group][category, sub, service, location] = int(count)
    return found


def with_members(reader: TargetReader, target: TargetFacts) -> TargetFacts:
    """`target` with the members of every group: a request for each."""
    logins = {seen.id: login for login, seen in target.operators.items()}
    about = {
        name: replace(
            group,
            members=frozenset(logins[each] for each in reader.members(group.id) if each in logins),
        )
        for name, group in target.about.items()
    }
    return replace(target, about=about)


def _named(found: Found, field: str) -> str:
    """The name of a record that another one refers to."""
    value = found.fields.get(field)
    return str(value.get("name") or "") if isinstance(value, Mapping) else ""


def _of_knowledge(reader: TargetReader, mappings: Mappings | None) -> dict[str, Any]:
    """Asked only where some unit moves any: not everybody's account may read it."""
    units = mappings.units.values() if mappings else ()
    found: dict[str, Any] = {}
    decided = any(unit.services for unit in units)
    if decided or any(unit.file.knowledge for unit in units):
        try:
            found["services"] = frozenset(_names(reader, "service"))
        except ConfigurationError:
            # Where no decision names a service, only proposals are the poorer for it.
            if decided:
                raise
    if any(unit.knowledge or unit.texts for unit in units):
        info = reader.knowledge.info()
        found["languages"] = info.languages
        found["knowledge_statuses"] = frozenset(info.statuses)
    return found


def _names(reader: TargetReader, kind: str) -> Iterable[str]:
    return (found.name for found in reader.index(kind) if not found.archived)


def _count(counter: Counter[str], value: str | None, count: int) -> None:
    if value and value.strip():
        counter[value.strip()] += count
