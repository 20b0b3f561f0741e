"""Every kind of problem, by what the reader does about it; `runbooks/errors.md` explains each."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.codes import bug, configuration, data, look, mapping, wait


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem: who acts (`action`), a title, and the remedy in one sentence."""

    action: str
    title: str
    remedy: str


_BY_ACTION = {
    "fix the configuration": configuration.TEXTS,
    "fix a mapping": mapping.TEXTS,
    "fix the data": data.TEXTS,
    "wait": wait.TEXTS,
    "look": look.TEXTS,
    "report a bug": bug.TEXTS,
}

CODES: dict[str, Code] = {
    code: Code(action, *texts)
    for action, codes in _BY_ACTION.items()
    for code, texts in codes.items()
}
