"""The mappings as a commit of their git repository has them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.errors import ConfigurationError, Problem

_FILES = ("100644", "100755")
"""The modes of files; links and submodules are not read."""


@contextmanager
def at_revision(folder: Path, revision: str) -> Iterator[Path]:
    """The folder of the mappings as it was at a commit, branch or tag, for as long as it is looked
    at; `sprints.yaml` beside it too.

    Raises ConfigurationError (`revision-unknown`) where git is not there, the folder is in no
    repository, or the repository has no such version.
    """
    folder = folder.resolve()
    top = Path(_git(folder, revision, "rev-parse", "--show-toplevel").decode().strip()).resolve()
    commit = _git(
        folder,
        revision,
        "rev-parse",
        "--quiet",
        "--verify",
        "--end-of-options",
        f"{revision}^{{commit}}",
    )
    inside = folder.relative_to(top)
    beside = inside.parent / "sprints.yaml"
    listed = _git(
        top,
        revision,
        *("ls-tree", "-r", "-z", "--full-tree", commit.decode().strip(), "--"),
        *(inside.as_posix(), beside.as_posix()),
    )
    with tempfile.TemporaryDirectory(prefix="migrate-version-") as temporary:
        root = Path(temporary)
        (root / folder.name).mkdir()
        for line in filter(None, listed.split(b"\0")):
            about, _, name = line.partition(b"\t")
            mode, _, blob = about.decode().split()
            path = Path(name.decode())
            if mode not in _FILES or path.suffix not in (".yaml", ".yml"):
                continue
            place = root / path.relative_to(inside.parent)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_git(top, revision, "cat-file", "blob", blob))
        yield root / folder.name


def _git(folder: Path, revision: str, *arguments: str) -> bytes:
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program; the revision is behind an end
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - whichever git they use
            capture_output=True,
            check=False,
        )
    except OSError:
        raise _unknown(revision, "git is not there") from None
    if answer.returncode:
        said = answer.stderr.decode(errors="replace").strip().splitlines()
        if said and "not a git repository" in said[-1]:
            raise _unknown(
                revision, "the mappings are in no git repository yet: git init, git commit"
            )
        raise _unknown(revision, said[-1] if said else "git has no such version")
    return answer.stdout


def _unknown(revision: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        Problem("revision-unknown", revision, why, expected="a commit, branch or tag")
    )
