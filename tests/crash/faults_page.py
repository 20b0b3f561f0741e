"""The outcome of a long crash run, as a page of the documentation."""

from __future__ import annotations

from datetime import UTC, datetime

from cells import FAULTS, LEFT_OUT, REQUESTS
from outcome import Result

INTRODUCTION = """\
# What was done to a load, and what it did

`make crash-long` runs the real command line in processes of its own against the simulated TOPdesk
over HTTP, and counts in that TOPdesk what is there, beside what an undisturbed load makes. Each
number in a matrix is how often a fault met a step. A fault beyond the settle window cannot be
prevented from doubling something: `migrate verify` has to tell each of them.
"""

_SECTION = """\
## The run of {date} with seed {seed}

{minutes:.0f} minutes.

| | |
|---|--:|
| faults | {faults:,} |
| of them SIGKILL | {kills:,} |
| … in the middle of a commit | {commits:,} |
| answers lost after the work was done | {lost_answers:,} |
| answers or work after the time-out | {late:,} |
| restarts of the target | {restarts:,} |
| loads | {loads:,} |
| rounds | {rounds} |
| records counted in the target | {records:,} |
| duplicates | {duplicates} |
| lost | {lost} |
| entries in the wrong place | {misplaced} |
| entries shown to the wrong people | {visibility} |
| doubled by work beyond the settle window | {beyond:,} |
| … and told by `verify` | {shown:,} |

{matrix}

{cells}{left}{broken}
"""


def section(result: Result, seed: int, minutes: float) -> str:
    """One run, in Markdown."""
    cells = sorted(result.sends)
    rare = [f"{f} × {c}" for f, c in result.matrix.lacking(FAULTS, cells)]
    said = (
        f"Fewer than {result.matrix.least} times: {'; '.join(rare)}.\n"
        if rare
        else (f"Every fault met every step at least {result.matrix.least} times.\n")
    )
    if result.ended:
        said += f"\nJobs that the harness itself gave up: {', '.join(result.ended)}.\n"
    left = sorted(LEFT_OUT | (REQUESTS.keys() - result.matrix.steps))
    return _SECTION.format(
        date=datetime.now(UTC).date().isoformat(),
        seed=seed,
        minutes=minutes,
        faults=result.matrix.total,
        kills=result.kills,
        commits=result.mid_commit,
        lost_answers=result.lost_answers,
        late=result.late,
        restarts=result.restarts,
        loads=result.loads,
        rounds=", ".join(f"{name} {number}" for name, number in result.rounds.items()),
        records=result.records,
        duplicates=result.duplicates,
        lost=result.lost,
        misplaced=result.misplaced,
        visibility=result.visibility,
        beyond=result.beyond,
        shown=result.shown,
        matrix=result.matrix.markdown(),
        cells=said,
        left=f"\nSteps that this run does not aim at: {', '.join(left)}.\n" if left else "",
        broken="".join(f"\nBROKEN: {text.splitlines()[0]}\n" for text in result.broken),
    )
