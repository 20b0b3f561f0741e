"""What the drop-downs of a unit's workbook offer: what TOPdesk has, and what is decided so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from migrate.transform.approve import FILES
from migrate.transform.facts import TargetFacts
from migrate.transform.mapping import Mappings
from migrate.transform.sheet.columns import Line, columns_of

Legal = dict[tuple[str, str], Sequence[str]]
"""(file, field) → values, in the order of the alphabet."""

_LISTS: dict[tuple[str, str], str] = {
    ("groups", "target"): "groups",
    ("groups", "open_tickets_to"): "groups",
    ("operators", "target"): "operators",
    ("services", "target"): "services",
    ("forms", "service"): "services",
    ("forms", "group"): "groups",
    ("knowledge", "manager"): "groups",
    ("knowledge", "language"): "languages",
    ("texts", "language"): "languages",
}
"""Which list of TOPdesk's a field is from."""


def legal_values(mappings: Mappings, lines: Iterable[Line], target: TargetFacts | None) -> Legal:
    """The values of each field that has any; without `target` only what is decided. Names that
    decisions of any unit make are among TOPdesk's, since a load will make them."""
    made = _decided(mappings)
    offered: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        for column in columns_of(line.file):
            if column.role == "answer" and not column.choices and column.name != "note":
                known = offered.setdefault((line.file, column.name), set())
                if column.name in ("folder", "translation_of") and line.answers[column.name]:
                    known.add(line.answers[column.name])
    legal: Legal = {}
    for key, known in offered.items():
        if (name := _LISTS.get(key)) is not None:
            known = known | set(getattr(target, name, ()) if target else ()) | made.get(name, set())
        if known:
            legal[key] = sorted(known, key=str.casefold)
    return legal


def _decided(mappings: Mappings) -> Mapping[str, set[str]]:
    """TOPdesk's names that decisions use, by the list that they belong to."""
    found: dict[str, set[str]] = {"groups": set(), "operators": set(), "services": set()}
    for unit in mappings.units.values():
        for file in FILES:
            for entry in getattr(unit, file).values():
                target = getattr(entry.decision, "target", None)
                if file in found and target:
                    found[file].add(str(target))
    return found
