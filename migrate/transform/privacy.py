"""What nobody needs to see to decide: taken out of texts before they are shown to a person."""

from __future__ import annotations

import re

from stdnum.no import fodselsnummer

HIDDEN = "███"

_NATIONAL = re.compile(r"(?<!\d)\d{2}[ .]?\d{2}[ .]?\d{2}[ \u00a0]?[-.]?[ \u00a0]?\d{5}(?!\d)")
_SECRET = re.compile(
    r"(?i)\b((?:passord|passordet|password|pwd|pin(?:-?kode)?)\s*(?:er|is)?\s*[:=]\s*)\S+"
)
_APART = re.compile(r"\D")


def redacted(text: str) -> str:
    """`text` as it may be shown to whoever decides on the ticket's group: without national identity
    numbers (eleven digits, as people write them, whose check digits are right) and without what
    stands behind `passord:` and the like."""
    text = _NATIONAL.sub(lambda match: HIDDEN if _valid(match[0]) else match[0], text)
    return _SECRET.sub(lambda match: match[1] + HIDDEN, text)


def _valid(digits: str) -> bool:
    return bool(fodselsnummer.is_valid(_APART.sub("", digits)))
