"""What the knowledge of a unit refers to, besides records that are known by their ids: statuses of
knowledge, items that are whole, and where people open items and tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migrate.load.target import TargetReader
from migrate.records import Member, Ref
from migrate.state.journal import Journal
from migrate.state.plan_store import PlanStore

_WHOLE = "whole/knowledge_item"
_ITEM = "address/knowledge_item"
_TICKET = "address/incident"


@dataclass(frozen=True, slots=True)
class Shelf:
    """`incident_address` is where operators open a ticket, with `{id}` and `{number}` to fill in;
    without it tickets are no links."""

    journal: Journal
    store: PlanStore
    reader: TargetReader
    incident_address: str | None = None

    def known(self, unit: str, kind: str) -> Mapping[tuple[str, str], str]:
        """What the planned chains of one kind of knowledge refer to → what stands for it in a
        request. What is not there (yet) is left out."""
        wanted: dict[str, set[str]] = {}
        for page in self.store.records(unit, "knowledge", kind, steps=True):
            for planned in page:
                waits = planned.verdict is not None and planned.verdict.code == "parent-missing"
                for step in planned.steps if planned.verdict is None or waits else ():
                    for ref in _refs(step.body):
                        wanted.setdefault(ref.kind, set()).add(ref.key)
        found: dict[tuple[str, str], str] = {}
        if "knowledge_status" in wanted:
            statuses = self.reader.knowledge.info().statuses
            found |= {("knowledge_status", name): id for name, id in statuses.items()}
        items = sorted(wanted.get(_WHOLE, set()) | wanted.get(_ITEM, set()))
        records = self.journal.records("knowledge_item", items)
        found |= {(_WHOLE, key): r.target_id for key, r in records.items() if r.whole}
        if wanted.get(_ITEM):
            ids = {r.target_id: key for key, r in records.items() if r.target_id}
            addresses = self.reader.knowledge.addresses(list(ids))
            found |= {(_ITEM, ids[id]): address for id, address in addresses.items()}
        if self.incident_address:
            found |= self._tickets(wanted.get(_TICKET, set()), self.incident_address)
        return found

    def _tickets(self, numbers: set[str], address: str) -> dict[tuple[str, str], str]:
        kinds = ("incidents", "interactions", "requests")
        members = [Member(kind, number) for number in sorted(numbers) for kind in kinds]
        bound = self.journal.bound(members)
        records = self.journal.records("incident", sorted(set(bound.values())))
        return {
            (_TICKET, member.key): address.format(id=record.target_id, number=record.number)
            for member, identity in bound.items()
            if (record := records.get(identity)) is not None and record.target_id
        }


def _refs(body: Mapping[str, object]) -> list[Ref]:
    """References as the plan keeps them."""
    found = []
    for value in body.values():
        if isinstance(value, Mapping):
            if "$ref" in value:
                found.append(Ref(*value["$ref"]))
            else:
                found += _refs(value)
    return found
