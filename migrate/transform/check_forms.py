"""Checks what was decided of a unit's forms. Nothing of a form is loaded, so that what is wrong
here is told, and keeps no load from starting."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from migrate.errors import Problem
from migrate.transform.content_mapping import FormEntry
from migrate.transform.look import Look
from migrate.transform.mapping import Unit, entry_id
from migrate.transform.names import near


def check_forms(look: Look, key: str, unit: Unit) -> Iterator[Problem]:
    """What is wrong with the entries of `forms.yaml`."""
    for entry in unit.forms.values():
        place = look.place(entry_id(key, "forms", entry.source))
        if look.facts and look.facts.content.items and entry.source not in look.facts.content.items:
            yield Problem(
                "form-unknown",
                place,
                f'HPSM\'s catalogue has no item "{entry.source}"',
                near=near(entry.source, look.facts.content.items),
                warning=True,
            )
        if entry.decision is not None:
            yield from _decision(unit, entry, place)


def _decision(unit: Unit, entry: FormEntry, place: str) -> Iterator[Problem]:
    decision = entry.decision
    assert decision is not None  # noqa: S101 - asked for by the caller
    target = decision.target or ""
    if decision.action == "link" and not _is_address(target):
        yield Problem(
            "form-target-unknown",
            place,
            f'"{entry.source}" is a link, and `target` is no address',
            expected="https://…",
            warning=True,
        )
    if decision.action == "merge":
        built = [
            other.source
            for other in unit.forms.values()
            if other.decision and other.decision.action == "build" and other is not entry
        ]
        if target not in built:
            yield Problem(
                "form-target-unknown",
                place,
                f'"{entry.source}" is merged into "{target}", which is not built',
                expected="the source of an entry of this file with the action build",
                near=near(target, built),
                warning=True,
            )
    if entry.built is not None and decision.action != "build":
        yield Problem(
            "form-not-to-build",
            place,
            f'"{entry.source}" is said to be built, and the decision is {decision.action}',
            warning=True,
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
