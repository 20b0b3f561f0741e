"""Two people edit copies of one workbook while the files change under them: whatever they do, no
cell that differs from the export is lost in silence, and what the files say is not overwritten.

A sheet is a grid of cells here, each of which knows from where it came; the edits move and change
those, and only then is a workbook made of it. So what must be accounted for is known without the
code that reads it.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from editors import Cell, Editor, plain
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sheet_world import (
    entries_of,
    lines_of,
    mappings_of,
    returned,
    world,
)

from migrate.transform.deciding import write_entries
from migrate.transform.mapping import GroupDecision, Mappings, Part, Review
from migrate.transform.sheet.columns import answer_names, answers_of, columns_of
from migrate.transform.sheet.lines import left_lines
from migrate.transform.sheet.merge import Merged
from migrate.transform.sheet.neutral import tidied
from migrate.transform.sheet.wording import Words, meaning

SEQUENCES = int(os.environ.get("SHEET_SEQUENCES", "2000"))


def _shown(merged: Merged, place: str) -> bool:
    """Whether a cell is named: by itself, or with the whole row or sheet that was refused."""
    sheet, _, cell = place.partition("!")
    row = f"{sheet}!{''.join(filter(str.isdigit, cell))}"
    if any(place in left.place.split(", ") for left in merged.left):
        return True
    named = [problem.place.partition(": ")[2] for problem in merged.problems]
    strange = [p.place for p in merged.problems if p.message == "the sheet is none of ours"]
    if any(f": {sheet}!" in each for each in strange):
        return True
    return place in named or row in named or any(each.startswith(f"{row} (") for each in named)


def _answers(mappings: Mappings) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (file, source): answers_of(file, entry)
        for file, table in entries_of(mappings).items()
        for source, entry in table.items()
    }


def _said(file: str, cell: Cell) -> str | None:
    column = next(column for column in columns_of(file) if column.name == cell.name)
    value = cell.value
    if isinstance(value, bool):
        return meaning(column, str(value).lower())
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "")
    return meaning(column, tidied(plain(text)))


def _accounted(editor: Editor, merged: Merged, exported_answers: Any, after: Any) -> None:
    """Every cell that differs is in the files, or means what was exported, or is shown."""
    for file, cell, place in editor.differing():
        if _shown(merged, place):
            continue
        if cell.name is None or cell.source is None:  # of a row that somebody made
            known = {source for named, source in after if named == file}
            taken = [each.cells.values() for each in merged.changes]
            assert str(cell.value) in known or any(place in str(each) for each in taken), place
            continue
        assert cell.name in answer_names(file), (place, cell)
        said = _said(file, cell)
        base = exported_answers[file, cell.source][cell.name]
        now = after[file, cell.source]
        if said in (base, now[cell.name]):
            continue
        if not said and base in ("", "unknown"):
            continue  # nothing instead of "don't know"
        unknown = said == "unknown" and now["action"] == "unknown"
        emptied = said == "unknown" and now[cell.name] == ""
        assert unknown or emptied, (place, cell, said, base, now)


def _not_overwritten(base: Any, before: Any, after: Any) -> None:
    """What the files said otherwise than the export, they still say."""
    for key, answers in before.items():
        for name, answer in answers.items():
            if key in base and answer != base[key][name]:
                assert after[key][name] == answer, (key, name)


def _meanwhile(folder: Path, draw: random.Random) -> None:
    """Somebody decides in the files."""
    groups = mappings_of(folder).units["ub"].groups
    entry = groups[draw.choice(list(groups))]
    decision = draw.choice(
        [
            GroupDecision(action="map", target="UB Bak disken", line="second"),
            GroupDecision(action="leave", reason="ny ordning"),
            GroupDecision(action="split", target="UB Rest", parts=[Part(target="UB Del")]),
            None,
        ]
    )
    update = draw.choice(
        [{"decision": decision, "review": Review()}, {"restricted": True}, {"note": "I fila"}]
    )
    file = folder / "units/ub/groups.yaml"
    write_entries(file, [(entry, entry.model_copy(update=update))])


@dataclass
class Tally:
    """What was seen of so many sequences."""

    edits: int = 0
    changes: int = 0
    left: int = 0
    named: int = 0


def _one_sequence(seed: int, tally: Tally) -> None:
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="two-editors-") as temporary:
        folder = world(Path(temporary) / "mappings")
        editors = []
        for name in ("kari", "ola"):
            editor = Editor(Path(temporary) / f"{name}.xlsx", draw)
            for _ in range(draw.randint(1, 8)):
                editor.edit()
            editors.append(editor)
        try:
            _come_back(folder, editors, draw, tally)
        except Exception as error:
            error.add_note("\n".join(move for editor in editors for move in editor.did))
            raise


def _come_back(folder: Path, editors: list[Editor], draw: random.Random, tally: Tally) -> None:
    """One copy after the other, while somebody decides in the files."""
    base = _answers(mappings_of(folder))
    comments = _comments(folder)
    for editor in editors:
        if draw.random() < 0.6:
            _meanwhile(folder, draw)
        before = _answers(mappings_of(folder))
        _, merged = returned(folder, editor.save(), by=f"{editor.path.stem}@example.no")
        after = _answers(mappings_of(folder))
        _accounted(editor, merged, base, after)
        _not_overwritten(base, before, after)
        _conflicts_come_back(folder, merged)
        tally.edits += len(editor.did)
        tally.changes += sum(len(change.cells) for change in merged.changes)
        tally.left += len(merged.left)
        tally.named += len(merged.problems)
    assert comments <= _comments(folder)


def _comments(folder: Path) -> set[str]:
    text = (folder / "units/ub/groups.yaml").read_text(encoding="utf-8")
    wanted = ("# Utlån", "# den største", "# som i dag", "# fra nyttår", "# Resten")
    return {comment for comment in wanted if comment in text}


def _conflicts_come_back(folder: Path, merged: Merged) -> None:
    """Everything left has its line in the small workbook, with what the person said."""
    entries = entries_of(mappings_of(folder))
    lines = {
        (line.file, line.source): line
        for line in left_lines(merged.left, lines_of(entries), Words("nb"))
    }
    for left in merged.left:
        line = lines[left.file, left.source]
        column = next(c for c in columns_of(left.file) if c.name == left.field)
        assert left.field in line.marked
        if not column.choices and left.why != "too_long":
            assert left.theirs in line.left


@given(st.integers(0, 2**63))
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_nothing_that_two_editors_do_is_lost_in_silence(seed: int) -> None:
    _one_sequence(seed, Tally())


@pytest.mark.slow
def test_nothing_is_lost_over_thousands_of_sequences(capsys: pytest.CaptureFixture[str]) -> None:
    start = random.SystemRandom().randrange(2**62)
    tally = Tally()
    for seed in range(start, start + SEQUENCES):
        try:
            _one_sequence(seed, tally)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    with capsys.disabled():
        sys.stdout.write(
            f"\n{SEQUENCES} sequences of edits by two editors, seeds from {start}:"
            f" {tally.edits} edits, {tally.changes} answers taken in, {tally.left} came back,"
            f" {tally.named} things named; 0 silent losses, every conflict shown\n"
        )
