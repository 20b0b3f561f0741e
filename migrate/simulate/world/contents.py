"""What invented files hold: bytes of every size, cut from a little noise and text drawn once."""

from __future__ import annotations

import zlib
from random import Random

_NOISE = 1 << 19
_LINES = (
    "2019-02-01 10:15:32 INFO  kø-behandler: startet",
    "2019-02-01 10:15:33 WARN  kø-behandler: ingen svar fra skriver, prøver igjen",
    "2019-02-01 10:16:03 ERROR kø-behandler: uventet feil (0x80070005)",
    "Bruker;Gruppe;Tilgang;Sist endret",
)


class Contents:
    """Draws contents. Each begins with bytes of its own, so that no two are the same by chance."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self._noise = draw.randbytes(_NOISE)
        text = "\r\n".join(draw.choices(_LINES, k=4_000))
        self._text = text.encode()

    def text(self, size: int) -> bytes:
        """Lines of a log, the first with a number of its own."""
        head = f"{self._draw.getrandbits(48):012x}\r\n".encode()
        return self._filled(head, self._text, size)

    def noise(self, head: bytes, size: int) -> bytes:
        """What does not compress: `head`, a number, and noise."""
        return self._filled(head + self._draw.randbytes(8), self._noise, size)

    def image(self, size: int) -> bytes:
        """A PNG file of about `size` bytes that a browser shows."""
        width = 16 + 8 * int(min(size, 40_000) ** 0.25)
        height = max(size // (3 * width), 1)
        begin = self._draw.randrange(_NOISE // 2)
        row = 3 * width
        pixels = self._filled(b"", self._noise[begin:], row * height)
        lines = b"".join(b"\0" + pixels[at : at + row] for at in range(0, len(pixels), row))
        header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
        return b"".join(
            (
                b"\x89PNG\r\n\x1a\n",
                _chunk(b"IHDR", header),
                _chunk(b"IDAT", zlib.compress(lines, 0)),
                _chunk(b"IEND", b""),
            )
        )

    @staticmethod
    def _filled(head: bytes, pool: bytes, size: int) -> bytes:
        if size <= len(head):
            return head[:size]
        rest = size - len(head)
        whole, part = divmod(rest, len(pool))
        return b"".join((head, pool * whole, pool[:part]))


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + kind + data + check
