from __future__ import annotations

import re
import subprocess
import sys

import pytest

from migrate.console import Console
from migrate.errors import Problem

STEERING = "IM1\x1b[31m\x07\x9b2J"


def test_a_key_that_would_steer_the_terminal_is_only_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console()
    console.say(f"Ny linje\n{STEERING}")
    console.table("Units by phase", ["unit"], [[STEERING]])
    console.problems([Problem("record-key-empty", STEERING, "is empty")])
    console.error([Problem("record-key-empty", STEERING, "is empty")], 3)
    said = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b"} & set(said.out + said.err)
    assert "Ny linje\nIM1␛[31m␇" in said.out


def test_the_rate_of_a_phase_that_begins_again_with_another_unit_is_of_that_unit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migrate.console._LINE_SECONDS", 0.0)
    with Console().progress("load") as update:
        for done in (500, 900, 3):
            update("plan", done, None)
    assert capsys.readouterr().err.splitlines()[-1] == "plan: 3, 0/s"


def test_a_command_to_copy_is_never_broken_over_two_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    console = Console(workspace="'a folder with blanks'")
    console.next("migrate load --sprint a-sprint-with-a-long-name --looked NAME")
    console.error([Problem("snapshot-empty", "state/snapshot.db", "nothing was read yet")], 2)
    said = capsys.readouterr()
    load = "load --sprint a-sprint-with-a-long-name --looked NAME"
    assert f"Next: migrate --workspace 'a folder with blanks' {load}" in said.out.splitlines()
    assert "Run `migrate --workspace 'a folder with blanks' extract`." in said.err


def test_what_must_be_mended_comes_before_warnings_and_those_alike_share_a_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    fields = [f"field_{number}" for number in range(30)]
    lacking = [
        Problem("source-column-missing", "a.csv:1", f"has no column for {name}", warning=True)
        for name in fields
    ]
    console = Console()
    console.problems([*lacking, Problem("snapshot-empty", "state/snapshot.db", "nothing yet")])
    said = capsys.readouterr().out
    assert said.index("nothing yet") < said.index("field_0")
    assert all(name in said for name in fields)
    assert said.count("a.csv:1") == said.count("warning: source-column-missing") == 1
    assert "The others in the same way." in said
    assert len(console.document["problems"]) == 31


def test_a_terminal_that_is_too_narrow_for_a_table_breaks_no_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = ["unit", "phase", "skipped", "verified", "waiting", "HPSM records", "activities"]
    row = ["vakt-service", "foundation", 120, 1167, "", 119, 0]
    for width, word in (("100", "━"), ("50", "verified: 1 167;")):
        monkeypatch.setenv("COLUMNS", width)
        Console().table("Units by phase", columns, [row])
        said = capsys.readouterr().out
        assert word in said
        assert all(len(line) <= int(width) for line in said.splitlines())
        assert {"vakt-service", "foundation"} <= set(re.findall(r"[a-z-]+", said))
    assert "waiting" not in said


def test_a_command_whose_reader_has_left_goes_on_to_its_end() -> None:
    code = (
        "from migrate.console import Console\n"
        "import sys\n"
        "console = Console()\n"
        "for _ in range(10_000): console.say('x' * 100)\n"
        "print('the end', file=sys.stderr)\n"
    )
    piped = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | true; exit "${PIPESTATUS[0]}"', sys.executable, code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (piped.returncode, piped.stderr) == (0, "the end\n")
