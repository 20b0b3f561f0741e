"""Whether a ticket's history is there: each entry once, to whom it is meant, with its text."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.load.believed import SENT, given_up
from migrate.load.compare import trail_digests, unpack
from migrate.load.partials import is_of_partial
from migrate.load.target import TrailEntry
from migrate.load.verify_time import STEP as TIME
from migrate.state.journal import Entry


def is_file(entry: Entry) -> bool:
    """Whether it is no entry of the trail, though it has a marker."""
    return entry.key.step.startswith(("attachment/", TIME)) or is_of_partial(entry.key.step)


def wrong_trail(known: Sequence[Entry], trail: Sequence[TrailEntry]) -> list[tuple[str, str]]:
    """What is wrong with the history: an entry gone, doubled, visible to the wrong people, or with
    another text."""
    problems: list[tuple[str, str]] = []
    for entry in (each for each in known if not is_file(each)):
        here = [item for item in trail if entry.marker and entry.marker in item.text]
        if here and given_up(entry):
            problems.append(("late-in-target", entry.key.step))
        if not entry.marker or entry.state not in SENT:
            continue
        if len(here) != 1:
            code = "doubles-in-target" if here else "gone"
            problems.append((code, f"{entry.key.step} ({len(here)} entries)"))
            continue
        sent, now = unpack(entry.fields), trail_digests(here[0].text, here[0].invisible)
        wrong = [name for name in now if name in sent and sent[name] != now[name]]
        if wrong:
            problems.append(("differs", f"{entry.key.step}: {', '.join(wrong)}"))
    return problems
