"""What the body of a knowledge article holds: its text, and what it leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import unquote

_LINK = re.compile(r"""(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ATTACHED = re.compile(r"(?:/attachments/|scattach://|cid:)([0-9a-zA-Z]+)", re.IGNORECASE)
_LOCAL = re.compile(r"file:|\\\\|[a-z]:\\", re.IGNORECASE)
_WEB = re.compile(r"(?:https?|mailto|tel|ftp|data|javascript):", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|title)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")
_IMAGE = re.compile(r"<img\b", re.IGNORECASE)
_INLINE = re.compile(r"""src\s*=\s*["']?data:""", re.IGNORECASE)
_ACTIVE = re.compile(
    r"""<(?:script|iframe|object|embed|style)\b|\son[a-z]+\s*=|["'=]\s*javascript:""", re.IGNORECASE
)


def key_pattern(prefixes: Iterable[str]) -> re.Pattern[str]:
    """What finds the key of a record in an address: the letters that keys begin with in this
    installation, then digits, as a word of its own."""
    letters = "|".join(sorted(map(re.escape, prefixes), key=len, reverse=True)) or "(?!)"
    return re.compile(rf"(?<![0-9a-zA-Z])((?:{letters})-?\d+R?)(?![0-9a-zA-Z])", re.IGNORECASE)


def links(markup: str, keys: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """What a text links to, as far as it can be told without a network: an `attachment` by its uid,
    a `record` of HPSM by its key (`keys` is a `key_pattern`), or a file on somebody's own disk or
    share (`local`).

    Attachments as in `/answers/attachments/<uid>`, `scattach://<uid>:…` and `cid:<uid>`; records by
    their key as a word of the address, since how they are led to is an installation's own.
    """
    for match in _LINK.finditer(markup):
        address = unquote(unescape(match[1] or match[2] or match[3] or "")).strip()
        if attached := _ATTACHED.search(address):
            yield "attachment", attached[1].lower()
        elif _LOCAL.match(address):
            yield "local", address
        elif not _WEB.match(address) and (key := keys.search(address)):
            yield "record", key[1].upper()


def plain_text(markup: str) -> str:
    """What a reader sees of it, roughly: without tags, scripts and comments."""
    return unescape(_TAG.sub(" ", _HIDDEN.sub(" ", markup))).strip()


def empty(markup: str) -> bool:
    """Whether nothing can be read or seen in it."""
    return not plain_text(markup) and not _IMAGE.search(markup)


def inline_image(markup: str) -> bool:
    return bool(_INLINE.search(markup))


def active(markup: str) -> bool:
    """Whether something in it would run, or changes how other pages look."""
    return bool(_ACTIVE.search(markup))
