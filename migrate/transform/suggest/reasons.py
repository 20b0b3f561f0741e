"""Says in plain words, in both languages, what speaks for an option and what against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from migrate.transform.suggest.option import Option
from migrate.words import worded

LANGUAGES = ("nb", "en")

_SAID_OF_GROUPS = {
    "equal": 1.0,
    "same_target": 0.3,
    "same_words": 0.3,
    "name": 0.5,
    "members": 0.1,
    "branch": 1.0,
    "unit_words": 1.0,
    "topics": 0.3,
    "strangers": 1.0,
    "other_unit": 1.0,
    "taken": 0.5,
    "new": 1.0,
    "new_words": 0.3,
    "empty": 1.0,
    "idle": 1.0,
    "dormant": 1.0,
    "old_word": 1.0,
    "twin": 1.0,
    "retire_words": 0.3,
}
SAID_OF_PEOPLE = {
    "feide": 1.0,
    "number": 1.0,
    "email": 1.0,
    "login": 1.0,
    "name": 0.3,
    "unit": 1.0,
    "title": 1.0,
    "other_name": 1.0,
    "other_feide": 1.0,
    "other_number": 1.0,
    "other_email": 1.0,
    "other_unit": 1.0,
    "namesake": 1.0,
    "absent": 1.0,
    "asleep": 1.0,
}
"""Feature → from where on it is worth saying, in the order in which it is said."""

_PEOPLE = {"name": "same_name", "other_unit": "other_place"}
_IMPLIED = {"name": ("equal",), "unit_words": ("equal",)}
"""What need not be said where something stronger is."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence: its key in `reasons.yaml`, and what stands in it."""

    key: str
    values: tuple[tuple[str, Any], ...] = ()

    def text(self, lang: str = "en") -> str:
        """The sentence in Bokmål (`nb`) or English (`en`)."""
        return str(_catalogue(lang)[self.key]).format(**dict(self.values))


def reasons(
    option: Option,
    worth: Mapping[str, float] = _SAID_OF_GROUPS,
    words: Mapping[str, Any] | None = None,
) -> tuple[Reason, ...]:
    """What speaks for and against an option, the strongest first. `worth` is feature → from where
    on it is said (those of groups, unless given); `words` fill the sentences about what other units
    decided."""
    said: list[Reason] = []
    for feature, least in worth.items():
        value = option.features.get(feature, 0.0)
        if value < least or any(option.features.get(f) for f in _IMPLIED.get(feature, ())):
            continue
        values = {**(words or {}), "share": round(100 * value)}
        key = _PEOPLE.get(feature, feature) if worth is SAID_OF_PEOPLE else feature
        template = str(_catalogue("en")[key])
        used = tuple((name, values[name]) for name in values if f"{{{name}}}" in template)
        said.append(Reason(key, used))
    return tuple(said) or (Reason(option.end if option.end != "there" else "unsure"),)


def _catalogue(lang: str) -> Mapping[str, Any]:
    return worded(__package__, lang, "reasons.yaml")
