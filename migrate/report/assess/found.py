"""The form of a finding: a family of trouble, who mends it, and what the look for it gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from migrate.report.assess.view import Hits, Missing, View


class Section(StrEnum):
    """Where the report shows a family, in this order."""

    GROUPS = "groups"
    PEOPLE = "people"
    TICKETS = "tickets"
    TEXTS = "texts"
    LINKS = "links"
    FILES = "files"
    KNOWLEDGE = "knowledge"
    OTHERS = "others"


class Mender(StrEnum):
    """Who should mend it."""

    UNIT_OWNER = "unit_owner"
    HPSM = "hpsm"
    DIRECTORY = "directory"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of trouble. Its title, what exactly is counted and what to do about it stand in the
    wording under `id`.

    `counts` is the noun of the figure (a key of `slim.TOTALS` where its whole is known). `needs` is
    what the snapshot must hold (`View.missing`). `urgent`: left alone, it holds up a load or hurts
    somebody. `whole`: it belongs to no unit, and so is looked for only where everything is asked.
    """

    section: Section
    id: str
    mender: Mender
    counts: str
    needs: tuple[str, ...]
    look: Callable[[View], Hits]
    urgent: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What the look for one family gave. `missing` says why it could not be told; there is no
    count then. `partly` says what else the snapshot lacks, so that the count is of a part only.
    `out_of` is None where the whole is not known."""

    family: Family
    hits: Hits
    out_of: int | None = None
    missing: tuple[Missing, ...] = ()
    partly: tuple[Missing, ...] = ()

    @property
    def count(self) -> int | None:
        return None if self.missing else self.hits.count


def find(view: View, families: tuple[Family, ...]) -> list[Finding]:
    """A finding for each of the families that the question asks for, none left out."""
    return [_look(view, family) for family in families if view.whole or not family.whole]


def _look(view: View, family: Family) -> Finding:
    missing, partly = view.missing(*family.needs)
    if missing:
        return Finding(family, Hits(), missing=tuple(missing))
    return Finding(family, family.look(view), view.total(family.counts), partly=tuple(partly))


def blank(column: str) -> str:
    """Whether a column says nothing, in SQL: empty, or only blanks and ends of lines."""
    return f"trim(coalesce({column}, ''), char(9, 10, 13, 32, 160)) = ''"


def words(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())
