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
from migrate.state.journal_aside import UNDO


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

_WAIT_FOR_A_DECISION = ("service-undecided", "text-undecided")
"""These wait too, and nothing but a decision ends it."""

_BY_CODE: Mapping[str, Advice] = {
    **{
        code: Advice(_W, _NOW, "away")
        for code in ("target-busy", "target-unreachable", "target-failing", "not-there")
    },
    **{
        code: Advice(_W, _NOW, "in-doubt")
        for code in ("no-answer", "connection-cut", "answer-unclear")
    },
    "record-in-use": Advice(_W, _NOW, "in-use"),
    **{
        code: Advice(_U, _MENDED, "undecided")
        for code in (
            "group-undecided",
            "group-restriction-unknown",
            "operator-undecided",
            "operator-decided-twice",
            *_WAIT_FOR_A_DECISION,
        )
    },
    "article-restricted": Advice(_U, _MENDED, "kept-back"),
    "article-restriction-unknown": Advice(_U, _MENDED, "undecided"),
    "edited-in-target": Advice(_U, _MENDED, "both"),
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
    "attachment-unusable": Advice(_U, _MENDED, "file-unusable"),
    "target-blocked": Advice(_T, _MENDED, "blocked"),
    "permission-missing": Advice(_T, _MENDED, "unread"),
    "account-filtered": Advice(_T, _MENDED, "unread"),
    "interface-missing": Advice(_T, _MENDED, "no-interface"),
    "target-address": Advice(_P, _MENDED, "address"),
    "target-certificate": Advice(_P, _MENDED, "certificate"),
    "archiving-reason-missing": Advice(_T, _MENDED, "archiving-reason"),
    "attachment-content-missing": Advice(_P, _MENDED, "file-missing"),
    "group-missing": Advice(_P, _MENDED, "no-group"),
    "value-unmapped": Advice(_P, _MENDED, "unmapped"),
    "number-too-long": Advice(_P, _NEVER, "number"),
    "number-shared": Advice(_P, _MENDED, "shared-number"),
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
_TEXTS = frozenset({"briefDescription", "request", "action", "externalNumber", "subcategory"})
_TIES = frozenset({"mainIncident", "majorCall", "majorCallObject", "externalLink"})
_OURS = _TEXTS | _TIES
"""Fields that the tool fills by its own rules or by mappings that units share."""

_OPTIONAL = frozenset({"optionalFields1", "optionalFields2"})
"""Each TOPdesk has these as its administrator sets them up, and no more of them."""

_SEEN = frozenset({"visibility", "sspVisibility", "sspVisibleFrom", "sspVisibleUntil"})
_ARTICLE = frozenset({"title", "description", "content", "commentsForOperators", "keywords"})
_KNOWLEDGE = frozenset({"knowledge_item", "knowledge_folder", "knowledge_links"})
_AWAY = frozenset({502, 503, 504, *range(520, 531)})
"""A proxy's words for a TOPdesk that is away. Other errors of a server are its own: where it
answers one at every try, and does not say that it passes, it is the record that it stumbles on."""


def advise(found: Fingerprint) -> Advice:
    """Who mends a failure with this fingerprint."""
    if found.state is State.WAITING and found.code not in _WAIT_FOR_A_DECISION:
        return Advice(_W, _NOW, "waiting")
    if found.state is State.FAILED and found.code == "no-answer" and _faulty(found):
        return Advice(_T, _MENDED, "stumbles")
    if undo_died(found):
        return Advice(_P, _MENDED, "undo-died")
    if found.code == "several-in-target":
        return Advice(_D if found.kind in _PEOPLE else _T, _MENDED, "several")
    if found.code == "target-field-unknown" and found.root in _OPTIONAL:
        return Advice(_T, _MENDED, "optional-field")
    if found.code in _BY_CODE:
        return _BY_CODE[found.code]
    if found.code.startswith("target-"):
        return _refused(found)
    return _by_action(found.code)


def undo_died(found: Fingerprint) -> bool:
    """Whether an undo was at work on it and has not heard how it ended: no load settles that."""
    return found.step == UNDO and found.state in (State.IN_DOUBT, State.SENDING)


def _faulty(found: Fingerprint) -> bool:
    return found.status >= 500 and found.status not in _AWAY and found.key != "passing"


def _refused(found: Fingerprint) -> Advice:
    if found.code == "target-record-missing" and found.key == "page":
        return Advice(_P, _MENDED, "address")
    if found.step == "archive" and found.code != "target-record-missing":
        # Its body is nothing but the reason.
        return Advice(_T, _MENDED, "archiving-reason")
    if found.code == "target-duplicate" and _changes_a_ticket(found) and not found.field:
        # It brings no key that could be there already: two changes met.
        return Advice(_W, _NOW, "in-use")
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
    if found.kind in _KNOWLEDGE and (advice := _of_article(found)):
        return advice
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


def _changes_a_ticket(found: Fingerprint) -> bool:
    return found.kind == "incident" and found.step not in ("create", "partial")


def _of_article(found: Fingerprint) -> Advice | None:
    """The unit answers for what an article says and who sees it, the tool for its HTML."""
    name = found.field.rpartition(".")[2]
    if name in _SEEN:
        return Advice(_U, _MENDED, "article")
    if name not in _ARTICLE:
        return None
    if found.code in ("target-value-too-long", "target-field-missing"):
        return Advice(_U, _MENDED, "article")
    return Advice(_P, _NEVER, "our-value")


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
