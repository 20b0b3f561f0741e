"""Whether the time that was registered on a ticket is there, once and right."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.load.believed import SENT, given_up
from migrate.load.compare import canonical, digests, unpack
from migrate.load.target import TargetReader
from migrate.state.journal import Entry

STEP = "time_spent/"


def wrong_time(
    reader: TargetReader, target_id: str, known: Sequence[Entry]
) -> list[tuple[str, str]]:
    """A code and a detail for each registration that is gone, doubled, of another length, or there
    although it was believed never to have arrived."""
    mine = [entry for entry in known if entry.key.step.startswith(STEP)]
    if not mine or not target_id:
        return []
    there = reader.time_spent(target_id)
    problems: list[tuple[str, str]] = []
    for entry in mine:
        here = [spent for spent in there if entry.marker in spent.notes]
        if entry.state not in SENT:
            if here and given_up(entry):
                problems.append(("late-in-target", entry.key.step))
        elif len(here) != 1:
            code = "doubles-in-target" if here else "gone"
            problems.append((code, f"{entry.key.step} ({len(here)} registrations)"))
        else:
            now = digests(canonical({"timeSpent": here[0].minutes}))
            sent = unpack(entry.fields)
            if sent.get("timeSpent", now["timeSpent"]) != now["timeSpent"]:
                problems.append(("differs", f"{entry.key.step}: timeSpent"))
    return problems
