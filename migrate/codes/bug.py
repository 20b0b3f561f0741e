"""Ours to mend: report it with the code."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "target-field-unknown": (
        "TOPdesk does not know a field that was sent",
        "Report it with TOPdesk's version.",
    ),
    "target-request-invalid": (
        "TOPdesk does not know a request that was sent",
        "Report it with TOPdesk's version.",
    ),
    "totals-differ": (
        "The buckets do not add up to what was extracted",
        "Report it with the unit; load nothing more of it.",
    ),
    "bug": (
        "The tool met something it does not understand",
        "Report it with the code.",
    ),
}
"""Code → its title, and the remedy in one sentence."""
