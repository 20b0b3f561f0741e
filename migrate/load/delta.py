"""What changed in HPSM since a record was loaded, as steps that change only that.

Each field is compared three ways by digest: as it was sent, as TOPdesk then showed it, and as it
shows it now. What a person has changed in TOPdesk since is never overwritten: where HPSM changed
the same field, it is a conflict for a person to decide, and the rest goes on.
TOPdesk has no If-Match, so an edit between the look and the write is outside this promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from migrate.load.baseline import ARRIVED, Baseline, decided, live, open_conflicts
from migrate.load.compare import canonical, digests, forms
from migrate.load.partials import changes
from migrate.load.resolve import CALLER_FALLBACK, Resolver
from migrate.records import Chain, Finding, Found, Step
from migrate.state.journal import Entry
from migrate.state.journal_aside import CONFLICT

_ENDS = frozenset(
    {
        "onHold",
        "completed",
        "completedDate",
        "closed",
        "closedDate",
        "closureCode",
        "processingStatus",
        "targetDate",
    }
)
"""Fields that are written last, after the history, as at the first load."""

_UNLESS_SAID = {"onHold": False, "completed": False, "closed": False}
"""What a ticket means by not saying it: one that was on hold or closed, and no longer is."""

_OF_FILES = frozenset({"attachment", "left_out", "time_spent", "partial"})
"""Steps that are named after what they carry: the same step of any revision is the same one."""

_NEVER_AGAIN = {
    "incident": frozenset({"request", "externalNumber"}),
    "person": frozenset({"branch"}),
    "operator": frozenset({"loginName", "linkedPerson", "password", "branch"}),
    "operator_group": frozenset({"groupName", "branch"}),
}
"""TOPdesk adds to a request and never replaces it; the number is the identity, for good. An
operator's person cannot be changed, and its login not without a password (supporting files
2.7.11); a group's name and branch are what it is found by. The branch of people is that of the unit
that came first with them: what changes of them in HPSM, in another unit's plan, moves nobody."""

_TOGETHER = {
    "category": ("subcategory",),
    "subcategory": ("category",),
    "operatorGroup": ("operator",),
    "operator": ("operatorGroup",),
}
"""Fields that TOPdesk takes only in a pair that fits: what a person chose in the one binds the
other (a subcategory belongs to its category, an operator to the group)."""

_FOLLOWS = {
    "priority": ("impact", "urgency"),
    "duration": ("priority", "impact", "urgency", "sla"),
    "targetDate": ("priority", "impact", "urgency", "sla", "duration"),
    "onHold": ("processingStatus",),
    "processingStatus": ("onHold", "completed", "closed"),
}
"""Fields that TOPdesk may change by itself when another one is set: where a person changed one, it
is sent along as it is, so that it stays."""

_DATED = {"completedDate": "completed", "closedDate": "closed"}
"""A date that stamps a flag: where both sides set the flag, the date of TOPdesk's side stays."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """The fields that changed in HPSM alone, those that changed on both sides, and those that both
    sides changed to the same; of these two the digests as HPSM has them."""

    changed: list[str]
    conflicts: dict[str, str]
    agreed: dict[str, str]
    findings: list[Finding]


def delta(
    chain: Chain,
    known: Sequence[Entry],
    found: Found,
    resolver: Resolver,
    below: Mapping[str, Sequence[Found]] | None = None,
) -> Chain:
    """The chain that brings a loaded record up to HPSM: `escalate` or `deescalate`, `update`, the
    new history parts, attachments and tasks, and the fields that end a ticket. `below` are its
    partial incidents that changed in HPSM, by number.

    A field that was changed on both sides is a step `conflict/FIELD`, which is no request: it waits
    in the journal for a decision; a finding (`edited-in-target`) names it. A changed request is a
    finding (`request-changed`): TOPdesk would add it a second time. So are loaded attachments that
    HPSM no longer has (`attachment-removed`, with a count): they stay.
    """
    revision = 1 + max(entry.key.revision for entry in known)
    steps = live(known)
    arrived = {entry.key.step for entry in steps if entry.state in ARRIVED}
    bodies: dict[str, Any] = {**_UNLESS_SAID} if chain.kind == "incident" else {}
    history = []
    for step in chain.steps:
        if step.name == "archive":
            continue  # what changes after its load is still at work
        if step.name.partition("/")[0] in _OF_FILES:
            if step.name not in arrived:
                history.append(replace(step, revision=_of_file(step, steps, revision)))
        elif step.marker:
            if step.name not in arrived:
                history.append(replace(step, revision=revision))
        else:
            bodies.update(step.body)
    findings = list(chain.findings)
    parts, edited = changes(chain, steps, below or {}, resolver, revision)
    history += parts
    findings += [
        Finding("edited-in-target", chain.identity, f"{number}: {', '.join(names)}")
        for number, names in edited.items()
    ]
    removed = arrived - {step.name for step in chain.steps}
    if gone := sum(1 for name in removed if name.startswith("attachment/")):
        findings.append(Finding("attachment-removed", chain.identity, str(gone)))
    wanted = canonical(_comparable(resolver, chain.kind, bodies))
    compared = _compare(chain, wanted, decided(known), found)
    findings += compared.findings
    changed = compared.changed
    if "operatorGroup" in changed and "operator" not in bodies and _has_operator(found):
        # The operator of the old group is no member of the new one, and TOPdesk refuses the two
        # together; a ticket without an operator has its group in that place.
        bodies["operator"] = bodies["operatorGroup"]
        changed.append("operator")
    line = _line(changed, bodies, revision)
    updates = [
        _keeping(step, chain, known, found)
        for name in ("update", "close")
        for step in _update(name, changed, bodies, revision)
    ]
    made = [*line, *(s for s in updates if s.name == "update"), *history]
    ends = [step for step in updates if step.name == "close"]
    opened = any(bodies[name] is False for name in ("completed", "closed") if name in changed)
    # TOPdesk takes no partial incident under a closed one: what is open again is opened first.
    made = [*ends, *made] if opened else [*made, *ends]
    if chain.kind == "operator_group" and made:
        kept = _named(bodies, found)
        made = [replace(step, body={**step.body, **kept}, keeps=tuple(kept)) for step in made]
    made += _aside(compared.conflicts, False, found, known, revision)
    made += _aside(compared.agreed, True, found, known, revision)
    return replace(chain, steps=tuple(made), findings=tuple(findings))


def _compare(
    chain: Chain, wanted: Mapping[str, str], known: Sequence[Entry], found: Found
) -> _Compared:
    before = Baseline.of(known)
    defaults = digests(canonical(_UNLESS_SAID))
    sent = digests(wanted)
    changed, conflicts, agreed, findings = [], {}, {}, []
    never = _NEVER_AGAIN.get(chain.kind, frozenset())
    for name, digest in sent.items():
        left = before.fields.get(name)
        was = (left.sent if left else "") or defaults.get(name, "")
        now = _now(name, found)
        if digest == was:
            continue
        if digest in now:
            agreed[name] = digest
        elif name in never:
            if chain.kind == "incident":
                findings.append(Finding("request-changed", chain.identity))
        elif was in now or not before.edited(name, found.fields):
            changed.append(name)
        elif name in _DATED and sent.get(_DATED[name]) in _now(_DATED[name], found):
            agreed[name] = digest
        else:
            conflicts[name] = digest
    for name in [each for each in changed if each in _TOGETHER]:
        bound = [other for other in _TOGETHER[name] if before.edited(other, found.fields)]
        if any(sent.get(other, "") not in _now(other, found) for other in bound):
            changed.remove(name)
            conflicts[name] = sent[name]
    findings += [Finding("edited-in-target", chain.identity, name) for name in sorted(conflicts)]
    return _Compared(changed, conflicts, agreed, findings)


def _now(name: str, found: Found) -> frozenset[str]:
    texts = forms(name, found.fields)
    return frozenset(digests({str(n): text for n, text in enumerate(texts)}).values())


def _aside(
    fields: Mapping[str, str], agreed: bool, found: Found, known: Sequence[Entry], revision: int
) -> list[Step]:
    """A step that is no request for each of these fields: it waits for a person, under the number
    that it waits under already, or says that both sides have the same by now."""
    waits = {entry.key.step: entry.key.revision for entry in open_conflicts(known)}
    return [
        Step(
            f"{CONFLICT}{name}",
            {
                "digests": {name: [digest, digests({name: forms(name, found.fields)[0]})[name]]},
                "agreed": agreed,
            },
            revision=waits.get(f"{CONFLICT}{name}", revision),
        )
        for name, digest in sorted(fields.items())
    ]


def _keeping(step: Step, chain: Chain, known: Sequence[Entry], found: Found) -> Step:
    """The step, with the fields that a person changed and that it would change back sent along as
    they are."""
    if chain.kind != "incident":
        return step
    before, body = Baseline.of(decided(known)), dict(step.body)
    keeps: list[str] = []
    for name, causes in (*_FOLLOWS.items(), *_FOLLOWS.items()):  # what is kept may change others
        if (
            name not in body
            and any(cause in body for cause in causes)
            and found.fields.get(name) is not None
            and before.edited(name, found.fields)
        ):
            body[name] = _as_sent(name, found.fields)
            keeps.append(name)
    return replace(step, body=body, keeps=tuple(keeps)) if keeps else step


def _as_sent(name: str, read: Mapping[str, Any]) -> Any:
    """By name, as the other entries of lists are sent and compared."""
    value = read[name]
    return {"name": value["name"]} if isinstance(value, Mapping) else value


def _has_operator(found: Found) -> bool:
    """Whether somebody has the ticket; else its group stands in that place, or nothing."""
    operator = found.fields.get("operator") or {}
    group = found.fields.get("operatorGroup") or {}
    return bool(operator) and operator.get("id") != group.get("id")


def _named(bodies: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """What a group's tasks cannot be sent without, as TOPdesk has it: people may rename a group."""
    name, branch = found.fields.get("groupName"), found.fields.get("branch") or {}
    there = {"groupName": name, "branch": {"id": branch["id"]} if branch.get("id") else None}
    return {name: there[name] or bodies[name] for name in there if name in bodies}


def _of_file(step: Step, known: Sequence[Entry], revision: int) -> int:
    """The revision to go on with: that in which it was begun, unless it was given up there."""
    begun = [e for e in known if e.key.step == step.name and e.state.value != "skipped"]
    return max((e.key.revision for e in begun), default=revision)


def _line(changed: Sequence[str], bodies: Mapping[str, Any], revision: int) -> list[Step]:
    """A status cannot be changed by an update (incident API 4.2.6): it is escalated."""
    if "status" not in changed:
        return []
    name = "escalate" if bodies["status"] == "secondLine" else "deescalate"
    return [Step(name, {"status": bodies["status"]}, revision=revision)]


def _update(
    name: str, changed: Sequence[str], bodies: Mapping[str, Any], revision: int
) -> list[Step]:
    last = name == "close"
    body: dict[str, Any] = {}
    for field in sorted(changed):
        group, _, part = field.partition(".")
        if (field in _ENDS) is not last or field == "status":
            continue
        if part:
            body.setdefault(group, {})[part] = bodies[group][part]
        else:
            body.update({key: bodies[key] for key in _keys(field, bodies)})
    return [Step(name, body, revision=revision)] if body else []


def _keys(field: str, bodies: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a body that hold a compared field."""
    if field == "caller" and "callerLookup" in bodies:
        return tuple(key for key in ("callerLookup", CALLER_FALLBACK) if key in bodies)
    return (field,)


def _comparable(resolver: Resolver, kind: str, bodies: Mapping[str, Any]) -> dict[str, Any]:
    """A body with ids. What is named and not in the target yet (this load makes it) stands as a
    name that the target cannot show."""
    resolved = resolver.resolve(kind, bodies)
    return {
        name: {"id": f"{resolved.missing[0].kind} to come"} if value == {"id": None} else value
        for name, value in resolved.body.items()
    }
