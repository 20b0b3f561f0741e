"""Answers of several parts (MTOM), in which HPSM sends files beside its XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.message import Message

from migrate.extract.web import Garbled

_LARGEST_HEAD = 1 << 16


def boundary_in(content_type: str) -> bytes:
    """The boundary of a multipart content type; empty for any other."""
    message = Message()
    message["Content-Type"] = content_type
    if message.get_content_maintype() != "multipart":
        return b""
    return str(message.get_boundary("")).encode()


def root_part(content_type: str, content: bytes) -> bytes:
    """The first part, which holds the XML; all of `content` where it has no parts."""
    boundary = boundary_in(content_type)
    if not boundary:
        return content
    for _, pieces in parts(iter([content]), boundary):
        return b"".join(pieces)
    return b""


def parts(pieces: Iterable[bytes], boundary: bytes) -> Iterator[tuple[Message, Iterator[bytes]]]:
    """The headers and the content of each part, streamed: a part must be read before the next one
    is asked for, else it is passed over. Raises Garbled where the last boundary does not come."""
    reader = _Reader(iter(pieces), b"\r\n--" + boundary)
    for _ in reader.until_boundary():  # what stands before the first part
        pass
    while not reader.is_last():
        headers = reader.headers()
        content = reader.until_boundary()
        yield headers, content
        for _ in content:
            pass


class _Reader:
    def __init__(self, pieces: Iterator[bytes], boundary: bytes) -> None:
        self._pieces = pieces
        self._boundary = boundary
        self._buffer = b"\r\n"  # so that the first boundary begins like all others

    def until_boundary(self) -> Iterator[bytes]:
        """What comes before the next boundary, which is taken off."""
        hold = len(self._boundary) - 1
        while (place := self._buffer.find(self._boundary)) < 0:
            if len(self._buffer) > hold:
                ready, self._buffer = self._buffer[:-hold], self._buffer[-hold:]
                yield ready
            self._more()
        ready = self._buffer[:place]
        self._buffer = self._buffer[place + len(self._boundary) :]
        if ready:
            yield ready

    def is_last(self) -> bool:
        while len(self._buffer) < 2:
            self._more()
        return self._buffer.startswith(b"--")

    def headers(self) -> Message:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _LARGEST_HEAD:
                raise Garbled("a part without an end of its headers")
            self._more()
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        message = Message()
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            if name.strip():
                message[name.strip()] = value.strip()
        return message

    def _more(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise Garbled("the last part has no end")
        self._buffer += piece
