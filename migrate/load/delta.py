"""What changed in HPSM since a ticket was loaded, as steps that change only that.

Each field is compared three ways by digest: as it was sent, as TOPdesk then showed it, and as it
shows it now. What a person has changed in TOPdesk since is never overwritten: it is a conflict.
TOPdesk has no If-Match, so an edit between the look and the write is outside this promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from migrate.load.compare import canonical, digests, shown
from migrate.load.resolve import Resolver
from migrate.records import Chain, Finding, Found, State, Step, Verdict
from migrate.state.journal import Entry

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
"""What a chain means by not saying it: a ticket that was on hold or closed, and no longer is."""

_OF_FILES = frozenset({"attachment", "left_out"})
"""Steps that are named after what they carry: the same step of any revision is the same one."""

_ARRIVED = frozenset({State.DONE, State.VERIFIED, State.MISMATCH, State.KEPT})

_NEVER_AGAIN = frozenset({"request", "externalNumber"})
"""TOPdesk adds to a request and never replaces it; the number is the identity, for good."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """Digests of one field: as it was sent, and as the target showed it right after."""

    sent: str
    after: str


def delta(chain: Chain, known: Sequence[Entry], found: Found, resolver: Resolver) -> Chain:
    """The chain that brings a loaded record up to HPSM: `escalate` or `deescalate`, `update`, the
    new history parts, new attachments, and the fields that end a ticket.

    Its verdict is CONFLICT (`edited-in-target`) when a field was changed on both sides. A changed
    request is a finding (`request-changed`): TOPdesk would add it a second time. So are loaded
    attachments that HPSM no longer has (`attachment-removed`, with a count): they stay.
    """
    revision = 1 + max(entry.key.revision for entry in known)
    before = _before(known)
    arrived = {entry.key.step for entry in known if entry.state in _ARRIVED}
    bodies: dict[str, Any] = {**_UNLESS_SAID}
    history = []
    for step in chain.steps:
        if step.name.partition("/")[0] in _OF_FILES:
            if step.name not in arrived:
                history.append(replace(step, revision=_of_file(step, known, revision)))
        elif step.marker:
            history.append(replace(step, revision=revision))
        else:
            bodies.update(resolver.resolve(chain.kind, step.body).body)
    wanted = canonical(bodies)
    now = digests(shown(wanted, found.fields))
    defaults = digests(canonical(_UNLESS_SAID))
    changed, conflicts, findings = [], [], list(chain.findings)
    removed = arrived - {step.name for step in chain.steps}
    if gone := sum(1 for name in removed if name.startswith("attachment/")):
        findings.append(Finding("attachment-removed", chain.identity, str(gone)))
    for name, digest in digests(wanted).items():
        was = before.get(name) or _Sent(defaults.get(name, ""), "")
        if digest in (was.sent, now[name]):
            continue
        if name in _NEVER_AGAIN:
            findings.append(Finding("request-changed", chain.identity))
        elif was.sent and now[name] not in (was.sent, was.after):
            conflicts.append(name)
        else:
            changed.append(name)
    if "operatorGroup" in changed and "operator" in before and "operator" not in wanted:
        # The operator of the old group is no member of the new one, and TOPdesk refuses the two
        # together; a ticket without an operator has its group in that place.
        bodies["operator"] = bodies["operatorGroup"]
        changed.append("operator")
    if conflicts:
        reason = f"changed in HPSM and by a person in TOPdesk: {', '.join(sorted(conflicts))}"
        verdict = Verdict(State.CONFLICT, "edited-in-target", reason)
        return replace(chain, steps=(), verdict=verdict, findings=tuple(findings))
    steps = [*_line(changed, bodies, revision), *_update("update", changed, bodies, revision)]
    steps += [*history, *_update("close", changed, bodies, revision)]
    return replace(chain, steps=tuple(steps), findings=tuple(findings))


def _of_file(step: Step, known: Sequence[Entry], revision: int) -> int:
    """The revision to go on with: that in which it was begun, unless it was given up there."""
    begun = [e for e in known if e.key.step == step.name and e.state is not State.SKIPPED]
    return max((e.key.revision for e in begun), default=revision)


def _before(known: Sequence[Entry]) -> dict[str, _Sent]:
    """What was sent of each field; a request that never arrived has set none."""
    before: dict[str, _Sent] = {}
    for entry in known:
        if entry.fields and not entry.marker and entry.state in _ARRIVED:
            pairs = orjson.loads(entry.fields)
            before.update({name: _Sent(*pair) for name, pair in pairs.items()})
    return before


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
    keys = {_key(field, bodies) for field in changed if (field in _ENDS) is last}
    body = {key: bodies[key] for key in sorted(keys - {"status"})}
    return [Step(name, body, revision=revision)] if body else []


def _key(field: str, bodies: Mapping[str, Any]) -> str:
    """The key of a body that holds a compared field."""
    if field == "caller" and "callerLookup" in bodies:
        return "callerLookup"
    return field.partition(".")[0]
