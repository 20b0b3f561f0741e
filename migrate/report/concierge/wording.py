"""The words of the page, in the two languages that it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = ("nb", "en")


@cache
def words(lang: str) -> Mapping[str, Any]:
    """Everything that the page can say in `lang` (`LANGUAGES`); `answers` by the answer's code."""
    text = files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)[lang]
    return found


def day(date: str, lang: str) -> str:
    """A day (YYYY-MM-DD) as a sentence has it."""
    year, month, number = date.split("-")
    dot = "." if lang == "nb" else ""
    return f"{int(number)}{dot} {words(lang)['months'].split()[int(month) - 1]} {year}"
