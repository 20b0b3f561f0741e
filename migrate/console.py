"""How things are shown: tables for people, one JSON document for programs, progress on stderr."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import click
import orjson
from rich.console import Console as Rich
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from migrate.codes import CODES
from migrate.errors import Problem
from migrate.words import translate

_LINE_SECONDS = 10.0
_SHOWN = 20
"""The most problems that a stop shows to a person."""
_COMMAND = re.compile("`migrate (?!--workspace |init )")
_STEERING = {
    **{code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"},
    **dict.fromkeys(range(0x7F, 0xA0), 0xFFFD),
}
"""Control characters → what is shown of them."""

Update = Callable[[str, int, int | None], None]
"""Phase, done so far, total (None: not known)."""


@dataclass
class Console:
    """Where a command speaks. With `json`, stdout holds one document, written at the end."""

    json: bool = False
    lang: str = "en"
    workspace: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    out: Rich = field(default_factory=lambda: _rich(stderr=False))
    err: Rich = field(default_factory=lambda: _rich(stderr=True))
    _bar: Progress | None = None

    def say(self, text: str) -> None:
        """A line for a person; programs get `data`."""
        if not self.json:
            self.out.print(_shown(text), soft_wrap=True)

    def notice(self, text: str) -> None:
        """A line for a person who watches, on stderr: it goes beside the progress, and no JSON
        document has it."""
        self._complain(text)

    def data(self, name: str, value: Any) -> None:
        """A part of the JSON document."""
        self.document[name] = value

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Rows under columns; where the terminal is too narrow for that, a row is a line of its
        own that says what each value is."""
        if self.json:
            return
        word = partial(translate, lang=self.lang)
        if not rows:
            self.out.print(_shown(f"{word(title)}: {word('(none)')}"), soft_wrap=True)
            return
        table = Table(title=word(title), title_justify="left", title_style="bold", show_edge=False)
        for column in columns:
            numeric = all(isinstance(row[columns.index(column)], int) for row in rows)
            justify: Literal["left", "right"] = "right" if numeric else "left"
            table.add_column(word(column), justify=justify, overflow="fold")
        cells = [[word(_cell(value)) for value in row] for row in rows]
        for row in cells:
            table.add_row(*map(_shown, row))
        if self._fits(table):
            self.out.print(table)
            return
        self.out.print(_shown(word(title), style="bold"))
        for first, *rest in cells:
            named = (
                f"{word(c)}: {value}" for c, value in zip(columns[1:], rest, strict=True) if value
            )
            self.out.print(Padding(_shown("; ".join((first, *named))), (0, 0, 0, 1)))

    def _fits(self, table: Table) -> bool:
        """Whether no word of it would have to be broken."""
        endless = self.out.options.update(max_width=10_000)
        return Measurement.get(self.out, endless, table).minimum <= self.out.width

    def problems(self, problems: Sequence[Problem], title: str = "Problems") -> None:
        """Every problem: where, what is wrong, what to do. What must be mended comes first, and
        warnings that say the same of one place share a row."""
        self.document.setdefault("problems", []).extend(p.to_json() for p in problems)
        if self.json or not problems:
            return
        word = partial(translate, lang=self.lang)
        table = Table(title=word(title), title_justify="left", title_style="bold", show_lines=True)
        for column in ("where", "what is wrong", "what to do"):
            table.add_column(word(column), overflow="fold")
        for alike in _rows(problems):
            first = alike[0]
            wrong = [line for problem in alike for line in _wrong(problem, word)]
            warning = f"{word('warning')}: " if first.warning else ""
            wrong.append(f"({warning}{first.code})")
            remedy = self.from_here(first.what_to_do)
            if len(alike) > 1:
                remedy += f"\n{word('The others in the same way.')}"
            table.add_row(_shown(first.place), _shown("\n".join(wrong)), _shown(remedy))
        self.out.print(table)

    def next(self, command: str) -> None:
        """The next command to type, from where this one was; every run ends with one."""
        if self.workspace and command.startswith("migrate ") and " --workspace " not in command:
            command = command.replace("migrate ", f"migrate --workspace {self.workspace} ", 1)
        self.document["next"] = command
        if not self.json:
            line = _shown(f"\n{translate('Next', self.lang)}: {command}", style="bold")
            self.out.print(line, soft_wrap=True)

    def from_here(self, text: str) -> str:
        """A text whose commands, in backticks, find the workspace from where this one was typed."""
        if not self.workspace:
            return text
        return _COMMAND.sub(lambda _: f"`migrate --workspace {self.workspace} ", text)

    def finish(self) -> None:
        """Write the JSON document, where one is wanted."""
        if self.json:
            sys.stdout.write(
                orjson.dumps(self.document, option=orjson.OPT_INDENT_2, default=str).decode() + "\n"
            )

    def error(self, problems: Sequence[Problem], exit_code: int) -> None:
        """A stop: what happened, who acts, what to do."""
        self.document.setdefault("problems", []).extend(p.to_json() for p in problems)
        self.document["exit"] = exit_code
        if self.json:
            return
        for problem in problems[:_SHOWN]:
            code = CODES.get(problem.code)
            self._complain(f"{problem.place}: {problem.message}", style="bold red")
            if problem.expected:
                self._complain(f"  expected: {problem.expected}")
            if problem.near:
                self._complain(f"  near: {', '.join(problem.near)}")
            action = f"{code.action}: " if code else ""
            self._complain(f"  {action}{self.from_here(problem.what_to_do)}  [{problem.code}]")
        if (more := len(problems) - _SHOWN) > 0:
            self._complain(f"… and {more} more; --json has them all.")

    def _complain(self, line: str, style: str = "") -> None:
        self.err.print(_shown(line, style), soft_wrap=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[Update]:
        """Yields `update(phase, done, total)`: a bar on a terminal's stderr, and elsewhere a line
        every `_LINE_SECONDS`, so that a log of the night shows that it went on."""
        if not self.err.is_terminal:
            yield _Lines(self.err)
            return
        self._bar = bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self.err,
            transient=True,
        )
        tasks: dict[str, Any] = {}
        with bar:

            def update(phase: str, done: int, total: int | None) -> None:
                if phase not in tasks:
                    tasks[phase] = bar.add_task(phase, total=total, rate="")
                speed = bar.tasks[tasks[phase]].speed
                rate = f"{speed:.0f}/s" if speed else ""
                bar.update(tasks[phase], completed=done, total=total, rate=rate)

            yield update
        self._bar = None

    @property
    def can_ask(self) -> bool:
        """Whether a person sits before this."""
        return not self.json and sys.stdin.isatty()

    def ask(self, question: str) -> bool:
        """Ask a person; the progress stands still meanwhile. Without an answer nothing goes on."""
        if self._bar:
            self._bar.stop()
        try:
            return click.confirm(question, default=None, err=True)
        finally:
            if self._bar:
                self._bar.start()


def _rows(problems: Sequence[Problem]) -> list[list[Problem]]:
    """The rows of a table of problems: what must be mended one by one, then warnings by place and
    code."""
    alone = [[problem] for problem in problems if not problem.warning]
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        if problem.warning:
            alike.setdefault((problem.place, problem.code), []).append(problem)
    return [*alone, *alike.values()]


def _wrong(problem: Problem, word: Callable[[str], str]) -> Iterator[str]:
    yield problem.message
    if problem.expected:
        yield f"{word('expected')}: {problem.expected}"
    if problem.near:
        yield f"{word('near')}: {', '.join(problem.near)}"


class _Lines:
    """Progress for a log: one line a while, with what is done, the rate and what is left."""

    def __init__(self, out: Rich) -> None:
        self._out = out
        self._began: dict[str, tuple[float, int]] = {}
        self._spoke = time.monotonic()

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        began, start = self._began.setdefault(phase, (now, done))
        if done < start:  # another unit begins the same phase
            self._began[phase] = began, start = now, done
        if now - self._spoke >= _LINE_SECONDS:
            self._spoke = now
            rate = (done - start) / (now - began) if now > began else 0.0
            of = f" of {total}, {total - done} left" if total is not None else ""
            self._out.print(_shown(f"{phase}: {done}{of}, {rate:.0f}/s"))


class _Unheard(Rich):
    """Says nothing more once nobody listens: who leaves `| less` stops reading, not the load."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())


def _rich(*, stderr: bool) -> Rich:
    """A terminal has its own width; a file or a pipe gets lines that are not folded early."""
    console = _Unheard(stderr=stderr, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 140
    return console


def _cell(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", " ")
    return "" if value is None else str(value)


def _shown(text: str, style: str = "") -> Text:
    """Text for a terminal: what would steer it, as a key of HPSM's can hold, is shown instead."""
    return Text(text.translate(_STEERING), style=style)
