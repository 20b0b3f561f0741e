"""Every (kind, step) that a load sends and every fault that may meet it: how each is told apart in
the simulated TOPdesk, and how often it has been met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrate.load.keys import KEYS

_CARD = r"/tas/api/{}$"
_INCIDENT = r"/tas/api/incidents/id/[^/]+$"
_ID = r"/id/[^/]+"
_KNOWLEDGE = "/services/knowledge-base-v1"
_ITEM = f"{_KNOWLEDGE}/knowledgeItems/[^/]+"
_OF_TASK = r'\{"(briefDescription":"Ny oppgave|completed":true,"completedDate$)'
"""The first half of what changes a task: the world gives it that title (scenarios.py), or it ends
with its incident."""

REQUESTS: dict[str, tuple[str, str, str]] = {
    "branch/create": ("POST", _CARD.format("branches"), ""),
    "branch/restore": ("PUT", f"/branches{_ID}/unarchive$", ""),
    "department/create": ("POST", _CARD.format("departments"), ""),
    "department/restore": ("PATCH", f"/departments{_ID}/unarchive$", ""),
    "person/create": ("POST", _CARD.format("persons"), ""),
    "person/restore": ("PUT", f"/persons{_ID}/unarchive$", ""),
    "person/update": ("PATCH", "/tas/api/persons/[^/]+$", ""),
    "operator/create": ("POST", _CARD.format("operators"), ""),
    "operator/restore": ("PUT", f"/operators{_ID}/unarchive$", ""),
    "operator/right": ("POST", f"/operators{_ID}/permissiongroups$", ""),
    "operator/update": ("PATCH", f"/operators{_ID}$", ""),
    "operator_group/create": ("POST", _CARD.format("operatorgroups"), ""),
    "operator_group/restore": ("PUT", f"/operatorgroups{_ID}/unarchive$", ""),
    "operator_group/tasks": ("PATCH", f"/operatorgroups{_ID}$", ""),
    "operator_group/update": ("PATCH", f"/operatorgroups{_ID}$", ""),
    "membership/add": ("POST", f"/operators{_ID}/operatorgroups$", ""),
    "service/create": ("POST", _CARD.format("services"), ""),
    "incident/create": ("POST", _CARD.format("incidents"), r'"callType"'),
    "incident/partial": (
        "POST",
        _CARD.format("incidents"),
        r'^\{("briefDescription":"([^"\\]|\\.)*",)?"(completed|externalNumber)"',
    ),
    "incident/call_date": ("PATCH", _INCIDENT, r'^\{"callDate"'),
    "incident/history": ("PATCH", _INCIDENT, r'^\{"action":"(?!Vedlegg som ikke)'),
    "incident/left_out": ("PATCH", _INCIDENT, r'^\{"action":"Vedlegg som ikke'),
    "incident/attachment": ("POST", f"/incidents{_ID}/attachments$", ""),
    "incident/time_spent": ("POST", f"/incidents{_ID}/timespent$", ""),
    "incident/hold": ("PATCH", _INCIDENT, r'^\{"onHold":true'),
    "incident/close": ("PATCH", _INCIDENT, rf'^(?!{_OF_TASK})\{{"(closed|closureCode|completed)'),
    "incident/archive": ("PUT", f"/incidents{_ID}/archive$", ""),
    "incident/update": (
        "PATCH",
        _INCIDENT,
        rf'^(?!{_OF_TASK})\{{"(briefDescription|caller|category|impact|op|pr)',
    ),
    "incident/partial_update": ("PATCH", _INCIDENT, f"^{_OF_TASK}"),
    "incident/escalate": ("PUT", f"/incidents{_ID}/escalate$", ""),
    "incident/deescalate": ("PUT", f"/incidents{_ID}/deescalate$", ""),
    "knowledge_folder/create": ("POST", f"{_KNOWLEDGE}/folders$", ""),
    "knowledge_folder/restore": ("POST", f"{_KNOWLEDGE}/folders/[^/]+/unarchive$", ""),
    "knowledge_folder/publish": ("PATCH", f"{_KNOWLEDGE}/folders/[^/]+$", ""),
    "knowledge_item/create": ("POST", f"{_KNOWLEDGE}/knowledgeItems$", ""),
    "knowledge_item/hide": ("PATCH", f"{_ITEM}$", r'^\{"(manager|status)"'),
    "knowledge_item/restore": ("POST", f"{_ITEM}/unarchive$", ""),
    "knowledge_item/image": ("POST", f"{_ITEM}/images$", ""),
    "knowledge_item/attachment": ("POST", f"{_ITEM}/attachments$", ""),
    "knowledge_item/content": ("PATCH", f"{_ITEM}/translations/[^/]+$", r'^\{"title"'),
    "knowledge_item/translation": ("POST", f"{_ITEM}/translations(/[^/]+)?$", ""),
    "knowledge_item/publish": ("PATCH", f"{_ITEM}$", r'^\{"visibility"'),
    "knowledge_links/links": ("PATCH", f"{_ITEM}/translations/[^/]+$", r'^\{"content"'),
}
"""`kind/step` → the method, the path and the beginning of the body by which it is known: the target
looks at its first half. No load sends both steps of operator groups that look alike."""

LEFT_OUT = frozenset(f"{kind}/{step}" for kind, step in KEYS) - REQUESTS.keys()
"""Steps that the loads of this run do not send: they are named below the matrix."""

HTTP: dict[str, dict[str, Any]] = {
    "answer lost, work done": {"kind": "answer-lost"},
    "late, within the window": {"kind": "late", "delay": 1.5},
    "severed, work within the window": {"kind": "severed", "delay": 1.5},
    "cut before the body": {"kind": "cut-before"},
    "cut in the body": {"kind": "cut-body"},
    "429": {"kind": "429"},
    "429 with Retry-After": {"kind": "429", "retry_after": 1},
    "401": {"kind": "401"},
    "500, nothing done": {"kind": "500-before"},
    "500, work done": {"kind": "500-after"},
    "502 HTML, nothing done": {"kind": "502-before"},
    "502 HTML, work done": {"kind": "502-after"},
    "503, nothing done": {"kind": "503-before"},
    "503 HTML, work done": {"kind": "503-after"},
    "504 HTML, nothing done": {"kind": "504-before"},
    "504 HTML, work done": {"kind": "504-after"},
    "garbage, work done": {"kind": "garbage"},
    "wrong length, work done": {"kind": "wrong-length"},
    "dripping past the time-out": {"kind": "slow-drip", "delay": 1.5},
}
"""What the target does, within the settle window."""

BEYOND: dict[str, dict[str, Any]] = {
    "late, beyond the window": {"kind": "late"},
    "severed, work beyond the window": {"kind": "severed"},
}
LOST_ANSWER = "answer lost, work done"
LATE = (
    "late, within the window",
    "severed, work within the window",
    "dripping past the time-out",
    *BEYOND,
)
"""The answer, or the work, comes after the time-out."""
LOST = tuple(name for name in HTTP if name.endswith("work done") or name in LATE)
"""The work is done, and nothing that can be believed says so."""

KILL, FULL, RESTART, TWIN, OTHER = (
    "SIGKILL with it in flight",
    "disk full with it in flight",
    "target killed and restarted",
    "second loader, same unit",
    "loaders on other units",
)
INTENT, OUTCOME = "SIGKILL in the intent's commit", "SIGKILL in the outcome's commit"
AHEAD, BACK = "clock +3 h", "clock −3 h"
ACTS = (KILL, INTENT, OUTCOME, FULL, AHEAD, BACK, RESTART, TWIN, OTHER)
"""What happens to the machine, while such a request is on its way."""

PASSING = (FULL, AHEAD, BACK, RESTART, TWIN)
"""Those that the process, or the next one, lives through."""
PAUSING = frozenset(("429", "503-before", "503-after"))
"""Kinds that make a load wait."""
STREWN = [
    name for name, told in HTTP.items() if told["kind"] not in {*PAUSING, "401", "answer-lost"}
]
"""What may meet any request, besides what is aimed at one."""

FAULTS = (*HTTP, *BEYOND, *ACTS)
_ARTICLES = [cell for cell in REQUESTS if cell.startswith("knowledge")]
_CARDS = [c for c in REQUESTS if not c.startswith("incident/") and c not in _ARTICLES]
_TICKETS = [cell for cell in REQUESTS if cell.startswith("incident/")]


@dataclass
class Matrix:
    """How often each fault met each step; `least` is how often it shall meet each of `steps`."""

    least: int
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: frozenset[str] = frozenset(REQUESTS)

    def lacking(self, faults: Iterable[str], cells: Iterable[str]) -> list[tuple[str, str]]:
        cells = [cell for cell in cells if cell in self.steps]
        return [(f, c) for f in faults for c in cells if self.met[f, c] < self.least]

    def of(self, *faults: str) -> int:
        return sum(number for (fault, _), number in self.met.items() if fault in faults)

    @property
    def total(self) -> int:
        return sum(self.met.values())

    def markdown(self) -> str:
        """Three tables: people and groups, tickets, knowledge; of the steps that are asked for."""
        parts = []
        for kinds in (_CARDS, _TICKETS, _ARTICLES):
            if not (cells := [cell for cell in kinds if cell in self.steps]):
                continue
            heads = [c.removeprefix("incident/") if c in _TICKETS else c for c in cells]
            lines = [f"| fault | {' | '.join(h.replace('_', ' ') for h in heads)} |"]
            lines.append(f"|---|{'--:|' * len(cells)}")
            for fault in FAULTS:
                numbers = " | ".join(str(self.met[fault, cell]) for cell in cells)
                lines.append(f"| {fault} | {numbers} |")
            parts.append("\n".join(lines))
        return "\n\n".join(parts)


def fault(name: str, cell: str, told: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A fault as the simulator takes it, for the requests of one cell."""
    method, path, body = REQUESTS[cell]
    known = {"method": method, "path": path, "body": body}
    return {**told, **known, "name": f"{name}|{cell}", **more}
