"""The words of the page, in the two languages that it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.words import worded

LANGUAGES = ("nb", "en")


def words(lang: str) -> Mapping[str, Any]:
    """Everything that the page can say in `lang` (`LANGUAGES`); `answers` by the answer's code."""
    return worded(__package__, lang, "words.yaml")


def day(date: str, lang: str) -> str:
    """A day (YYYY-MM-DD) as a sentence has it."""
    year, month, number = date.split("-")
    dot = "." if lang == "nb" else ""
    return f"{int(number)}{dot} {words(lang)['months'].split()[int(month) - 1]} {year}"
