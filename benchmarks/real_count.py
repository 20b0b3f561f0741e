"""Counts a move apart from what moved it: the log by pandas, TOPdesk by its own database."""

from __future__ import annotations

import html
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pandas

ZONE = "Europe/Amsterdam"
_UNKNOWN = ("#N/B", "#MULTIVALUE")
_BREAK = re.compile(r"<br\s*/?>")
_HEADING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d · .+")
_PROBE = "PROBE-"
"""What the number of a sprint's probe ticket begins with: no ticket of HPSM's."""
_MARKER = re.compile(r"\[(.+)/[vi]/\d+\]")


@dataclass(slots=True)
class Ticket:
    """One incident: its interaction's number, and the headings of its activities with their
    number."""

    interaction: str = ""
    activities: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Held:
    """What TOPdesk holds: tickets by external number, the sprint's `probes` apart, and what of it
    should not be there."""

    tickets: dict[str, Ticket]
    entries: int
    marked: int
    twice: int
    probes: int = 0


def read_log(log: Path) -> pandas.DataFrame:
    return pandas.read_csv(log, sep=";", dtype=str, keep_default_na=False)


def tickets_of_log(rows: pandas.DataFrame) -> dict[str, Ticket]:
    """What must stand in TOPdesk, by incident number."""
    times = pandas.to_datetime(rows["DateStamp"], utc=True).dt.tz_convert(ZONE)
    text = times.dt.strftime("%Y-%m-%d %H:%M %z")
    heads = text.str[:-2] + ":" + text.str[-2:] + " · " + rows["IncidentActivity_Type"]
    tickets: dict[str, Ticket] = {}
    for number, head, interaction in zip(
        rows["Incident ID"], heads, rows["Interaction ID"], strict=True
    ):
        ticket = tickets.setdefault(number, Ticket())
        ticket.activities[head] += 1
        if interaction not in _UNKNOWN:
            ticket.interaction = interaction
    return tickets


def current_groups(rows: pandas.DataFrame) -> pandas.Series[str]:
    """Incident → the group of its last activity."""
    ordered = rows.sort_values(["Incident ID", "DateStamp", "IncidentActivity_Number"])
    return ordered.groupby("Incident ID")["Assignment Group"].last()


def held_by(database: Path) -> Held:
    """What the simulated TOPdesk has in its file, read while nobody writes to it."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        incidents = connection.execute("SELECT seq, external_number, body FROM incident").fetchall()
        texts = connection.execute(
            "SELECT incident, memo FROM entry WHERE kind = 'action'"
        ).fetchall()
    tickets: dict[str, Ticket] = {}
    by_sequence: dict[int, tuple[str, Ticket]] = {}
    probes = {seq for seq, number, _ in incidents if str(number).startswith(_PROBE)}
    incidents = [each for each in incidents if each[0] not in probes]
    texts = [each for each in texts if each[0] not in probes]
    for sequence, number, body in incidents:
        further = (orjson.loads(body).get("optionalFields1") or {}).get("text1") or ""
        ticket = tickets[number] = Ticket(further)
        by_sequence[sequence] = number, ticket
    marks: Counter[str] = Counter()
    for sequence, memo in texts:
        number, ticket = by_sequence[sequence]
        for line in html.unescape(_BREAK.sub("\n", memo)).splitlines():
            if _HEADING.fullmatch(line):
                ticket.activities[line] += 1
            elif (marker := _MARKER.fullmatch(line)) and marker[1] == number:
                marks[line] += 1
    twice = len(incidents) - len(tickets) + sum(n - 1 for n in marks.values())
    return Held(tickets, len(texts), sum(marks.values()), twice, len(probes))


def compare(expected: Mapping[str, Ticket], held: Held) -> dict[str, int]:
    """Name → how many of them are wrong; all 0 where nothing is lost, doubled or changed."""
    there = held.tickets
    both = [(expected[number], there[number]) for number in expected.keys() & there.keys()]
    return {
        "tickets that are missing": len(expected.keys() - there.keys()),
        "tickets that nobody asked for": len(there.keys() - expected.keys()),
        "tickets with another interaction": sum(a.interaction != b.interaction for a, b in both),
        "activities that are missing": sum((a.activities - b.activities).total() for a, b in both),
        "activities that nobody wrote": sum((b.activities - a.activities).total() for a, b in both),
        "entries without a marker": held.entries - held.marked,
        "incidents and entries that are there twice": held.twice,
    }
