"""An article's text as lines, each with what a reader sees of it: put together, and cut to fit."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Block:
    """One line of the result, as HTML; `letters` are those that a reader sees."""

    html: str
    letters: int


def joined(blocks: tuple[Block, ...] | list[Block]) -> str:
    """The lines as one text."""
    return "<br>".join(block.html for block in blocks)


def line(text: str, *, bold: bool = False) -> Block:
    """A line of plain text."""
    escaped = html.escape(text, quote=False)
    return Block(f"<b>{escaped}</b>" if bold and escaped else escaped, len(text))


def split(blocks: tuple[Block, ...], limit: int) -> tuple[tuple[Block, ...], bool]:
    """The first lines that have at most `limit` letters together, and whether that is all. A line
    that alone is longer is cut between words, without its marks.

    TOPdesk counts "excluding tags", and does not say whether a line's end is a letter, nor `&amp;`
    one or five: the longest reading is kept to."""
    taken: list[Block] = []
    room = limit
    for block in blocks:
        counted = len(TAGS.sub("", block.html)) + 1
        if counted > room:
            if not taken:
                text = html.unescape(TAGS.sub("", block.html))[: room - 1]
                while (over := len(line(text).html) - room + 1) > 0:
                    text = text[:-over]
                taken.append(line(text[: text.rfind(" ")] if " " in text else text))
            return tuple(taken), False
        taken.append(block)
        room -= counted
    return tuple(taken), True
