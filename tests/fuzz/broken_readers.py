"""Readers that break every promise there is: what the fuzzing itself is held against."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from mutations import BLIND
from targets import Target

_SIZE = 300 << 20


def _good(data: bytes, room: Path) -> str:
    return "good"


def _odd(data: bytes, room: Path) -> str:
    raise KeyError("not one of ours")


def _endless(data: bytes, room: Path) -> str:
    while True:
        pass


def _deaf(data: bytes, room: Path) -> str:
    """Hangs where no signal of Python's is heard."""
    lock = ctypes.CDLL(None)
    lock.pause.restype = ctypes.c_int
    while True:
        lock.pause()


def _dead(data: bytes, room: Path) -> str:
    os.abort()


def _greedy(data: bytes, room: Path) -> str:
    return str(len(bytearray(_SIZE)))


def _target(name: str, read: Callable[[bytes, Path], str]) -> Target:
    return Target(name, 1, BLIND, 1.0, lambda: (b"input",), read)


TARGETS = {
    name: _target(name, read)
    for name, read in (
        ("good", _good),
        ("odd", _odd),
        ("endless", _endless),
        ("deaf", _deaf),
        ("dead", _dead),
        ("greedy", _greedy),
    )
}
