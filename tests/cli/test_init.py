"""A new workspace is fit to be used, and what its files show as examples may be written."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest
from service_desk import Desk

from migrate.cli.main import run
from migrate.config import load_config
from migrate.errors import Exit
from migrate.extract.aliases import tables
from migrate.templates import FILES
from migrate.transform.mapping import VALUE_LISTS
from migrate.transform.mapping_files import read_mappings

_EXAMPLE = re.compile(r"^( *)# (?=- |  +\S|[\w*\"][^.]*: )(.*)$", re.MULTILINE)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    folder = tmp_path / "bruker støtte"
    assert Desk(tmp_path, None).run("init", str(folder)) == 0  # type: ignore[arg-type]
    return folder


def _take_the_examples(folder: Path) -> None:
    """Every example of a comment as if somebody had taken the `#` away."""
    for file in folder.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(_EXAMPLE.sub(r"\1\2", text), encoding="utf-8")


def test_a_new_workspace_has_a_configuration_and_empty_mappings(new: Path) -> None:
    config = load_config(new)
    assert (config.source.type, config.target.connections) == ("sql", 16)
    mappings, problems = read_mappings(new / config.mappings)
    assert problems == []
    assert mappings.values == {name: {} for name in VALUE_LISTS}
    assert (mappings.units, mappings.sprints, mappings.services) == ({}, {}, {})


def test_the_state_and_databases_are_kept_out_of_version_control(new: Path) -> None:
    ignored = (new / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert f"{load_config(new).state.folder}/" in ignored
    assert {"*.db", "*.db-wal", "*.db-shm"} <= set(ignored)


def test_the_examples_in_comments_are_valid(new: Path) -> None:
    _take_the_examples(new)
    config = load_config(new)
    incidents = tables(config.source)["incidents"]
    assert incidents.fields["pending_until"].column == "RB_PENDING_UNTIL"
    assert "pending_code" not in incidents.fields
    mappings, problems = read_mappings(new / config.mappings)
    assert problems == []
    assert mappings.sprints["pilot"].units == ["it"]
    assert list(mappings.values["status"]) == ["Pending Customer"]
    assert mappings.values["status"]["Pending Customer"].state == "on_hold"
    assert mappings.values["category"]["Network/Wireless"].target == "IT/Network"
    assert mappings.services["Wireless"].default_group == "IT-NETWORK"


def test_a_workspace_is_never_made_over_another(new: Path) -> None:
    (new / "migrate.yaml").write_text("mine", encoding="utf-8")
    assert Desk(new, None).run("init", str(new)) == 2  # type: ignore[arg-type]
    assert (new / "migrate.yaml").read_text(encoding="utf-8") == "mine"
    assert set(FILES) == {str(file.relative_to(new)) for file in new.rglob("*") if file.is_file()}


def test_where_nothing_can_be_written_it_says_so_and_is_no_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        assert run(["init", str(tmp_path / "desk")]) == Exit.STOPPED
    assert "the disk is full" in capsys.readouterr().err
    assert run(["init", str(tmp_path / "desk")]) == Exit.OK
