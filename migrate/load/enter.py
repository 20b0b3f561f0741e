"""What the journal is told of a record as a whole: begun, there before us, all of it there."""

from __future__ import annotations

from migrate.state.journal import Journal, Record
from migrate.state.plan_store import Planned, PlanStore


def begin(journal: Journal, planned: Planned, sprint: str, target_id: str) -> None:
    """Enter a record and the source records that belong to it in the journal."""
    journal.begin(
        Record(
            planned.kind,
            planned.identity,
            planned.unit,
            sprint,
            target_id,
            planned.number,
            planned.digest,
        ),
        planned.members,
    )


def complete(
    journal: Journal, store: PlanStore, planned: Planned, begun_as: str | None = ""
) -> None:
    """Enter that the target has all of a chain. What was begun as something else has a part of
    that still, and of what was brought back half (None) not all is there: these are planned anew,
    and brought up to date."""
    if begun_as is not None:
        digest = begun_as or planned.digest
        journal.completed(planned.kind, planned.identity, planned.unit, digest)
    if begun_as != "":
        store.outdate(planned.unit, planned.phase)
