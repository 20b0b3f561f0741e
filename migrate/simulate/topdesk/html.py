"""What becomes of the text of a request or an action.

TOPdesk keeps `i em b strong u br h5 h6` and embedded `img` (incident API 4.2.6, `request`). It does
not say what it does with the rest; here other tags are dropped and their text stays.
"""

from __future__ import annotations

import html
import re

_ALLOWED = frozenset(("i", "em", "b", "strong", "u", "br", "h5", "h6"))
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?/?)>")
_IMAGE = re.compile(r"""\ssrc\s*=\s*["'](data:image/[a-z]+;base64,[A-Za-z0-9+/=\s]*)["']""")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_BREAK = re.compile(r"<br/>|</h[56]>")
_ANY_TAG = re.compile(r"<[^<>]*>")


def sanitise(text: str) -> str:
    """The text as `memoText` shows it: allowed tags only and without attributes."""
    if "<" not in text:
        return text
    kept: list[str] = []
    end = 0
    for match in _TAG.finditer(text):
        kept.append(text[end : match.start()].replace("<", "&lt;"))
        kept.append(_tag(*match.groups()))
        end = match.end()
    kept.append(text[end:].replace("<", "&lt;"))
    return "".join(kept)


def plain(memo: str) -> str:
    """A sanitised text as `plainText` shows it: a line break only where there was a `br` or the end
    of a heading, since a raw line feed means nothing in HTML."""
    if "\n" in memo or "\r" in memo:
        memo = _NEWLINE.sub(" ", memo)
    if "<" in memo:
        memo = _ANY_TAG.sub("", _BREAK.sub("\n", memo))
    return html.unescape(memo) if "&" in memo else memo


def _tag(slash: str, name: str, rest: str) -> str:
    name = name.lower()
    if name == "br":
        return "<br/>"
    if name == "img":
        source = _IMAGE.search(rest)
        return f'<img src="{source[1]}"/>' if source else ""
    return f"<{slash}{name}>" if name in _ALLOWED else ""
