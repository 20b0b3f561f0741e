"""Which operator groups TOPdesk shall have, and who is in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from migrate.records import Chain, Member, Ref, Row, State, Step, Verdict
from migrate.transform.mapping import GroupDecision, GroupEntry, Mappings, Unit, entry_id
from migrate.transform.names import GROUP_NAME
from migrate.transform.operators import Operators
from migrate.transform.people import People
from migrate.transform.source_digest import source_digest
from migrate.transform.text import field_text


@dataclass(frozen=True)
class Staff:
    """Who can be given a ticket: the operators decided on, and (group target, operator identity)
    for every membership that is moved."""

    operators: Operators = field(default_factory=Operators)
    members: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, mappings: Mappings, members_rows: Iterable[Row], people: People) -> Staff:
        operators = Operators.of(mappings, people)
        members = set()
        for row in members_rows:
            entry = mappings.group(field_text(row["group"]))
            if entry is None or not (target := group_target(entry)):
                continue
            operator = operators.get(field_text(row["operator"]))
            if operator.verdict is None:
                members.add((target, operator.identity))
        return cls(operators, frozenset(members))


def group_target(entry: GroupEntry) -> str | None:
    """The TOPdesk group that an HPSM group becomes, None where it becomes none."""
    if entry.decision is None or entry.decision.action not in ("map", "merge"):
        return None
    return entry.decision.target


def group_verdict(group: str, entry: GroupEntry | None) -> Verdict | None:
    """Why there is no TOPdesk group for this HPSM group; None where there is one.

    Verdicts: `group-undecided`, `name-too-long` (rejected), `group-retired`, `group-left-behind`
    (skipped).
    """
    if entry is None or entry.decision is None:
        return Verdict(State.REJECTED, "group-undecided", f"nobody decided on the group {group}")
    decision = entry.decision
    if decision.action == "retire":
        return Verdict(State.SKIPPED, "group-retired", decision.reason or "the group is retired")
    if decision.action == "leave":
        reason = decision.reason or "the unit leaves the group behind"
        return Verdict(State.SKIPPED, "group-left-behind", reason)
    if decision.action == "split" or not decision.target:
        # A split says nothing about where each ticket goes.
        reason = f"the decision on the group {group} names no target"
        return Verdict(State.REJECTED, "group-undecided", reason)
    if len(decision.target) > GROUP_NAME:
        reason = f"the group's name has {len(decision.target)} characters, {GROUP_NAME} fit"
        return Verdict(State.REJECTED, "name-too-long", reason)
    return None


def group_chains(
    unit: Unit, mappings: Mappings, members_rows: Iterable[Row], operators: Operators
) -> Iterator[Chain]:
    """The unit's chains of kind `operator_group`, then of kind `membership`, each in order.

    HPSM groups that become the same TOPdesk group are members of one chain; so are the source
    memberships that become one. What is set aside has a chain of its own, named by its source key.
    """
    targets: dict[str, list[str]] = defaultdict(list)
    for group in sorted(set(unit.file.groups)):
        entry = unit.groups.get(group)
        verdict = group_verdict(group, entry)
        if verdict is not None:
            yield Chain(
                "operator_group",
                f"groups:{group}",
                (Member("groups", group),),
                unit.key,
                verdict=verdict,
                create=False,
                uses=_uses(unit, [group]),
                source_digest=source_digest(group),
            )
        elif entry is not None and (target := group_target(entry)):
            targets[target].append(group)
    for target, groups in sorted(targets.items()):
        yield _group_chain(unit, target, groups)
    yield from _membership_chains(unit, members_rows, operators)


def _group_chain(unit: Unit, target: str, groups: list[str]) -> Chain:
    body = {"groupName": target, "branch": {"id": Ref("branch", unit.file.branch)}}
    decisions = [unit.groups[group].decision for group in groups]
    # TOPdesk takes no tasks when a group is made, and wants name and branch again with them
    # (supporting files API 2.7.11, UpdateOperatorGroup).
    tasks = {**body, **_tasks([decision for decision in decisions if decision])}
    return Chain(
        "operator_group",
        target,
        tuple(Member("groups", group) for group in groups),
        unit.key,
        steps=(Step("create", body), Step("tasks", tasks)),
        find=(("groupName", target),),
        uses=_uses(unit, groups),
        source_digest=source_digest(groups),
    )


def _tasks(decisions: list[GroupDecision]) -> dict[str, bool]:
    """The lines that the merged groups work in; all lines where one of them does not say."""
    lines = {decision.line for decision in decisions}
    return {
        "firstLineCallOperator": bool(lines & {"first", None}),
        "secondLineCallOperator": bool(lines & {"second", None}),
    }


def _membership_chains(
    unit: Unit, members_rows: Iterable[Row], operators: Operators
) -> Iterator[Chain]:
    mine = set(unit.file.groups)
    sent: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    aside: dict[tuple[str, str], Verdict] = {}
    rows = {(field_text(r["group"]), field_text(r["operator"])) for r in members_rows}
    for group, login in sorted(row for row in rows if row[0] in mine):
        entry = unit.groups.get(group)
        operator = operators.get(login)
        verdict = group_verdict(group, entry) or operator.verdict
        if verdict is None and entry is not None and (target := group_target(entry)):
            sent[target, operator.identity].append((group, login))
        elif verdict is not None:
            aside[group, login] = verdict
    for (target, identity), pairs in sorted(sent.items()):
        body = {"group": Ref("operator_group", target), "operator": Ref("operator", identity)}
        yield Chain(
            "membership",
            f"{target}|{identity}",
            _members(pairs),
            unit.key,
            steps=(Step("add", body),),
            uses=_uses(unit, [group for group, _ in pairs], operators, pairs),
            source_digest=source_digest(pairs),
        )
    for (group, login), verdict in aside.items():
        yield Chain(
            "membership",
            f"members:{group}|{login}",
            _members([(group, login)]),
            unit.key,
            verdict=verdict,
            create=False,
            uses=_uses(unit, [group], operators, [(group, login)]),
            source_digest=source_digest([(group, login)]),
        )


def _members(pairs: list[tuple[str, str]]) -> tuple[Member, ...]:
    return tuple(Member("members", f"{group}|{login}") for group, login in pairs)


def _uses(
    unit: Unit,
    groups: Iterable[str],
    operators: Operators | None = None,
    pairs: Iterable[tuple[str, str]] = (),
) -> tuple[str, ...]:
    uses = {entry_id(unit.key, "groups", group) for group in groups if group in unit.groups}
    if operators is not None:
        uses.update(use for _, login in pairs for use in operators.get(login).uses)
    return tuple(sorted(uses))
