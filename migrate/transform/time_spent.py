"""The time that was spent on a ticket, as TOPdesk registers it: so many minutes, when and by whom.

Unlike an entry of the progress trail, a registration may have a date and an operator of its own
(incident API 4.2.6, `timespent`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from migrate.records import Finding, Ref, Row, Step
from migrate.transform.groups import Staff
from migrate.transform.people import People
from migrate.transform.policy import TimePolicy
from migrate.transform.source_digest import source_digest
from migrate.transform.text import field_text, label, shorten
from migrate.transform.times import shown, to_topdesk, valid

_NOTES = 250  # incident API 4.2.6, CreateTimeSpent.notes
_PER_MINUTE = {"seconds": 60.0, "minutes": 1.0, "hours": 1 / 60}
_MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Registers the time of one ticket. `group` is its group in TOPdesk, None where it has none."""

    identity: str
    group: str | None
    policy: TimePolicy
    people: People
    staff: Staff
    zone: ZoneInfo

    def steps(
        self, records: Sequence[Row], activities: Sequence[Row]
    ) -> tuple[list[Step], list[Finding]]:
        """The steps `time_spent/<key>`: one for each activity, and each record, that says how long
        it took; a part of a minute counts as one. Its marker, `[IM10001/t/<key>]`, begins the
        notes.

        It is registered for the operator who did it, where that operator moves, else for the group.
        Finding: `time-spent-unread`, with a count, for what is no time above zero.
        """
        steps: list[Step] = []
        unread = 0
        for id_field, name, rows in (
            ("activity_id", self.policy.activity, activities),
            ("number", self.policy.ticket, records),
        ):
            for row in rows if name else ():
                text = field_text(row.get(str(name)))
                if not text.strip("0.,"):
                    continue
                minutes = self._minutes(text)
                if minutes is None:
                    unread += 1
                else:
                    steps.append(self._step(row, source_digest(id_field, row[id_field]), minutes))
        counts = {"time-spent-unread": unread}
        return steps, [Finding(code, self.identity, str(n)) for code, n in counts.items() if n]

    def _minutes(self, text: str) -> int | None:
        try:
            minutes = float(text.replace(",", ".")) / _PER_MINUTE[self.policy.unit]
        except ValueError:
            return None
        return int(-(-minutes // 1)) if 0 < minutes < _MOST else None

    def _step(self, row: Row, digest: str, minutes: int) -> Step:
        key = digest[:10]
        mark = f"[{self.identity}/t/{key}]"
        login = field_text(row.get("operator")) or field_text(row.get("assignee"))
        times = (row.get(name) for name in ("time", "resolved_time", "close_time"))
        time = next((found for each in times if (found := valid(each))), None)
        person = self.people.named(login) if login else None
        name = person.name if person else label(login)
        said = (mark, name, shown(time, self.zone) if time else "")
        body: dict[str, Any] = {
            "timeSpent": minutes,
            "notes": shorten(" · ".join(filter(None, said)), _NOTES),
        }
        if time:
            body["entryDate"] = to_topdesk(time)
        if self.policy.reason:
            body["reason"] = {"name": self.policy.reason}
        operator = self.staff.operators.get(login) if login else None
        if operator is not None and operator.verdict is None:
            body["operator"] = {"id": Ref("operator", operator.identity)}
        elif self.group:
            body["operatorGroup"] = {"id": Ref("operator_group", self.group)}
        return Step(f"time_spent/{key}", body, mark, (key,))
