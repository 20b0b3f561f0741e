"""The demo: the main job from end to end, in one command."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

from service_desk import ENVIRONMENT, document

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "mappings"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _demo(folder: Path, port: int, *options: str) -> str:
    result = subprocess.run(
        [
            *(sys.executable, "-m", "migrate", "demo", "--folder", folder),
            *("--mappings", MAPPINGS, "--port", str(port), *options),
        ],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr
    return result.stdout


def test_the_demo_moves_the_pilot_and_a_second_time_writes_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    first = document(_demo(tmp_path / "demo", port, "--json"))
    commands = [step["command"][0] for step in first["steps"]]
    assert commands == ["extract", "map", "plan", "load", "verify", "status"]
    assert first["next"].startswith("migrate ")
    again = _demo(tmp_path / "demo", port)
    assert "0 writes: nothing was left that could be done." in again
    assert again.count(" 0 differences.") == 3
    shown = {line.rstrip() for line in again.splitlines()}
    [table] = re.findall(r"^```text\n(Units by phase\n.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert [line for line in table.splitlines() if line not in shown] == []
