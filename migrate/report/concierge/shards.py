"""The numbers in small files that the page loads as it needs them.

A page that is opened from a file may load a script beside it, and nothing else; so each shard is a
script that hands its lines to the page. A line is number, answer and, where it is found, the new
number and the id, with tabs between them. Which shard has a number is said by a hash of it, that
the page can count too: 32-bit FNV-1a of its UTF-8, modulo the number of shards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import orjson

from migrate.report.concierge.answers import Answer

_AIM = 80_000
"""Bytes that a shard has on average: the largest of a thousand stays well below 200 kB."""


def hashed(key: str) -> int:
    """FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in key.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def shards_for(size: int) -> int:
    """How many shards so many bytes need."""
    return max(1, -(-size // _AIM))


def name(shard: int) -> str:
    return f"{shard:04x}"


def scripts(
    answers: Iterable[tuple[int, str, Answer]], shards: int, words: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each of the `shards`, empty ones too, from answers in their order.

    An answer is named by its place in `words`: the codes of reasons and the kinds of what is found.
    """
    places = {word: str(place) for place, word in enumerate(words)}
    expected = 0
    for shard, rows in groupby(answers, key=itemgetter(0)):
        while expected < shard:
            yield name(expected), _script(expected, "")
            expected += 1
        yield name(shard), _script(shard, "".join(_line(key, a, places) for _, key, a in rows))
        expected = shard + 1
    for empty in range(expected, shards):
        yield name(empty), _script(empty, "")


def _line(key: str, answer: Answer, places: dict[str, str]) -> str:
    if not answer.kind:
        return f"{key}\t{places[answer.code]}\n"
    return f"{key}\t{places[answer.kind]}\t{answer.number}\t{answer.id}\n"


def _script(shard: int, lines: str) -> bytes:
    return b'concierge("%b",%b);\n' % (name(shard).encode(), orjson.dumps(lines))
