"""What is in the target after a round, beside what an undisturbed load makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from desk import Topdesk


class Broken(AssertionError):
    """Something was lost, doubled, in the wrong place, shown to the wrong people, or not told."""


@dataclass
class Differences:
    """`more` and `missing` are counts by name, the others name single records."""

    more: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    misplaced: list[str] = field(default_factory=list)
    visibility: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        found = (self.more, self.missing, self.doubled, self.misplaced, self.visibility)
        return any(found)


def counted(topdesk: Topdesk) -> dict[str, Any]:
    census = topdesk.census()
    return {
        "counts": census["counts"],
        "incidents_by_status": census["incidents_by_status"],
        "duplicates": census["duplicates"],
        "contents": census["contents"],
        "numbers": Counter(topdesk.numbers()),
    }


def differences(
    now: Mapping[str, Any],
    trails: Mapping[str, Any],
    then: Mapping[str, Any],
    trails_then: Mapping[str, Any],
) -> Differences:
    found = Differences(apart(now, then), apart(then, now), doubled(now, then))
    for number, rows in trails_then.items():
        given = trails.get(number, [])
        if given == rows:
            continue
        kind_and_text = sorted((row[0], row[2]) for row in rows)
        if sorted((row[0], row[2]) for row in given) != kind_and_text:
            found.missing[f"trail {number}"] = 1
        elif sorted(given) == sorted(rows):
            found.misplaced.append(number)
        else:
            found.visibility.append(number)
    return found


def apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, int]:
    """What `one` has more of than `other`: kinds, statuses, single incidents and files."""
    more: dict[str, int] = {}
    for part in ("counts", "incidents_by_status", "numbers", "contents"):
        for name, number in one[part].items():
            if number > other[part].get(name, 0):
                more[f"{part} {name}"] = number - other[part].get(name, 0)
    return more


def doubled(census: Mapping[str, Any], usual: Mapping[str, Any]) -> set[str]:
    """What is there more often than after an undisturbed load, as `kind key`. A card that is double
    has several keys that are: it counts once."""
    found: dict[str, dict[str, set[str]]] = {}
    for name, values in census["duplicates"].items():
        before = usual["duplicates"][name]
        kind, _, key = name.partition(".")
        for value, number in values.items():
            if number > before.get(value, 1) and name != "entry":
                incident = name in ("marker", "attachment")
                what = value[1:].rsplit("/", 2)[0] if name == "marker" else value
                place = found.setdefault("incident" if incident else kind, {})
                place.setdefault("" if incident else key, set()).add(what)
    return {
        f"{kind} {what}" for kind, keys in found.items() for what in max(keys.values(), key=len)
    }


def unseen(there: Iterable[str], verified: Iterable[Mapping[str, Any]]) -> set[str]:
    """What is double and was not told by verify."""
    there = set(there)
    told = [d for unit in verified for d in unit["differences"] if d["code"] == "doubles-in-target"]
    kinds = Counter(d["kind"] for d in told)
    kinds["knowledge_file"] = kinds["knowledge_item"]  # a file is told with its article
    # Of an archived ticket the target counts by its own number.
    told_of = [d for d in told if d["kind"] == "incident"]
    numbers = {d["identity"] for d in told_of} | {d["number"] for d in told_of}
    # A partial incident is told with the ticket that it stands under.
    numbers |= {d.get("detail", "").split(" ")[0].partition("/")[2] for d in told}
    incidents = {name for name in there if name.startswith("incident ")}
    missed = {name for name in incidents if name.removeprefix("incident ") not in numbers}
    for kind, number in Counter(name.split(" ")[0] for name in there - incidents).items():
        missed |= {f"{number - kinds[kind]} of {kind}"} if kinds[kind] < number else set()
    return missed
