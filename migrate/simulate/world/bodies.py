"""The HTML of knowledge documents: what HPSM's editor leaves, and what was pasted into it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from random import Random

from migrate.simulate.world.contents import Contents
from migrate.simulate.world.files import File
from migrate.simulate.world.services import Service

INTRANET = "https://innsida.example.no/wiki/-/wiki/Norsk"

_SENTENCES = (
    "Tjenesten er tilgjengelig for alle ansatte og studenter.",
    "Logg inn med Feide-brukeren din, ikke med en lokal konto.",
    "Er du på hjemmekontor, må du først koble til VPN.",
    "Ta kontakt med nærmeste førstelinje hvis du er i tvil.",
    "Endringen trer i kraft etter omtrent en time.",
    "Eksterne og gjester må ha en vert som godkjenner bestillingen.",
    "Ved feil: ta et skjermbilde og legg det ved henvendelsen.",
    "Saksbehandler sjekker først om det finnes en pågående driftsmelding.",
    "Bestillingen må inneholde kostnadssted, romnummer og navnet på den som skal bruke utstyret.",
    "Ønsker du å avslutte tjenesten, sier du fra senest 14 dager før.",
    "Use your Feide account. Guests need a host at the university.",
    "På Gjøvik og i Ålesund er det egne kontaktpunkter; se tabellen under.",
    "Åpningstidene er 8–15.30, men vi svarer på e-post også utenom dette.",
)
_STEPS = (
    "Åpne nettleseren og gå til portalen.",
    "Velg «Mine bestillinger» i menyen til høyre.",
    "Fyll ut skjemaet, og trykk <b>Send</b>.",
    "Vent på bekreftelsen (den kommer på e-post).",
    "Start maskinen på nytt.",
    "Kontroller at navnet ditt står øverst til høyre.",
)
_PLACES = ("Gløshaugen", "Dragvoll", "Øya", "Kalvskinnet", "Gjøvik", "Ålesund")
_WORD = (
    '<p class="MsoNormal" style="mso-margin-top-alt:auto"><span lang="NO-BOK" '
    'style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif">{}<o:p></o:p></span></p>'
)


class Bodies:
    """Draws bodies. `first` and `count` say which articles there are to lead to, `tickets` how many
    tickets."""

    def __init__(self, draw: Random, first: int, count: int, tickets: int) -> None:
        self._draw = draw
        self._contents = Contents(draw)
        self._ids = range(first, first + count)
        self._tickets = tickets

    def body(self, doctype: str, title: str, service: Service, files: Sequence[File]) -> str:
        """A body as its doctype has it, with every one of `files` shown or led to."""
        parts = [f"<h2>{escape(title)}</h2>"]
        if doctype == "Problem/Solution":
            parts += ["<h3>Problem</h3>", self._paragraph(), "<h3>Løsning</h3>", self._steps()]
        elif doctype == "Error Message/Cause":
            code = f"0x{self._draw.getrandbits(32):08X}"
            parts += [
                f"<h3>Feilmelding</h3><pre>Feil {code}: ukjent årsak &amp; &lt;null&gt;</pre>"
            ]
            parts += ["<h3>Årsak</h3>", self._paragraph(), "<h3>Løsning</h3>", self._steps()]
        elif doctype == "Reference":
            parts += [self._paragraph(), self._table(4 + int(self._draw.random() * 12))]
        else:
            parts += ["<h3>Spørsmål</h3>", self._paragraph(), "<h3>Svar</h3>", self._steps()]
        if self._draw.random() < 0.3:
            parts.append(self._table(3))
        if self._draw.random() < 0.15:
            parts.append(_WORD.format(self._draw.choice(_SENTENCES)))
        parts += [self._shown(file) for file in files]
        parts.append(self._links(service))
        return "\n".join(parts)

    def dead_link(self, turn: int) -> str:
        """Towards an attachment, an article, an image that is gone, or a server."""
        gone = f"{self._draw.getrandbits(96):024x}"
        return (
            f'<p><a href="/answers/attachments/{gone}">Skjema (Word)</a></p>',
            f'<p>Se <a href="{_direct("kmdocument", f"KM{90_000 + turn}")}">egen artikkel</a>.</p>',
            f'<p><img src="/answers/attachments/{gone}" alt="skjermbilde" width="400"></p>',
            r'<p><a href="file://\\ansatt\felles\rutiner\gammel.doc">Rutinen</a></p>',
        )[turn % 4]

    def inline_image(self) -> str:
        picture = b64encode(self._contents.image(600)).decode()
        return f'<p><img alt="" src="data:image/png;base64,{picture}"></p>'

    def script(self, turn: int) -> str:
        return (
            "<script type=\"text/javascript\">alert('Hei!');</script>",
            '<p onclick="window.open(this.href)">Åpne i nytt vindu</p>',
            '<iframe src="https://video.example.no/opplaering/1"></iframe>',
            '<a href="javascript:void(0)" onclick="vis()">Mer</a><style>p{color:red}</style>',
        )[turn % 4]

    def broken(self, html: str, turn: int) -> str:
        """`html` as pasting and old editors leave it."""
        return (
            html.replace("</p>", "").replace("</li>", "") + "<table><tr><td>Uten slutt",
            f"<b><i>{html}</b></i><br><br><br></div>",
            html.encode().decode("latin-1"),
            f"<html><head><title>x</title></head><body bgcolor=white>{html.upper()}",
            f"{html}<p>5 < 6 & 7 > 3 &nbsp &oslash;</p><![if !supportLists]>&#8226;<![endif]>",
        )[turn % 5]

    def long_table(self) -> str:
        """More than 50 000 characters of it are text."""
        return self._table(900)

    def _paragraph(self) -> str:
        return f"<p>{' '.join(self._draw.sample(_SENTENCES, 3))}</p>"

    def _steps(self) -> str:
        steps = self._draw.sample(_STEPS, 2 + int(self._draw.random() * 4))
        return f"<ol>{''.join(f'<li>{step}</li>' for step in steps)}</ol>"

    def _table(self, rows: int) -> str:
        place, phone = self._draw.choice, self._draw.randrange
        lines = "".join(
            f"<tr><td>{place(_PLACES)}</td><td>73 59 {phone(1000, 10_000)}</td>"
            f"<td>{place(_SENTENCES)}</td></tr>"
            for _ in range(rows)
        )
        head = "<tr><th>Sted</th><th>Telefon</th><th>Merknad</th></tr>"
        return f'<table border="1" cellpadding="4">{head}{lines}</table>'

    def _shown(self, file: File) -> str:
        target = f"/answers/attachments/{file.uid}"
        if (file.mime_type or "").startswith("image/"):
            return f'<p><img src="{target}" alt="{escape(file.name)}" width="640" height="480"></p>'
        if self._draw.random() < 0.2:
            target = f"scattach://{file.uid}:{file.name}:{file.application}:{file.topic}"
        return f'<p><a href="{target}">{escape(file.name)}</a></p>'

    def _links(self, service: Service) -> str:
        """To an article, a ticket or the intranet: an article that leads nowhere is rare."""
        draw = self._draw
        number = f"KM{draw.choice(self._ids):04d}"
        ticket = f"IM{10_001 + int(draw.random() * self._tickets * 0.25)}"
        page = service.subcategory.replace(" ", "+")
        links = (
            f'Se også <a href="{_direct("kmdocument", number)}">mer om emnet</a>',
            f'Se <a href="/answers/{number}">{number}</a>',
            f"Samme feil er beskrevet i {number}",
            f'Løst i <a href="{_direct("probsummary", ticket)}">{ticket}</a>',
            f"Meldt i sak {ticket}",
            f'Les mer på <a href="{INTRANET}/{page}" target="_blank">Innsida</a>',
            f'<a href="{INTRANET}/{page}">{escape(service.name)} på Innsida</a>',
        )
        return f"<p>{'. '.join(draw.sample(links, 1 + int(draw.random() * 3)))}.</p>"


def _direct(file: str, key: str) -> str:
    """The address that HPSM's web client gives a record."""
    field = "id" if file == "kmdocument" else "number"
    return f"/sm/index.do?ctx=docEngine&amp;file={file}&amp;query={field}%3D%22{key}%22&amp;action="
