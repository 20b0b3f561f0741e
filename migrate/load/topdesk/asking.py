"""By which names the texts of a knowledge record are asked for.

TOPdesk's knowledge base answers with `id` and `number` alone unless `fields` names more, and shows
texts inside `translation`. Clients of a live TOPdesk name the texts themselves (`title`,
`language`); by the published answer their name is `translation`. Nothing public lists the names.
"""

from __future__ import annotations

from collections.abc import Callable

from migrate.load.topdesk.paging import Record, Refused

_TEXTS = frozenset(
    {"language", "title", "description", "content", "commentsForOperators", "keywords"}
)


class Asking:
    """Thread-safe. Learns by the first answer which of the names this TOPdesk knows."""

    def __init__(self) -> None:
        self._inside: bool | None = None

    def of(self, ask: Callable[[str], list[Record]], fields: str) -> list[Record]:
        """What `ask` gives for `fields`, by the names that TOPdesk knows. Raises Refused where it
        takes neither."""
        if self._inside is not None:
            return ask(_inside(fields) if self._inside else fields)
        refused: Refused | None = None
        records: list[Record] = []
        try:
            records = ask(fields)
        except Refused as error:
            if error.status != 400:
                raise
            refused = error
        if refused is None and (not records or _tells(records)):
            self._inside = False if records else None
            return records
        try:
            inside = ask(_inside(fields))
        except Refused:
            if refused is not None:
                raise refused from None
            inside = []
        if _tells(inside):
            self._inside = True
        elif records:
            self._inside = False
        return inside if refused is not None or _tells(inside) else records


def _tells(records: list[Record]) -> bool:
    return any(record.get("translation") for record in records)


def _inside(fields: str) -> str:
    others = [name for name in fields.split(",") if name not in _TEXTS]
    return ",".join([*others, "translation"])
