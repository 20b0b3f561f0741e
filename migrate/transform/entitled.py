"""Who may say yes to what, as `unit.yaml` has it."""

from __future__ import annotations

from migrate.transform.mapping import UnitFile


def approvers(unit: UnitFile, file: str) -> list[str]:
    """Who may approve entries of a file (`groups`, `operators` …) of this unit; empty: anybody."""
    return unit.approvers.get(file) or unit.owners


def may_approve(unit: UnitFile, file: str, who: str) -> bool:
    named = {each.strip().casefold() for each in approvers(unit, file)}
    return not named or who.strip().casefold() in named


def could_approve(unit: UnitFile, file: str, who: str) -> bool:
    """Whether an approval that `who` gave stands: also one of those who answered for the unit
    before."""
    former = {each.strip().casefold() for each in unit.former}
    return may_approve(unit, file, who) or who.strip().casefold() in former
