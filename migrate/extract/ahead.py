"""Reads in a process of its own, so that reading, converting and writing go on at once."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import msgspec

from migrate.errors import MigrateError, Problem, StoppedError
from migrate.extract.source import Source
from migrate.state.prepared import Prepared

Reading = Callable[[], Iterator[Prepared]]

_FORKS = sys.platform == "linux" and (os.cpu_count() or 1) > 1
_BATCH, _END = b"b", b"e"
_PIPE = 1 << 20


def read_ahead(source: Source, read: Reading, problems: list[Problem]) -> Iterator[Prepared]:
    """What `read` gives, read one batch ahead of whoever writes it.

    `source` must hold no open connection. The problems that it meets in the other process are added
    to `problems`. Where the platform cannot fork safely, it is read as it is. Raises what `read`
    raises, and StoppedError when the reading process is killed.
    """
    if not _FORKS:
        yield from read()
        return
    import fcntl  # not on every platform

    receiver, sender = multiprocessing.Pipe(duplex=False)
    fcntl.fcntl(sender.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
    process = multiprocessing.get_context("fork").Process(
        target=_send, args=(source, read, sender), daemon=True
    )
    process.start()
    sender.close()
    try:
        yield from _received(source.name, receiver, problems)
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _received(name: str, receiver: Connection, problems: list[Problem]) -> Iterator[Prepared]:
    decoder = msgspec.msgpack.Decoder(Prepared)
    while True:
        try:
            message = memoryview(receiver.recv_bytes())
        except EOFError:
            raise StoppedError(
                Problem("source-lost", name, "the process that read it is gone")
            ) from None
        if message[:1] == _BATCH:
            yield decoder.decode(message[1:])
            continue
        error, told = pickle.loads(message[1:])  # noqa: S301 - from our own child
        if error is not None:
            raise error(told)
        problems += told
        return


def _send(source: Source, read: Reading, sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops, and ends this process
    known = len(source.problems())
    encoder = msgspec.msgpack.Encoder()
    try:
        for prepared in read():
            sender.send_bytes(_BATCH + encoder.encode(prepared))
        sender.send_bytes(_END + pickle.dumps((None, source.problems()[known:])))
    except MigrateError as error:
        sender.send_bytes(_END + pickle.dumps((type(error), error.problems)))
    except BrokenPipeError:
        return
