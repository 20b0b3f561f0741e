"""Batches from the process that reads to the one that writes, through memory that both see.

What a pipe of the operating system carries is copied four times on the way, which is a quarter of
what reading costs. Here the pipes carry only where a batch lies.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from multiprocessing import Pipe

import msgspec

from migrate.state.prepared import Prepared

SLOTS = 3
SLOT = 8 << 20
"""Bytes of a slot. Only what is used of it takes memory. A batch that is larger goes by pipe."""

_BY_SLOT, _BY_PIPE, _END = b"s", b"p", b"e"


class Ring:
    """Made before the fork; then each side says which one it is, `as_reader` or `as_writer`: so
    each sees it when the other process is gone."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, SLOTS * SLOT)
        self._told, self._tell = Pipe(duplex=False)
        self._freed, self._free = Pipe(duplex=False)

    def as_reader(self) -> None:
        """This is the process that reads the source, and sends."""
        self._told.close()
        self._free.close()
        self._encoder = msgspec.msgpack.Encoder()
        self._buffer = bytearray()
        self._slots = list(range(SLOTS))

    def as_writer(self) -> None:
        """This is the process that receives, and writes the snapshot."""
        self._tell.close()
        self._freed.close()
        self._decoder = msgspec.msgpack.Decoder(Prepared)

    def send(self, prepared: Prepared) -> None:
        """Raises BrokenPipeError or EOFError when nobody receives any more."""
        self._encoder.encode_into(prepared, self._buffer)
        size = len(self._buffer)
        if size > SLOT:
            self._tell.send_bytes(_BY_PIPE + self._buffer)
            self._buffer = bytearray()
            return
        slot = self._slots.pop() if self._slots else self._freed.recv_bytes()[0]
        self._memory[slot * SLOT : slot * SLOT + size] = self._buffer
        self._tell.send_bytes(_BY_SLOT + bytes([slot]) + size.to_bytes(4, "big"))

    def end(self, last: bytes) -> None:
        """Send how it ended, behind all batches."""
        self._tell.send_bytes(_END + last)

    def receive(self) -> Prepared | bytes:
        """The next batch, or what `end` said. Raises EOFError when the reading process is gone."""
        message = self._told.recv_bytes()
        if message[:1] == _END:
            return message[1:]
        if message[:1] == _BY_PIPE:
            return self._decoder.decode(memoryview(message)[1:])
        start = message[1] * SLOT
        size = int.from_bytes(message[2:], "big")
        with memoryview(self._memory) as memory:
            prepared = self._decoder.decode(memory[start : start + size])
        with suppress(BrokenPipeError):  # it has sent its last, and is gone
            self._free.send_bytes(message[1:2])
        return prepared

    def close(self) -> None:
        """The writing side needs it no more."""
        self._told.close()
        self._free.close()
        self._memory.close()
