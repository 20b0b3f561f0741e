"""One cleaner for every text, and the way between plain text and the HTML that TOPdesk takes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import ftfy

_SUSPECT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfffÂÃâ]")
_CONTROLS = {code: None for code in (*range(0x20), 0x7F) if code != 0x0A} | {0x09: " "}
_C1 = {code: bytes([code]).decode("cp1252", errors="ignore") or None for code in range(0x80, 0xA0)}
_SURROGATES = re.compile("[\ud800-\udfff]")
_MOJIBAKE = re.compile("[ÂÃâ]")
# ftfy leaves single words such as "PÃ¥" alone, since "Ã¥" could be meant. In Norwegian it is not;
# only an ellipsis or a dagger may honestly follow Ã, where a word ends: there we go by the word.
_NORWEGIAN = re.compile(r"Ã[¥¸¦˜]|Ã[…†](?=[^\W\d_])")
_LETTERS = {"Ã¥": "å", "Ã¸": "ø", "Ã¦": "æ", "Ã˜": "Ø", "Ã…": "Å", "Ã†": "Æ"}
_ENDING_IN_AA = re.compile(r"\b(BL|ENN|FR|GR|OGS|TR|[FGLMNPRST])Ã…(?!\w)")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def clean(text: str) -> str:
    """The text without mojibake, control characters and lone surrogates, lines ended by `\\n`.

    Good text comes back unchanged, and cleaning twice is cleaning once.
    """
    if not _SUSPECT.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    while (cleaned := _clean_once(text)) != text:
        text = cleaned
    return text


def misread(text: str) -> bool:
    """Whether a part of the text was read in another encoding than it was written in: what `clean`
    repairs, apart from control characters."""
    if text.translate(_C1) != text:
        return True
    return any(_repair(line) != line for line in text.split("\n") if _MOJIBAKE.search(line))


def _clean_once(text: str) -> str:
    if _SURROGATES.search(text):
        # A pair is one character in two halves; a half alone is nobody's.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = text.translate(_CONTROLS)
    if _MOJIBAKE.search(text):
        text = "\n".join(_repair(line) for line in text.split("\n"))
    return text.translate(_C1)


def _repair(line: str) -> str:
    """Line by line, so that one bad line does not decide for its good neighbours."""
    if not _MOJIBAKE.search(line):
        return line
    line = _NORWEGIAN.sub(lambda match: _LETTERS[match[0]], ftfy.fix_encoding(line))
    return _ENDING_IN_AA.sub(r"\1Å", line)


def field_text(value: Any) -> str:
    """A cell as text without blanks around it; a whole number without its decimals."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def one_line(text: str) -> str:
    """The text cleaned, and on one line."""
    return " ".join(clean(text).split())


@lru_cache(maxsize=10_000)
def label(text: str) -> str:
    """`one_line`, remembered: for what comes again and again, such as logins and types."""
    return one_line(text)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where one ends in the second half."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at >= limit // 2 else cut).rstrip() + "…"


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def to_html(text: str) -> str:
    """Plain text as TOPdesk's request and action take it: escaped, lines by `<br>`.

    TOPdesk allows i em b strong u br h5 h6 and img there (incident API 4.2.6); we only need br.
    """
    return html.escape(text, quote=False).replace("\n", "<br>")


def html_length(text: str) -> int:
    """`len(to_html(text))`, without making it."""
    brackets = text.count("<") + text.count(">")
    return len(text) + 4 * text.count("&") + 3 * (brackets + text.count("\n"))


def plain(markup: str) -> str:
    """What a reader sees of `to_html`'s result, or of what TOPdesk gives back: tags gone."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", markup)))


def split_parts(blocks: Sequence[tuple[str, str]], limit: int) -> Iterator[tuple[str, list[int]]]:
    """Joins blocks of (heading, text) into parts whose HTML is at most `limit` characters long;
    with each part, the indices of the blocks that are in it.

    Parts break between blocks; a block that is longer than a part is split too, between words where
    that can be, and its heading repeated. Nothing is lost.
    """
    whole = [f"{head}\n{text}" if head and text else head or text for head, text in blocks]
    if 5 * sum(len(text) + 2 for text in whole) <= limit:  # nothing is longer than &amp;
        if told := [index for index, text in enumerate(whole) if text]:
            yield "\n\n".join(whole[index] for index in told), told
        return
    part: list[str] = []
    inside: list[int] = []
    size = 0
    for index, block in enumerate(blocks):
        for piece in _pieces(*block, limit):
            length = html_length(piece)
            if part and size + _GAP + length > limit:
                yield "\n\n".join(part), inside
                part, inside, size = [], [], 0
            size += length + (_GAP if part else 0)
            part.append(piece)
            inside.append(index)
    if part:
        yield "\n\n".join(part), inside


_GAP = html_length("\n\n")


def _pieces(heading: str, text: str, limit: int) -> Iterator[str]:
    if html_length(heading) > limit // 2:
        heading, text = "", f"{heading}\n{text}"
    head = heading + "\n" if heading and text else heading
    room = limit - html_length(head)
    while html_length(text) > room:
        at = _cut(text, room)
        yield head + text[:at]
        text = text[at:]
    if head or text:
        yield head + text


def _cut(text: str, room: int) -> int:
    """Where to split so that the HTML before it fits: after a line, else after a word."""
    at = room
    while (over := html_length(text[:at]) - room) > 0:
        at -= -(-over // 5)
    for mark in ("\n", " "):
        if (found := text.rfind(mark, at // 2, at)) > 0:
            return found + 1
    return at
