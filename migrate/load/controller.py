"""How many requests under way are best: grows while that brings more, and learns from refusals.

Three things are looked at, the surest first. A refusal (429) says that the width was too much: what
of the requests under way was accepted all the same is what the target takes. Throughput says
whether more width brings more: where it does not, the target only queues. Latency says when that
is worth asking.

Known controllers look at one of them: AIMD and CUBIC (RFC 9438; the adaptive mode of AWS's SDKs)
at refusals, of which they need many; Vegas and Gradient (Netflix's concurrency-limits) at latency,
which is no measure by itself where there is jitter, or work of several kinds.

Pure of clocks: every method is given `now`, in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

START = 8.0
"""Where the search begins: wide enough to learn quickly, narrow enough to harm nobody."""
GROWTH = 0.5
"""By how much the width grows in a round of the search, as a share."""
SLOWEST_ROUND = 0.15
"""Seconds in which a search grows by one round at most: a target that grants a burst would
otherwise hide for too long that it has a rate."""
CUT = 0.93
"""What is kept of a width that was refused."""
SLACK = 1.6
"""How much quicker starts may follow one another where it is those at once that count: after a
pause they would otherwise all leave in the same moment."""
FAR = 0.7
"""Where less than this share of the width was taken, it was far too much, and cut to what was."""
STEP = 0.03
"""By how much the width grows towards one that was refused before."""
CLOSE = 0.97
"""How near to a width that was refused it may be tried at once, as a share of it."""
PROBE = 0.15
"""By how much it grows or shrinks to see whether that is better."""
BUDGET = 0.005
"""The share of requests that may be refused while wider is tried than was refused before."""
SHY = 20.0
LONGEST_SHY = 900.0
"""Seconds after a refusal before wider is tried again, twice as long each time in vain."""
GAIN = 0.35
"""What more width must bring to be kept, as a share of what it could bring."""
QUEUE = 1.3
"""By how much latency grows, against an idle target, before less width is tried."""
SMOOTHED = 0.02
"""What one answer counts for in the mean latency."""
FORGOTTEN = 600.0
"""Seconds after which it counts no more how quick a target once was."""
SLOW = 1.7
"""By how much latency grows before a search stops: jitter alone is less."""
ROUNDS_AFTER_REFUSAL = 8
ROUNDS_AFTER_PROBE = 4
LONGEST_WAIT = 64


@dataclass(slots=True)
class _Round:
    """What came in since `began`, of requests that started in this round."""

    began: float
    accepted: int = 0
    slowness: float = 0.0
    latency: float = 0.0
    full: bool = False

    def throughput(self, now: float) -> float:
        return self.accepted / max(now - self.began, 1e-6)


@dataclass(slots=True)
class Controller:
    """The width: requests that may be under way, with fractions, between a fraction of one and the
    `ceiling`. `rate` is the starts a second that hold a width of fractions."""

    ceiling: int
    width: float = START
    refused: int = 0
    accepted: int = 0
    _searching: bool = True
    _bad: float = math.inf
    _slots: bool = False
    _latency: float = 0.0
    _idle: dict[str, tuple[float, float]] = field(default_factory=dict)
    _round: _Round = field(default_factory=lambda: _Round(-math.inf))
    _last: tuple[float, float] | None = None
    _probing: float = 0.0
    _recent: float = 1.0
    _up: bool = True
    _held: float = 0.0
    _clean: int = 0
    _wait: int = ROUNDS_AFTER_PROBE
    _cut_at: float = -math.inf
    _cut_width: float = 0.0
    _shy: float = SHY
    _stride: float = STEP
    _crossed: bool = True
    _judged: int = 0
    _taken: int = 0

    def __post_init__(self) -> None:
        self.width = min(self.width, float(self.ceiling))

    @property
    def limit(self) -> int:
        """How many requests may be under way."""
        whole = math.floor(self.width) if self._slots else math.ceil(self.width - 0.02)
        return max(1, min(self.ceiling, whole))

    @property
    def rate(self) -> float | None:
        """Starts a second that the width stands for; None as long as nothing was refused."""
        if math.isinf(self._bad) or not self._latency:
            return None
        return self.width / self._latency * (SLACK if self._slots else 1.0)

    def accept(self, kind: str, latency: float, under_way: int, now: float) -> None:
        """Learn from a request that was done or refused on its merits. `kind` are requests alike,
        `under_way` how many are still."""
        self.accepted += 1
        self._latency += max(SMOOTHED, 1 / self.accepted) * (latency - self._latency)
        self._learn(kind, latency, now)
        started = now - latency
        if started < self._cut_at:
            self._judge(taken=True)
            return
        self._count(latency / self._idle[kind][0], latency, started, under_way, now)

    def refuse(self, latency: float, under_way: int, now: float) -> bool:
        """Learn from a request that was too much (429). Whether it is the first of its kind: those
        that were under way with it say nothing more."""
        self.refused += 1
        if now - latency < self._cut_at:
            self._judge(taken=False)
            return False
        self._cut(under_way, now)
        return True

    def overloaded(self, latency: float, now: float) -> bool:
        """Learn from a request that the target could not take at all (503, no answer in time): half
        the width, once for all that were under way together."""
        if now - latency < self._cut_at:
            return False
        self._cut_at = now
        self._judged = 0
        self._bad = max(1.0, self.width)
        self._settle(max(1.0, self.width / 2))
        return True

    def _learn(self, kind: str, latency: float, now: float) -> None:
        """What an idle target takes for this kind: the least that was seen, forgotten slowly."""
        idle, seen = self._idle.get(kind, (latency, now))
        share = 0.2 if latency < idle else min(1.0, (now - seen) / FORGOTTEN)
        self._idle[kind] = (idle + share * (latency - idle), now)

    # Refusals.

    def _cut(self, under_way: int, now: float) -> None:
        self._cut_at, self._cut_width = now, self.width
        self._judged = under_way if under_way > FAR * self.width else 0
        self._taken = 0
        if self.width >= self._bad:
            self._shy = min(LONGEST_SHY, 2 * self._shy)  # it is still too much
        # One more at once than was taken before, at no higher a rate: then it counts those at once.
        before = max(1.0, self.limit - 1.0)
        self._slots = self._crossed
        self._bad = before + 0.03 if self._slots else self.width
        share = self.refused / (self.refused + self.accepted)
        width = self.width * (CUT if share < 2 * BUDGET else CUT * CUT)
        if self._slots:
            width = self._bad
        self._stride = STEP
        self._settle(width)
        self._wait = ROUNDS_AFTER_REFUSAL

    def _judge(self, *, taken: bool) -> None:
        """What was under way when something was refused: as much as was taken is what fits."""
        if not self._judged:
            return
        self._judged -= 1
        self._taken += taken
        if not self._judged and self._taken:
            fits = max(self._taken + 0.5, self._cut_width / 2)
            if fits < FAR * self._cut_width:
                self.width = min(self.width, fits)

    def _settle(self, width: float) -> None:
        self.width = max(0.05, min(width, float(self.ceiling)))
        self._searching = False
        self._probing, self._last, self._clean, self._crossed = 0.0, None, 0, False
        self._round = _Round(-math.inf)  # it begins with the first request after this

    # Rounds.

    def _count(
        self, slowness: float, latency: float, started: float, under_way: int, now: float
    ) -> None:
        here = self._round
        if math.isinf(here.began):
            here = self._round = _Round(started)
        here.full = here.full or under_way + 1 >= self.limit
        here.accepted += 1
        self._recent += (slowness - self._recent) / max(5.0, self.limit / 2)
        here.slowness += slowness
        here.latency += latency
        if self._searching:
            self._search(now)
        elif self._over(now):
            self._weigh(now)

    def _over(self, now: float) -> bool:
        here = self._round
        long = max(3 * self._latency, 0.8)
        return here.accepted >= max(20, 2 * self.limit) and now - here.began >= long

    def _search(self, now: float) -> None:
        """Grow a little with each answer; look after each round whether it brought anything."""
        here = self._round
        before = self.limit
        pace = min(1.0, self._latency / SLOWEST_ROUND)
        if here.full and self._recent < SLOW:
            self.width = min(float(self.ceiling), self.width + GROWTH * pace)
        self._crossed = self._crossed or self.limit > before
        if self._recent >= SLOW:
            self._settle(self.width * QUEUE / self._recent)
            self._wait = 1
            return
        if here.accepted < max(10, before) or now - here.began < self._latency:
            return
        flow = here.throughput(now)
        if self.width >= self.ceiling:
            self._settle(self.width)
            return
        self._last = (self.width, flow)
        self._round = _Round(now)

    def _weigh(self, now: float) -> None:
        """After a round at rest: keep, or try a little more or less."""
        here = self._round
        flow, slowness = here.throughput(now), here.slowness / here.accepted
        self._round = _Round(now)
        self._held = self.width
        self._clean += 1
        self._crossed = False
        if not here.full:
            return
        if self._probing:
            self._answer(flow, slowness, now)
        elif self._clean >= self._wait:
            self._try(flow, slowness, now)

    def _try(self, flow: float, slowness: float, now: float) -> None:
        self._clean = 0
        wider = self._wider(now)
        narrower = max(1.0, self.width * (1 - PROBE)) if slowness > QUEUE else self.width
        ways = [wider, narrower] if self._up and slowness < SLOW else [narrower, wider]
        to = next((way for way in ways if way != self.width), self.width)
        if to == self.width:
            return
        before = self.limit
        self._last, self._probing = (self.width, flow), to - self.width
        self.width, self._slots = to, self._slots and to < self.width
        self._crossed = self.limit > before

    def _wider(self, now: float) -> float:
        """The next width to try: freely where nothing was ever refused, in small steps below what
        was, and beyond it only where few were refused so far."""
        if math.isinf(self._bad):
            return min(float(self.ceiling), self.width * (1 + PROBE) + 0.5)
        step = max(self.width * (1 + self._stride), (self.width + CLOSE * self._bad) / 2)
        few = self.refused + 2 < BUDGET * (self.accepted + self.refused)
        allowed = few and now - self._cut_at >= self._shy
        if step >= self._bad and not allowed:
            return self.width
        return min(float(self.ceiling), step)

    def _answer(self, flow: float, slowness: float, now: float) -> None:
        """Whether the width that was tried is better than the one before."""
        assert self._last is not None  # noqa: S101 - a try always has one before
        width, was = self._last
        share = self.width / width - 1
        gained = flow / max(was, 1e-6) - 1
        good = gained > GAIN * share if share > 0 else gained > -0.03
        refused_once = not math.isinf(self._bad) and share > 0
        self._probing, self._last, self._clean = 0.0, None, 0
        if refused_once and self.width > self._bad:
            self._stride = min(2 * STEP, 1.5 * self._stride)  # it takes more than it did
        if good or refused_once:
            self._up = share > 0
            self._wait = ROUNDS_AFTER_PROBE
            if good:
                self._try(flow, slowness, now)  # the same way again, from what was just measured
        else:
            self.width = width
            self._up = share < 0
            self._wait = min(LONGEST_WAIT, max(self._wait, ROUNDS_AFTER_PROBE) * 2)
