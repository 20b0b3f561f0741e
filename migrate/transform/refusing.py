"""What a unit said no to: it is not proposed again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from migrate.transform.mapping import GroupEntry, OperatorEntry, Review
from migrate.transform.suggest.option import Option

_ENDS = {"retire": "retire", "leave": "retire", "create": "absent"}


def refused(entry: GroupEntry | OperatorEntry, by: str, at: date) -> GroupEntry | OperatorEntry:
    """The entry after `by` said no to what it proposes. What is refused is remembered in the entry
    itself, also when something else is decided later."""
    said = [*entry.refused, *(each for each in _said(entry) if each not in entry.refused)]
    review = Review(status="rejected", by=by, at=at)
    return entry.model_copy(update={"review": review, "refused": said})


def refused_of(entry: GroupEntry | OperatorEntry | None) -> frozenset[str]:
    """What is not to be proposed: names of TOPdesk's in lower case, `retire`, `absent`."""
    if entry is None:
        return frozenset()
    now = _said(entry) if entry.review.status == "rejected" else []
    return frozenset(each.casefold() for each in (*entry.refused, *now))


def without_refused(options: Sequence[Option], refused: Collection[str]) -> list[Option]:
    """The options that nobody refused, weighed against each other again."""
    kept = [
        option
        for option in options
        if (option.name if option.end == "there" else option.end).casefold() not in refused
    ]
    total = sum(option.share for option in kept) or 1.0
    return [
        Option(option.end, option.name, option.features, option.share / total) for option in kept
    ]


def _said(entry: GroupEntry | OperatorEntry) -> list[str]:
    if entry.decision is None:
        return []
    end = _ENDS.get(entry.decision.action)
    return [end] if end else [entry.decision.target] if entry.decision.target else []
