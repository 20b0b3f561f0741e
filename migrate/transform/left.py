"""What HPSM has that TOPdesk's published API has no place for: counted, with its reason."""

from __future__ import annotations

from migrate.records import Chain, Member, Row, State, Verdict

NO_TARGET = ("changes", "problems", "tasks")
"""Changes, problems and tasks have no target in TOPdesk's published API; they stay in the snapshot,
for the archive."""


def left_chain(kind: str, row: Row, digest: str, unit: str) -> Chain:
    """The chain of a record that is left behind, so that it is in a bucket like every other.

    Verdicts: `no-target`, `request-left` (skipped).
    """
    verdict = Verdict(State.SKIPPED, "no-target", f"TOPdesk's API takes no {kind}")
    if kind == "requests":
        verdict = Verdict(State.SKIPPED, "request-left", "the policy leaves requests behind")
    number = str(row["number"])
    return Chain(
        "incident",
        number,
        (Member(kind, number),),
        unit,
        verdict=verdict,
        source_digest=digest,
    )
