"""How names of groups come to differ between HPSM and TOPdesk: the rules of the proposals' world.

HPSM's names grew over twenty years, each unit with its own habits. TOPdesk's were laid down by the
project, with a glossary of new words that most units follow. Every probability stands here or in
`proposal_world.py`, beside the rule, and is drawn anew for each world where a range is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

RENAMED: dict[str, tuple[str, ...]] = {
    "ADMINISTRASJON": ("Instituttkontor", "Fellestjenester"),
    "ANLEGGSREGISTER": ("Anlegg",),
    "ARBEIDSMILJØ": ("Verneombud", "HMS-rådgivning"),
    "ARKIV": ("Dokumentasjonsforvaltning", "Arkivtjeneste"),
    "ARRANGEMENT": ("Konferanse og event", "Arrangementsstøtte"),
    "AV-UTSTYR": ("Lyd og bilde", "Læringsromstøtte"),
    "BIBLIOTEK": ("Biblioteksdisk", "Bibliotektjenester"),
    "BRUKERSTØTTE": ("Brukerhjelp", "Orakeltjenesten", "IT-hjelp"),
    "BUDSJETT": ("Budsjett og analyse",),
    "DEKANAT": ("Fakultetsledelse", "Ledelse"),
    "DIGITAL EKSAMEN": ("Eksamenssystem",),
    "DRIFT": ("Teknisk drift", "Driftssentral"),
    "EKSAMEN": ("Vurdering", "Eksamenskontoret"),
    "EU-STØTTE": ("Ekstern finansiering",),
    "FAKTURA": ("Fakturamottak", "Leverandørreskontro"),
    "FORELDREPERMISJON": ("Permisjoner",),
    "FORSKNING": ("Forskningsstøtte", "Forskningsadm"),
    "FORSKNINGSDATA": ("Datahåndtering",),
    "GRAFISK PRODUKSJON": ("Grafisk senter", "Design og trykk"),
    "HR": ("Personal", "HR-tjenester"),
    "IDENTITET OG TILGANG": ("Tilgangsstyring", "IAM"),
    "INNKJØP": ("Anskaffelser", "Bestilling"),
    "INNSYN": ("Innsynskrav",),
    "IT-BRUKERSTØTTE": ("Brukerhjelp", "Orakeltjenesten", "IT-hjelp"),
    "IT-KONTAKT": ("Lokal IT", "IT-ansvarlig"),
    "JUS": ("Juridisk",),
    "KLIENTDRIFT": ("Arbeidsflate", "PC og Mac"),
    "KOMMUNIKASJON": ("Formidling", "Informasjon"),
    "LAB": ("Teknisk støtte", "Laboratorier"),
    "LAB OG VERKSTED": ("Teknisk støtte", "Laboratorier"),
    "LISENSER": ("E-ressurser",),
    "LØNN": ("Lønnstjenester", "Lønnskontoret"),
    "NETT": ("Nettverk", "Infrastruktur"),
    "NYANSETTELSER": ("Rekrutteringsstøtte",),
    "NØKKEL OG ADGANG": ("Adgangskontroll", "Kort og nøkler"),
    "OPPTAK": ("Opptakskontoret", "Søkere"),
    "PERSONALSAKER": ("HR-rådgivning",),
    "POSTMOTTAK": ("Dokumentmottak",),
    "PRESSE": ("Mediekontakt",),
    "PROSJEKTØKONOMI": ("Prosjektstøtte",),
    "RENHOLD": ("Renholdstjenester",),
    "RESEPSJON": ("Servicetorg", "Skranke"),
    "ROM OG BYGG": ("Areal", "Bygg og eiendom"),
    "ROM OG UTSTYR": ("Undervisningsrom", "Romutstyr"),
    "SERVER OG LAGRING": ("Plattform", "Datasenter"),
    "SIKKERHET": ("Beredskap",),
    "STUDIE": ("Studieadministrasjon", "Studentsaker", "Utdanning"),
    "SYSTEM": ("Systemdrift", "Applikasjoner"),
    "SYSTEMFORVALTNING": ("Systemeier",),
    "TELEFONI": ("Samhandling",),
    "TIMEPLAN": ("Timeplan og rom",),
    "TUNGREGNING": ("HPC", "Beregning"),
    "VAKT": ("Vektere", "Vakt og beredskap"),
    "VAKTSENTRAL": ("Operasjonssentral", "Vakt og beredskap"),
    "WEB OG INNSIDA": ("Nettsider", "Web og intranett"),
}
"""A subject → what TOPdesk may call it. A world renames each with the chance `renames`."""

SHORT = {
    "ADMINISTRASJON": ("ADM", "ADMIN"),
    "APPLIKASJONSDRIFT": ("APPDRIFT", "APPL"),
    "ARRANGEMENT": ("ARR",),
    "BIBLIOTEK": ("BIB", "BIBL"),
    "BRUKERSTØTTE": ("BST", "BRUKERST"),
    "EKSAMEN": ("EKS",),
    "FORSKNING": ("FORSK", "FOU"),
    "FORVALTNING": ("FORV",),
    "IDENTITET": ("ID",),
    "INNKJØP": ("INNK",),
    "KOMMUNIKASJON": ("KOMM", "KOM", "INFO"),
    "LITTERATURSØK": ("LITSØK",),
    "PRODUKSJON": ("PROD",),
    "PROSJEKTØKONOMI": ("PROSJØK", "PØ"),
    "RESEPSJON": ("RESEP", "RES"),
    "STUDENTTORG": ("STUDTORG", "ST"),
    "STUDIE": ("STUD", "STUDADM"),
    "TRANSPORT": ("TRANSP",),
    "VEILEDNING": ("VEIL",),
    "VERKSTED": ("VERKST",),
    "ØKONOMI": ("ØK", "ØKON"),
}
"""What a unit that abbreviates makes of a word; any other long word loses its end."""

_SEPARATORS = ("-", " ", "_", "/", ".", " - ")
_PLAIN = (str.maketrans("ÆØÅæøå", "EOAeoa"), {ord("Æ"): "AE", ord("Ø"): "OE", ord("Å"): "AA"})
_MARKS = ("GRP", "GRUPPE", "2.LINJE", "LINJE 1", "TEAM")
_OLD = ("GAMMEL", "OLD", "(UTGÅTT)", "IKKE BRUK", "2", "NY")


@dataclass(frozen=True, slots=True)
class Habit:
    """How one unit writes the names of its groups in HPSM. `code` is empty where it writes none."""

    code: str
    behind: bool
    separator: str
    upper: bool
    shortens: float
    plain: int | None

    @classmethod
    def drawn(cls, draw: Random, code: str) -> Habit:
        """Codes: 70 % the unit's own, 15 % one from before a reorganisation, 15 % none or behind in
        brackets. 60 % of the units write capitals, 30 % no Norwegian letters; a third abbreviates
        often (60 % of the words that can be), a third sometimes (20 %)."""
        chance = draw.random()
        if chance > 0.85:
            code = "" if draw.random() < 0.4 else code
        elif chance > 0.70:
            code = "".join(draw.sample("ABDEFHIKLMNSTV", 3))
        return cls(
            code,
            chance > 0.85,
            draw.choice(_SEPARATORS[:3] if draw.random() < 0.8 else _SEPARATORS),
            draw.random() < 0.6,
            draw.choice((0.0, 0.2, 0.6)),
            draw.randrange(2) if draw.random() < 0.3 else None,
        )

    def written(self, draw: Random, subject: str) -> str:
        """The subject as this unit writes it: one name in ten with another separator, one in twelve
        with a mark that says nothing, one in twenty-five mistyped."""
        words = [self._word(draw, word) for word in subject.replace("-", " ").split()]
        if draw.random() < 0.3:
            words = [word for word in words if word != "OG"]
        if draw.random() < 0.08:
            words.append(draw.choice(_MARKS))
        separator = draw.choice(_SEPARATORS) if draw.random() < 0.1 else self.separator
        inside = " " if draw.random() < 0.5 else separator.strip() or " "
        name = inside.join(words)
        if self.code:
            name = f"{name} ({self.code})" if self.behind else f"{self.code}{separator}{name}"
        if draw.random() < 0.04:
            name = mistyped(draw, name)
        if self.plain is not None:
            name = name.translate(_PLAIN[self.plain])
        return name if self.upper else name.title()

    def _word(self, draw: Random, word: str) -> str:
        if draw.random() >= self.shortens:
            return word
        if word in SHORT:
            return draw.choice(SHORT[word])
        return word[: draw.randrange(4, 7)] if len(word) > 8 else word


def twin_of(draw: Random, name: str) -> str:
    """What an older group beside one of this name is called."""
    if draw.random() < 0.3:
        return mistyped(draw, name)
    return f"{name} {draw.choice(_OLD)}"


def mistyped(draw: Random, name: str) -> str:
    """Two letters changed about, or one left out or doubled."""
    at = draw.randrange(2, max(3, len(name) - 1))
    kind = draw.randrange(3)
    if kind == 0:
        return name[: at - 1] + name[at : at + 1] + name[at - 1] + name[at + 1 :]
    return name[:at] + (name[at + 1 :] if kind == 1 else name[at : at + 1] + name[at:])


@dataclass(frozen=True, slots=True)
class Convention:
    """How TOPdesk's names are made: the order of unit and subject, and the glossary of new words.
    `follow` is the share of groups that take the glossary's word where there is one."""

    pattern: str
    glossary: dict[str, str]
    follow: float

    @classmethod
    def drawn(cls, draw: Random) -> Convention:
        """25 to 45 % of the subjects are renamed, and 80 to 95 % of the groups follow that."""
        renames = draw.uniform(0.25, 0.45)
        glossary = {
            subject: draw.choice(names)
            for subject, names in RENAMED.items()
            if draw.random() < renames
        }
        pattern = draw.choice(("{unit} {subject}", "{subject} {unit}", "{unit} - {subject}"))
        return cls(pattern, glossary, draw.uniform(0.8, 0.95))

    def named(self, draw: Random, unit: str, subject: str) -> str:
        """A name of at most 30 characters; one unit in ten words orders it otherwise. What is too
        long loses the ends of its longest words."""
        if subject in self.glossary and draw.random() < self.follow:
            words = self.glossary[subject]
        else:
            words = " ".join(
                word if len(word) < 4 or word in ("HMS", "FS") else word.capitalize()
                for word in subject.split()
            ).replace(" OG ", " og ")
        pattern = self.pattern if draw.random() < 0.9 else "{subject}, {unit}"
        name = pattern.format(unit=unit, subject=words)
        while len(name) > 30:
            longest = max(name.replace(",", " ").split(), key=len)
            name = name.replace(longest, longest[:-1])
        return name


def short_name(draw: Random, code: str, name: str) -> str:
    """What TOPdesk calls a unit: its code, the end of it, or what its name is about."""
    about = [word for word in name.replace(",", "").split() if word[0].islower() and len(word) > 4]
    chance = draw.random()
    if chance < 0.4:
        return code
    if chance < 0.65 or not about:
        return code.rpartition("-")[2]
    return draw.choice(about[-2:]).capitalize()
