"""Which entry of a TOPdesk list a value of HPSM's is, weighed by name and level.

Nothing is learnt here: lines of `values/*.yaml` have no review, so that it is not known which of
them a person wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migrate.transform.mapping import LEVELS
from migrate.transform.suggest.choice import Choice
from migrate.transform.suggest.option import Option
from migrate.transform.suggest.words import alike, equal, whole, words_of

NONE = "none"
"""What a value is for which TOPdesk's list has nothing."""

_WEIGHTS = {
    "equal": 4.0,
    "last": 3.0,
    "name": 6.0,
    "whole": 5.0,
    "level": 9.0,
    "place": 7.0,
    "nothing": 6.5,
}
"""In logits: two names that agree but for a letter, or one level, are more likely than not the
same."""


class Values:
    """The options for the values of one list (`kind`, one of `mapping.VALUE_LISTS`)."""

    def __init__(self, kind: str, legal: Iterable[str]) -> None:
        self._kind = kind
        self._legal = list(legal)
        self._choice = Choice(_WEIGHTS)

    def weigh(self, text: str) -> list[Option]:
        """The likeliest first."""
        table = self._options(text)
        shares = self._choice.shares([features for _, _, features in table])
        options = [Option(*each, share) for each, share in zip(table, shares, strict=True)]
        return sorted(options, key=lambda option: -option.share)

    def _options(self, text: str) -> list[tuple[str, str, Mapping[str, float]]]:
        table: list[tuple[str, str, Mapping[str, float]]] = [
            ("there", name, self._speaks(text, name, place))
            for place, name in enumerate(self._legal, 1)
        ]
        return [*table, (NONE, "", {"nothing": 1.0})]

    def _speaks(self, text: str, name: str, place: int) -> dict[str, float]:
        features = {
            "equal": float(equal(text, name)),
            "name": alike(words_of(text), words_of(name), {}, lambda one, other: 0.0),
            "whole": max(0.0, whole(text, name) - 0.5) * 2,
        }
        if "/" in name and "/" in text:
            features["last"] = float(equal(text.rpartition("/")[2], name.rpartition("/")[2]))
        if self._kind in LEVELS and text[:1].isdigit():
            digits = [letter for letter in name if letter.isdigit()]
            features["level"] = float(digits == [text[0]])
            features["place"] = float(not digits and place == int(text[0]))
        return features
