"""The mappings as a commit has them, from a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from migrate.errors import ConfigurationError
from migrate.state.versions import at_revision


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Unni", "-c", "user.email=unni@example.no"]
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose mappings lie in a folder below its top, with Norwegian names."""
    folder = tmp_path / "repo" / "flytting på norsk" / "mappings"
    unit = folder / "units" / "økonomi"
    unit.mkdir(parents=True)
    (unit / "groups.yaml").write_bytes("- source: ØK-LØNN\r\n".encode())
    (folder / "notater.txt").write_text("ikke YAML", encoding="utf-8")
    (folder / "policy.yaml").symlink_to("/etc/hostname")
    (folder.parent / "sprints.yaml").write_text("- name: pilot\n", encoding="utf-8")
    _git(tmp_path, "init", "--initial-branch", "main", "repo")
    _git(tmp_path / "repo", "add", ".")
    _git(tmp_path / "repo", "commit", "--message", "En")
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    root = folder.parent
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_commit_is_read_as_it_was_byte_by_byte(folder: Path) -> None:
    groups = folder / "units" / "økonomi" / "groups.yaml"
    groups.write_text("- source: ANNET\n", encoding="utf-8")
    (folder.parent / "sprints.yaml").unlink()
    for revision in ("HEAD", "main"):
        with at_revision(folder, revision) as found:
            assert _files(found) == {
                "mappings/units/økonomi/groups.yaml": "- source: ØK-LØNN\r\n".encode(),
                "sprints.yaml": b"- name: pilot\n",
            }
        assert not found.exists()
    assert groups.read_text(encoding="utf-8") == "- source: ANNET\n"


def test_a_commit_before_the_mappings_has_none(folder: Path) -> None:
    _git(folder, "rm", "-r", "-f", "--quiet", ".")
    _git(folder.parent, "commit", "--message", "To")
    folder.mkdir(exist_ok=True)
    with at_revision(folder, "HEAD") as found:
        assert list(found.iterdir()) == []


@pytest.mark.parametrize("revision", ["nowhere", "--help", "-n", "HEAD:policy.yaml", ""])
def test_what_is_no_version_is_refused(folder: Path, revision: str) -> None:
    with pytest.raises(ConfigurationError) as error, at_revision(folder, revision):
        pass
    assert error.value.problems[0].code == "revision-unknown"


def test_outside_a_repository_there_is_no_version(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error, at_revision(tmp_path, "HEAD"):
        pass
    assert error.value.problems[0].code == "revision-unknown"
    assert "in no git repository" in error.value.problems[0].message
