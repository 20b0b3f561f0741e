"""One exported file as the configuration names it, and its bytes, unpacked as they are read.

Plain, gzipped, or alone in a zip: that the first bytes say, not the name.
"""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import cast

from migrate.config import ExportFile
from migrate.errors import ConfigurationError, Problem, StoppedError
from migrate.extract.layout import near

GZIP, ZIP, OLE = b"\x1f\x8b", (b"PK\3\4", b"PK\5\6"), b"\xd0\xcf\x11\xe0"
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)
_SEEN = 512


class Broken(Exception):
    """The rest of a file cannot be read. Says why, in words for a person."""


class Unpacked:
    """The bytes of a file, up to where they unpack no more."""

    def __init__(self, stream: BufferedIOBase, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._broken = False

    def read(self, size: int) -> bytes:
        """As many bytes, or fewer at the end. Raises Broken behind the last one that unpacks, and
        StoppedError where the disk or the network gives no more."""
        parts: list[bytes] = []
        while size > 0 and (part := self._part(size)):
            parts.append(part)
            size -= len(part)
        if self._broken and not parts:
            raise Broken("does not unpack any further")
        return b"".join(parts)

    def _part(self, size: int) -> bytes:
        if self._broken:
            return b""
        try:
            return self._stream.read1(size)
        except _BROKEN:
            self._broken = True
        except OSError as error:
            if error.errno is None:  # bzip2's word for data that are none of its own
                self._broken = True
                return b""
            raise StoppedError(
                Problem("source-lost", str(self._path), f"reading stopped ({type(error).__name__})")
            ) from None
        return b""


def member(archive: zipfile.ZipFile, name: str) -> BufferedIOBase:
    """The bytes of a file in a zip. Raises as `ZipFile.open` does."""
    return cast(BufferedIOBase, archive.open(name))


@dataclass(frozen=True, slots=True)
class Handed:
    """The file at `path`, one of those that `source.files.NAME` names; its form is `form`."""

    name: str
    form: ExportFile
    path: Path

    def at(self, line: int) -> str:
        """A line (a row, for a workbook) for a person; 0 is the file as a whole."""
        return f"{self.path}:{line}" if line else str(self.path)

    def column(self, name: str) -> str:
        """A whole column for a person."""
        return f"{self.path} column {name}"

    def wrong(
        self,
        message: str,
        option: str = "",
        probably: str = "",
        *,
        line: int = 0,
        expected: str = "",
        remedy: str = "",
        warning: bool = False,
    ) -> Problem:
        """The file is not as said. `option` of source.files is what to correct, `probably` to."""
        if option:
            remedy = f"Set source.files.{self.name}.{option} in migrate.yaml" + (
                f", probably to {probably}." if probably else "."
            )
        return Problem("source-format", self.at(line), message, expected, remedy, warning=warning)

    def broken(self, line: int, why: str) -> ConfigurationError:
        """Reading ends here: what stands before is kept, and the kind is not finished."""
        return ConfigurationError(
            Problem("file-broken", self.at(line), f"{why}; nothing behind this place was read")
        )

    def age(self) -> tuple[int, int]:
        """Size and time of change: other ones, and it is another file."""
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0
        return found.st_size, found.st_mtime_ns

    @contextmanager
    def opened(self) -> Iterator[Unpacked]:
        """The bytes. Raises ConfigurationError where the file is not there, cannot be opened, or is
        a zip with anything but one file in it."""
        with ExitStack() as open_:
            stream = open_.enter_context(self.raw())
            begins = stream.read(4)
            stream.seek(0)
            if begins.startswith(GZIP):
                stream = open_.enter_context(gzip.GzipFile(fileobj=stream))
            elif begins.startswith(ZIP):
                stream = self._only_member(stream, open_)
            yield Unpacked(stream, self.path)

    def raw(self) -> BufferedIOBase:
        """The bytes as they lie there. Raises ConfigurationError where that cannot be opened."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise ConfigurationError(
                Problem(
                    "source-table-missing",
                    str(self.path),
                    f"the file cannot be opened ({type(error).__name__})",
                    near=near(self.path.name.replace(".", " "), _beside(self.path)),
                )
            ) from None

    def head(self, size: int = _SEEN) -> bytes:
        """The first bytes, unpacked as far as they can be. Raises as `opened` does."""
        with self.opened() as stream:
            try:
                return stream.read(size)
            except Broken:
                return b""

    def _only_member(self, stream: BufferedIOBase, open_: ExitStack) -> BufferedIOBase:
        try:
            archive = open_.enter_context(zipfile.ZipFile(stream))
            listed = archive.infolist()
            members = [m for m in listed if not (m.filename.endswith("/") or _is_junk(m))]
            if any(member.filename == "[Content_Types].xml" for member in members):
                raise ConfigurationError(self.wrong("is a workbook", "format", "xlsx"))
            if len(members) != 1:
                raise ConfigurationError(
                    self.wrong(
                        f"holds {len(members)} files",
                        expected="one file",
                        remedy=f"Unpack it, and name its file in source.files.{self.name}.path.",
                    )
                )
            return open_.enter_context(member(archive, members[0].filename))
        except (zipfile.BadZipFile, OSError, ValueError):  # a place in it that cannot be, too
            raise self.broken(0, "is no whole zip file") from None
        except (RuntimeError, NotImplementedError):  # what zipfile says of both
            raise ConfigurationError(
                self.wrong("is packed with a password, or in a way of its program's own")
            ) from None


def looks_like(head: bytes) -> str:
    """What a file's first bytes are of: xls, xml, html, or nothing that one can tell by them."""
    if head.startswith(OLE):
        return "xls"
    begins = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if begins.startswith((b"<!doctype html", b"<html", b"<table")):
        return "html"
    return "xml" if begins.startswith(b"<") else ""


def _is_junk(member: zipfile.ZipInfo) -> bool:
    return any(part in member.filename for part in _JUNK)


def _beside(path: Path) -> list[str]:
    return [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
