"""What people ask the university for: HPSM's categories and the services (AFFECTED_ITEM)."""

from __future__ import annotations

from typing import NamedTuple

CATEGORIES: dict[str, tuple[str, ...]] = {
    "IT": (
        "Konto og tilgang",
        "Klient",
        "Nettverk",
        "Utskrift",
        "Programvare",
        "E-post og kalender",
        "AV og undervisningsrom",
        "Server og lagring",
    ),
    "Bygg og campus": (
        "Nøkkel og adgang",
        "Vakt og sikkerhet",
        "Renhold",
        "Post og transport",
        "Parkering",
        "Teknisk drift",
    ),
    "Kommunikasjon": ("Web og Innsida", "Grafisk produksjon", "Presse og media", "Arrangement"),
    "Lønn og HR": ("Lønn", "Ansettelse", "Permisjon og fravær", "HMS"),
    "Økonomi": ("Faktura", "Innkjøp", "Reise", "Prosjektøkonomi"),
    "Studier": ("Opptak", "Eksamen", "Timeplan", "Veiledning"),
    "Bibliotek": ("Utlån", "Litteratursøk", "Lisenser"),
    "Arkiv": ("Dokumenthåndtering", "Innsyn"),
    "Forskning": ("Søknader", "Data og etikk", "Lab"),
}
"""HPSM category → its subcategories. Subcategories are unique."""

CATEGORY_OF: dict[str, str] = {
    sub: category for category, subs in CATEGORIES.items() for sub in subs
}

CLOSURE_CODES = (
    "Solved by Workaround",
    "Solved by User Instruction",
    "Solved by Change/Service Request",
    "Not Reproducible",
    "Out of Scope",
    "Request Rejected",
    "Diagnosed Successfully",
    "Fulfilled",
)
"""RESOLUTION_CODE as Service Manager delivers them."""


class Service(NamedTuple):
    """A service as HPSM names it; `group` gets a ticket that names no group."""

    name: str
    category: str
    subcategory: str
    group: str


_SERVICES = """
Brukerkonto; Konto og tilgang; IT-BRUKERSTØTTE
Feide-innlogging; Konto og tilgang; IT-IDENTITET OG TILGANG
Tilgang til fellesområde; Konto og tilgang; IT-BRUKERSTØTTE
Gjestekonto; Konto og tilgang; IT-IDENTITET OG TILGANG
Standard PC; Klient; IT-KLIENTDRIFT
Mac; Klient; IT-KLIENTDRIFT
Linux-klient; Klient; IT-KLIENTDRIFT
Mobil og nettbrett; Klient; IT-BRUKERSTØTTE
Trådløst nett; Nettverk; IT-NETT
VPN; Nettverk; IT-NETT
Kablet nett; Nettverk; IT-NETT
Fasttelefon; Nettverk; IT-TELEFONI
Utskrift og kopi; Utskrift; IT-BRUKERSTØTTE
Plotter; Utskrift; IT-BRUKERSTØTTE
Programvaresenter; Programvare; IT-KLIENTDRIFT
Studieadministrative systemer; Programvare; IT-APPLIKASJONSDRIFT OG FORVALTNING STUDIE
Økonomisystemer; Programvare; IT-APPLIKASJONSDRIFT OG FORVALTNING ØKONOMI
E-post; E-post og kalender; IT-BRUKERSTØTTE
Kalender og møterom; E-post og kalender; IT-BRUKERSTØTTE
Epostlister; E-post og kalender; IT-BRUKERSTØTTE
AV i undervisningsrom; AV og undervisningsrom; IT-AV-UTSTYR
Videomøte; AV og undervisningsrom; IT-AV-UTSTYR
Opptak av forelesning; AV og undervisningsrom; IT-AV-UTSTYR
Virtuell server; Server og lagring; IT-SERVER OG LAGRING
Lagring og sikkerhetskopi; Server og lagring; IT-SERVER OG LAGRING
Tungregning; Server og lagring; IT-TUNGREGNING
Adgangskort; Nøkkel og adgang; VS-NØKKEL OG ADGANG
Nøkler; Nøkkel og adgang; VS-NØKKEL OG ADGANG
Vakthold; Vakt og sikkerhet; VS-VAKTSENTRAL
Hendelse på campus; Vakt og sikkerhet; VS-VAKTSENTRAL
Renhold; Renhold; VS-RENHOLD OG DRIFTSOPPFØLGING BYGG
Avfall og farlig avfall; Renhold; VS-RENHOLD OG DRIFTSOPPFØLGING BYGG
Post og pakker; Post og transport; VS-POST OG TRANSPORT
Flytting og transport; Post og transport; VS-POST OG TRANSPORT
Parkering og elbillading; Parkering; VS-PARKERING
Ventilasjon og varme; Teknisk drift; EA-DRIFT GLØSHAUGEN
Lys og strøm; Teknisk drift; EA-DRIFT GLØSHAUGEN
Innsida; Web og Innsida; KOM-WEB OG INNSIDA
Nettsider; Web og Innsida; KOM-WEB OG INNSIDA
Plakater og trykksaker; Grafisk produksjon; KOM-GRAFISK PRODUKSJON
Visuell profil og maler; Grafisk produksjon; KOM-PROFIL OG MALER
Pressehenvendelse; Presse og media; KOM-PRESSE
Arrangementstøtte; Arrangement; KOM-ARRANGEMENT
Lønnsutbetaling; Lønn; TS-LØNN
Alderspensjon og AFP; Lønn; TS-PENSJON OG AFP
Engangsutbetaling; Lønn; TS-ENGANGSUTBETALING
Nyansettelse; Ansettelse; TS-NYANSETTELSER
Bekreftelse på arbeidsforhold; Ansettelse; TS-BEKREFTELSE PÅ ARBEIDSFORHOLD
Foreldrepermisjon; Permisjon og fravær; TS-FORELDREPERMISJON
Fravær og refusjon; Permisjon og fravær; TS-REFUSJON
HMS-avvik; HMS; HR-HMS-AVVIK
Innkommende faktura; Faktura; ØA-FAKTURA
Bestilling og innkjøp; Innkjøp; ØA-INNKJØP
Reiseregning; Reise; ØA-REISE OG UTLEGG
Prosjektregnskap; Prosjektøkonomi; ØA-PROSJEKTØKONOMI
Opptak til studier; Opptak; SA-OPPTAK
Eksamensavvikling; Eksamen; SA-EKSAMEN
Timeplan og rom; Timeplan; SA-TIMEPLAN
Studieveiledning; Veiledning; SA-STUDENTTORG GLØSHAUGEN
Utlån og fornying; Utlån; UB-UTLÅN-GLØS
Litteratursøk; Litteratursøk; UB-LITTERATURSØK OG VEILEDNING GLØSHAUGEN
Elektroniske ressurser; Lisenser; UB-LISENSER
Arkivering; Dokumenthåndtering; DOK-ARKIV
Innsynsbegjæring; Innsyn; DOK-INNSYN
Forskningssøknad; Søknader; FA-EU-STØTTE
Forskningsdata; Data og etikk; FA-FORSKNINGSDATA
Laboratorietjenester; Lab; NV-IBI-LAB OG VERKSTED
"""


def _service(line: str) -> Service:
    name, subcategory, group = line.split("; ")
    return Service(name, CATEGORY_OF[subcategory], subcategory, group)


SERVICES: dict[str, Service] = {
    service.name: service for service in map(_service, _SERVICES.strip().splitlines())
}

SERVICES_OF: dict[str, tuple[Service, ...]] = {
    sub: tuple(s for s in SERVICES.values() if s.subcategory == sub) for sub in CATEGORY_OF
}
"""Subcategory → the services that belong to it; never empty."""
