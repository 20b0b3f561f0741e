"""What becomes of the texts of knowledge items and folders (knowledge base API, `content`).

`i em b strong u a br p div img` are kept; a `p` or `div` gets a line break behind it; other tags go
and their text stays. A picture must have been uploaded, and needs width and height.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection

from migrate.simulate.topdesk.fields import Refused

LETTERS = 50_000
_KEPT = frozenset(("i", "em", "b", "strong", "u"))
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?/?)>")
_ANY = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def shaped(text: str, images: Collection[str], path: str) -> str:
    """The text as it is kept. Raises Refused where it is too long, or shows a picture that was not
    uploaded."""
    kept: list[str] = []
    end = 0
    for match in _TAG.finditer(text):
        kept.append(text[end : match.start()].replace("<", "&lt;"))
        kept.append(_tag(match[1], match[2].lower(), match[3], images, path))
        end = match.end()
    kept.append(text[end:].replace("<", "&lt;"))
    made = "".join(kept)
    if len(html.unescape(_ANY.sub("", made))) > LETTERS:
        raise Refused(400, f"The field '{path}' is too long.", "value_too_long", path)
    return made


def shown_images(text: str) -> list[str]:
    """The names of the pictures that a text shows."""
    return [name for tag, name, _ in _sources(text) if tag == "img"]


def addresses(text: str) -> list[str]:
    """Where the links of a text lead."""
    return [address for tag, _, address in _sources(text) if tag == "a"]


def _sources(text: str) -> list[tuple[str, str, str]]:
    found = []
    for match in _TAG.finditer(text):
        values = _attributes(match[3])
        tag = match[2].lower()
        found.append((tag, html.unescape(values.get("src", "")), values.get("href", "")))
    return [each for each in found if each[1] or each[2]]


def _attributes(text: str) -> dict[str, str]:
    found = {m[1].lower(): m[2] or m[3] or "" for m in _ATTRIBUTE.finditer(text)}
    return {name: html.unescape(value) for name, value in found.items()}


def _tag(slash: str, name: str, rest: str, images: Collection[str], path: str) -> str:
    if name == "br":
        return "<br>"
    if name in ("p", "div"):
        return f"</{name}><br>" if slash else f"<{name}>"
    if name in _KEPT:
        return f"<{slash}{name}>"
    if name == "a":
        if slash:
            return "</a>"
        address = _attributes(rest).get("href", "")
        return f'<a href="{html.escape(address)}">'
    if name == "img":
        return _image(_attributes(rest), images, path)
    return ""


def _image(values: dict[str, str], images: Collection[str], path: str) -> str:
    name = values.get("src", "")
    if name not in images:
        raise Refused(400, "The image has not been uploaded", "image_not_found", path)
    width, height = values.get("width", ""), values.get("height", "")
    if not (width.isdigit() and height.isdigit()):
        raise Refused(400, "Image width and height are mandatory", "image_size_missing", path)
    return f'<img src="{html.escape(name)}" width="{width}" height="{height}">'
