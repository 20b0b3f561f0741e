"""The invented university: its units and the HPSM assignment groups under them.

Forty units and exactly 326 groups, as the model customer had. Nothing here is drawn: names, and
which groups are empty, dormant or hard to rename, are the same for every seed and scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

PILOT_UNITS = ("vakt-service", "it", "kommunikasjon")
"""The keys of the units that move first."""


class Shape(StrEnum):
    """What a group looks like in HPSM. A `dormant` group has members but no recent ticket."""

    NORMAL = "normal"
    EMPTY = "empty"
    ONE_PERSON = "one person"
    DORMANT = "dormant"


@dataclass(frozen=True, slots=True)
class Unit:
    """`code` is the unit's sign in HPSM and the start of its group names; `name` is what the
    directory calls it, and so its branch in TOPdesk. `share` is its part of all tickets."""

    key: str
    code: str
    name: str
    campus: str
    share: float


@dataclass(frozen=True, slots=True)
class Group:
    """A HPSM assignment group. `topics` are the subcategories of the matters that it gets, `weight`
    its part of the unit's tickets; a `restricted` group's tickets may be seen by nobody else."""

    name: str
    unit: str
    topics: tuple[str, ...]
    weight: float
    shape: Shape
    restricted: bool


TRONDHEIM, GJOVIK, ALESUND = ("Trondheim", "Gjøvik", "Ålesund")

_FACULTY = {
    "DEKANAT": "Veiledning",
    "STUDIE": "Veiledning",
    "ØKONOMI": "Prosjektøkonomi",
    "HR": "Ansettelse",
    "FORSKNING": "Søknader",
    "KOMMUNIKASJON": "Web og Innsida",
    "IT-KONTAKT": "Klient",
    "EKSAMEN": "Eksamen",
    "ROM OG BYGG": "Teknisk drift",
    "INNKJØP": "Innkjøp",
}
_INSTITUTE = {
    "ADMINISTRASJON": "Ansettelse",
    "STUDIE": "Veiledning",
    "ØKONOMI": "Faktura",
    "LAB OG VERKSTED": "Lab",
    "IT-KONTAKT": "Klient",
    "ROM OG UTSTYR": "AV og undervisningsrom",
    "INNKJØP": "Innkjøp",
}
_CAMPUS = {
    "RESEPSJON": "Post og transport",
    "VAKT": "Vakt og sikkerhet",
    "IT-BRUKERSTØTTE": "Klient",
    "STUDIE": "Opptak",
    "EKSAMEN": "Eksamen",
    "BIBLIOTEK": "Utlån",
    "ØKONOMI": "Faktura",
    "HR": "Ansettelse",
    "RENHOLD": "Renhold",
    "DRIFT": "Teknisk drift",
    "LAB": "Lab",
}

_CENTRAL: dict[str, dict[str, str]] = {
    "it": {
        "BRUKERSTØTTE": "Konto og tilgang,Klient,Utskrift,E-post og kalender,Programvare",
        "KLIENTDRIFT": "Klient,Programvare",
        "NETT": "Nettverk",
        "IDENTITET OG TILGANG": "Konto og tilgang",
        "AV-UTSTYR": "AV og undervisningsrom",
        "SERVER OG LAGRING": "Server og lagring",
        "APPLIKASJONSDRIFT OG FORVALTNING STUDIE": "Programvare",
        "APPLIKASJONSDRIFT OG FORVALTNING ØKONOMI": "Programvare",
        "TUNGREGNING": "Server og lagring",
        "TELEFONI": "Nettverk",
    },
    "vakt-service": {
        "VAKTSENTRAL": "Vakt og sikkerhet,Nøkkel og adgang",
        "NØKKEL OG ADGANG": "Nøkkel og adgang",
        "RENHOLD OG DRIFTSOPPFØLGING BYGG": "Renhold,Teknisk drift",
        "RESEPSJON GLØSHAUGEN": "Post og transport,Nøkkel og adgang",
        "RESEPSJON DRAGVOLL": "Post og transport,Nøkkel og adgang",
        "POST OG TRANSPORT": "Post og transport",
        "SIKKERHET": "Vakt og sikkerhet",
        "PARKERING": "Parkering",
    },
    "kommunikasjon": {
        "WEB OG INNSIDA": "Web og Innsida",
        "GRAFISK PRODUKSJON": "Grafisk produksjon",
        "ARRANGEMENT": "Arrangement",
        "PRESSE": "Presse og media",
        "PROFIL OG MALER": "Grafisk produksjon",
        "MEDIEARKIV": "Presse og media",
    },
    "okonomi": {
        "FAKTURA": "Faktura",
        "INNKJØP": "Innkjøp",
        "REISE OG UTLEGG": "Reise",
        "PROSJEKTØKONOMI": "Prosjektøkonomi",
        "REGNSKAP": "Faktura",
        "BUDSJETT": "Prosjektøkonomi",
        "ANLEGGSREGISTER": "Innkjøp",
        "SYSTEMFORVALTNING": "Faktura",
        "KUNDEFORDRINGER": "Faktura",
    },
    "hr-hms": {
        "REKRUTTERING": "Ansettelse",
        "ARBEIDSMILJØ": "HMS",
        "HMS-AVVIK": "HMS",
        "PERSONALSAKER": "Permisjon og fravær",
        "VARSLING": "HMS",
        "UTLAND": "Ansettelse",
        "KOMPETANSEUTVIKLING": "HMS",
        "SYSTEMER": "Ansettelse",
    },
    "tjenestesenteret": {
        "LØNN": "Lønn",
        "FORELDREPERMISJON": "Permisjon og fravær",
        "PENSJON OG AFP": "Lønn",
        "NYANSETTELSER": "Ansettelse",
        "REGISTRERING AV EKSTERNE I LØNN": "Lønn",
        "REGISTRERING AV EKSTERNE I HR": "Ansettelse",
        "ENGANGSUTBETALING": "Lønn",
        "REFUSJON": "Permisjon og fravær",
        "BEKREFTELSE PÅ ARBEIDSFORHOLD": "Ansettelse",
    },
    "studie": {
        "OPPTAK": "Opptak",
        "EKSAMEN": "Eksamen",
        "TIMEPLAN": "Timeplan",
        "STUDENTTORG GLØSHAUGEN": "Veiledning",
        "STUDENTTORG DRAGVOLL": "Veiledning",
        "VITNEMÅL": "Eksamen",
        "TILRETTELEGGING": "Veiledning",
        "FS-FORVALTNING": "Eksamen",
        "DIGITAL EKSAMEN": "Eksamen",
        "EMNEPLANLEGGING": "Timeplan",
        "SKIKKETHET": "Veiledning",
    },
    "ub": {
        "UTLÅN-GLØS": "Utlån",
        "UTLÅN-DRAGVOLL": "Utlån",
        "LITTERATURSØK OG VEILEDNING GLØSHAUGEN": "Litteratursøk",
        "LITTERATURSØK OG VEILEDNING DRAGVOLL": "Litteratursøk",
        "LISENSER": "Lisenser",
        "FJERNLÅN": "Utlån",
        "PUBLISERING": "Lisenser",
        "SPESIALSAMLINGER": "Utlån",
        "MEDISIN OG HELSE": "Litteratursøk",
        "SYSTEM": "Lisenser",
    },
    "virksomhetsstyring": {
        "STYRESEKRETARIAT": "Dokumenthåndtering",
        "JUS": "Innsyn",
        "PERSONVERN": "Innsyn",
        "INTERNKONTROLL": "Innsyn",
        "BEREDSKAP": "Vakt og sikkerhet",
        "STATISTIKK OG ANALYSE": "Prosjektøkonomi",
        "KVALITETSSYSTEM": "Dokumenthåndtering",
    },
    "dokumentsenteret": {
        "ARKIV": "Dokumenthåndtering",
        "INNSYN": "Innsyn",
        "POSTMOTTAK": "Dokumenthåndtering",
        "SAKSBEHANDLERSTØTTE I ARKIVSYSTEMET": "Dokumenthåndtering",
        "SKANNING": "Dokumenthåndtering",
        "KASSASJON": "Dokumenthåndtering",
    },
    "eiendom": {
        "DRIFT GLØSHAUGEN": "Teknisk drift",
        "DRIFT DRAGVOLL": "Teknisk drift",
        "DRIFT ØYA": "Teknisk drift",
        "ENERGI": "Teknisk drift",
        "PROSJEKT": "Teknisk drift",
        "AREAL OG UTLEIE": "Teknisk drift",
        "HEIS": "Teknisk drift",
        "BRANN": "Vakt og sikkerhet",
        "UTEOMRÅDER": "Teknisk drift",
    },
    "forskning": {
        "EU-STØTTE": "Søknader",
        "FORSKNINGSDATA": "Data og etikk",
        "ETIKK": "Data og etikk",
        "CRISTIN": "Søknader",
        "KONTRAKTER": "Søknader",
    },
    "internasjonal": {
        "UTVEKSLING": "Opptak",
        "GJESTEFORSKERE": "Ansettelse",
        "SPRÅKKURS": "Veiledning",
        "OVERSETTELSE": "Veiledning",
    },
}

_UNITS = (
    # key, code, name, campus, share of all tickets; the share of the rest is even
    ("it", "IT", "IT-avdelingen", TRONDHEIM, 0.32),
    ("vakt-service", "VS", "Campusservice, Vakt og service", TRONDHEIM, 0.16),
    ("kommunikasjon", "KOM", "Kommunikasjonsavdelingen", TRONDHEIM, 0.08),
    ("okonomi", "ØA", "Økonomiavdelingen", TRONDHEIM, 0.04),
    ("hr-hms", "HR", "HR- og HMS-avdelingen", TRONDHEIM, 0.02),
    ("tjenestesenteret", "TS", "Seksjon for lønn og HR-tjenester", TRONDHEIM, 0.05),
    ("studie", "SA", "Studieavdelingen", TRONDHEIM, 0.06),
    ("ub", "UB", "Universitetsbiblioteket", TRONDHEIM, 0.04),
    ("virksomhetsstyring", "VIS", "Avdeling for virksomhetsstyring", TRONDHEIM, 0.01),
    ("dokumentsenteret", "DOK", "Dokumentsenteret", TRONDHEIM, 0.02),
    ("eiendom", "EA", "Eiendomsavdelingen", TRONDHEIM, 0.04),
    ("forskning", "FA", "Forskningsavdelingen", TRONDHEIM, 0.01),
    ("internasjonal", "INT", "Internasjonal seksjon", TRONDHEIM, 0.01),
    ("campus-gjovik", "GJ", "Campus Gjøvik", GJOVIK, 0.02),
    ("campus-alesund", "ÅL", "Campus Ålesund", ALESUND, 0.02),
    ("ad", "AD", "Fakultet for arkitektur og design", TRONDHEIM, 0.0),
    ("hf", "HF", "Det humanistiske fakultet", TRONDHEIM, 0.0),
    ("ie", "IE", "Fakultet for informasjonsteknologi og elektroteknikk", TRONDHEIM, 0.0),
    ("iv", "IV", "Fakultet for ingeniørvitenskap", TRONDHEIM, 0.0),
    ("mh", "MH", "Fakultet for medisin og helsevitenskap", TRONDHEIM, 0.0),
    ("nv", "NV", "Fakultet for naturvitenskap", TRONDHEIM, 0.0),
    ("su", "SU", "Fakultet for samfunns- og utdanningsvitenskap", TRONDHEIM, 0.0),
    ("ok", "ØK", "Fakultet for økonomi", TRONDHEIM, 0.0),
    ("vm", "VM", "Vitenskapsmuseet", TRONDHEIM, 0.0),
    ("ad-design", "AD-ID", "Institutt for design", GJOVIK, 0.0),
    ("hf-sprak", "HF-ISL", "Institutt for språk og litteratur", TRONDHEIM, 0.0),
    ("hf-historie", "HF-IHK", "Institutt for historiske studier", TRONDHEIM, 0.0),
    ("ie-data", "IE-IDI", "Institutt for datateknologi og informatikk", TRONDHEIM, 0.0),
    ("ie-sikkerhet", "IE-IIK", "Institutt for informasjonssikkerhet", GJOVIK, 0.0),
    ("ie-elektronikk", "IE-IES", "Institutt for elektroniske systemer", TRONDHEIM, 0.0),
    ("iv-maskin", "IV-MTP", "Institutt for maskinteknikk og produksjon", TRONDHEIM, 0.0),
    ("iv-bygg", "IV-IBM", "Institutt for bygg- og miljøteknikk", TRONDHEIM, 0.0),
    ("iv-hav", "IV-IHB", "Institutt for havromsoperasjoner", ALESUND, 0.0),
    ("mh-klinisk", "MH-IKM", "Institutt for klinisk medisin", TRONDHEIM, 0.0),
    ("mh-sykepleie", "MH-ISM", "Institutt for sykepleie", TRONDHEIM, 0.0),
    ("nv-biologi", "NV-IBI", "Institutt for biologi", TRONDHEIM, 0.0),
    ("nv-fysikk", "NV-IFY", "Institutt for fysikk", TRONDHEIM, 0.0),
    ("su-psykologi", "SU-IPS", "Institutt for psykologi", TRONDHEIM, 0.0),
    ("su-pedagogikk", "SU-IPL", "Institutt for pedagogikk", TRONDHEIM, 0.0),
    ("ok-handel", "ØK-HHS", "Institutt for handel og ledelse", TRONDHEIM, 0.0),
)

_SHAPES: dict[str, Shape] = dict.fromkeys(
    (
        "KOM-MEDIEARKIV",
        "ØA-ANLEGGSREGISTER",
        "EA-HEIS",
        "DOK-KASSASJON",
        "AD-DEKANAT",
        "VM-EKSAMEN",
        "HF-ISL-LAB OG VERKSTED",
        "SU-IPL-LAB OG VERKSTED",
        "ØK-HHS-LAB OG VERKSTED",
    ),
    Shape.EMPTY,
)
_SHAPES |= dict.fromkeys(
    (
        "VS-PARKERING",
        "KOM-PROFIL OG MALER",
        "HR-UTLAND",
        "SA-SKIKKETHET",
        "UB-SPESIALSAMLINGER",
        "FA-CRISTIN",
        "INT-OVERSETTELSE",
        "VM-DEKANAT",
        "IE-IES-INNKJØP",
        "NV-IFY-INNKJØP",
        "SU-IPS-IT-KONTAKT",
        "HF-IHK-IT-KONTAKT",
    ),
    Shape.ONE_PERSON,
)
_SHAPES |= dict.fromkeys(
    (
        "IT-TELEFONI",
        "ØA-BUDSJETT",
        "SA-EMNEPLANLEGGING",
        "DOK-SKANNING",
        "EA-ENERGI",
        "MH-KOMMUNIKASJON",
        "AD-ID-ROM OG UTSTYR",
        "IV-IHB-INNKJØP",
    ),
    Shape.DORMANT,
)

RESTRICTED = frozenset(
    ("VS-SIKKERHET", "HR-PERSONALSAKER", "HR-VARSLING", "SA-TILRETTELEGGING", "SA-SKIKKETHET")
)
"""The groups whose tickets nobody outside may see: security, personnel and student welfare."""


def _topics(unit: str, code: str) -> Mapping[str, str]:
    if unit in _CENTRAL:
        return _CENTRAL[unit]
    if unit.startswith("campus-"):
        return _CAMPUS
    return _INSTITUTE if "-" in code else _FACULTY


def _groups() -> Iterator[Group]:
    for key, code, *_ in _UNITS:
        for place, (subject, topics) in enumerate(_topics(key, code).items()):
            name = f"{code}-{subject}"
            shape = _SHAPES.get(name, Shape.NORMAL)
            yield Group(
                name=name,
                unit=key,
                topics=tuple(topics.split(",")),
                weight=0.05 if shape is Shape.EMPTY else 1 / (place + 1),
                shape=shape,
                restricted=name in RESTRICTED,
            )


_EVEN = (1 - sum(row[4] for row in _UNITS)) / sum(row[4] == 0.0 for row in _UNITS)

UNITS: dict[str, Unit] = {
    key: Unit(key, code, name, campus, share or _EVEN) for key, code, name, campus, share in _UNITS
}
"""Unit key → unit."""

GROUPS: dict[str, Group] = {group.name: group for group in _groups()}
"""Group name → group, in the order of the units."""
