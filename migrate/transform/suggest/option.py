"""One thing that something of HPSM's could become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """`end` is `there` for something that TOPdesk has, by its `name`, or what becomes of it else;
    `share` is how probable it is, all options together 1; `features` speak for and against it."""

    end: str
    name: str
    features: Mapping[str, float]
    share: float
