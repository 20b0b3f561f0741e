"""Three units whose every decision is approved, with what HPSM and TOPdesk showed then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from migrate.transform.approve import approve
from migrate.transform.facts import (
    ContentFacts,
    GroupFacts,
    OperatorFacts,
    SourceFacts,
    TargetFacts,
    TargetGroup,
)
from migrate.transform.mapping_files import read_mappings

NOW = datetime(2019, 9, 20, 12, 0, tzinfo=UTC)
OWNER = "eier@example.no"
UNITS = ("ub", "it", "hr")
GROUPS = {unit: [f"{unit.upper()}-GRUPPE {n}" for n in range(8)] for unit in UNITS}
LOGINS = {unit: [f"{unit}{n}" for n in range(6)] for unit in UNITS}


@dataclass(frozen=True)
class Scene:
    """The files, and what is seen beside them."""

    folder: Path
    facts: SourceFacts
    target: TargetFacts


def scene(folder: Path) -> Scene:
    """Everything decided and approved. Of every unit the last group is left, the one before
    retired, two are merged, and one becomes a group that TOPdesk does not have yet."""
    facts, target = _facts(), _target()
    _write(folder)
    for unit in UNITS:
        mappings, problems = read_mappings(folder)
        assert problems == []
        approve(folder, mappings, unit, None, OWNER, NOW, facts, target)
    return Scene(folder, facts, target)


def target_of(unit: str, n: int) -> str:
    """The group of TOPdesk that a group becomes."""
    return f"{unit.upper()} Ny {min(n, 4)}"


def id_of(unit: str, n: int) -> str:
    return f"id-{unit}-{min(n, 4)}"


def _write(folder: Path) -> None:
    folder.joinpath("values").mkdir(parents=True)
    folder.joinpath("policy.yaml").write_text("time_zone: Europe/Oslo\n")
    folder.joinpath("values/status.yaml").write_text("Open: {target: null, state: open}\n")
    for unit in UNITS:
        at = folder / "units" / unit
        at.mkdir(parents=True)
        names = "".join(f"  - {name}\n" for name in GROUPS[unit])
        head = f"name: Enhet {unit}\nbranch: {unit.upper()}\nowners: [{OWNER}]\n"
        head += f"knowledge: [Kunnskap {unit}]\ngroups:\n"
        at.joinpath("unit.yaml").write_text(head + names)
        entries = [_entry(unit, n, name) for n, name in enumerate(GROUPS[unit])]
        at.joinpath("groups.yaml").write_text("".join(entries))
        operators = [
            f"- source: {login}\n  decision: {{action: map, target: {login}}}\n"
            for login in LOGINS[unit]
        ]
        at.joinpath("operators.yaml").write_text("".join(operators))
        at.joinpath("knowledge.yaml").write_text(
            f"- source: Kunnskap {unit}\n"
            f"  decision: {{action: map, folder: Artikler/{unit}, audience: portal}}\n"
            "  restricted: false\n"
        )
        at.joinpath("services.yaml").write_text(
            f"- source: Tjeneste {unit}\n  decision: {{action: map, target: Tjeneste {unit}}}\n"
        )
        at.joinpath("groups.seen.yaml").write_text(f"{GROUPS[unit][0]}: {{reason: decided}}\n")


def _entry(unit: str, n: int, name: str) -> str:
    decision = f"{{action: map, target: {target_of(unit, n)}, line: second}}"
    if n == 7:
        decision = "{action: leave, reason: blir i gammelt system}"
    elif n == 6:
        decision = f"{{action: retire, open_tickets_to: {target_of(unit, 0)}}}"
    elif n == 5:
        decision = f"{{action: merge, target: {target_of(unit, 4)}}}"
    elif n == 3:
        decision = f"{{action: map, target: {unit.upper()} Helt ny}}"
    restricted = "true" if n == 2 else "false"
    return f"- source: {name}\n  decision: {decision}\n  restricted: {restricted}\n"


def _facts() -> SourceFacts:
    groups, members, operators = {}, {}, {}
    for unit in UNITS:
        for n, name in enumerate(GROUPS[unit]):
            inside = frozenset(LOGINS[unit][: 2 + n % 4])
            members[name] = inside
            groups[name] = GroupFacts(len(inside), 10 + 8 * n, 300 + 100 * n, "2019-09-19")
        for login in LOGINS[unit]:
            operators[login] = OperatorFacts(f"Person {login}", f"{login}@example.no", True)
    return SourceFacts(
        values={"status": {"Open": 100}},
        groups=groups,
        members=members,
        operators=operators,
        content=ContentFacts(
            categories={f"Kunnskap {unit}": 40 for unit in UNITS},
            items={f"Tjeneste {unit}": True for unit in UNITS},
        ),
    )


def _target() -> TargetFacts:
    about = {
        target_of(unit, n): TargetGroup(id_of(unit, n), unit.upper())
        for unit in UNITS
        for n in (0, 1, 2, 4)
    }
    operators = {
        login: OperatorFacts(f"Person {login}", f"{login}@example.no", True, id=f"op-{login}")
        for unit in UNITS
        for login in LOGINS[unit]
    }
    return TargetFacts(
        lists={"processing_status": {}},
        branches=frozenset(unit.upper() for unit in UNITS),
        groups=frozenset(about),
        operators=operators,
        about=about,
    )


def with_group(facts: SourceFacts, name: str, seen: GroupFacts | None) -> SourceFacts:
    groups = {each: of for each, of in facts.groups.items() if each != name}
    return replace(facts, groups=groups if seen is None else {**groups, name: seen})


def with_operator(facts: SourceFacts, login: str, seen: OperatorFacts | None) -> SourceFacts:
    operators = {each: of for each, of in facts.operators.items() if each != login}
    return replace(facts, operators=operators if seen is None else {**operators, login: seen})


def with_about(target: TargetFacts, about: dict[str, TargetGroup]) -> TargetFacts:
    return replace(target, groups=frozenset(about), about=about)
