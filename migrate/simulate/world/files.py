"""The files that hang on records: what they are called, how HPSM keeps them, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from migrate.simulate.world.contents import Contents
from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.matter import Interaction, Ticket
from migrate.simulate.world.rota import Rota
from migrate.simulate.world.scale import PRESENT, SCALES

ON_TICKETS = {"test": 130, "small": 350, "year": 1_500, "decade": 8_000}
"""Scale → about how many files hang on tickets."""

OVERSIZED = 11_000_000
"""Bytes. Programs that handed files on from HPSM left out what had more than 10 MB."""

_MEDIAN, _SPREAD, _LARGEST = 6_000, 1.5, 1_500_000
_WIDE = 4  # this one has segments of more than 65 535 bytes in every world
_DAY = 86_400
_DIRT = (
    Dirt.FILE_TRUNCATED,
    Dirt.FILE_EXECUTABLE,
    Dirt.FILE_SEGMENT_MISSING,
    Dirt.FILE_EMPTY,
    Dirt.FILE_SIZE_WRONG,
    Dirt.FILE_NAME_LONG,
    Dirt.FILE_HEADER_BAD,
    Dirt.FILE_UNWRAPPED,
    Dirt.FILE_COMPRESSION_UNKNOWN,
    Dirt.FILE_NAME_ODD,
    Dirt.FILE_NAME_TWICE,
    Dirt.FILE_CONTENT_TWICE,
    Dirt.FILE_OF_NO_RECORD,
)
_MANY_PARTS = frozenset((Dirt.FILE_TRUNCATED, Dirt.FILE_SEGMENT_MISSING, Dirt.FILE_HEADER_BAD))
_PLAIN = (
    # name, MIME type, what it holds; HPSM takes the type that the browser says, or none
    ("skjermbilde.png", "image/png", "image"),
    ("feilmelding.txt", "text/plain", "text"),
    ("Kvittering på utlegg.pdf", "application/pdf", "%PDF-1.4\n"),
    ("bilde av rommet.PNG", "image/png", "image"),
    ("logg.txt", None, "text"),
    ("Liste over brukere.xlsx", "application/octet-stream", "PK\3\4"),
    ("Søknad – åpen.docx", "application/msword", "PK\3\4"),
    ("epost.msg", "application/vnd.ms-outlook", "\xd0\xcf\x11\xe0"),
    ("notat", None, "text"),
    ("kart.svg", "image/svg+xml", "text"),
)
_EXECUTABLE = (
    ("setup.exe", "application/x-msdownload"),
    ("rydd_opp.bat", "text/plain"),
    ("Faktura 2019.pdf.exe", "application/pdf"),
    ("fiks.ps1", None),
    ("makro.vbs", "text/vbscript"),
    ("KLIENT.MSI", "application/octet-stream"),
)
_ODD = (
    r"C:\Users\kari\Desktop\bilde.png",
    "møte 12/3: referat?.docx",
    "../../konfigurasjon.txt",
    "to\nlinjer.txt",
    "CON",
    "bilde.png ",
    "skjermÃ¥bilde.png",
)
_SEGMENTS = (64_000, 32_000, 9_000, 70_000, 500, 64_000)
_TINY = ((10, 4), (7, 3), (1, 4))
"""Sizes, and segments of so few bytes that their length stands in the type's own byte."""


@dataclass(frozen=True, slots=True)
class File:
    """One attachment. `application` is the HPSM file of the record, `topic` its number or id, `uid`
    24 hex digits. `segment` is how many bytes are cut off at a time, `compressed` whether that was
    done to a zlib stream, `dirt` what is wrong with how it is kept; in which of the ways that do
    not matter it is kept goes by `turn`."""

    application: str
    topic: str
    uid: str
    name: str
    mime_type: str | None
    content: bytes
    added: int
    by: str
    segment: int
    turn: int
    compressed: bool = True
    dirt: Dirt | None = None

    @property
    def key(self) -> str:
        return f"{self.application}|{self.topic}|{self.uid}|5"


class FileMaker:
    """Draws files for the records of one world, from a generator of its own, and counts the dirt
    among them in `tally`."""

    def __init__(self, seed: int, scale: str, tally: Tally) -> None:
        self._draw = Random(f"{seed}/{scale}/files")
        self._contents = Contents(self._draw)
        self._tally = tally
        self._rate = ON_TICKETS[scale] / SCALES[scale]
        self._rota = Rota(_DIRT, 3)
        self._made = 0
        self._oversized = 0
        self._before: File | None = None

    def on_ticket(self, ticket: Ticket) -> Iterator[File]:
        """Mostly none; now and then one, or several."""
        if self._draw.random() >= self._rate:
            return
        kind, turn = self._rota.next()
        added = ticket.opened + int(self._draw.random() * 3 * _DAY)
        file = self._plain(
            "incidents" if isinstance(ticket, Interaction) else "probsummary",
            ticket.number,
            min(added, PRESENT - 60),
            ticket.opened_by,
        )
        if kind is None and self._oversized < 2:
            kind, turn = Dirt.FILE_OVERSIZED, self._oversized
            self._oversized += 1
        before, self._before = self._before, file
        yield from self._spoiled(file, kind, turn, before)

    def image(self, application: str, topic: str, added: int, by: str) -> File:
        """A picture that a text shows."""
        return self._file(application, topic, added, by, ("illustrasjon.png", "image/png", "image"))

    def document(self, application: str, topic: str, added: int, by: str) -> File:
        """A document that a text leads to, or is."""
        kind = ("Veiledning på norsk.pdf", "application/pdf", "%PDF-1.4\n")
        return self._file(application, topic, added, by, kind)

    def _plain(self, application: str, topic: str, added: int, by: str) -> File:
        return self._file(application, topic, added, by, _PLAIN[self._made % len(_PLAIN)])

    def _file(
        self, application: str, topic: str, added: int, by: str, kind: tuple[str, str | None, str]
    ) -> File:
        self._made += 1
        size = min(int(self._draw.lognormvariate(0, _SPREAD) * _MEDIAN), _LARGEST)
        name, mime_type, holds = kind
        segment, turn = _SEGMENTS[self._made % len(_SEGMENTS)], self._made
        if tiny := self._made % 23 == 5:
            size, segment = _TINY[self._made % len(_TINY)]
            turn *= 3
        if self._made == _WIDE:
            size, segment = 150_000, 70_000
        return File(
            application,
            topic,
            f"{self._draw.getrandbits(96):024x}",
            name,
            mime_type,
            self._content(holds, size),
            added,
            by,
            max(segment, size // 1_900),
            turn,
            compressed=not tiny and self._made % 7 != 6,
        )

    def _content(self, holds: str, size: int) -> bytes:
        if holds == "text":
            return self._contents.text(size)
        if holds == "image" and size >= 200:
            return self._contents.image(size)
        return self._contents.noise(holds.encode("latin-1"), size)

    def _spoiled(
        self, file: File, kind: Dirt | None, turn: int, before: File | None
    ) -> Iterator[File]:
        if kind is None:
            yield file
            return
        if kind in _MANY_PARTS:
            file = replace(file, content=self._contents.noise(b"", 2_500 + turn), segment=700)
        changed = _CHANGES.get(kind)
        file = replace(changed(self, file, turn) if changed else file, dirt=kind, turn=turn)
        if kind is Dirt.FILE_CONTENT_TWICE and before is not None:
            file = replace(file, content=before.content)
        self._tally.note(kind, file.key)
        yield file
        if kind is Dirt.FILE_NAME_TWICE:
            yield replace(
                self._plain(file.application, file.topic, file.added + 60, file.by), name=file.name
            )

    def _executable(self, file: File, turn: int) -> File:
        name, mime_type = _EXECUTABLE[turn % len(_EXECUTABLE)]
        content = self._contents.noise(b"MZ\x90\0", 4_000)
        return replace(file, name=name, mime_type=mime_type, content=content)

    def _oversize(self, file: File, turn: int) -> File:
        content = self._contents.text(OVERSIZED + turn)
        return replace(file, name="full logg.txt", mime_type="text/plain", content=content)

    def _empty(self, file: File, turn: int) -> File:
        return replace(file, content=b"", segment=64_000, compressed=turn % 4 == 3)

    def _long_name(self, file: File, turn: int) -> File:
        return replace(file, name=f"{'Vedlegg til søknad om utstyr ' * (8 + turn % 3)}.pdf")

    def _odd_name(self, file: File, turn: int) -> File:
        return replace(file, name=_ODD[turn % len(_ODD)])

    def _marked(self, file: File, turn: int) -> File:
        return replace(file, compressed=turn % 2 == 0)

    def _of_no_record(self, file: File, turn: int) -> File:
        letters = "SD" if file.application == "incidents" else "IM"
        return replace(file, topic=f"{letters}{9_500_000 + turn}")


_CHANGES: dict[Dirt, Callable[[FileMaker, File, int], File]] = {
    Dirt.FILE_EXECUTABLE: FileMaker._executable,
    Dirt.FILE_OVERSIZED: FileMaker._oversize,
    Dirt.FILE_EMPTY: FileMaker._empty,
    Dirt.FILE_NAME_LONG: FileMaker._long_name,
    Dirt.FILE_NAME_ODD: FileMaker._odd_name,
    Dirt.FILE_TRUNCATED: FileMaker._marked,
    Dirt.FILE_SIZE_WRONG: FileMaker._marked,
    Dirt.FILE_COMPRESSION_UNKNOWN: FileMaker._marked,
    Dirt.FILE_OF_NO_RECORD: FileMaker._of_no_record,
}
