"""The words of the workbook in one language, and what somebody's words mean in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from migrate.transform.sheet.columns import UNKNOWN, Column
from migrate.transform.sheet.neutral import tidied
from migrate.words import worded

LANGUAGES = ("nb", "en")


class Words:
    """The wording of one language (`LANGUAGES`)."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._words = catalogue(lang)

    def __call__(self, key: str, **values: Any) -> str:
        """The words under a dotted key. Raises KeyError where there are none."""
        found: Any = self._words
        for part in key.split("."):
            found = found[part]
        return str(found).format(**values) if values else str(found)

    def named(self, group: str, name: str) -> str:
        return str(self._words[group].get(name, name))

    def heading(self, column: str) -> str:
        return self.named("columns", column)

    def answer(self, column: str, value: str) -> str:
        """A canonical answer as a cell shows it."""
        if not value:
            return ""
        if column == "restricted":
            return self.named("restricted", value)
        if value == UNKNOWN:
            return self("unknown")
        return self.named("actions" if column == "action" else "choices", value)

    def shown(self, column: Column, value: str) -> str:
        """What stands in an answer's cell: words for a choice, else the text itself."""
        return self.answer(column.name, value) if column.choices else value

    def fact(self, value: Any) -> str | int:
        """A fact as a cell shows it; numbers stay numbers, so that they sort as such."""
        if isinstance(value, bool):
            return self("yes") if value else self("no")
        return value if isinstance(value, int) else tidied(str(value))

    def decision(self, decision: Mapping[str, Any] | None) -> str:
        """A decision in a few words."""
        if not decision or not decision.get("action"):
            return self("undecided")
        target = decision.get("target") or decision.get("folder") or ""
        said = self.named("actions", str(decision["action"]))
        return tidied(f"{said} {target}")


def meaning(column: Column, text: str) -> str | None:
    """The canonical answer that a cell's text stands for, in whichever language it is written;
    None where it is not one of the answers."""
    said = _folded(text)
    if not said or column.name == "note":
        return text
    if said in _unknowns() and (not column.choices or UNKNOWN not in column.choices):
        return UNKNOWN
    if not column.choices:
        return text
    return _meanings(column).get(said)


@cache
def headings() -> Mapping[str, str]:
    """A column's name by its heading, folded, in every language."""
    return {
        _folded(word): name
        for lang in LANGUAGES
        for name, word in catalogue(lang)["columns"].items()
    }


@cache
def titles() -> Mapping[str, str]:
    """A file's name by its sheet's title, folded, in every language."""
    return {
        _folded(word): name
        for lang in LANGUAGES
        for name, word in catalogue(lang)["sheets"].items()
    }


def catalogue(lang: str) -> Mapping[str, Any]:
    """Everything that a workbook says in `lang`."""
    return worded(__package__, lang)


@cache
def _meanings(column: Column) -> Mapping[str, str]:
    group = "actions" if column.name == "action" else "choices"
    found = {choice: choice for choice in column.choices}
    if column.name == "action":
        # An action that no sheet offers may stand in the file, and so in the cell.
        found |= {_folded(word): name for la in LANGUAGES for name, word in _group(la, "actions")}
    for lang in LANGUAGES:
        words = dict(_group(lang, "restricted" if column.name == "restricted" else group))
        found |= {_folded(words[choice]): choice for choice in column.choices if choice in words}
    if UNKNOWN in column.choices:
        found |= dict.fromkeys(_unknowns(), UNKNOWN)
    if column.name == "restricted":
        found |= {
            "sann": "true",
            "usann": "false",
        }  # what a Norwegian Excel makes of true and false
    return found


def _group(lang: str, name: str) -> list[tuple[str, str]]:
    return [(str(key), str(word)) for key, word in catalogue(lang)[name].items()]


@cache
def _unknowns() -> frozenset[str]:
    return frozenset(_folded(catalogue(lang)["unknown"]) for lang in LANGUAGES)


def _folded(text: str) -> str:
    return tidied(text).replace("\u2019", "'").casefold()
