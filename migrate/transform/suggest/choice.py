"""Weighs the options for one decision against each other: a conditional logit, which starts from
weights that people set and moves towards what people decided before.

Pure. The share of an option is its confidence: options that look alike halve it, so that a doubtful
choice says so by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

Features = Mapping[str, float]
"""What speaks for and against one option; what is not named is 0."""

_STEPS = 25
_STILL = 1e-6

_Table = tuple[NDArray[numpy.float64], int]
"""The features of every option, a row each, and the row that was taken."""


@dataclass(frozen=True, slots=True)
class Past:
    """A decision that somebody took: the options there were, and which was taken."""

    options: Sequence[Features]
    taken: int


class Choice:
    """Weights by feature. `spread` is how far, in the same units, decisions may move a weight from
    where it began: many can, a few hardly."""

    def __init__(self, weights: Mapping[str, float], spread: float = 1.0) -> None:
        self._names = list(weights)
        self._prior = numpy.array([weights[name] for name in self._names], dtype=float)
        self._weights = self._prior.copy()
        self._precision = 1.0 / spread**2

    @property
    def weights(self) -> dict[str, float]:
        return dict(zip(self._names, self._weights.tolist(), strict=True))

    def learn(self, past: Sequence[Past]) -> None:
        """Move the weights to the most probable ones after these decisions (Newton's method; the
        posterior has one maximum)."""
        tables = [(self._table(each.options), each.taken) for each in past if each.options]
        self._weights = self._prior.copy()
        for _ in range(_STEPS if tables else 0):
            slope, curve = self._slope(tables)
            step = numpy.linalg.solve(curve, slope)
            now, size = self._cost(tables, self._weights), 1.0
            while self._cost(tables, self._weights - size * step) > now and size > _STILL:
                size /= 2
            self._weights = self._weights - size * step
            if size * numpy.abs(step).max() < _STILL * 1_000:
                break

    def _cost(self, tables: Sequence[_Table], weights: NDArray[numpy.float64]) -> float:
        away = weights - self._prior
        unlikely = sum(
            float(numpy.log(numpy.exp(scores - scores.max()).sum()) + scores.max() - scores[taken])
            for scores, taken in ((table @ weights, taken) for table, taken in tables)
        )
        return unlikely + self._precision * float(away @ away) / 2

    def _slope(
        self, tables: Sequence[_Table]
    ) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
        slope = self._precision * (self._weights - self._prior)
        curve = self._precision * numpy.eye(len(self._weights))
        for table, taken in tables:
            share = _shares(table @ self._weights)
            mean = share @ table
            slope = slope + mean - table[taken]
            curve = curve + (table * share[:, None]).T @ table - numpy.outer(mean, mean)
        return slope, curve

    def shares(self, options: Sequence[Features]) -> list[float]:
        """How probable each option is; together 1."""
        if not options:
            return []
        found: list[float] = _shares(self._table(options) @ self._weights).tolist()
        return found

    def speaks(self, option: Features) -> list[tuple[str, float]]:
        """What speaks for an option, the weightiest first."""
        told = [
            (name, float(weight) * option.get(name, 0.0))
            for name, weight in zip(self._names, self._weights, strict=True)
        ]
        return sorted((each for each in told if each[1] > 0), key=lambda each: -each[1])

    def _table(self, options: Sequence[Features]) -> NDArray[numpy.float64]:
        return numpy.array([[option.get(name, 0.0) for name in self._names] for option in options])


def _shares(scores: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    raised = numpy.exp(scores - scores.max())
    result: NDArray[numpy.float64] = raised / raised.sum()
    return result
