"""The words of the report in one language, and how it writes numbers, shares, times and sizes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from migrate.words import worded

LANGUAGES = ("en", "nb")

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
}
_THIN = "\u00a0"
"""Between a number and what belongs to it, so that no line breaks there."""

_LAST = {"en": ("and", "or"), "nb": ("og", "eller")}

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Words:
    """The wording of one language (`LANGUAGES`)."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._words = catalogue(lang)

    def __call__(self, key: str, **values: Any) -> str:
        """The words under a dotted key, with `values` put in. Raises KeyError for one that is not
        there: a report never shows a key."""
        found: Any = self._words
        for part in key.split("."):
            found = found[part]
        return str(found).format(**values) if values else str(found)

    def label(self, label: str) -> str:
        """What a part of a count is called: a kind, a reason, else a value of HPSM's as it is."""
        for known in ("label", "kind"):
            if label in self._words[known]:
                return str(self._words[known][label])
        return label.strip()

    def number(self, value: float, decimals: int = 0) -> str:
        text = f"{value:,.{decimals}f}"
        if self.lang == "nb":
            return text.replace(",", _THIN).replace(".", ",")
        return text

    def share(self, value: float | None, decimals: int = 0) -> str:
        """A share of 1 in per cent; a dash where there is none."""
        if value is None:
            return "–"
        text = self.number(value * 100, decimals)
        return f"{text}{_THIN}%" if self.lang == "nb" else f"{text}%"

    def date(self, time: str) -> str:
        """The day of a time as the snapshot writes it."""
        day = datetime.fromisoformat(time)  # GMT, as in the snapshot
        month = _MONTHS[self.lang].split()[day.month - 1]
        dot = "." if self.lang == "nb" else ""
        return f"{day.day}{dot}{_THIN}{month}{_THIN}{day.year}"

    def month(self, month: str) -> str:
        """A month, given as YYYY-MM."""
        year, number = month.split("-")
        return f"{_MONTHS[self.lang].split()[int(number) - 1]}{_THIN}{year}"

    def duration(self, seconds: float | None) -> str:
        """A length of time in the unit that a person would say it in."""
        if seconds is None:
            return "–"
        hour, day, days = ("t", "døgn", "døgn") if self.lang == "nb" else ("h", "day", "days")
        if seconds < 90:
            return f"{round(seconds)}{_THIN}s"
        if seconds < _HOUR:
            return f"{round(seconds / _MINUTE)}{_THIN}min"
        if seconds < 2 * _DAY and seconds != _DAY:
            return f"{self._rounded(seconds / _HOUR)}{_THIN}{hour}"
        text = self._rounded(seconds / _DAY)
        return f"{text}{_THIN}{day if text == '1' else days}"

    def _rounded(self, value: float) -> str:
        """Two figures at least, and no decimal that says nothing."""
        return self.number(value, int(value < 10 and round(value, 1) != round(value)))

    def size(self, count: int) -> str:
        """A number of bytes."""
        for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
            if count >= factor:
                return f"{self.number(count / factor, 1)}{_THIN}{unit}"
        return f"{count}{_THIN}B"

    def several(self, names: list[str], *, any_of: bool = False) -> str:
        """Names one after the other, as a sentence has them: all of them, or any."""
        if len(names) < 2:
            return "".join(names)
        last = _LAST[self.lang][any_of]
        return f"{', '.join(names[:-1])} {last} {names[-1]}"


def catalogue(lang: str) -> Mapping[str, Any]:
    """Everything that the report can say in `lang`."""
    return worded(__package__, lang)
