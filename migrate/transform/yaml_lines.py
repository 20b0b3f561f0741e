"""YAML as people write it, with the line of every part.

YAML 1.2 where it matters: only `true` and `false` are logicals, so that a group called NO and an
answer `yes` stay texts. Dates and times are understood, with or without seconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

from migrate.errors import Problem

Path = tuple[str | int, ...]

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAG = "tag:yaml.org,2002:"
_SCALARS: tuple[tuple[str, str, str, Callable[[str], Any]], ...] = (
    ("null", r"~|null|Null|NULL|", "~nN\0", lambda text: None),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF", lambda text: text.lower() == "true"),
    ("int", r"[-+]?[0-9]+", "-+0123456789", int),
    ("float", r"[-+]?[0-9]*\.[0-9]+", "-+.0123456789", float),
    (
        "timestamp",
        r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:\d\d)?)?",
        "0123456789",
        lambda text: _moment(text),
    ),
)


class _Loader(_Base):  # type: ignore[misc]
    """PyYAML's loader (in C where there is one), without YAML 1.1's guesses."""

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012 - PyYAML's own way to say it


for _name, _pattern, _first, _make in _SCALARS:
    _Loader.add_implicit_resolver(
        _TAG + _name, re.compile(rf"^(?:{_pattern})$"), ["" if c == "\0" else c for c in _first]
    )

_MAKE = {_TAG + name: make for name, _, _, make in _SCALARS} | {_TAG + "str": lambda text: text}


def _moment(text: str) -> date | datetime | str:
    """A date, a time, or the text itself where no calendar has such a day."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class Document:
    """One file: plain data, and the line of every part by its path (`("review", "at")`)."""

    place: str
    data: Any
    lines: Mapping[Path, int]

    def at(self, path: Path) -> str:
        """`file:line` of the deepest part of `path` that the file has."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return f"{self.place}:{line}"
        return f"{self.place}:1"


def compose(text: str) -> Any:
    """The node tree of a one-document text, None when it is empty. Raises yaml.YAMLError."""
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8, line breaks as `\\n`, no byte order mark, composed letters.

    Raises UnicodeDecodeError. Letters are composed (NFC) because HPSM's are, and macOS writes å as
    two characters.
    """
    text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def parse(raw: bytes, place: str) -> tuple[Document | None, list[Problem]]:
    """Read one file. None where it is not YAML at all; keys that stand twice are problems, and the
    first of them counts."""
    try:
        root = compose(decoded(raw))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return None, [
            Problem("mapping-yaml", f"{place}:{line}", "not UTF-8 text", expected="UTF-8")
        ]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        why = getattr(error, "problem", None) or "it cannot be read"
        return None, [Problem("mapping-yaml", f"{place}:{line}", f"not YAML: {why}")]
    reader = _Reader(place)
    data = reader.data(root, ()) if root is not None else None
    return Document(place, data, reader.lines), reader.problems


class _Reader:
    def __init__(self, place: str) -> None:
        self.place = place
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def data(self, node: Any, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._problem("mapping-form", node, "`*alias` is not used in mappings: write it out")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.data(item, (*path, at)) for at, item in enumerate(node.value)]
        if (make := _MAKE.get(node.tag)) is None:
            self._problem("mapping-form", node, f"the tag {node.tag} is not used in mappings")
            return None
        return make(node.value)

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problem("mapping-form", key, "a key is a plain text")
            elif key.value in result:
                first = self.lines[(*path, key.value)]
                self._problem(
                    "mapping-twice", key, f'"{key.value}" stands here and on line {first}'
                )
            else:
                self.lines[(*path, key.value)] = key.start_mark.line + 1
                result[key.value] = self.data(value, (*path, key.value))
        return result

    def _problem(self, code: str, node: Any, message: str) -> None:
        self.problems.append(Problem(code, f"{self.place}:{node.start_mark.line + 1}", message))
