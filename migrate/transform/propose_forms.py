"""Proposes what could become of the forms of a unit's catalogue items."""

from __future__ import annotations

from migrate.transform.content_facts import facts_of_content
from migrate.transform.content_mapping import FormDecision, FormEntry
from migrate.transform.facts import SourceFacts
from migrate.transform.mapping import Mappings, Unit
from migrate.transform.names import folded


def forms_of(unit: Unit, facts: SourceFacts) -> list[str]:
    """The forms that HPSM's catalogue assigns to the unit's groups, by name."""
    mine = {group.casefold() for group in unit.file.groups}
    groups = facts.content.item_groups
    return sorted(name for name in facts.content.forms if groups.get(name, "").casefold() in mine)


def form_decision(source: str, mappings: Mappings, facts: SourceFacts) -> tuple[FormDecision, str]:
    """What is proposed for one form, and why: retired where HPSM does not use it, a link where its
    name has words of `forms.elsewhere` in `policy.yaml`, else built."""
    if not facts.content.items.get(source, True):
        return FormDecision(action="retire", reason="ikke i bruk i HPSM"), "not in use in HPSM"
    name = f" {folded(source)} "
    for words, address in mappings.policy.forms.elsewhere.items():
        if f" {folded(words)} " in name:
            reason = f'"{words}" belongs to another system, as policy.yaml says'
            return FormDecision(action="link", target=address), reason
    return FormDecision(action="build"), "in use, and TOPdesk has no interface that makes it"


def seen_of_form(source: str, facts: SourceFacts) -> dict[str, object]:
    """What somebody who decides on a form is shown of it."""
    return facts_of_content(FormEntry(source=source), facts.content)
