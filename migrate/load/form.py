"""A file and a few values as a multipart form, piece by piece: the file is never held whole."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import BinaryIO

_PIECE = 65_536
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Form:
    """What is sent for one file of `size` bytes, once. `length` is that of the whole body.

    Raises UnicodeEncodeError where a value holds what UTF-8 cannot carry; while it is sent, OSError
    where the file ends before its size: whoever receives it then knows that it is not whole.
    """

    def __init__(self, name: str, file: BinaryIO, size: int, values: Mapping[str, str]) -> None:
        self._file, self._size = file, size
        boundary = uuid.uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        head = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n'
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{value}\r\n"
            for field, value in values.items()
        ]
        # Names of files as RFC 7578 and browsers have them: UTF-8, quotes and line ends escaped.
        head.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{name.translate(_QUOTED)}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._head = "".join(head).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.length = len(self._head) + size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        while left:
            piece = self._file.read(min(_PIECE, left))
            if not piece:
                raise OSError
            left -= len(piece)
            yield piece
        yield self._tail
