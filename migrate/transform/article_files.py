"""The files of an article: pictures that its text shows, and the rest as attachments.

TOPdesk shows jpg, png, bmp and gif, each by a name that is the item's own, and wants width and
height beside it (knowledge base API, images). HPSM keeps files as attachments and names them in the
text by their uid; a picture may also stand in the text itself, as `data:`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from migrate.records import Row, Step
from migrate.transform.article_html import Placed
from migrate.transform.attachments import file_name
from migrate.transform.links import Link
from migrate.transform.policy import AttachmentPolicy
from migrate.transform.source_digest import source_digest
from migrate.transform.text import field_text, one_line

SHOWN = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "BMP": "bmp"}
"""Formats that TOPdesk shows → the ending of their names."""

WIDEST = 900
"""Pictures of which HPSM says no size are shown at most so wide, in pixels."""

_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*")
_DATA = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),(.*)", re.DOTALL | re.IGNORECASE)


class Picture(NamedTuple):
    """What a content shows: its format as in `SHOWN` (others by their own name) and its size in
    pixels."""

    format: str
    width: int
    height: int


Look = Callable[[str, bytes | None], Picture | None]
"""(SHA-256 in hex, the content where it is at hand) → the picture; None where it is none."""


@dataclass
class Files:
    """The files of one article: places its pictures, and then tells the steps for all of them.

    Markers begin with `identity`. `counts` is what became of them; `left` are the names of those
    that are not sent, each with the reason.
    """

    identity: str
    rows: Sequence[Row]
    policy: AttachmentPolicy
    look: Look
    counts: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)
    _images: dict[str, Step] = field(default_factory=dict)
    _shown: set[str] = field(default_factory=set)
    _own: dict[str, Step] = field(default_factory=dict)

    def place(self, link: Link, attributes: Mapping[str, str]) -> Placed | None:
        """A picture in the text, or a link to a file; None where it is neither of this article's
        files nor a picture that stands in the text."""
        if link.kind == "data":
            return self._inline(attributes.get("src", ""), attributes)
        if link.kind != "attachment":
            return None
        row = self._by_uid.get(link.target.casefold())
        if row is None:
            return None
        if "src" not in attributes:
            return Placed(note="vedlagt") if self._sendable(row) is None else Placed()
        return self._picture(row, attributes)

    def missing(self) -> Placed:
        """In place of a picture that is not there."""
        self.counts["image-missing"] += 1
        return Placed(note="bilde mangler")

    def add_page(self, name: str, page: str) -> None:
        """Attach a text of our own."""
        content = page.encode("utf-8", "replace")
        self._own[name] = self._attachment(name, content_of(content), name)

    def steps(self) -> list[Step]:
        """Pictures, then attachments, each under its own key; the same content once."""
        attachments: dict[str, Step] = {step.name: step for step in self._own.values()}
        for row in self.rows:
            uid = field_text(row.get("uid")).casefold()
            if uid in self._shown:
                continue
            if (reason := self._sendable(row)) is not None:
                self.counts["file-left"] += 1
                self.left.append(f"{_name(row)}: {reason}")
                continue
            body = {"sha256": row["sha256"], "size": _size(row)}
            step = self._attachment(_name(row), body, field_text(row.get("uid")))
            attachments.setdefault(step.name, step)
        return [*self._images.values(), *attachments.values()]

    @property
    def _by_uid(self) -> dict[str, Row]:
        return {field_text(row.get("uid")).casefold(): row for row in self.rows}

    def _sendable(self, row: Row) -> str | None:
        """Why a file is not sent, in words; None where it is."""
        if row.get("broken") or not row.get("sha256"):
            return "kunne ikke leses hel"
        if not _size(row):
            return "er tom"
        if self.policy.limit is not None and _size(row) > self.policy.limit:
            return "er for stor"
        if any(_name(row).lower().endswith(f".{end}") for end in self.policy.skip_extensions):
            return "filtypen tas ikke med"
        return None

    def _picture(self, row: Row, attributes: Mapping[str, str]) -> Placed:
        if self._sendable(row) is not None:
            return self.missing()
        picture = self.look(str(row["sha256"]), None)
        if picture is None or picture.format not in SHOWN:
            self.counts["image-attached"] += 1
            return Placed(note=f"bilde: {_name(row)}, vedlagt")
        self._shown.add(field_text(row.get("uid")).casefold())
        return self._image({"sha256": row["sha256"], "size": _size(row)}, picture, attributes)

    def _inline(self, address: str, attributes: Mapping[str, str]) -> Placed:
        content = _decoded(address)
        picture = self.look("", content) if content else None
        if not content or picture is None or picture.format not in SHOWN:
            return self.missing()
        self.counts["image-inline"] += 1
        return self._image(content_of(content), picture, attributes)

    def _image(
        self, body: Mapping[str, object], picture: Picture, attributes: Mapping[str, str]
    ) -> Placed:
        key = source_digest("image", self.identity, body["sha256"])[:12]
        name = f"{key}.{SHOWN[picture.format]}"
        if name not in self._images:
            self._images[name] = Step(f"image/{key}", {"name": name, **body}, name)
        width, height = _size_shown(picture, attributes)
        return Placed(name=name, width=width, height=height)

    def _attachment(self, name: str, body: Mapping[str, object], uid: str) -> Step:
        key = source_digest("file", name, body["sha256"])[:10]
        mark = f"[{self.identity}/a/{key}]"
        told = {"name": file_name(name), "description": mark, **body}
        return Step(f"attachment/{key}", told, mark)


def content_of(content: bytes) -> dict[str, object]:
    """The body of a step that carries a content of its own, of which no store has a copy."""
    return {
        "sha256": sha256(content).hexdigest(),
        "size": len(content),
        "data": base64.b64encode(content).decode(),
    }


def _size_shown(picture: Picture, attributes: Mapping[str, str]) -> tuple[int, int]:
    width, height = (_pixels(attributes.get(name)) for name in ("width", "height"))
    ratio = picture.height / picture.width if picture.width else 1.0
    if width and not height:
        height = round(width * ratio)
    elif height and not width:
        width = round(height / ratio) if ratio else height
    elif not width:
        width = min(picture.width, WIDEST)
        height = round(width * ratio)
    return max(1, width), max(1, height)


def _pixels(text: str | None) -> int:
    match = _PIXELS.fullmatch(text or "")
    return int(match[1]) if match else 0


def _decoded(address: str) -> bytes:
    match = _DATA.fullmatch(address.strip())
    if match is None:
        return b""
    if "base64" not in match[2].lower():
        return unquote_to_bytes(match[3])
    try:
        return base64.b64decode(re.sub(r"\s+|%0[aAdD]|%20", "", match[3]), validate=False)
    except (binascii.Error, ValueError):
        return b""


def _name(row: Row) -> str:
    return file_name(one_line(field_text(row.get("filename"))))


def _size(row: Row) -> int:
    return int(row.get("content_size") or 0)
