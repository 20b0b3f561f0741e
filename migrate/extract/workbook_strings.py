"""The texts of a workbook, which its cells name by number: read as far as they are asked for."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from migrate.extract.handed import Broken, Unpacked, member

SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""How parts of a workbook are parsed: nothing is fetched or expanded."""

_CHUNK = 1 << 16
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_SURROGATES = range(0xD800, 0xE000)


class Strings:
    """The texts in the part `name`; none where there is no such part. `[number]` raises IndexError
    where there is no such text, and Broken where the part cannot be read so far."""

    def __init__(self, archive: zipfile.ZipFile, name: str | None) -> None:
        self._texts: list[str] = []
        self._parser = etree.XMLPullParser(events=("end",), tag="{*}si", **SAFE)
        self._stream = Unpacked(member(archive, name), Path(name)) if name else None

    def __getitem__(self, number: int) -> str:
        while number >= len(self._texts) and self._stream is not None:
            self._read_on(self._stream)
        return self._texts[number]

    def _read_on(self, stream: Unpacked) -> None:
        try:
            if chunk := stream.read(_CHUNK):
                self._parser.feed(chunk)
            else:
                self._stream = None
        except etree.XMLSyntaxError:
            raise Broken("its texts are not well-formed XML") from None
        item = None
        for _, item in self._parser.read_events():
            self._texts.append(text_of(item))
        if item is not None and (parent := item.getparent()) is not None:
            del parent[:-1]


def text_of(item: etree._Element) -> str:
    """The text of an item, its runs joined; how it is pronounced (phonetic runs) is left out."""
    texts = []
    for part in item:
        if str(part.tag).endswith("}t"):
            texts.append(part.text or "")
        elif str(part.tag).endswith("}r"):
            texts += [run.text or "" for run in part if str(run.tag).endswith("}t")]
    return unescaped("".join(texts))


def unescaped(text: str) -> str:
    """Excel writes what XML cannot have as `_x000D_`."""
    return _ESCAPED.sub(_letter, text) if "_x" in text else text


def _letter(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code in _SURROGATES else chr(code)
