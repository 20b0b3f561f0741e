"""Where a record is in TOPdesk: addresses from the configured patterns."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from migrate.report.concierge.answers import Answer

Patterns = Mapping[str, Mapping[str, str]]
"""Kind of target record → who it is for (`operator`, `caller`; `reader` of knowledge) → address,
with {id} and {number}. The page names each by its words of that name."""


def address(answer: Answer, patterns: Patterns) -> str:
    """Where old links are sent for this answer: the first address of its kind. Empty
    where it is not found, or no pattern can be filled in."""
    for pattern in patterns.get(answer.kind, {}).values():
        if answer.id or "{id}" not in pattern:
            number, id = quote(answer.number, safe=""), quote(answer.id, safe="")
            return pattern.replace("{id}", id).replace("{number}", number)
    return ""
