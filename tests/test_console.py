from __future__ import annotations

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
