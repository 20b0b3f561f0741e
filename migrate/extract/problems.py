"""Problems of single records: the first few of each sort are told, the rest are counted."""

from __future__ import annotations

from collections import Counter

from migrate.errors import Problem

FEW = 5


class ProblemLog:
    """Collects problems; of one sort (code and `sort`) it keeps `FEW` and counts the others."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._met: Counter[tuple[str, str]] = Counter()

    def add(self, problem: Problem, sort: str) -> None:
        self._met[problem.code, sort] += 1
        if self._met[problem.code, sort] <= FEW:
            self._kept.append(problem)

    def all(self) -> list[Problem]:
        """What was kept, and one more per sort that says how many more there were."""
        return self._kept + [
            Problem(code, sort, f"and {count - FEW} more of the same", warning=True)
            for (code, sort), count in self._met.items()
            if count > FEW
        ]
