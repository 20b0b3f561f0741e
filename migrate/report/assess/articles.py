"""What the body of a knowledge article holds: its text, and what it leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

_LINK = re.compile(r"""(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ATTACHED = re.compile(r"(?:/attachments/|scattach://|cid:)([0-9a-zA-Z]+)", re.IGNORECASE)
_KEY = re.compile(r"(?<![0-9a-zA-Z])((?:KM|SD|IM)\d+R?)(?![0-9a-zA-Z])", re.IGNORECASE)
_LOCAL = re.compile(r"file:|\\\\|[a-z]:\\", re.IGNORECASE)
_WEB = re.compile(r"(?:https?|mailto|tel|ftp|data|javascript):", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|title)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")
_IMAGE = re.compile(r"<img\b", re.IGNORECASE)
_INLINE = re.compile(r"""src\s*=\s*["']?data:""", re.IGNORECASE)
_ACTIVE = re.compile(
    r"""<(?:script|iframe|object|embed|style)\b|\son[a-z]+\s*=|["'=]\s*javascript:""", re.IGNORECASE
)


def links(markup: str) -> Iterator[tuple[str, str]]:
    """What a text links to, as far as it can be told without a network: an `attachment` by its uid,
    a `record` of HPSM by its key, or a file on somebody's own disk or share (`local`).

    Attachments as in `/answers/attachments/<uid>`, `scattach://<uid>:…` and `cid:<uid>`; records by
    their key as a word of the address, since how they are led to is an installation's own.
    """
    for match in _LINK.finditer(markup):
        address = unquote(unescape(match[1] or match[2] or match[3] or "")).strip()
        if attached := _ATTACHED.search(address):
            yield "attachment", attached[1].lower()
        elif _LOCAL.match(address):
            yield "local", address
        elif not _WEB.match(address) and (key := _KEY.search(address)):
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
