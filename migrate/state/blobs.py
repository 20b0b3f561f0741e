"""The contents of files, each kept once under the digest of its bytes."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, NamedTuple

from migrate.state.database import private_folder, unwritable_path

_ADDING = ".adding-"
_NAME = ".name"
_HALF_FOR = 3600.0


class Blob(NamedTuple):
    """One content: its SHA-256 in hex, and how many bytes it has."""

    sha256: str
    size: int


class BlobStore:
    """Contents as files below `folder`, made where it is not there; readable by their owner only.

    Several processes may add at once. What was added is on the disk when `add` returns, and stays:
    the snapshot that names it can be made again, so nothing here is ever removed by a reading.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, parts: Iterable[bytes]) -> Blob:
        """Keep what `parts` make together, streamed. Nothing is kept where `parts` raises.

        Raises StoppedError (`state-unwritable`) where the disk is full or refuses.
        """
        try:
            return self._add(parts)
        except OSError as error:
            raise unwritable_path(self.folder, error) from None

    def path(self, digest: str) -> Path:
        """Where the content with this SHA-256 lies, whether it is there or not."""
        return self.folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def open(self, digest: str) -> BinaryIO:
        """The content, to be read and closed. Raises FileNotFoundError where it is not there."""
        return self.path(digest).open("rb")

    @property
    def name(self) -> str:
        """What `named` called this folder; empty where it was never named."""
        try:
            return (self.folder / _NAME).read_text(encoding="ascii")
        except FileNotFoundError:
            return ""

    def named(self) -> str:
        """Give the folder a name of its own where it has none, so that other machines can see
        whether theirs is the same; empty, and no name is given, where nothing is in it."""
        if not self.name and self.folder.is_dir() and any(self.folder.glob("??")):
            file = self.folder / _NAME
            file.touch(mode=0o600)
            file.write_text(token_hex(16), encoding="ascii")
        return self.name

    def sweep(self) -> None:
        """Remove what a reading that was cut left half written, an hour ago or more."""
        for half in self.folder.glob(f"{_ADDING}*"):
            with suppress(FileNotFoundError):
                if time.time() - half.stat().st_mtime > _HALF_FOR:
                    half.unlink()

    def _add(self, parts: Iterable[bytes]) -> Blob:
        private_folder(self.folder)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=_ADDING)
        digest, size = sha256(), 0
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    digest.update(part)
                    size += file.write(part)
                file.flush()
                os.fsync(file.fileno())
            target = self.path(digest.hexdigest())
            if not target.exists():
                private_folder(target.parent)
                Path(name).rename(target)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
        return Blob(digest.hexdigest(), size)
