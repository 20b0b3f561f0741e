"""A condition of HPSM's forms in words: `option("campus") isin {"glos","drag"}`.

What is understood are comparisons of one option, or of a field, with literals, joined by `and`,
`or` and `not`: as the vendor's pages on the catalogue's wizard show them, and as its expression
language writes operators. Whatever else stands in a condition, none of it is put into words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Lang = Literal["nb", "en"]

_TOKEN = re.compile(
    r"""\s*(?:
        "(?P<text>(?:[^"\\]|\\.)*)"
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<sign><=|>=|<>|~=|!=|[=<>\#(){},;&|~])
      | (?P<word>\$?[A-Za-zÆØÅæøå_][\w.$]*(?:\s+in\s+\$?[A-Za-z_][\w.]*)?)
    )""",
    re.VERBOSE,
)

_WORDS: dict[Lang, dict[str, str]] = {
    "nb": {
        "=": "er {}",
        "<>": "ikke er {}",
        "<": "er mindre enn {}",
        ">": "er større enn {}",
        "<=": "er høyst {}",
        ">=": "er minst {}",
        "#": "begynner med {}",
        "isin": "er {}",
        "not isin": "ikke er {}",
        "null": "er tom",
        "not null": "er fylt ut",
        "true": "er krysset av",
        "false": "ikke er krysset av",
        "and": "og",
        "or": "eller",
        "always": "alltid",
        "never": "aldri",
    },
    "en": {
        "=": "is {}",
        "<>": "is not {}",
        "<": "is less than {}",
        ">": "is more than {}",
        "<=": "is at most {}",
        ">=": "is at least {}",
        "#": "begins with {}",
        "isin": "is {}",
        "not isin": "is not {}",
        "null": "is empty",
        "not null": "is filled in",
        "true": "is ticked",
        "false": "is not ticked",
        "and": "and",
        "or": "or",
        "always": "always",
        "never": "never",
    },
}
_SIGNS = {"~=": "<>", "!=": "<>"}
_COMPARED = frozenset({"=", "<>", "<", ">", "<=", ">=", "#"})
_OPPOSITE = {"=": "<>", "<>": "=", "null": "not null", "not null": "null", "isin": "not isin"}
_JOINS = {"and": "and", "&": "and", "or": "or", "|": "or"}
_NOT = frozenset({"not", "~"})
_TRUE, _FALSE = frozenset({"true", "t"}), frozenset({"false", "f"})


@dataclass(frozen=True, slots=True)
class Named:
    """How the options of a form are called: id → label, and id → choice's id → label."""

    labels: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def in_words(condition: str, named: Named, lang: Lang) -> str | None:
    """`condition` as the middle of a sentence ("when …"); None where it is not understood. The
    words `alltid`/`always` and `aldri`/`never` stand for a condition that is no question."""
    try:
        reader = _Reader(_tokens(condition), named, lang)
        words = reader.either()
        reader.end()
    except _NotUnderstoodError:
        return None
    return words


class _NotUnderstoodError(ValueError):
    pass


_Token = tuple[str, str]
"""What sort of token, and what it says."""


def _tokens(condition: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    text = condition.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _NotUnderstoodError
        said = found[found.lastgroup]
        if found.lastgroup == "text":
            said = re.sub(r"\\(.)", r"\1", said)
        tokens.append((found.lastgroup, said))
        at = found.end()
    return tokens


class _Reader:
    """Reads from the left; `or` binds least, then `and`, then `not`."""

    def __init__(self, tokens: list[_Token], named: Named, lang: Lang) -> None:
        self._tokens = tokens
        self._at = 0
        self._named = named
        self._words = _WORDS[lang]

    def end(self) -> None:
        if self._at != len(self._tokens):
            raise _NotUnderstoodError

    def either(self) -> str:
        return self._joined("or", self._both)

    def _both(self) -> str:
        return self._joined("and", self._one)

    def _joined(self, join: str, part: Callable[[], str]) -> str:
        parts = [part()]
        while _JOINS.get(self._peek().casefold()) == join and not self._is_text():
            self._at += 1
            parts.append(part())
        return f" {self._words[join]} ".join(parts)

    def _one(self) -> str:
        if self._peek().casefold() in _NOT and not self._is_text():
            self._at += 1
            return self._one_negated()
        if self._peek() == "(" and not self._is_text():
            self._at += 1
            words = self.either()
            self._expect(")")
            return f"({words})"
        return self._comparison(negated=False)

    def _one_negated(self) -> str:
        if self._peek() == "(" and not self._is_text():
            self._at += 1
            words = self._comparison(negated=True)
            self._expect(")")
            return words
        return self._comparison(negated=True)

    def _comparison(self, *, negated: bool) -> str:
        word = self._word().casefold()
        if word in _TRUE | _FALSE:
            return self._words["always" if (word in _TRUE) != negated else "never"]
        if word == "null":
            self._expect("(")
            id_ = self._option(self._word())
            self._expect(")")
            return self._said(id_, "not null" if negated else "null", [])
        self._at -= 1
        id_ = self._option(self._word())
        sign = self._peek().casefold()
        sign = _SIGNS.get(sign, sign)
        if sign == "not":
            self._at += 1
            negated = not negated
            sign = self._peek().casefold()
        if sign == "isin":
            self._at += 1
            return self._said(id_, "not isin" if negated else "isin", self._list())
        if sign in _COMPARED:
            self._at += 1
            if negated and sign not in _OPPOSITE:
                raise _NotUnderstoodError
            return self._said(id_, _OPPOSITE[sign] if negated else sign, [self._literal()])
        raise _NotUnderstoodError

    def _option(self, word: str) -> str:
        if word.casefold() == "option":
            self._expect("(")
            id_ = self._literal()
            self._expect(")")
            return id_
        return word

    def _said(self, id_: str, sign: str, values: list[str]) -> str:
        label = self._named.labels.get(id_) or id_
        if sign in ("=", "<>") and [v.casefold() for v in values] in (["true"], ["false"]):
            ticked = (values[0].casefold() == "true") == (sign == "=")
            return f"«{label}» {self._words['true' if ticked else 'false']}"
        choices = self._named.choices.get(id_, {})
        *most, last = [f"«{choices.get(value, value)}»" for value in values] or [""]
        listed = f" {self._words['or']} ".join(filter(None, (", ".join(most), last)))
        return f"«{label}» {self._words[sign].format(listed)}"

    def _list(self) -> list[str]:
        self._expect("{")
        values = [self._literal()]
        while self._peek() in (",", ";"):
            self._at += 1
            values.append(self._literal())
        self._expect("}")
        return values

    def _literal(self) -> str:
        sort, said = self._next()
        if sort in ("text", "number") or said.casefold() in _TRUE | _FALSE:
            return said
        raise _NotUnderstoodError

    def _word(self) -> str:
        sort, said = self._next()
        if sort != "word":
            raise _NotUnderstoodError
        return said

    def _expect(self, sign: str) -> None:
        if self._next() != ("sign", sign):
            raise _NotUnderstoodError

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise _NotUnderstoodError
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _is_text(self) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][0] == "text"
