"""The articles behind a decision on knowledge: which they are, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.chains import Shelves
from migrate.cli.review.book import Book, Desk
from migrate.records import State
from migrate.transform.library import Library
from migrate.transform.mapping import entry_id
from migrate.transform.privacy import redacted
from migrate.transform.text import field_text

_MOST = 100
_COPY = "working-copy"
"""The verdict on a working copy; it is given before anybody asks whether the article is held."""


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """One article. `stays` says by its code why it does not move; empty where it does."""

    id: str
    title: str
    stays: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The first articles of an entry, how many more there are, and how many nobody is shown."""

    shown: tuple[ArticleLine, ...] = ()
    more: int = 0
    hidden: int = 0


class Articles:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._library: tuple[Book, Library] | None = None

    def of(self, unit: str, source: str) -> Shelf:
        """The articles that an entry of `knowledge.yaml` decides on, without working copies, which
        nothing is decided about. Of those that are restricted, or of which nobody has said whether
        they are, only how many."""
        entry = entry_id(unit, "knowledge", source)
        mine = {
            id_: standing
            for id_, standing in self._of_now().standings.items()
            if standing.unit == unit
            and entry in standing.uses
            and (standing.verdict is None or standing.verdict.code != _COPY)
        }
        seen = sorted(
            id_
            for id_, each in mine.items()
            if each.verdict is None or each.verdict.state is not State.HELD
        )
        rows = self._desk.workspace.snapshot.fetch("knowledge", seen[:_MOST])
        lines = []
        for id_ in seen[:_MOST]:
            verdict = mine[id_].verdict
            title = redacted(field_text(rows.get(id_, {}).get("title")))
            lines.append(ArticleLine(id_, title, verdict.code if verdict else ""))
        return Shelf(tuple(lines), len(seen) - len(lines), len(mine) - len(seen))

    def _of_now(self) -> Library:
        book = self._desk.book()
        if self._library is None or self._library[0] is not book:
            library = Shelves(self._desk.workspace.snapshot, book.mappings).library
            self._library = (book, library)
        return self._library[1]
