"""Checks the mappings against HPSM and TOPdesk: everything that is wrong, in one go.

Pure: what HPSM and TOPdesk hold comes as facts. Values, services and the policy are looked at in
`check_values.py`, each unit in `check_units.py`; here is what units have with one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from migrate.errors import Problem
from migrate.transform.approve import entries_of, facts_of, standing
from migrate.transform.check_content import check_content, check_content_policy
from migrate.transform.check_forms import check_forms
from migrate.transform.check_units import check_unit
from migrate.transform.check_values import check_policy, check_services, check_values, time_zones
from migrate.transform.content_mapping import FormEntry
from migrate.transform.entitled import approvers, could_approve
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.look import Look
from migrate.transform.mapping import Mappings, OperatorDecision, Sprint, Unit, entry_id
from migrate.transform.mapping_files import by_place
from migrate.transform.names import folded, near


def check(
    mappings: Mappings,
    problems: Sequence[Problem],
    facts: SourceFacts | None,
    lists: TargetFacts | None,
    units: Collection[str] | None = None,
    sprint: str | None = None,
) -> list[Problem]:
    """Everything that is wrong with the mappings, ordered by file and line.

    `problems` are those of `read_mappings`, and come back among the others. What needs HPSM (or
    TOPdesk) is not looked at where `facts` (or `lists`) is None. With `units`, or a `sprint` and so
    its units, only these and what they share are looked at. Problems that are not warnings keep a
    load from starting.
    """
    look = Look(mappings, facts, lists, problems)
    if units is None and sprint in mappings.sprints:
        units = mappings.sprints[sprint].units
    chosen = {key: unit for key, unit in mappings.units.items() if units is None or key in units}
    found = [
        *(problem for problem in problems if _concerns(problem, units)),
        *check_policy(look),
        *check_content_policy(look),
        *check_values(look),
        *check_services(look),
        *_sprints(look, sprint),
        *_names(look, chosen),
        *_logins(look, chosen),
    ]
    for key, unit in chosen.items():
        found += check_unit(look, key, unit)
        found += check_content(look, key, unit)
        found += check_forms(look, key, unit)
        found += _approvals(look, key, unit)
    for key in sorted(set(units or ()) - set(mappings.units)):
        if not look.broken(f"units/{key}/unit.yaml"):
            found.append(
                Problem(
                    "unit-unknown",
                    f"units/{key}",
                    f'there is no unit "{key}"',
                    near=near(key, mappings.units),
                )
            )
    if units is None:
        found += _groups_in_no_unit(look)
    return sorted(found, key=by_place)


def _concerns(problem: Problem, units: Collection[str] | None) -> bool:
    """Whether a problem of form is one of the chosen units, or shared by all."""
    _, inside, rest = problem.place.partition("/units/")
    return units is None or not inside or rest.partition("/")[0] in units


def _names(look: Look, chosen: Collection[str]) -> Iterator[Problem]:
    """Groups that become one without anybody having said so; TOPdesk's names ignore case."""
    targets: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for key, unit in sorted(look.mappings.units.items(), key=lambda pair: pair[0] in chosen):
        for entry in unit.groups.values():
            if entry.decision and entry.decision.action == "map" and entry.decision.target:
                name = " ".join(entry.decision.target.casefold().split())
                place = look.place(entry_id(key, "groups", entry.source))
                targets[name].append((key, entry.source, place))
    for (_, first, first_place), *rest in targets.values():
        for key, source, place in rest:
            if key in chosen:
                yield Problem(
                    "group-names-collide",
                    place,
                    f'"{source}" and "{first}" ({first_place}) become one TOPdesk group',
                    expected="another name, or action: merge",
                )


def _logins(look: Look, chosen: Collection[str]) -> Iterator[Problem]:
    """Two operators who become one, or one operator for whom two units take different logins.

    One unit may leave an operator that another takes. Operators of HPSM who differ in letters' case
    alone cannot be told apart where tickets and groups name them: that is a warning.
    """
    members = {login.casefold() for key in chosen for login in look.mappings.units[key].operators}
    for names in look.facts.alike if look.facts else ():
        if names[0].strip().casefold() in members:
            yield Problem(
                "operator-twice",
                "HPSM operators",
                f"{' and '.join(names)} differ in letters' case alone, and are one here",
                expected="one operator, one login",
                remedy="Rename one of them in HPSM, where they are two people.",
                warning=True,
            )
    by_target: dict[str, tuple[str, str]] = {}
    by_source: dict[str, tuple[str, str]] = {}
    for key, unit in sorted(look.mappings.units.items(), key=lambda pair: pair[0] in chosen):
        for entry in unit.operators.values():
            if entry.decision is None or entry.decision.action == "leave":
                continue
            place = look.place(entry_id(key, "operators", entry.source))
            source, target = entry.source.casefold(), _login(entry.source, entry.decision)
            before, first_place = by_source.setdefault(source, (target, place))
            if before != target:
                code, message = "decision-conflict", f"becomes another operator at {first_place}"
            else:
                other, first_place = by_target.setdefault(target, (source, place))
                if other == source:
                    continue
                code, message = "operator-twice", f'and "{other}" ({first_place}) become one'
            if key in chosen:
                yield Problem(
                    code, place, f'"{entry.source}" {message}', expected="one operator, one login"
                )


def _login(source: str, decision: OperatorDecision) -> str:
    return (decision.target or source).strip().casefold()


def _approvals(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    for place, entry in entries_of(key, unit).items():
        if entry.decision is None:
            continue
        now = facts_of(entry, look.facts, look.lists) if look.facts else None
        approval = standing(entry, now, look.policy)
        file = place.partition("#")[0].rpartition("/")[2].removesuffix(".yaml")
        by = entry.review.by or ""
        if approval.holds and not could_approve(unit.file, file, by):
            yield Problem(
                "approval-not-entitled",
                look.place(place),
                f'"{entry.source}" was approved by "{by}", who may not approve {file}.yaml',
                expected=" or ".join(approvers(unit.file, file)),
            )
        if not approval.holds:
            because = f": {'; '.join(approval.changes)}" if approval.changes else ""
            words = {
                "missing": "is not approved",
                "rejected": "was rejected",
                "lapsed": "was approved, and has changed since",
                "edited": "is not what was approved",
            }[approval.state]
            yield Problem(
                f"approval-{approval.state}",
                look.place(place),
                f'"{entry.source}" {words}{because}',
                warning=isinstance(entry, FormEntry),  # nothing of a form is loaded
            )


def _sprints(look: Look, wanted: str | None) -> Iterator[Problem]:
    sprints = look.mappings.sprints
    if wanted is not None and wanted not in sprints and not look.broken("sprints.yaml"):
        yield Problem(
            "sprint-unknown",
            look.mappings.places.get("sprints.yaml", "sprints.yaml:1"),
            f'there is no sprint "{wanted}"',
            near=near(wanted, sprints),
        )
    first: dict[str, str] = {}
    for sprint in sprints.values():
        place = look.place(f"sprints.yaml#{sprint.name}")
        for unit in sprint.units:
            if unit not in look.mappings.units and not look.broken(f"units/{unit}/unit.yaml"):
                yield Problem(
                    "unit-unknown",
                    place,
                    f'the sprint names the unit "{unit}", which has no folder',
                    near=near(unit, look.mappings.units),
                )
            if first.setdefault(unit, sprint.name) != sprint.name:
                yield Problem(
                    "unit-in-two-sprints", place, f"{unit} is also in {first[unit]}", "one sprint"
                )
        if sprint.notifications_off is None:
            yield Problem(
                "notifications-on",
                place,
                f"nobody has said that TOPdesk's mails are off for {sprint.name}",
                expected="notifications_off: {by: …, at: …}",
                warning=sprint.name != wanted,
            )
        if sprint.name == wanted and look.facts is not None:
            yield from _read_too_early(look, sprint, look.facts.read)


def _read_too_early(look: Look, sprint: Sprint, read: datetime | None) -> Iterator[Problem]:
    """A warning, since a rehearsal is loaded before HPSM is closed."""
    name = look.mappings.policy.time_zone
    if sprint.freeze is None or read is None or name not in time_zones():
        return
    zone = ZoneInfo(name)
    freeze = sprint.freeze if sprint.freeze.tzinfo else sprint.freeze.replace(tzinfo=zone)
    if read < freeze:
        yield Problem(
            "read-before-freeze",
            look.place(f"sprints.yaml#{sprint.name}"),
            f"HPSM was read at {read.astimezone(zone):%Y-%m-%d %H:%M}, and its freeze for "
            f"{sprint.name} is at {freeze.astimezone(zone):%Y-%m-%d %H:%M}",
            expected="a snapshot of after the freeze, except for a rehearsal",
            warning=True,
        )


def _groups_in_no_unit(look: Look) -> Iterator[Problem]:
    """One warning for all of them: before the last sprint there are hundreds. None while a unit's
    file cannot be read, since nobody knows then."""
    if look.facts is None or look.unread_units:
        return
    left = {
        name: seen.tickets
        for name, seen in look.facts.groups.items()
        if look.mappings.unit_of_group(name) is None
    }
    if left:
        largest = sorted(left, key=lambda name: (-left[name], name))[:5]
        yield Problem(
            "group-in-no-unit",
            "units",
            f"{len(left)} HPSM groups with {sum(left.values())} tickets are in no unit; "
            f"the largest: {', '.join(largest)}",
            warning=True,
        )
    moving = {
        folded(group): (group, key)
        for key, u in look.mappings.units.items()
        for group in u.file.groups
    }
    for name in sorted(left):
        if alike := moving.get(folded(name)):
            group, key = alike
            yield Problem(
                "group-in-no-unit",
                look.place(f"units/{key}/unit.yaml"),
                f'"{name}" ({left[name]} tickets) is in no unit, and is written like "{group}"',
                near=(group,),
                warning=True,
            )
