"""The journal texts of tickets (HPSM's `update.action`), and which tickets have nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.state.database import quoted
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot

_KINDS = ("incidents", "interactions", "requests")
_LAST = ("update_time", "close_time", "resolved_time", "sysmodtime")


def journals(snapshot: Snapshot) -> Iterator[tuple[str, str | None, str | None]]:
    """Every journal that is not empty, with the time (GMT) at which its record was opened, and the
    last one that the record knows of itself."""
    for mirror in _with_journal(snapshot):
        last = [f"coalesce({quoted(name)}, '')" for name in _LAST if name in mirror.columns]
        until = f"nullif(max('', {', '.join(last)}), '')" if last else "NULL"
        since = "open_time" if "open_time" in mirror.columns else "NULL"
        yield from snapshot.connection.execute(
            f"SELECT journal, {since}, {until} FROM {mirror.name}"
            " WHERE until_run IS NULL AND journal <> ''"
        )


def need_journals(snapshot: Snapshot) -> bool:
    """Whether any record has a journal and no activities."""
    told = Mirror(snapshot.connection, "activities")
    without = (
        "AND NOT EXISTS (SELECT 1 FROM activities a WHERE a.number = r._key"
        " AND a.until_run IS NULL)"
        if "number" in told.columns
        else ""
    )
    return any(
        snapshot.connection.execute(
            f"SELECT 1 FROM {mirror.name} r WHERE r.until_run IS NULL AND r.journal <> ''"
            f" {without} LIMIT 1"
        ).fetchone()
        for mirror in _with_journal(snapshot)
    )


def _with_journal(snapshot: Snapshot) -> Iterator[Mirror]:
    for kind in _KINDS:
        mirror = Mirror(snapshot.connection, kind)
        if "journal" in mirror.columns:
            yield mirror
