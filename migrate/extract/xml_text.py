"""The text of an XML file, made fit for a parser: decoded as the configuration says, and without
the control characters that tickets are full of and XML cannot have.

Such a character travels through the parser as a code point that no text has, and is put back into
the values: otherwise one of them would end the reading of a whole file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence

from migrate.extract.handed import Unpacked
from migrate.extract.text_lines import decoded

_CHUNK = 1 << 16
_STAND_INS = 0xFDD0  # 32 code points that Unicode keeps free for uses like this one
_CONTROLS = [c for c in range(32) if c not in (9, 10, 13)]
_AWAY = {bytes([c]): chr(_STAND_INS + c).encode() for c in _CONTROLS}
_CONTROL_BYTES = bytes(_CONTROLS)
_STAND_IN = re.compile(f"[{chr(_STAND_INS)}-{chr(_STAND_INS + 31)}]")
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_REFERENCE = re.compile("&#(?:x0*([0-9a-fA-F]{1,2})|0*([0-9]{1,2}));")
_HIGH = "&#(5529[6-9]|55[3-9][0-9]{2}|56[0-2][0-9]{2}|563[01][0-9]);"
_LOW = "&#(563[2-9][0-9]|56[4-9][0-9]{2}|57[0-2][0-9]{2}|573[0-3][0-9]|5734[0-3]);"
_HALVES = re.compile(_HIGH + _LOW)
_CUT = re.compile(f"(?:{_HIGH})?(?:&[^;&]{{0,11}})?$")
_LONGEST = 24
_RARE = b"\xef"
_NO_CHARACTER = b"\xef\xbf"  # as U+FFFE and U+FFFF begin


def fit_for_xml(
    stream: Unpacked, encoding: str, undecodable: Callable[[int], None], met: Callable[[], None]
) -> Iterator[bytes]:
    """The text in UTF-8, in chunks. `met` is told where there are stand-ins in it, and
    `undecodable` the lines that have bytes which the encoding does not know.

    Raises Broken where the file does not unpack any further.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    plain = codecs.lookup(encoding).name == "utf-8"
    line, rest, first = 1, "", True
    while True:
        data = stream.read(_CHUNK)
        if plain and data and not first and not rest and _is_fit(data, decoder):
            line += data.count(b"\n")
            yield data
            continue
        text, unknown = decoded(decoder, data, encoding)
        for ahead in unknown:
            undecodable(line + ahead)
        line += text.count("\n")
        text = rest + (text.removeprefix(_MARK) if first else text)
        first, rest = first and not text, ""
        if data and (cut := _CUT.search(text, max(0, len(text) - _LONGEST))):
            text, rest = text[: cut.start()], text[cut.start() :]
        yield _fit(text, met)
        if not data:
            return


def put_back(values: Sequence[str | None]) -> Sequence[str | None]:
    """The values of a column as they were before."""
    if not _STAND_IN.search("".join(filter(None, values))):
        return values
    return [value and _STAND_IN.sub(_control, value) for value in values]


def _control(found: re.Match[str]) -> str:
    return chr(ord(found[0]) - _STAND_INS)


def _is_fit(data: bytes, decoder: codecs.IncrementalDecoder) -> bool:
    """Whether a chunk in UTF-8 can go as it is, as nearly all do."""
    if decoder.getstate()[0] or b"&" in data[-_LONGEST:]:
        return False
    if (b"#" in data and b"&#" in data) or (_RARE in data and _NO_CHARACTER in data):
        return False  # single bytes are looked for much faster, and mostly not there
    if len(data.translate(None, _CONTROL_BYTES)) < len(data):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fit(text: str, met: Callable[[], None]) -> bytes:
    if "\uffff" in text or "\ufffe" in text:  # no characters at all
        text = text.replace("\uffff", _UNKNOWN).replace("\ufffe", _UNKNOWN)
    dirty = False
    if "&#" in text:
        changed = _HALVES.sub(_whole, _REFERENCE.sub(_referred, text))
        dirty, text = changed != text, changed
    encoded = text.encode("utf-8", "replace")
    if len(encoded.translate(None, _CONTROL_BYTES)) < len(encoded):
        dirty = True
        for control, stand_in in _AWAY.items():
            encoded = encoded.replace(control, stand_in)
    if dirty:
        met()
    return encoded


def _referred(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(_STAND_INS + code) if code in _CONTROLS else found[0]


def _whole(found: re.Match[str]) -> str:
    """A letter that Java's serializers refer to in two halves, which XML has not."""
    high, low = int(found[1]) - 0xD800, int(found[2]) - 0xDC00
    return chr(0x10000 + (high << 10) + low)
