"""FIQL, the query language of TOPdesk's lists.

`==` `!=` `=gt=` `=ge=` `=lt=` `=le=` `=sw=` `=in=(a,b)` `=out=(a,b)`; `;` is AND, `,` is OR, AND
binds closer; brackets; `null`; `*` in a value of `==` and `!=` stands for any text. A value with
blanks or one of `' " ( ) ; , = ! ~ < >` must stand in quotes, in which a backslash escapes
(developers.topdesk.com/tutorial.html). Text is compared without regard to case, as the database
collations under TOPdesk do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from migrate.simulate.topdesk import dates

Getter = Callable[[str], object]


class FiqlError(ValueError):
    """The query cannot be read, or a value does not fit its field."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value: `text` without quotes and escapes (None for null), and the pattern if it has an
    unescaped `*`."""

    text: str | None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    selector: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]


Node = Comparison | Both | Either

_SELECTOR = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_OPERATOR = re.compile(r"==|!=|=[a-z]*=")
_BARE = re.compile(r"""[^\s'"();,=!~<>]+""")
_OPERATORS = frozenset(("==", "!=", "=gt=", "=ge=", "=lt=", "=le=", "=sw=", "=in=", "=out="))


@lru_cache(maxsize=512)
def parse(text: str) -> Node:
    """The query as a tree. Raises FiqlError."""
    reader = _Reader(text)
    node = reader.either()
    if not reader.done():
        raise reader.trouble()
    return node


def selectors(node: Node) -> Iterator[Comparison]:
    """Every comparison of the tree."""
    if isinstance(node, Comparison):
        yield node
    else:
        for part in node.parts:
            yield from selectors(part)


def equalities(node: Node) -> Iterator[tuple[str, list[str]]]:
    """Comparisons that every match must pass and that an index can answer: (selector, values)."""
    parts = node.parts if isinstance(node, Both) else (node,)
    for part in parts:
        if isinstance(part, Comparison) and part.operator in ("==", "=in="):
            texts = [
                value.text
                for value in part.values
                if value.text is not None and (value.pattern is None or part.operator == "=in=")
            ]
            if len(texts) == len(part.values):
                yield part.selector, texts


def matches(node: Node, get: Getter) -> bool:
    """Whether a record fits; `get` answers a selector with its value, None, or a list of values of
    which any may fit. Raises FiqlError if a value cannot be compared with the field."""
    if isinstance(node, Both):
        return all(matches(part, get) for part in node.parts)
    if isinstance(node, Either):
        return any(matches(part, get) for part in node.parts)
    found = get(node.selector)
    values: Sequence[object] = found if isinstance(found, list) else (found,)
    if node.operator in ("!=", "=out="):
        return not any(_equal(actual, value) for actual in values for value in node.values)
    if node.operator in ("==", "=in="):
        if not values:
            return any(value.text is None for value in node.values)
        return any(_equal(actual, value) for actual in values for value in node.values)
    return any(_ordered(actual, node.operator, node.values[0]) for actual in values)


def _equal(actual: object, value: Value) -> bool:
    if value.text is None or actual is None:
        return actual is None and value.text is None
    if isinstance(actual, bool):
        if value.text.lower() not in ("true", "false"):
            raise FiqlError(f"The value '{value.text}' cannot be parsed as a boolean")
        return actual is (value.text.lower() == "true")
    if isinstance(actual, int | float):
        return actual == _number(value.text)
    if dates.is_stamp(actual):
        return actual == _moment(value.text)
    if not isinstance(actual, str):
        return False
    if value.pattern is not None:
        return value.pattern.fullmatch(actual) is not None
    return actual == value.text or actual.casefold() == value.text.casefold()


def _ordered(actual: object, operator: str, value: Value) -> bool:
    if actual is None or value.text is None:
        return False
    if operator == "=sw=":
        return isinstance(actual, str) and actual.casefold().startswith(value.text.casefold())
    if isinstance(actual, int | float) and not isinstance(actual, bool):
        number, other = float(actual), _number(value.text)
        comparison = (number > other) - (number < other)
    elif isinstance(actual, str):
        left = actual if dates.is_stamp(actual) else actual.casefold()
        right = _moment(value.text) if dates.is_stamp(actual) else value.text.casefold()
        comparison = (left > right) - (left < right)
    else:
        raise FiqlError(f"The operator {operator} cannot be used on this field")
    return {
        "=gt=": comparison > 0,
        "=ge=": comparison >= 0,
        "=lt=": comparison < 0,
        "=le=": comparison <= 0,
    }[operator]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise FiqlError(f"The value '{text}' cannot be parsed as a number") from None


def _moment(text: str) -> str:
    try:
        return dates.read(text if "T" in text else f"{text}T00:00:00")
    except ValueError:
        raise FiqlError(f"The value '{text}' cannot be parsed as a date") from None


class _Reader:
    """Recursive descent over the text of one query."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def done(self) -> bool:
        return self.at == len(self.text)

    def trouble(self) -> FiqlError:
        if self.done():
            return FiqlError("ParseException: the query ends too early")
        return FiqlError(
            f"ParseException: unexpected '{self.text[self.at]}' at position {self.at + 1}"
        )

    def either(self) -> Node:
        parts = [self.both()]
        while self._take(","):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Node:
        parts = [self.term()]
        while self._take(";"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def term(self) -> Node:
        if self._take("("):
            inner = self.either()
            self._expect(")")
            return inner
        selector = self._match(_SELECTOR)
        operator = self._match(_OPERATOR)
        if operator not in _OPERATORS:
            raise FiqlError(f"Unknown operator: {operator}")
        if operator not in ("=in=", "=out="):
            return Comparison(selector, operator, (self.value(operator in ("==", "!=")),))
        self._expect("(")
        values = [self.value(wildcards=False)]
        while self._take(","):
            values.append(self.value(wildcards=False))
        self._expect(")")
        return Comparison(selector, operator, tuple(values))

    def value(self, wildcards: bool) -> Value:
        quote = self.text[self.at : self.at + 1]
        if quote not in ("'", '"') or not quote:
            text = self._match(_BARE)
            if text == "null":
                return Value(None)
            return _value([(char, char == "*") for char in text] if wildcards else [], text)
        self.at += 1
        chars: list[tuple[str, bool]] = []
        while (char := self.text[self.at : self.at + 1]) != quote:
            if not char:
                raise self.trouble()
            escaped = char == "\\"
            if escaped:
                self.at += 1
                char = self.text[self.at : self.at + 1]
                if not char:
                    raise self.trouble()
            chars.append((char, char == "*" and not escaped))
            self.at += 1
        self.at += 1
        return _value(chars if wildcards else [], "".join(char for char, _ in chars))

    def _take(self, char: str) -> bool:
        if self.text.startswith(char, self.at):
            self.at += 1
            return True
        return False

    def _expect(self, char: str) -> None:
        if not self._take(char):
            raise self.trouble()

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise self.trouble()
        self.at = match.end()
        return match[0]


def _value(chars: list[tuple[str, bool]], text: str) -> Value:
    """`chars` are the characters with whether each is a wildcard; empty if none may be."""
    if not any(wild for _, wild in chars):
        return Value(text)
    pattern = "".join(".*" if wild else re.escape(char) for char, wild in chars)
    return Value(text, re.compile(pattern, re.IGNORECASE | re.DOTALL))
