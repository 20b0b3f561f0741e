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
    (
        r"operator ?group|behandlergruppe|operatørgruppe|behandelaars?groep|bearbeitergruppe",
        "operatorGroup",
    ),
    (r"sub-?[ck]ategor|under-?kategori|unterkategori", "subcategory"),
    (r"[ck]ategor", "category"),
    (r"closure code|avslutningskode|af(sluit|meld)code|abschlusscode", "closureCode"),
    (
        r"processing status|behandlingsstatus|afhandelstatus|bearbeitungsstatus",
        "processingStatus",
    ),
    (r"linked person|gekoppelde persoon|verknüpfte person", "linkedPerson"),
    (
        r"\bcaller|innmelder|innringer|\bperso(n|nen|on)\b|aanmelder|\b(an)?melder\b",
        "caller",
    ),
    (r"\boperator\b|behandler|saksbehandler|behandelaar|\bbearbeiter\b", "operator"),
    (r"priorit", "priority"),
    (r"urgen[ct]|hastegrad|dringlichkeit", "urgency"),
    (r"\bimpact\b|innvirkning|auswirkung", "impact"),
    (r"department|avdeling|afdeling|abteilung", "department"),
    (r"\blocation\b|lokasjon|locatie|standort", "location"),
    (r"supplier|leverandør|leverancier|lieferant", "supplier"),
    (r"\bsla\b|service level", "sla"),
    (r"\basset\b|\bobject id\b", "object"),
    (r"e-?mail|e-?post", "email"),
    (r"\bbranch\b|filial|vestiging|niederlassung", "branch"),
    (r"group ?name|gruppenavn|groepsnaam|gruppenname", "groupName"),
    (r"\bsurname\b|etternavn|achternaam|nachname", "surName"),
    (r"employee number|ansattnummer|personeelsnummer|personalnummer", "employeeNumber"),
)
_ABOUT = (
    (
        r"already|unique|duplicate|taken|in use|finnes allerede|unikt|i bruk|bestaat (al|reeds)\b"
        r"|uniek|in gebruik|bereits|eindeutig",
        "target-duplicate",
    ),
    (
        r"too long|\bsize\b|at most|length|max(imum)?\b|characters|for lang|maksimalt|\btegn\b"
        r"|te lang|maximaal|\btekens\b|zu lang|höchstens|\bzeichen\b",
        "target-value-too-long",
    ),
    (
        r"unrecogni[sz]ed|unknown (field|property)|no such (field|property)|ukjent felt"
        r"|onbekend veld|unbekanntes feld",
        "unknown",
    ),
    (
        r"mandatory|required|missing|must (be|have)|påkrevd|obligatorisk|mangler|verplicht"
        r"|ontbreekt|pflichtfeld|erforderlich|\bfehlt",
        "missing",
    ),
    (
        r"not.{0,6}found|no such|unknown|archived|does not exist|no .{0,30}(found|with)"
        r"|may not|not allowed|does not belong|not part|no longer"
        r"|ukjent|onbekend|unbekannt|finnes ikke|ikke funnet|arkivert|ikke tillatt|hører ikke"
        r"|niet.{0,10}gevonden|bestaat niet|gearchiveerd|niet toegestaan|behoort niet"
        r"|\b(nicht|kein)\b.{0,60}gefunden|existiert nicht|archiviert|nicht zulässig|gehört nicht",
        "target-value-not-found",
    ),
    (
        r"pars|format|invalid|malformed|not (a )?valid|ugyldig|ikke .{0,4}gyldig|ongeldig|ungültig",
        "target-value-invalid",
    ),
)
_IN_USE = re.compile(
    r"\block(ed)?\b|being (edited|changed)|låst|redigeres|vergrendeld|wordt (bewerkt|gewijzigd)"
    r"|gesperrt|\b(wird|gerade) .{0,40}bearbeitet",
    re.IGNORECASE,
)
_NO_FILE = re.compile(
    r"empty|\btom(t)?\b|\bleeg\b|\bleer\b|virus|malware|infected|infisert|infecteerd|infiziert"
    r"|damaged|corrupt|skadet|beschadigd|beschädigt|not (a )?valid|ugyldig|ongeldig|ungültig",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"deadlock|time(d)?[- ]?out|temporar|try (again|later)|midlertidig|prøv igjen|tijdelijk"
    r"|probeer .{0,30}opnieuw|vorübergehend|versuchen sie .{0,40}(erneut|später)",
    re.IGNORECASE,
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


def says_in_use(message: str) -> bool:
    """Whether somebody has the record open, or something else is changing it."""
    return bool(_IN_USE.search(message))


def says_no_file(message: str) -> bool:
    """Whether it is what the file holds that is not taken, and not its size or type."""
    return bool(_NO_FILE.search(message))


def says_it_passes(message: str) -> bool:
    """Whether an error says of itself that the same request may go well later."""
    return bool(_PASSING.search(message))


def about(message: str) -> str | None:
    """What a message says is wrong, as a code; None where its words tell nothing."""
    for pattern, code in _ABOUT:
        if re.search(pattern, message, re.IGNORECASE):
            return _CODES.get(code, code)
    return None
