"""Names compared as people compare them, and made to fit TOPdesk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from rapidfuzz import fuzz, process

GROUP_NAME = 30
"""Characters that TOPdesk allows in the name of an operator group (supporting files API 2.7.11)."""

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ð": "d", "þ": "th"})
_WORDS = {
    "adm": "administrasjon",
    "avd": "avdeling",
    "bib": "bibliotek",
    "fak": "fakultet",
    "grp": "gruppe",
    "sek": "seksjon",
    "seks": "seksjon",
    "stud": "studie",
    "univ": "universitet",
    "ub": "universitetsbiblioteket",
    "komm": "kommunikasjon",
    "1": "førstelinje",
    "2": "andrelinje",
    "og": "",
    "and": "",
}
_SMALL = {"og", "for", "i", "på", "av", "til", "med", "ved"}


@lru_cache(maxsize=50_000)
def folded(name: str) -> str:
    """The name without what people write differently: case, accents, dashes, spaces.

    `UB-UTLÅN  Gløs` and `ub utlan glos` are one.
    """
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())


@lru_cache(maxsize=50_000)
def spelled_out(name: str) -> str:
    """`folded`, with the abbreviations that units use written out."""
    return " ".join(folded(_WORDS.get(word, word)) for word in folded(name).split()).strip()


def near(name: str, legal: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Up to `limit` of the `legal` names that look like `name`, the nearest first."""
    hits = process.extract(
        name, sorted(legal), scorer=fuzz.WRatio, processor=folded, limit=limit, score_cutoff=60
    )
    return tuple(hit for hit, _, _ in hits)


def similar(name: str, legal: Collection[str], floor: float) -> tuple[str, float] | None:
    """The most similar of the `legal` names and its score of 100; None below `floor`.

    Words may come in another order; a name that two legal names resemble equally is nobody's.
    """
    hits = process.extract(
        name,
        sorted(legal),
        scorer=fuzz.token_sort_ratio,
        processor=spelled_out,
        limit=2,
        score_cutoff=floor,
    )
    if not hits or (len(hits) == 2 and hits[0][1] == hits[1][1]):
        return None
    return hits[0][0], hits[0][1]


def tidy(name: str, limit: int = GROUP_NAME) -> str:
    """A readable name of at most `limit` characters: `UB_UTLÅN_GLØS` → `UB Utlån Gløs`.

    Short capitals stay (they are the units' own abbreviations). A name that is too long loses the
    ends of its longest words, never its last word, since long names often differ only there.
    """
    words = [_cased(word, first=at == 0) for at, word in enumerate(re.split(r"[-_/\s]+", name))]
    words = [word for word in words if word]
    while len(" ".join(words)) > limit:
        longest = max(range(len(words)), key=lambda at: len(words[at]))
        if len(words[longest]) <= 2:
            words.pop(len(words) // 2)
        else:
            words[longest] = words[longest][:-1]
    return " ".join(words)


def distinct(name: str, taken: Callable[[str], bool], limit: int = GROUP_NAME) -> str:
    """`name`, or the name with the first number that nobody has, still within `limit`."""
    number, candidate = 1, name
    while taken(candidate):
        number += 1
        candidate = f"{name[: limit - len(str(number)) - 1].rstrip()} {number}"
    return candidate


def _cased(word: str, *, first: bool) -> str:
    if word.lower() in _SMALL and not first:
        return word.lower()
    return word.capitalize() if word.isupper() and len(word) > 4 else word
