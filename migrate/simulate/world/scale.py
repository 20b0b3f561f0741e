"""How large the invented world is, and when it is."""

from __future__ import annotations

from datetime import UTC, datetime

SCALES = {"test": 400, "small": 5_000, "year": 100_000, "decade": 1_000_000}
"""Scale → tickets. A ticket is a record with a number of its own, interaction (SD) or incident
(IM), so that one escalated matter is two. A world has at most five more than this."""

DAYS = {"test": 500, "small": 700, "year": 365, "decade": 3_650}
"""Scale → over how many days before `NOW` the tickets were opened."""

NOW = datetime(2019, 9, 23, 6, 0, 0, tzinfo=UTC)
"""The world's present, in GMT: a week before the pilot. It never moves."""

PRESENT = int(NOW.timestamp())
"""The same in seconds since 1970."""
