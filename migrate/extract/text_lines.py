"""The lines of a text file, decoded by the piece."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain

from migrate.extract.handed import Broken, Unpacked

LARGEST = 1 << 24
"""Letters that a line, or a cell over several lines, may have: with more of them, a quote is open,
or it is no such file."""

_CHUNK = 1 << 20
_CELLS = 1 << 19
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def lines_of(
    stream: Unpacked,
    encoding: str,
    undecodable: Callable[[int], None] = lambda line: None,
    separator: str = "",
) -> Iterator[str]:
    """Every line with its end (a line feed, a carriage return, or both), without byte order marks.

    Bytes that the encoding does not know become U+FFFD, and `undecodable` is told their line.
    Raises Broken where nothing more can be read, or where a long line has more cells, by its
    `separator`, than any list.
    """
    pieces = _pieces(stream, encoding, undecodable, separator)
    return chain.from_iterable(io.StringIO(piece, newline="") for piece in pieces)


def _pieces(
    stream: Unpacked, encoding: str, undecodable: Callable[[int], None], separator: str
) -> Iterator[str]:
    """The text in pieces that end where a line ends."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, kept, size = 1, [""], 0
    while True:
        data = stream.read(_CHUNK)
        text, unknown = decoded(decoder, data, encoding)
        for ahead in unknown:
            undecodable(line + ahead)
        if line == 1 and not size:
            text = text.removeprefix(_MARK)
        if _MARK in text:  # files that were put together
            text = text.replace("\n" + _MARK, "\n")
        if not data:
            yield _bearable([*kept, text], separator)
            return
        line += text.count("\n")
        cut = text.rfind("\n") + 1 or text.rfind("\r", 0, -1) + 1
        if cut:
            yield _bearable([*kept, text[:cut]], separator)
            kept, size = [], 0
        kept.append(text[cut:])
        size += len(text) - cut
        if size > LARGEST:
            raise Broken(f"a line has more than {LARGEST:,} letters")


def _bearable(parts: list[str], separator: str) -> str:
    piece = "".join(parts)
    if separator and len(piece) > 2 * _CHUNK and piece.count(separator) > _CELLS:
        raise Broken(f"a line has more than {_CELLS:,} cells")
    return piece


def decoded(
    decoder: codecs.IncrementalDecoder, data: bytes, encoding: str
) -> tuple[str, list[int]]:
    """The text, and in which of its lines there is something that cannot be decoded."""
    state = decoder.getstate()
    with suppress(UnicodeDecodeError):
        return _or_broken(decoder, data, encoding), []
    lenient = codecs.getincrementaldecoder(encoding)("replace")
    lenient.setstate(state)
    text = _or_broken(lenient, data, encoding)
    decoder.setstate(lenient.getstate())
    return text, [ahead for ahead, line in enumerate(text.split("\n")) if _UNKNOWN in line]


def _or_broken(decoder: codecs.IncrementalDecoder, data: bytes, encoding: str) -> str:
    try:
        return decoder.decode(data, final=not data)
    except UnicodeDecodeError:
        raise
    except UnicodeError:  # UTF-16 that does not say which way its bytes are turned
        raise Broken(f"is not {encoding}") from None
