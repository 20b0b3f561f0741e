"""Pictures inside the texts of a ticket: kept where TOPdesk takes them, else attached and named.

TOPdesk shows a picture in a request or an action only as base64, of at most 450 by 450 pixels and
in one of a few formats (incident API 4.2.6, `request`). Until a text is whole, a picture stands in
it as `[bilde-<key>]`; that is also what is read there of one that becomes an attachment.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from migrate.records import Bundle, Finding, JournalEntry, Row, Step
from migrate.transform.policy import AttachmentPolicy

MOST_PIXELS = 450
_FORMATS = {
    "GIF": "gif",
    "PNG": "png",
    "BMP": "bmp",
    "PCX": "pcx",
    "SUN": "ras",
    "PPM": "pnm",
    "PSD": "psd",
    "JPEG": "jpg",
}
"""What Pillow calls the formats that TOPdesk takes, and what TOPdesk calls them; `iff` is one that
Pillow does not read, so that such a picture is attached."""
_PICTURE = re.compile(
    r"""<img\b[^<>]*?\bsrc\s*=\s*["']?\s*data:image/([a-z0-9.+-]+);base64,([a-z0-9+/=\s]*)["']?[^<>]*>""",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(r"\[bilde-([0-9a-f]{12})\]")
_TEXTS = ("description", "resolution", "journal")
_UNREAD = "[bilde som ikke kunne leses]"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its bytes in base64, and how TOPdesk calls its format, if it shows it."""

    data: str
    size: int
    digest: str
    ending: str
    shown: bool


@dataclass(slots=True)
class Album:
    """The pictures in the texts of one ticket."""

    pictures: dict[str, Picture] = field(default_factory=dict)
    unread: int = 0

    def lift(self, bundle: Bundle) -> Bundle:
        """The bundle with every picture taken out of its texts, and named there."""
        work = bundle.incident
        return replace(
            bundle,
            incident=self._row(work) if work is not None else None,
            interactions=tuple(map(self._row, bundle.interactions)),
            activities=tuple(map(self._row, bundle.activities)),
            journals={n: tuple(map(self._entry, told)) for n, told in bundle.journals.items()},
        )

    def show(self, steps: Iterable[Step]) -> list[Step]:
        """The steps with the pictures that TOPdesk shows back in their texts."""
        return [self._shown(step) for step in steps]

    def files(
        self, identity: str, steps: Sequence[Step], policy: AttachmentPolicy, *, anew: bool
    ) -> tuple[list[Step], list[Finding]]:
        """The steps `attachment/<key>` of the pictures that TOPdesk does not show; with `anew`,
        also of one that these steps, before `show`, do not name.

        Findings, each with a count: `image-attached`, `image-unreadable`, `attachment-too-large`.
        """
        named = {
            key
            for step in steps
            for text in _texts(step).values()
            for key in _STANDS_FOR.findall(text)
        }
        made = []
        counts = Counter({"image-unreadable": self.unread})
        for key, picture in self.pictures.items():
            if picture.shown and (key in named or not anew):
                continue
            if policy.limit is not None and picture.size > policy.limit:
                counts["attachment-too-large"] += 1
                continue
            counts["image-attached"] += 1
            mark = f"[{identity}/a/{key}]"
            body = {
                "name": f"bilde-{key}.{picture.ending}",
                "sha256": picture.digest,
                "size": picture.size,
                "description": mark,
                "invisibleForCaller": not policy.visible,
                "content": picture.data,
            }
            made.append(Step(f"attachment/{key}", body, mark, (key,)))
        return made, [Finding(code, identity, str(n)) for code, n in counts.items() if n]

    def _row(self, row: Row) -> Row:
        texts = {name: str(row.get(name) or "") for name in _TEXTS}
        found = {name: self._named(t) for name, t in texts.items() if "data:image" in t}
        return {**row, **found} if found else row

    def _entry(self, entry: JournalEntry) -> JournalEntry:
        return entry._replace(text=self._named(entry.text))

    def _named(self, text: str) -> str:
        return _PICTURE.sub(self._taken, text)

    def _taken(self, match: re.Match[str]) -> str:
        try:
            content = base64.b64decode("".join(match[2].split()), validate=True)
        except binascii.Error:
            content = b""
        if not content:
            self.unread += 1
            return _UNREAD
        digest = sha256(content).hexdigest()
        key = digest[:12]
        if key not in self.pictures:
            ending, shown = _format(content, match[1])
            data = base64.b64encode(content).decode("ascii")
            self.pictures[key] = Picture(data, len(content), digest, ending, shown)
        return f"[bilde-{key}]"

    def _shown(self, step: Step) -> Step:
        texts = _texts(step)
        put = {name: _STANDS_FOR.sub(self._image, text) for name, text in texts.items()}
        return replace(step, body={**step.body, **put}) if put else step

    def _image(self, match: re.Match[str]) -> str:
        picture = self.pictures.get(match[1])
        if picture is None or not picture.shown:
            return match[0]
        return f'<img src="data:image/{picture.ending};base64,{picture.data}">'


def _texts(step: Step) -> dict[str, str]:
    """The texts of a step that name a picture."""
    texts = {name: str(step.body.get(name, "")) for name in ("request", "action")}
    return {name: text for name, text in texts.items() if "[bilde-" in text}


def _format(content: bytes, said: str) -> tuple[str, bool]:
    """The ending that a picture's file has, and whether TOPdesk shows it in a text."""
    try:
        with Image.open(BytesIO(content)) as picture:
            name, (width, height) = str(picture.format), picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return re.sub(r"[^a-z0-9]", "", said.lower().partition("+")[0])[:8] or "bin", False
    ending = _FORMATS.get(name)
    if ending is None:
        return re.sub(r"[^a-z0-9]", "", name.lower())[:8], False
    return ending, width <= MOST_PIXELS and height <= MOST_PIXELS
