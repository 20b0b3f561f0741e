"""A little of what HPSM holds besides tickets: attachments, articles, catalogue items, clocks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from random import Random

from migrate.simulate.hpsm.rows import Stamp, Values, columns
from migrate.simulate.world.matter import Incident
from migrate.simulate.world.services import SERVICES
from migrate.simulate.world.tickets import PRESENT

_MAGIC = b"_RCFM*="
_DAY = 86_400

ATTACHMENT = columns(
    """APPLICATION, TOPIC, UID, TYPE, SEGMENT, FILENAME, MIME_TYPE, SIZE, COMPRESSED,
    COMPRESSED_SIZE, DATA, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)

_FILES = (
    # name, MIME type, bytes, segment size: one short value, one of 2-byte length, one of 4-byte
    ("feilmelding.txt", "text/plain", 180, 64_000),
    ("skjermbilde på kontoret.png", "image/png", 40_000, 32_000),
    ("logg.bin", "application/octet-stream", 150_000, 70_000),
    ("tom.txt", "text/plain", 0, 64_000),
)


def attachments(topics: Iterable[str], seed: int, stamp: Stamp) -> Iterator[Values]:
    """One file for each of these incidents, in RC-wrapped segments of a zlib stream; every seventh
    is stored as it is."""
    draw = Random(f"{seed}/attachments")
    for place, topic in enumerate(topics):
        name, mime, size, segment = _FILES[place % len(_FILES)]
        content = draw.randbytes(size)
        compressed = place % 7 != 6
        stored = zlib.compress(content) if compressed else content
        uid = f"{draw.getrandbits(96):024x}"
        parts = [stored[at : at + segment] for at in range(0, len(stored), segment)] or [b""]
        for number, part in enumerate(parts):
            yield (
                "probsummary",
                topic,
                uid,
                5.0,
                float(number),
                name,
                mime,
                float(size),
                "t" if compressed else "f",
                float(len(stored)) if compressed else None,
                wrap(part),
                stamp(PRESENT - 30 * _DAY),
                "falcon",
                0.0,
            )


def wrap(data: bytes) -> bytes:
    """An RC value: magic, a length of one, two or four bytes, the bytes."""
    if len(data) < 0x100:
        return _MAGIC + b"\x2d" + len(data).to_bytes(1, "big") + data
    if len(data) < 0xFFFF:
        return _MAGIC + b"\x2e" + len(data).to_bytes(2, "big") + data
    return _MAGIC + b"\x2e\xff\xff" + len(data).to_bytes(4, "big") + data


ARTICLE = columns(
    """ID, TITLE, DOCTYPE, STATUS, ANSWER, CATEGORIES, DOCUMENTOWNER, CREATIONDATE,
    EXPIRATION_DATE, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)

_ARTICLES = (
    ("Koble til trådløst nett", "Question/Answer", "external"),
    ("Sette opp VPN", "Problem/Solution", "external"),
    ("Skriveren svarer ikke", "Problem/Solution", "internal"),
    ("Bestille adgangskort", "Question/Answer", "external"),
    ("Rutine for nattevakt", "Reference", "internal"),
    ("Publisere på Innsida", "Question/Answer", "review"),
    ("Gammel rutine for faks", "Reference", "conclude"),
    ("Feil 0x80070005 ved installasjon", "Error Message/Cause", "external"),
)


def articles(stamp: Stamp) -> Iterator[Values]:
    """Each article, and of every third a working copy whose id ends in R."""
    for place, (title, doctype, status) in enumerate(_ARTICLES):
        number = f"KM{place + 257:04d}"
        answer = (
            f'<h2>{title}</h2><p>Se også <a href="/answers/attachments/{place:024x}">veiledning</a>'
            f' og <a href="/answers/KM{(place + 1) % 8 + 257:04d}">mer om emnet</a>.</p>'
        )
        for id, state in [(number, status)] + [(f"{number}R", "revise")] * (place % 3 == 0):
            created, expires = stamp(PRESENT - 500 * _DAY), stamp(PRESENT + 200 * _DAY)
            categories = "IT/Veiledninger\nAlle" if place % 2 else "Campus"
            yield (
                *(id, title, doctype, state, answer, categories, "karino", created, expires),
                *(stamp(PRESENT - 40 * _DAY), "karino", 2.0),
            )


ITEM = columns(
    """NAME, DISPLAY_NAME, CATALOG_TYPE, PARENT, ACTIVE, ASSIGNMENT, DESCRIPTION, OPTIONS,
    SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)

_OPTIONS = """<options>
<option type="text" id="comment" label="Kommentar" multiline="true"/>
<option type="checkbox" id="urgent" label="Haster"/>
<option type="select" id="campus" label="Campus" style="combo">
<choice id="glos" label="Gløshaugen"/><choice id="drag" label="Dragvoll"/></option>
</options>"""


def catalogue(stamp: Stamp) -> Iterator[Values]:
    """An item for every fourth service."""
    for place, service in enumerate(list(SERVICES.values())[::4]):
        yield (
            *(service.name, service.name, "subitem", service.category, "t", service.group),
            *(f"Bestilling: {service.name}", _OPTIONS if place % 2 else None),
            *(stamp(PRESENT - 400 * _DAY), "falcon", 1.0),
        )


CLOCK = columns(
    "KEY_CHAR, NAME, TYPE, STATUS, TOTAL, CLOSED_TOTAL, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"
)


def clock(row: Incident, stamp: Stamp) -> Values:
    """How long an incident was open; the second time is empty while it is."""
    end = row.closed or PRESENT
    total = stamp.duration(max(end - row.opened, 0))
    done = row.closed is not None
    return (
        *(row.number, "Time Open", "probsummary", "stopped" if done else "running", total),
        *(total if done else None, stamp(row.history[-1].time), "problem", 0.0),
    )
