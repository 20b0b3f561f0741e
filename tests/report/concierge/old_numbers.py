"""Stores made by hand for the concierge, and the files that it builds of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migrate.records import Batch, Chain, Member, OpKey, State, Verdict
from migrate.report.concierge.answers import Code
from migrate.report.concierge.build import Built, Wish, build
from migrate.state.bundles import build_pairs
from migrate.state.journal import Journal, Record
from migrate.state.numbers import Numbers
from migrate.state.plan_store import NewPlanned, PlanHead, PlanStore
from migrate.state.snapshot import Snapshot

TOPDESK = "https://desk.example.no"
PATTERNS = {
    "incident": {
        "operator": f"{TOPDESK}/tas/secure/incident?unid={{id}}",
        "caller": f"{TOPDESK}/tas/public/ssp/content/detail/incident?unid={{id}}",
    },
    "knowledge": {"reader": f"{TOPDESK}/knowledge/{{number}}"},
}
KINDS = {
    "SD": "interactions",
    "IM": "incidents",
    "RF": "requests",
    "C": "changes",
    "PM": "problems",
    "T": "tasks",
    "KM": "knowledge",
    "RB": "incidents",
}


def kind_of(number: str) -> str:
    match = re.match(r"[A-Za-z]+", number)
    assert match
    return KINDS[match[0].upper()]


@dataclass
class OldNumbers:
    """A snapshot, a plan and a journal in `folder`; `restricted` groups are out of sight."""

    folder: Path
    restricted: set[str] = field(default_factory=lambda: {"SIKKERHET"})
    services: set[str] = field(default_factory=set)
    ask: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, Code] = field(default_factory=lambda: {"changes": Code.NO_TARGET})

    def __post_init__(self) -> None:
        self.snapshot = Snapshot(self.folder / "snapshot.db")
        self.journal = Journal(self.folder / "journal.db", "hpsm")
        self.store = PlanStore(self.folder / "plan.db")
        self.out = self.folder / "concierge"

    def close(self) -> None:
        for store in (self.store, self.journal, self.snapshot):
            store.close()

    def hpsm_has(
        self, groups: Mapping[str, str | None], pairs: Sequence[tuple[str, str]] = ()
    ) -> None:
        """HPSM as it is read now, all of it: number → group, and the related numbers."""
        kinds = list(dict.fromkeys([*KINDS.values(), "relations"]))
        run = self.snapshot.begin_run(kinds, True, datetime.now(UTC))
        rows: dict[str, list[list[Any]]] = {kind: [] for kind in kinds}
        for number, group in groups.items():
            rows[kind_of(number)].append([number, group])
        rows["relations"] = [[f"{a} {b}", a, b] for a, b in pairs]
        for kind in kinds:
            columns = ("number", "assignment")
            if kind == "relations":
                columns = ("key", "source", "depend")  # type: ignore[assignment]
            if rows[kind]:
                self.snapshot.write(run, Batch(kind, columns, 0, rows[kind]))
            self.snapshot.finish(run, kind, True)
        build_pairs(self.snapshot)

    def planned(self, verdicts: Mapping[str, Verdict | None], number: str = "") -> None:
        """The plan of a unit: identity → verdict."""
        chains = [
            NewPlanned(
                Chain("incident", identity, (Member(kind_of(identity), identity),), "ub"),
                verdict,
                number=number,
            )
            for identity, verdict in verdicts.items()
        ]
        self.store.add("ub", "tickets", chains)
        self.store.finish(PlanHead("ub", "tickets", "pilot", "", "", 0.0))

    def loaded(
        self,
        identity: str,
        *others: str,
        number: str = "I 1909 001",
        target: str = "",
        state: State = State.DONE,
        kind: str = "incident",
        revision: int = 0,
    ) -> None:
        members = [Member(kind_of(key), key) for key in (identity, *others)]
        target = target or f"id-{identity}"
        record = Record(kind, identity, "ub", "pilot", target, number, "d")
        self.journal.begin(record, members)
        key = OpKey("hpsm", kind, identity, "create", revision)
        self.journal.intend(key, 0, "", "[]", False, "{}", 1, 1.0)
        self.journal.note(key, state, 2.0)
        self.journal.commit()

    def build(self) -> Built:
        numbers = Numbers(self.store.path, self.journal.path, "hpsm")
        wish = Wish(self.restricted, self.services, self.left, PATTERNS, self.ask, "2019-11-25")
        try:
            return build(self.snapshot, numbers, wish, self.out)
        finally:
            numbers.close()

    def answers(self) -> dict[str, str]:
        """Old number → new number or reason, as the list of a new build has them."""
        self.build()
        return {row["old_number"]: row["new_number"] or row["reason"] for row in listed(self.out)}

    def written(self) -> str:
        """Everything that stands in any file."""
        files = [file for file in self.out.rglob("*") if file.is_file()]
        return "\n".join(file.read_text(encoding="utf-8") for file in files)


def listed(out: Path) -> list[dict[str, str]]:
    with (out / "numbers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
