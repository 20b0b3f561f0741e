"""The seam to HPSM: whatever a customer can hand over is read through this one promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from migrate.errors import Problem
from migrate.records import Batch


@dataclass(frozen=True, slots=True)
class KindInfo:
    """What a source says of one kind: rows there (None: not counted), the fields it can give, and
    those it cannot, each with the reason. `modified` names the field that a delta can go by; None,
    and every reading compares everything. `layout` changes whenever other tables, columns or types
    are read than before. `absent` says why this installation has nothing of the kind, and that this
    is no mistake: such a kind is not read. `ways` says of each field where it lies, in words, where
    the source can have it in more than one. `unread` names what the source has of the kind and no
    field is read from: what an installation added itself is among it. `alike` are whole tables that
    look like the kind and that nothing reads."""

    kind: str
    rows: int | None
    fields: tuple[str, ...]
    missing: tuple[tuple[str, str], ...] = ()
    modified: str | None = None
    layout: str = ""
    absent: str = ""
    ways: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


class Source(Protocol):
    """Reads HPSM. Never writes to it."""

    name: str

    def check(self) -> list[Problem]:
        """Everything that keeps this source from being read, found without reading records."""
        ...

    def describe(self) -> list[KindInfo]:
        """The kinds that this source can give, in the order of `records.SOURCE_KINDS`."""
        ...

    def read(self, kind: str, since: datetime | None = None, after: str = "") -> Iterator[Batch]:
        """The records of one kind in batches, streamed, each record once.

        With `since` (GMT), only what was modified at or after it, where the kind has a field that
        says so. With `after`, the `Batch.position` of an earlier reading with the same `since`, it
        goes on behind that batch. A value that cannot be parsed is None in the row and kept in
        `Batch.raw`. The contents of attachments go to the blob store that the source was given; a
        row says under which `sha256`, or what is `broken`.
        Raises ConfigurationError when the kind cannot be read at all, and StoppedError when the
        source goes away while it is read.
        """
        ...

    def problems(self) -> list[Problem]:
        """What was wrong with single records so far, by file and line or by key."""
        ...
