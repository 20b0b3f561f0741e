"""What a long crash run did, and what it found in the target."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields, replace

from cells import LATE, LOST, Matrix


@dataclass
class Result:
    """What was done, and what was found of it in the target."""

    matrix: Matrix
    kills: int = 0
    mid_commit: int = 0
    restarts: int = 0
    loads: int = 0
    rounds: Counter[str] = field(default_factory=Counter)
    records: int = 0
    duplicates: int = 0
    lost: int = 0
    misplaced: int = 0
    visibility: int = 0
    beyond: int = 0
    shown: int = 0
    retried: int = 0
    sends: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    @property
    def late(self) -> int:
        return self.matrix.of(*LATE)

    @property
    def lost_answers(self) -> int:
        return self.matrix.of(*LOST)

    def __add__(self, other: Result) -> Result:
        """Both together."""
        matrix = replace(self.matrix, met=self.matrix.met + other.matrix.met)
        rest = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
            if each.name not in ("matrix", "sends")
        }
        return Result(matrix, sends=self.sends | other.sends, **rest)
