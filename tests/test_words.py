"""What the tool proposes, it says why in Norwegian too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import migrate.cli
import migrate.transform
from migrate.words import NORWEGIAN, why

TRANSFORM = Path(migrate.transform.__file__).parent


def _reasons() -> Iterator[str]:
    """The reasons of proposals for articles, texts, services, links and forms, as the code has
    them; what stands in braces is somebody's own words."""
    for name in ("propose_content", "propose_forms"):
        for node in ast.walk(ast.parse((TRANSFORM / f"{name}.py").read_text("utf-8"))):
            told: ast.expr | None = None
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "reason":
                told = node.value
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                told = node.value.elts[-1]
            if isinstance(told, ast.Constant) and isinstance(told.value, str):
                yield told.value
            elif isinstance(told, ast.JoinedStr):
                parts = (
                    part.value if isinstance(part, ast.Constant) else "x" for part in told.values
                )
                yield "".join(map(str, parts))


def test_every_reason_has_words_in_norwegian() -> None:
    found = set(_reasons())
    assert len(found) > 7
    assert {reason for reason in found if why(reason, "nb") == reason} == set()
    assert {reason for reason in found if why(reason, "en") != reason} == set()


def _of_tables() -> Iterator[str]:
    """The titles and headings of the tables that commands show."""
    for file in (Path(migrate.cli.__file__).parent).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "table":
                for argument in node.args[:2]:
                    words = argument.elts if isinstance(argument, ast.List) else [argument]
                    for word in words:
                        if isinstance(word, ast.Constant) and isinstance(word.value, str):
                            yield word.value


def test_every_title_and_heading_has_a_word_in_norwegian() -> None:
    found = set(_of_tables())
    assert len(found) > 60
    assert found - NORWEGIAN == set()
