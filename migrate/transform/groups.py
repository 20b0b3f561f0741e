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
from migrate.transform.split import targets_for, targets_of
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
        members: set[tuple[str, str]] = set()
        for row in members_rows:
            entry = mappings.group(field_text(row["group"]))
            login = field_text(row["operator"])
            operator = operators.get(login)
            if entry is not None and operator.verdict is None:
                targets = targets_for(entry.decision, login)
                members.update((target, operator.identity) for target in targets)
        return cls(operators, frozenset(members))


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
    if not (targets := targets_of(decision)) or (decision.action == "split" and not decision.parts):
        reason = f"the decision on the group {group} names no target"
        return Verdict(State.REJECTED, "group-undecided", reason)
    if (length := max(map(len, targets))) > GROUP_NAME:
        reason = f"the group's name has {length} characters, {GROUP_NAME} fit"
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
        elif entry is not None:
            for target in targets_of(entry.decision):
                targets[target].append(group)
    for target, groups in sorted(targets.items()):
        yield _group_chain(unit, target, groups)
    yield from _membership_chains(unit, members_rows, operators)


def _group_chain(unit: Unit, target: str, groups: list[str]) -> Chain:
    body = {"groupName": target, "branch": {"id": Ref("branch", unit.file.branch)}}
    lines = {
        line
        for group in groups
        if (decision := unit.groups[group].decision)
        for line in _lines(decision, target)
    }
    # A group that is split is a member of the one that takes the rest, and of no other.
    own = [g for g in groups if targets_of(unit.groups[g].decision)[:1] == (target,)]
    # TOPdesk takes no tasks when a group is made, and wants name and branch again with them
    # (supporting files API 2.7.11, UpdateOperatorGroup).
    tasks = {**body, **_tasks(lines)}
    return Chain(
        "operator_group",
        target,
        tuple(Member("groups", group) for group in own),
        unit.key,
        steps=(Step("create", body), Step("tasks", tasks)),
        find=(("groupName", target),),
        uses=_uses(unit, groups),
        source_digest=source_digest(groups),
    )


def _lines(decision: GroupDecision, target: str) -> set[str | None]:
    """The lines in which a decision has the group work."""
    lines: set[str | None] = {decision.line} if decision.target == target else set()
    return lines | {part.line for part in decision.parts or () if part.target == target}


def _tasks(lines: set[str | None]) -> dict[str, bool]:
    """The lines that the merged groups work in; all lines where one of them does not say."""
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
        if verdict is None and entry is not None:
            for target in targets_for(entry.decision, login):
                sent[target, operator.identity].append((group, login))
        elif verdict is not None:
            aside[group, login] = verdict
    first: dict[tuple[str, str], str] = {}
    for (target, _), pairs in sorted(sent.items()):
        for pair in pairs:
            first.setdefault(pair, target)
    for (target, identity), pairs in sorted(sent.items()):
        body = {"group": Ref("operator_group", target), "operator": Ref("operator", identity)}
        yield Chain(
            "membership",
            f"{target}|{identity}",
            _members([pair for pair in pairs if first[pair] == target]),
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
