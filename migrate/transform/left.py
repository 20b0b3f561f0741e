"""What HPSM has that TOPdesk's published API has no place for: counted, with its reason."""

from __future__ import annotations

from migrate.records import Chain, Member, Row, State, Verdict

NO_TARGET = ("changes", "problems", "tasks")
"""Changes and problems have no target in TOPdesk's published API, nor have tasks, apart from those
of incidents where the policy takes them; they stay in the snapshot, for the archive."""


def left_chain(kind: str, row: Row, digest: str, unit: str) -> Chain:
    """The chain of a record that is left behind, so that it is in a bucket like every other.

    Verdicts: `no-target`, `request-left` (skipped).
    """
    verdict = Verdict(State.SKIPPED, "no-target", f"{kind} have no place in TOPdesk's API")
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
