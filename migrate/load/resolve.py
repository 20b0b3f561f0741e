"""Names into ids: fills the references of a body just before it is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrate.records import Ref

CALLER_FALLBACK = "caller_fallback"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A body that can be sent, or the references that keep it from being sent. `dropped` are
    those it goes without: an operator who is not there leaves the ticket to the group."""

    body: dict[str, Any]
    missing: tuple[Ref, ...] = ()
    dropped: tuple[Ref, ...] = ()


@dataclass(slots=True)
class Resolver:
    """Knows the target's id of every record that is found or loaded.

    `not_callers` are persons that exist but cannot be named as callers (archived there, or without
    the caller role): TOPdesk refuses them, so the name goes as text.
    """

    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    not_callers: Collection[str] = ()

    def bind(self, kind: str, identity: str, target_id: str) -> None:
        self.ids[kind, identity] = target_id

    def resolve(self, kind: str, body: Mapping[str, Any]) -> Resolved:
        """The body of a step of `kind` with ids. The same knowledge gives the same body."""
        result: dict[str, Any] = {}
        missing: list[Ref] = []
        dropped: list[Ref] = []
        optional = _OPTIONAL.get(kind, frozenset())
        for name, value in body.items():
            if name == CALLER_FALLBACK:
                continue
            if name == "callerLookup":
                filled, absent = self._fill(value)
                person = _ref(value.get("id")) if isinstance(value, Mapping) else None
                if absent or (person is not None and person.key in self.not_callers):
                    if fallback := body.get(CALLER_FALLBACK):
                        text, unresolved = self._fill(fallback)
                        result["caller"] = {k: v for k, v in text.items() if v is not None}
                        dropped.extend(unresolved)
                    dropped.extend(absent)
                else:
                    result[name] = filled
                continue
            filled, absent = self._fill(value)
            if absent and name.partition("/")[0] in optional:
                dropped.extend(absent)
            else:
                missing.extend(absent)
                result[name] = filled
        if body.get("status") == "partial":
            missing = _of_its_own(result, missing, dropped)
        return Resolved(result, tuple(missing), tuple(dropped))

    def _fill(self, value: Any) -> tuple[Any, list[Ref]]:
        if ref := _ref(value):
            found = self.ids.get((ref.kind, ref.key))
            # A ticket that another hangs on may be made by this very load.
            return found or (ref if ref.kind == "incident" else None), [] if found else [ref]
        if isinstance(value, Mapping):
            absent: list[Ref] = []
            filled = {}
            for name, inner in value.items():
                filled[name], more = self._fill(inner)
                absent.extend(more)
            return filled, absent
        return value, []


def _of_its_own(body: dict[str, Any], missing: list[Ref], dropped: list[Ref]) -> list[Ref]:
    """A partial incident goes without its group where that has not moved, and has that of its
    incident; without its operator the group stands in that place. Returns what is missing still."""
    groups = [ref for ref in missing if ref.kind == "operator_group"]
    if groups:
        body.pop("operatorGroup", None)
        body.pop("operator", None)
        dropped.extend(groups)
    elif "operatorGroup" in body:
        body.setdefault("operator", body["operatorGroup"])
    return [ref for ref in missing if ref not in groups]


_OPTIONAL = {
    "incident": frozenset({"operator", "location"}),
    "person": frozenset({"department", "location"}),
    "operator": frozenset({"department", "location"}),
    "knowledge_item": frozenset({"manager", "status"}),
    "knowledge_links": frozenset({"ticket"}),
}
"""Fields that a record goes without when what they name is not in the target."""


def _ref(value: Any) -> Ref | None:
    if isinstance(value, Ref):
        return value
    if isinstance(value, Mapping) and "$ref" in value:
        return Ref(*value["$ref"])
    return None
