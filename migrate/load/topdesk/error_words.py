"""Hints in the wording of an error that no list knows: which field it names, and what it says.

TOPdesk does not document the errors of incidents, and says them in the language of the account, so
nothing here decides alone: a field is only believed where the request has it or TOPdesk's API
names it, and what is wrong with it is a guess by words.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_KNOWN = frozenset(
    re.findall(
        r"\w+",
        """
        actionInvisibleForCaller branch briefDescription budgetHolder callDate callType caller
        callerLookup category closedDate closureCode completedDate department duration email
        employeeNumber entryType externalNumber firstName groupName impact invisibleForCaller
        jobTitle linkedPerson location loginName loginPermission mainIncident majorCallObject
        manager networkLoginName object operator operatorGroup optionalFields1 optionalFields2
        priority processingStatus sla subcategory supplier surName targetDate tasLoginName urgency
        """,
    )
)
"""Names of TOPdesk's fields (incident API 4.2.6, supporting files 2.7.11) that are no words of
everyday language, or mean their field when they stand in an error."""

_EVERYDAY = frozenset({"action", "id", "name", "number", "object", "request", "status", "location"})
"""Names that a message may hold without meaning the field: believed in quotes only."""

_SAID = (
    (r"operator ?group|behandlergruppe|operatørgruppe", "operatorGroup"),
    (r"sub-?categor|underkategori", "subcategory"),
    (r"categor|kategori", "category"),
    (r"closure code|avslutningskode", "closureCode"),
    (r"processing status|behandlingsstatus", "processingStatus"),
    (r"linked person", "linkedPerson"),
    (r"\bcaller|innmelder|\bperson\b", "caller"),
    (r"\boperator\b|behandler|saksbehandler", "operator"),
    (r"\bsla\b|service level", "sla"),
    (r"\basset\b|\bobject id\b", "object"),
    (r"e-?mail|e-?post", "email"),
    (r"\bbranch\b|filial", "branch"),
    (r"group ?name|gruppenavn", "groupName"),
    (r"\bsurname\b|etternavn", "surName"),
)
_ABOUT = (
    (r"already|unique|duplicate|taken|in use|finnes allerede|unikt", "target-duplicate"),
    (r"too long|\bsize\b|at most|length|max(imum)?\b|for lang|characters", "target-value-too-long"),
    (r"unrecogni[sz]ed|unknown (field|property)|no such (field|property)|ukjent felt", "unknown"),
    (r"mandatory|required|missing|must (be|have)|påkrevd|obligatorisk|mangler", "missing"),
    (
        r"not.{0,6}found|no such|unknown|archived|does not exist|no .{0,30}(found|with)|finnes ikke"
        r"|arkivert|may not|not allowed|does not belong|not part|no longer",
        "target-value-not-found",
    ),
    (r"pars|format|invalid|malformed|ugyldig|not (a )?valid", "target-value-invalid"),
)
_CODES = {"unknown": "target-field-unknown", "missing": "target-field-missing"}


def named(message: str, sent: Collection[str]) -> str:
    """The field that a message names: the longest of those that were sent or that TOPdesk has, in
    quotes or not; else the one that its words speak of. Empty where there is none."""
    roots = {name.partition(".")[0] for name in sent}
    found = []
    for match in re.finditer(r"[A-Za-z][\w]*(?:\.[\w]+)*", message):
        name = match[0]
        root = name.partition(".")[0]
        quoted = message[max(0, match.start() - 1) : match.start()] in ("'", '"')
        written = quoted or any(letter.isupper() or letter == "." for letter in name[1:])
        if root in roots and (written or root not in _EVERYDAY):
            found.append((written, len(name), name))
        elif root in _KNOWN and written:
            found.append((True, len(name), name))
    if found and max(found)[0]:
        return max(found)[2]
    for pattern, field in _SAID:
        here = field in roots or (field == "caller" and "callerLookup" in roots)
        if here and re.search(pattern, message, re.IGNORECASE):
            return field
    return max(found)[2] if found else ""


def about(message: str) -> str | None:
    """What a message says is wrong, as a code; None where its words tell nothing."""
    for pattern, code in _ABOUT:
        if re.search(pattern, message, re.IGNORECASE):
            return _CODES.get(code, code)
    return None
