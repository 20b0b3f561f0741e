"""Errors by what the reader does about them, each with a code that the runbook explains.

    MigrateError
      ConfigurationError   exit 2   fix the configuration, credentials or the command
      MappingError         exit 4   fix a mapping
      DataError            exit 3   fix the data
      StoppedError         exit 5   wait, or type the same command again
      LookError            exit 6   a person must look: in doubt, conflict, differences
      BugError             exit 1   report a bug

Every code of `migrate.codes` has a heading in `runbooks/errors.md`; a test holds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, ClassVar

from migrate.codes import CODES


class Exit(IntEnum):
    """Exit codes, as the runbooks promise them."""

    OK = 0
    BUG = 1
    USAGE = 2
    SOME_FAILED = 3
    MAPPING = 4
    STOPPED = 5
    DIFFERENCES = 6
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, what was expected, what to do.

    `place` is `file:line` or a record key. `near` are legal values that look similar.
    `message` and `expected` never hold ticket text, personal data or secrets.
    """

    code: str
    place: str
    message: str
    expected: str = ""
    remedy: str = ""
    near: tuple[str, ...] = ()
    warning: bool = False

    @property
    def what_to_do(self) -> str:
        return self.remedy or CODES[self.code].remedy

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "remedy": self.what_to_do}


class MigrateError(Exception):
    """A stop that a person can act on. Holds every problem found, not only the first."""

    exit_code: ClassVar[Exit] = Exit.BUG

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = (
            [problems] if isinstance(problems, Problem) else list(problems)
        )
        super().__init__("; ".join(f"{p.place}: {p.message}" for p in self.problems))


class ConfigurationError(MigrateError):
    """Fix the configuration, the credentials or the command."""

    exit_code = Exit.USAGE
    of_one: ClassVar[bool] = False
    """Whether it is about one record of the target, so that the others go on."""


class MappingError(MigrateError):
    """Fix a mapping; nothing was loaded."""

    exit_code = Exit.MAPPING


class DataError(MigrateError):
    """Fix the data; the rest of the run went on."""

    exit_code = Exit.SOME_FAILED


class StoppedError(MigrateError):
    """Stopped in a safe place; the same command goes on."""

    exit_code = Exit.STOPPED


class LookError(MigrateError):
    """A person must look."""

    exit_code = Exit.DIFFERENCES


class BugError(MigrateError):
    """Ours to mend."""

    exit_code = Exit.BUG
