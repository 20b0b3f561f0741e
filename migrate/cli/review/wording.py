"""The words of the page in one language, and how it says decisions, facts and changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from migrate.words import why, worded

LANGUAGES = ("nb", "en")

_THIN = "\u00a0"
_WORDED = frozenset({"status", "completed", "closed", "onHold", "first_call"})
_CHANGE = re.compile(r"([a-z_]+): (.*) → (.*)")


class Words:
    """The wording of one language (`LANGUAGES`)."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._words = catalogue(lang)

    def __call__(self, key: str, **values: Any) -> str:
        """The words under a dotted key, with `values` put in. Raises KeyError where there are
        none: the page never shows a key."""
        found: Any = self._words
        for part in key.split("."):
            found = found[part]
        return str(found).format(**values) if values else str(found)

    def named(self, group: str, name: str) -> str:
        """What a name of HPSM's, TOPdesk's or ours is called; the name itself where the page has
        no better word."""
        return str(self._words[group].get(name, name))

    def field(self, file: str, name: str) -> str:
        """What a field of a file's form is called."""
        return str(self._words["fields_of"].get(file, {}).get(name) or self.named("fields", name))

    def meaning(self, file: str, action: str) -> str:
        """What an action does to those whom it is about; empty where its name says all."""
        return str(self._words["means"].get(file, {}).get(action, ""))

    def number(self, value: float) -> str:
        text = f"{value:,.0f}"
        return text.replace(",", _THIN) if self.lang == "nb" else text

    def share(self, value: float) -> str:
        """A share in per cent, rounded down: what is not all is not 100 %."""
        text = str(int(value * 100))
        return f"{text}{_THIN}%" if self.lang == "nb" else f"{text}%"

    def size(self, count: int) -> str:
        for unit, factor in (("MB", 1e6), ("kB", 1e3)):
            if count >= factor:
                text = f"{count / factor:.1f}"
                return f"{text.replace('.', ',') if self.lang == 'nb' else text}{_THIN}{unit}"
        return f"{count}{_THIN}B"

    def day(self, text: str) -> str:
        """A day, YYYY-MM-DD, as people write it."""
        if not text:
            return "–"
        day = datetime.fromisoformat(text[:10])
        months = str(self._words["months"]).split()
        dot = "." if self.lang == "nb" else ""
        return f"{day.day}{dot}{_THIN}{months[day.month - 1]}{_THIN}{day.year}"

    def moment(self, at: str, zone: str) -> str:
        """A time of the audit (YYYY-MM-DD HH:MM:SS, GMT) as the clocks of `zone` show it."""
        then = datetime.fromisoformat(at[:19]).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        return self("moment", day=self.day(f"{then:%Y-%m-%d}"), clock=f"{then:%H:%M}")

    def fact(self, value: Any) -> str:
        if isinstance(value, bool):
            return self("yes") if value else self("no")
        return self.number(value) if isinstance(value, int | float) else str(value)

    def value(self, name: str, text: str) -> str:
        """A value of HPSM's or TOPdesk's; only those of our own fields that hold a word of theirs
        are said in ours, and no text of anybody's."""
        return self.named("values", text) if name in _WORDED else text

    def change(self, text: str) -> str:
        """What is otherwise than when somebody said yes, as `approve.standing` says it."""
        for pattern, words in self._words["changes"].items():
            if found := re.fullmatch(pattern, text):
                return str(words).format(*found.groups())
        if not (found := _CHANGE.fullmatch(text)):
            return text
        fact, was, now = found.groups()
        was, now = (str(self._words["values"].get(each, each)) for each in (was, now))
        return self(
            "changed", fact=self.named("facts", self.named("fields", fact)), was=was, now=now
        )

    def reason(self, text: str) -> str:
        """Why the tool proposes something, as `propose` says it."""
        return why(text, self.lang)

    def decision(self, file: str, decision: Mapping[str, Any] | None) -> str:
        """A decision in a few words."""
        if not decision or not decision.get("action"):
            return self("undecided")
        target = decision.get("target") or decision.get("folder") or ""
        heir = decision.get("open_tickets_to")
        action = str(decision["action"])
        said = self.named("actions", action)
        said = f"{said} → {target}" if target else str(self._words["alone"].get(action, said))
        if line := decision.get("line"):
            said = f"{said} ({self.named('choices', str(line))})"
        return f"{said}, {self('open_go_to', heir=heir)}" if heir else said


def catalogue(lang: str) -> Mapping[str, Any]:
    """Everything that the page can say in `lang`."""
    return worded(__package__, lang)


def language(chosen: str, accepted: str) -> str:
    """What somebody has chosen, else the first language of the browser's that the page speaks, else
    Norwegian."""
    if chosen in LANGUAGES:
        return chosen
    for part in accepted.split(","):
        lang = part.partition(";")[0].strip().lower().partition("-")[0]
        if lang in ("nb", "no", "nn", "da", "sv"):
            return "nb"
        if lang == "en":
            return "en"
    return "nb"
