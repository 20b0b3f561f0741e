"""What every part of `migrate.yaml` has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

_KEYS = {True: "true", False: "false", None: "null"}
_SAID = {True: ["true", "yes", "on"], False: ["false", "no", "off"]}


class Strict(BaseModel):
    """A model that refuses unknown keys, so that a typing error is found and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def keys_as_written(value: object) -> object:
    """A mapping whose keys may be called true, false and null: what YAML made of these without
    quotes."""
    if not isinstance(value, dict):
        return value
    return {_KEYS.get(k, k) if k is None or type(k) is bool else k: v for k, v in value.items()}


def words(value: object) -> object:
    """Words of an installation's own, one or a list: a number is the word that it is written as,
    and what YAML takes for yes or no (`Yes`, `off`) each of the words that it takes so."""
    listed = value if isinstance(value, list) else [value]
    found: list[object] = []
    for word in listed:
        if isinstance(word, bool):
            found += _SAID[word]
        else:
            found.append(str(word) if isinstance(word, int) else word)
    return found
