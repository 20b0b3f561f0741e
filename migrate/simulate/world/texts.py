"""What people write: titles, descriptions, work notes and answers, mostly in Norwegian."""

from __future__ import annotations

from random import Random

from migrate.simulate.world.places import LOCATIONS
from migrate.simulate.world.services import CATEGORY_OF

_TITLES = """
Konto og tilgang: Får ikke logget inn | Trenger tilgang til fellesområde | Passordet er utløpt |
  Cannot log in with Feide | Ny ansatt mangler brukerkonto
Klient: PC starter ikke | Skjermen er svart | Bestilling av ny bærbar PC | Laptop is very slow |
  Dokkingstasjon virker ikke
Nettverk: Ikke nett på kontoret | Trådløst nett faller ut | VPN kobler ikke til |
  Eduroam does not connect | Ny nettverkskontakt
Utskrift: Skriveren svarer ikke | Papirstopp i skriver | Får ikke skrevet ut i farger |
  Mangler utskriftskø
Programvare: Installasjon av programvare | Lisensen er utløpt | Feilmelding ved oppstart |
  License for MATLAB needed | Oppgradering ønskes
E-post og kalender: Mottar ikke e-post | Ser ikke kalenderen til kollega | Full postboks |
  Opprette epostliste | Mistenkelig e-post
AV og undervisningsrom: Projektoren virker ikke | Mikrofon uten lyd i auditorium |
  Hjelp til videomøte | Opptak mangler lyd
Server og lagring: Trenger mer lagringsplass | Server svarer ikke | Gjenopprette slettet fil |
  Ny virtuell server | Job stuck in queue
Nøkkel og adgang: Adgangskortet virker ikke | Bestilling av nøkkel |
  Access card for guest researcher | Utvidet adgang i helg | Mistet kort
Vakt og sikkerhet: Dør står åpen | Alarm utløst | Tyveri av sykkel | Uvedkommende i bygget |
  Bestilling av vakthold
Renhold: Manglende renhold på kontor | Søl i korridoren | Tømming av farlig avfall |
  Tomt for såpe på toalett
Post og transport: Pakke ikke mottatt | Flytting av kontor | Transport av utstyr | Henting av post
Parkering: Parkeringsbevis for gjest | Ladestolpen virker ikke | Feil på parkeringsavgift
Teknisk drift: Kaldt på kontoret | Lyset blinker | Ventilasjonen bråker | Vannlekkasje i kjeller |
  Heisen står
Web og Innsida: Rette feil på nettside | Ny side på Innsida | Lenke virker ikke |
  Tilgang til publisering | Update staff page
Grafisk produksjon: Plakat til konferanse | Trykking av hefte | Mal til presentasjon | Visittkort
Presse og media: Spørsmål fra journalist | Pressemelding til gjennomlesing | Bilde til artikkel
Arrangement: Støtte til disputas | Bestilling av lokale til seminar | Påmelding til arrangement
Lønn: Mangler lønn for forrige måned | Feil skattetrekk | Spørsmål om alderspensjon |
  Engangsutbetaling til sensor
Ansettelse: Registrering av nyansatt | Endring av stillingsprosent | Bekreftelse på arbeidsforhold |
  Forlengelse av kontrakt
Permisjon og fravær: Søknad om foreldrepermisjon | Refusjon sykepenger | Spørsmål om fravær
HMS: Melding om avvik | Ergonomi på arbeidsplass | Verneutstyr mangler
Faktura: Faktura ligger feil | Faktura uten referanse | Purring på betalt faktura |
  Wrong amount on invoice
Innkjøp: Bestilling av utstyr | Ny leverandør | Varemottak mangler
Reise: Reiseregning ikke utbetalt | Utlegg uten kvittering | Kredittkort ved reise
Prosjektøkonomi: Nytt prosjektnummer | Feil kontering på prosjekt | Rapport til finansiør
Opptak: Spørsmål om opptak | Application for exchange | Dokumentasjon mangler i søknad
Eksamen: Feil på eksamensoppmelding | Klage på karakter | Sensur er forsinket | Exam room missing
Timeplan: Kollisjon i timeplan | Bytte av undervisningsrom | Rom er dobbeltbooket
Veiledning: Veiledning om studieløp | Permisjon fra studiet | Innpass av emner
Utlån: Fornying av lån | Boken er ikke på hylla | Gebyr for sen innlevering
Litteratursøk: Hjelp til litteratursøk | Kurs i referansehåndtering | Searching in databases
Lisenser: Får ikke åpnet artikkel | Tilgang til tidsskrift hjemmefra | Ny e-bok
Dokumenthåndtering: Sak ligger på feil enhet | Journalpost mangler | Tilgang til sak
Innsyn: Innsynsbegjæring | Spørsmål om personopplysninger | Utsatt offentlighet
Søknader: Hjelp til EU-søknad | Budsjett til søknad | Registrering av publikasjon
Data og etikk: Lagring av forskningsdata | Melding om behandling | Databehandleravtale
Lab: Bestilling av kjemikalier | Defekt avtrekkskap | Opplæring på instrument |
  Book time on microscope
"""

_OPENERS = (
    "Hei,",
    "Hei!",
    "God morgen,",
    "Hallo.",
    "Hi,",
    "Viser til telefonsamtale i dag.",
    "Innmelder ringer.",
)
_DETAILS = (
    "Dette har vært slik siden i går ettermiddag, og flere på gangen merker det samme.",
    "Jeg har prøvd å starte på nytt, men det hjelper ikke.",
    "Det haster litt, siden vi har undervisning i morgen tidlig.",
    "Kan dere se på dette når dere får tid?",
    "Gjelder meg og to kolleger. Vi sitter på samme kontor.",
    "Skjermbilde er lagt ved.",
    "Vi trenger dette innen fredag, ellers må vi finne en annen løsning.",
    "It worked fine last week, but now nothing happens.",
    "Lederen min har godkjent bestillingen.",
    "Feilmeldingen sier: «En uventet feil oppstod (0x80070005)».",
    "Kostnadssted er oppgitt i skjemaet.",
    "Innmelder er ikke på kontoret før torsdag.",
)
_CLOSINGS = (
    "Mvh",
    "Hilsen",
    "Med vennlig hilsen",
    "Best regards",
    "På forhånd takk!",
    "Takk for hjelpen.",
)
_NOTES = (
    "Ringt innmelder, fikk ikke svar. Prøver igjen i morgen.",
    "Har sjekket loggene, finner ingen feil på vår side.",
    "Sendt videre til riktig gruppe, gjelder ikke oss.",
    "Bestilt del fra leverandør, leveringstid 3-5 dager.",
    "Avtalt oppmøte på kontoret kl. 13.",
    "Kontrollert mot kundens konto. Rettighetene ser riktige ut.",
    "Called the user, no answer. Left a message.",
    "Samme feil er meldt av flere, se også tidligere saker.",
    "Internt: sjekk avtalen før vi gjør mer her.",
    "Venter på godkjenning fra nærmeste leder.",
    "Delen er kommet, byttes i dag.",
    "Oppdatert etter samtale med innmelder:\n- feilen kommer hver gang\n- gjelder begge skjermer",
)
_QUESTIONS = (
    "Kan du si hvilket rom dette gjelder?",
    "Vi trenger et skjermbilde av feilmeldingen for å komme videre.",
    "Når passer det at vi kommer innom?",
    "Could you please tell us which building you are in?",
    "Er dette fortsatt et problem? Hvis vi ikke hører fra deg, lukkes saken om fem dager.",
    "Vi har mottatt henvendelsen og ser på den.",
)
_ANSWERS = (
    "Problemet er rettet. Ta kontakt hvis det kommer tilbake.",
    "Tilgangen er gitt. Det kan ta inntil en time før den virker.",
    "Utstyret er byttet, og innmelder bekrefter at alt virker.",
    "Veiledet innmelder på telefon.",
    "Bestillingen er levert.",
    "Sendt oppskrift fra kunnskapsbasen.",
    "Fixed. Please restart your computer and try again.",
    "Saken er besvart på e-post.",
    "Ikke noe vi kan gjøre her, innmelder er henvist videre.",
    "Lukket uten svar fra innmelder etter to purringer.",
)


def _titles() -> dict[str, tuple[str, ...]]:
    lines = (line.split(": ", 1) for line in _TITLES.strip().replace("|\n", "|").splitlines())
    return {topic: tuple(map(str.strip, titles.split("|"))) for topic, titles in lines}


class Texts:
    """Pools of finished texts, drawn once, so that a ticket costs one choice per text."""

    def __init__(self, seed: int) -> None:
        draw = Random(f"{seed}/texts")
        places = [f"{place.name}, rom {draw.randrange(100, 700)}" for place in LOCATIONS]
        plain = _titles()
        self.titles = {
            topic: tuple(
                title if draw.random() < 0.4 else f"{title} ({draw.choice(places)})"[:80]
                for title in plain[topic] * 5
            )
            for topic in CATEGORY_OF
        }
        self.descriptions = {
            topic: tuple(self._description(draw, plain[topic], places) for _ in range(60))
            for topic in CATEGORY_OF
        }
        self.notes = _NOTES
        self.questions = _QUESTIONS
        self.answers = _ANSWERS
        self.details = _DETAILS

    @staticmethod
    def _description(draw: Random, titles: tuple[str, ...], places: list[str]) -> str:
        """Several lines, as HPSM joins an array; whoever calls signs it."""
        return "\n".join(
            (
                draw.choice(_OPENERS),
                "",
                f"{draw.choice(titles)}. Gjelder {draw.choice(places)}.",
                *draw.sample(_DETAILS, draw.randrange(1, 4)),
                "",
                draw.choice(_CLOSINGS),
            )
        )
