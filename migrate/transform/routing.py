"""Which TOPdesk group gets a ticket, and whether anything of it may be sent at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from migrate.records import Row, State, Verdict
from migrate.transform.groups import group_verdict
from migrate.transform.mapping import Mappings, entry_id
from migrate.transform.split import part_of, targets_of


@dataclass(frozen=True, slots=True)
class Route:
    """Where a ticket goes. `target` None: no group field; `lost` is then the HPSM group whose name
    is kept in the text. `line` is the only line that the group works in, where it says so."""

    unit: str
    target: str | None = None
    line: Literal["first", "second"] | None = None
    lost: str = ""
    verdict: Verdict | None = None
    uses: tuple[str, ...] = ()


def restriction(group: str, others: Iterable[str], mappings: Mappings) -> Verdict | None:
    """HELD where a group that had this ticket is restricted and nobody has confirmed TOPdesk's
    filters for it, or nobody has said whether it is restricted.

    `group` has the ticket now, `others` are on its interactions. Of the current group a missing
    entry is `route`'s affair, since nothing is sent then either.
    Verdicts: `group-restricted`, `group-restriction-unknown`.
    """
    entries = [(name, mappings.group(name)) for name in (group, *others) if name]
    states = [
        entry.restricted if entry else "unknown"
        for name, entry in entries
        if (entry.is_held if entry is not None else name != group)
    ]
    if True in states:
        return Verdict(
            State.HELD,
            "group-restricted",
            "held until TOPdesk's filters for the group are confirmed",
        )
    if "unknown" in states:
        return Verdict(
            State.HELD,
            "group-restriction-unknown",
            "nobody has said whether the group is restricted",
        )
    return None


def route(group: str, is_open: bool, mappings: Mappings, rows: Sequence[Row] = ()) -> Route:
    """The TOPdesk group for a ticket that this HPSM group has. `rows` are the ticket's records, by
    which a group that is split finds its part.

    A retired group's open tickets go where its decision says, a TOPdesk group or the HPSM group
    that becomes one, one step and no further; its closed ones keep its name as text.
    Verdicts: `group-missing`, `group-undecided`, `name-too-long` (rejected), `unit-not-moved`
    (waiting), `group-left-behind` (skipped), and those of `restriction` for the group that follows.
    """
    if not group:
        reason = "neither the ticket nor its service names a group"
        return Route("", verdict=Verdict(State.REJECTED, "group-missing", reason))
    unit = mappings.unit_of_group(group)
    if unit is None:
        reason = f"no unit that moves has the group {group}"
        return Route("", verdict=Verdict(State.WAITING, "unit-not-moved", reason))
    entry = unit.groups.get(group)
    uses = (entry_id(unit.key, "groups", group),) if entry else ()
    verdict = group_verdict(group, entry)
    if entry is None or entry.decision is None or verdict is None:
        decision = entry.decision if entry else None
        target, line = (decision.target, decision.line) if decision else (None, None)
        if decision and decision.action == "split" and (part := part_of(decision, rows)):
            target, line = part.target, part.line
        return Route(unit.key, target, line, verdict=verdict, uses=uses)
    if entry.decision.action != "retire":
        return Route(unit.key, verdict=verdict, uses=uses)
    heir = entry.decision.open_tickets_to
    if is_open and heir and heir != group:
        return _inherited(unit.key, group, heir, mappings, uses)
    return Route(unit.key, lost=group, uses=uses)


def _inherited(
    unit_key: str, group: str, heir: str, mappings: Mappings, uses: tuple[str, ...]
) -> Route:
    entry = mappings.group(heir)
    if entry is None:
        return _given(unit_key, heir, mappings, uses)
    if held := restriction("", [heir], mappings):
        return Route(unit_key, verdict=held, uses=uses)
    if entry.decision is None or entry.decision.action in ("retire", "leave"):
        return Route(unit_key, lost=group, uses=uses)
    unit = mappings.unit_of_group(heir)
    uses = (*uses, entry_id(unit.key if unit else unit_key, "groups", heir))
    verdict = group_verdict(heir, entry)
    return Route(unit_key, entry.decision.target, entry.decision.line, verdict=verdict, uses=uses)


def _given(unit_key: str, target: str, mappings: Mappings, uses: tuple[str, ...]) -> Route:
    """The heir is named as TOPdesk has it: the HPSM groups that become it say what it is."""
    behind = sorted(
        group
        for unit in mappings.units.values()
        for group, entry in unit.groups.items()
        if target in targets_of(entry.decision)
    )
    held = restriction("", behind, mappings)
    entries = [entry for group in behind if (entry := mappings.group(group))]
    lines = {entry.decision.line for entry in entries if entry.decision}
    line = lines.pop() if len(lines) == 1 else None
    return Route(unit_key, target, line, verdict=held, uses=uses)
