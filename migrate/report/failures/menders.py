"""Who mends a failure, and whether a retry can help: one table, from the surest sign to the least.

The code says most by itself; where TOPdesk refused, the field it named says whose it is, then the
kind of record. The wording of an answer is never asked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from migrate.codes import CODES
from migrate.records import State
from migrate.report.failures.fingerprint import Fingerprint


class Mender(StrEnum):
    """Who must do something."""

    UNIT_OWNER = "unit-owner"
    TOPDESK = "topdesk"  # TOPdesk's administrator
    DIRECTORY = "directory"
    PROJECT = "project"
    WAIT = "wait"  # nobody: it ends by itself


class Retry(StrEnum):
    """Whether running it again can ever help."""

    NOW = "now"
    MENDED = "mended"  # once the cause is mended
    NEVER = "never"  # not as the record is: it must change, or be entered by hand


class Advice(NamedTuple):
    """`sentence` names one of `words.yaml`."""

    mender: Mender
    retry: Retry
    sentence: str


_W, _U, _T, _D, _P = (
    Mender.WAIT,
    Mender.UNIT_OWNER,
    Mender.TOPDESK,
    Mender.DIRECTORY,
    Mender.PROJECT,
)
_NOW, _MENDED, _NEVER = Retry.NOW, Retry.MENDED, Retry.NEVER

_BY_CODE: Mapping[str, Advice] = {
    **{
        code: Advice(_W, _NOW, "away")
        for code in ("target-busy", "target-unreachable", "target-failing", "not-there")
    },
    **{
        code: Advice(_W, _NOW, "in-doubt")
        for code in ("no-answer", "connection-cut", "answer-unclear")
    },
    **{
        code: Advice(_U, _MENDED, "undecided")
        for code in (
            "group-undecided",
            "group-restriction-unknown",
            "operator-undecided",
            "operator-decided-twice",
        )
    },
    "group-restricted": Advice(_U, _MENDED, "restricted"),
    "ticket-confidential": Advice(_U, _MENDED, "marked"),
    "group-in-other-branch": Advice(_U, _MENDED, "name-taken"),
    "name-too-long": Advice(_U, _MENDED, "name-too-long"),
    "differs": Advice(_U, _NEVER, "edited"),
    "person-without-key": Advice(_D, _MENDED, "no-key"),
    "no-key": Advice(_D, _MENDED, "no-key"),
    "credentials-refused": Advice(_T, _MENDED, "credentials"),
    "target-forbidden": Advice(_T, _MENDED, "forbidden"),
    "gone": Advice(_T, _MENDED, "gone"),
    "attachment-refused": Advice(_T, _MENDED, "file-refused"),
    "attachment-content-missing": Advice(_P, _MENDED, "file-missing"),
    "group-missing": Advice(_P, _MENDED, "no-group"),
    "value-unmapped": Advice(_P, _MENDED, "unmapped"),
    "number-too-long": Advice(_P, _NEVER, "number"),
    "value-not-sendable": Advice(_P, _NEVER, "unsendable"),
    "target-field-unknown": Advice(_P, _NEVER, "our-request"),
    "target-request-invalid": Advice(_P, _NEVER, "our-request"),
    "doubles-in-target": Advice(_P, _MENDED, "doubled"),
    "late-in-target": Advice(_P, _MENDED, "late"),
    "undecidable": Advice(_P, _NEVER, "undecidable"),
    "members-of-two-records": Advice(_P, _MENDED, "two-records"),
}
_PEOPLE = frozenset({"person", "operator"})
_PERSON_CARD = frozenset(
    {"linkedPerson", "surName", "firstName", "email", "employeeNumber", "networkLoginName"}
)
_CALLER = frozenset({"caller", "callerLookup", "person"})
_OURS = frozenset({"briefDescription", "request", "action", "externalNumber", "subcategory"})
"""Fields of an incident that the tool fills by its own rules or by mappings that units share."""

_FAULTY = frozenset({500, 501})
"""Errors of TOPdesk's own: where it answers one at every try, it is the record that it stumbles on.
502 to 504 are a proxy's, and say that TOPdesk is away."""


def advise(found: Fingerprint) -> Advice:
    """Who mends a failure with this fingerprint."""
    if found.state is State.WAITING:
        return Advice(_W, _NOW, "waiting")
    if found.state is State.FAILED and found.code == "no-answer" and found.status in _FAULTY:
        return Advice(_T, _MENDED, "stumbles")
    if found.code == "several-in-target":
        return Advice(_D if found.kind in _PEOPLE else _T, _MENDED, "several")
    if found.code in _BY_CODE:
        return _BY_CODE[found.code]
    if found.code.startswith("target-"):
        return _refused(found)
    return _by_action(found.code)


def _refused(found: Fingerprint) -> Advice:
    match found.kind:
        case "person":
            return Advice(_D, _MENDED, "card")
        case "operator":
            if found.root in _PERSON_CARD or found.root == "branch":
                return Advice(_D, _MENDED, "card")
            return Advice(_T, _MENDED, "operator")
        case "operator_group":
            if found.root == "branch":
                return Advice(_T, _MENDED, "value")
            return Advice(_U, _MENDED, "group-name")
        case "membership" | "branch" | "department" | "location":
            return Advice(_T, _MENDED, "value")
    if found.code == "target-record-missing" and not found.field:
        return Advice(_T, _MENDED, "record-missing")
    if found.root in _CALLER:
        return Advice(_D, _MENDED, "caller")
    if found.root == "subcategory":
        return Advice(_P, _MENDED, "subcategory")
    if not found.field:
        return Advice(_P, _NEVER, "unsaid")
    if found.root in _OURS or found.root.endswith("Date"):
        return Advice(_P, _NEVER, "our-value")
    if found.code == "target-field-missing":
        return Advice(_T, _MENDED, "mandatory")
    return Advice(_T, _MENDED, "value")


def _by_action(code: str) -> Advice:
    """By what the runbook says to do about a code that has no row above."""
    match CODES[code].action if code in CODES else "":
        case "wait":
            return Advice(_W, _NOW, "waiting")
        case "fix a mapping":
            return Advice(_U, _MENDED, "mapping")
        case "fix the data":
            return Advice(_P, _MENDED, "data")
    return Advice(_P, _MENDED, "look")
