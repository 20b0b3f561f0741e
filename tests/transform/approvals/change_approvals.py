"""`make approvals`: thousands of changes of facts and files, one at a time, and what each lapses.

python tests/transform/approvals/change_approvals.py --changes 2500 [--seed N]
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from approval_changes import MEANING, Mutation
from approved_world import Scene, scene
from cosmetic_changes import COSMETIC

from migrate.transform.check import check
from migrate.transform.mapping_files import read_mappings


@dataclass
class Outcome:
    """How many changes were done of each kind, how many approvals lapsed, and what was wrong."""

    done: Counter[str] = field(default_factory=Counter)
    lapsed: int = 0
    wrong: list[str] = field(default_factory=list)


def many(changes: int, seed: int, folder: Path) -> Outcome:
    """`changes` changes, each on a copy of the same files, in which every approval holds."""
    draw, outcome = Random(seed), Outcome()
    base = scene(folder / "mappings")
    assert lapsed(base) == {}
    kinds = (*MEANING, *COSMETIC)
    for n in range(changes):
        mutation = kinds[n % len(kinds)]
        outcome.done[mutation.__name__] += 1
        count, problem = _once(draw, mutation, base, folder / f"changed-{n}")
        outcome.lapsed += count
        if problem:
            outcome.wrong.append(problem)
    return outcome


def lapsed(of: Scene) -> dict[str, str]:
    """Entry → what checking says of its approval: what keeps every record of it from a load."""
    mappings, problems = read_mappings(of.folder)
    assert problems == []
    at = {place: entry for entry, place in mappings.places.items() if "#" in entry}
    return {
        at[problem.place]: problem.message
        for problem in check(mappings, problems, of.facts, of.target)
        if problem.code.startswith("approval-") and not problem.warning
    }


def _once(draw: Random, mutation: Mutation, base: Scene, folder: Path) -> tuple[int, str]:
    """How many approvals lapsed, and what is wrong with that, empty where nothing is."""
    shutil.copytree(base.folder, folder)
    change = mutation(draw, replace(base, folder=folder))
    found = lapsed(change.scene)
    shutil.rmtree(folder)
    name = mutation.__name__
    if set(found) != set(change.lapses):
        return len(found), f"{name}: {sorted(found)} instead of {sorted(change.lapses)}"
    for entry, said in change.lapses.items():
        if said not in found[entry]:
            return len(found), f"{name}: {found[entry]!r} does not say {said!r}"
    return len(found), ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=2_500)
    parser.add_argument("--seed", type=int, help="draws the same changes again")
    options = parser.parse_args()
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    say(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="approvals-") as folder:
        outcome = many(options.changes, seed, Path(folder))
    meaning = {each.__name__ for each in MEANING}
    for name, number in sorted(
        outcome.done.items(), key=lambda each: (each[0] not in meaning, each)
    ):
        say(f"{name:24}{'meaning' if name in meaning else 'cosmetic':10}{number:6}")
    told = sum(outcome.done[name] for name in meaning)
    say(
        f"{told} changes of meaning, {outcome.done.total() - told} cosmetic ones; "
        f"{outcome.lapsed} approvals lapsed; {len(outcome.wrong)} changes were judged wrongly"
    )
    for problem in outcome.wrong[:20]:
        say(problem)
    return bool(outcome.wrong)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
