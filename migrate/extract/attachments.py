"""From the segments that HPSM keeps of a file to the file itself, checked, in the blob store.

HPSM cuts a file into segments, each wrapped as an RC character value, of what is usually one zlib
stream. Whether it is one is told by the record, and decided by the evidence where both disagree.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO, NamedTuple

from migrate.extract.segments import BrokenFile, Segment, payload, pieces
from migrate.state.blobs import Blob, BlobStore
from migrate.state.database import private_folder, unwritable_path

CEILING = 2 << 30
"""Bytes that a stream may inflate to: what claims to be more is taken for a bomb."""

_PIECE = 1 << 18
_SMALL = 1 << 20  # waits in memory; what is larger waits on the disk


class Stored(NamedTuple):
    """What became of a file: its content's SHA-256 in hex and bytes, or why it is `broken` (then
    there is neither). `note` says what the record had wrong although the content is whole."""

    sha256: str | None
    size: int
    broken: str = ""
    note: str = ""


FIELDS = {"sha256": "text", "content_size": "number", "segments": "number", "broken": "text"}
"""What an attachment's record has beside the fields of its alias table → type: the content's digest
and bytes, of how many segments it was, and why it is not whole (then it has neither)."""


class Files:
    """Joins, inflates and checks files, and keeps the good ones in `blobs` (None: nowhere).

    Memory stays bounded by the largest segment, whatever the sizes; what a stream inflates to by
    `ceiling`.
    """

    def __init__(self, blobs: BlobStore | None, ceiling: int = CEILING) -> None:
        self._blobs = blobs
        self._ceiling = ceiling

    def keep(
        self,
        parts: Iterable[Segment],
        *,
        wrapped: bool,
        compressed: bool | None,
        size: int | None,
        compressed_size: int | None,
    ) -> Stored:
        """The file of these segments, in their order. `wrapped`: they may be RC values, as in the
        database and in unload files; what a web service gives is not, and is `compressed` False.
        `size` are the bytes of the file, `compressed_size` those of the joined segments, each None
        where HPSM does not say.

        A file that is not whole is told, and nothing of it kept; `parts` may say so too, by raising
        `BrokenFile`. Raises StoppedError (`state-unwritable`) where the disk is full or refuses.
        """
        said = _Said(compressed, size, compressed_size)
        with _waiting(self._blobs.folder if self._blobs else None) as joined:
            try:
                joined.fill(parts, wrapped)
                return self._settled(joined, said)
            except BrokenFile as broken:
                return Stored(None, 0, str(broken))

    def _settled(self, joined: _Joined, said: _Said) -> Stored:
        """The first reading that the evidence bears out; else what was wrong with the one that the
        record asks for."""
        reasons = []
        for inflate in _readings(joined, said):
            try:
                return self._inflated(joined, said) if inflate else self._plain(joined, said)
            except BrokenFile as broken:
                reasons.append(str(broken))
        raise BrokenFile("no RC header" if joined.mixed else reasons[0])

    def _plain(self, joined: _Joined, said: _Said) -> Stored:
        if said.size is None and said.compressed:
            raise BrokenFile("no zlib stream")
        if said.size is not None and joined.size != said.size:
            raise BrokenFile("truncated" if joined.size < said.size else "length differs")
        if said.compressed and joined.size:
            # a stream that was cut to the very length of its file would pass for it otherwise
            if said.compressed_size not in (None, 0, joined.size):
                raise BrokenFile("truncated")
            joined.notes.append("not compressed, though it says so")
        return self._kept(joined.pieces(), joined)

    def _inflated(self, joined: _Joined, said: _Said) -> Stored:
        if not joined.size:
            raise BrokenFile("no content")
        if not _is_zlib(joined.head):
            raise BrokenFile("no zlib stream")
        stored = self._kept(self._checked(joined, said), joined)
        notes = [] if said.compressed else ["compressed, though it does not say so"]
        if said.compressed_size not in (None, joined.size):
            notes.append("compressed length differs")
        return stored._replace(note=", ".join(filter(None, (stored.note, *notes))))

    def _checked(self, joined: _Joined, said: _Said) -> Iterator[bytes]:
        """The content inflated; raises BrokenFile as soon as it cannot be the file any more."""
        most = self._ceiling if said.size is None else min(said.size, self._ceiling)
        size = 0
        try:
            for content in _inflate(joined.pieces()):
                size += len(content)
                if size > most:
                    raise BrokenFile("length differs" if most == said.size else "too large")
                yield content
        except zlib.error:
            cut = said.compressed_size is not None and joined.size < said.compressed_size
            raise BrokenFile("truncated" if cut else "damaged") from None
        if said.size is not None and size != said.size:
            raise BrokenFile("length differs")

    def _kept(self, pieces: Iterable[bytes], joined: _Joined) -> Stored:
        blob = self._blobs.add(pieces) if self._blobs else _digest(pieces)
        return Stored(*blob, note=", ".join(dict.fromkeys(joined.notes)))


def cells(
    stored: Stored, segments: int | None
) -> tuple[str | None, int | None, int | None, str | None]:
    """The values of `FIELDS`; `segments` is None where a source cannot tell."""
    size = None if stored.broken else stored.size
    return stored.sha256, size, segments, stored.broken or None


class _Said(NamedTuple):
    """What the record says of its file."""

    compressed: bool | None
    size: int | None
    compressed_size: int | None


class _Joined:
    """The payloads one after the other, where they wait until all of them are there.

    `head` are the first two bytes, `mixed` says that some were wrapped and others not, `notes` what
    was odd and did no harm.
    """

    def __init__(self, spool: IO[bytes], folder: Path | None) -> None:
        self._spool = spool
        self._folder = folder
        self.size = 0
        self.head = b""
        self.mixed = False
        self.notes: list[str] = []

    def fill(self, parts: Iterable[Segment], wrapped: bool) -> None:
        forms = set()
        waiting = bytearray()
        for part in parts:
            start, end = 0, len(part)
            if wrapped:
                start, end, had_header, behind = payload(part)
                forms.add(had_header)
                if behind:
                    self.notes.append("more behind a segment")
            for piece in pieces(part, start, end):
                waiting += piece
                if len(waiting) >= _PIECE:
                    self._write(waiting)
        self._write(waiting)
        self.mixed = len(forms) > 1

    def _write(self, waiting: bytearray) -> None:
        if not self.size:
            self.head = bytes(waiting[:2])
        self.size += len(waiting)
        with _disk(self._folder):
            self._spool.write(waiting)
        waiting.clear()

    def pieces(self) -> Iterator[bytes]:
        self._spool.seek(0)
        while piece := self._spool.read(_PIECE):
            yield piece


@contextmanager
def _waiting(folder: Path | None) -> Iterator[_Joined]:
    with _disk(folder):
        if folder is not None:
            private_folder(folder)
    with SpooledTemporaryFile(_SMALL, dir=None if folder is None else str(folder)) as spool:
        yield _Joined(spool, folder)


@contextmanager
def _disk(folder: Path | None) -> Iterator[None]:
    """Tells our own disk's errors from those of whoever gives the segments."""
    try:
        yield
    except OSError as error:
        raise unwritable_path(folder or Path(gettempdir()), error) from None


def _readings(joined: _Joined, said: _Said) -> Iterator[bool]:
    """Whether to inflate: as the record says first, and the other way only where the length bears
    it out."""
    if joined.size == 0:
        yield said.size != 0
        return
    fits = joined.size == said.size
    marked = said.compressed
    if marked is None:
        marked = _is_zlib(joined.head) and not fits
    yield marked
    if marked and fits:
        yield False
    if not marked and not fits and said.size is not None and _is_zlib(joined.head):
        yield True


def _inflate(
    pieces: Iterable[bytes],
) -> Iterator[bytes]:
    """The content of a zlib stream, in pieces, and nothing of what stands behind it.

    Raises BrokenFile where it has no end, and zlib.error where it is none.
    """
    stream = zlib.decompressobj()
    for piece in pieces:
        content = piece
        while not stream.eof and (piece or len(content) == _PIECE):
            content = stream.decompress(piece, _PIECE)
            yield content
            piece = stream.unconsumed_tail
    if not stream.eof:
        raise BrokenFile("truncated")


def _is_zlib(head: bytes) -> bool:
    """Whether these two bytes can begin a zlib stream (RFC 1950, 2.2)."""
    return (
        len(head) == 2
        and head[0] & 0x0F == zlib.DEFLATED
        and head[0] >> 4 <= 7
        and int.from_bytes(head) % 31 == 0
        and not head[1] & 0x20
    )


def _digest(pieces: Iterable[bytes]) -> Blob:
    digest, size = sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return Blob(digest.hexdigest(), size)
