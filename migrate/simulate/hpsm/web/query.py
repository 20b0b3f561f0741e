"""HPSM's query language, as far as web clients use it, turned into SQL.

    update.time > '08/27/2018 12:00:00' and (Status ~= "Closed" or brief.description # "VPN")

`=` `~=` `<>` `<` `>` `<=` `>=`, `#` (starts with) and `~#`, `like "*x*"`, `isin {"a", "b"}`, `and`
`or` `not` and brackets; NULL, true, false, numbers, text in double quotes, times in single quotes
in the form of the user's profile (or ISO), `tod()` and durations `'90 00:00:00'` before and after
it. Names are fields of the file (`update.time`) or captions. What is not equal includes what is
empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from migrate.simulate.hpsm.web.layout import Place

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*") | (?P<quoted>'[^']*') | (?P<number>[-+]?\d+(?:\.\d+)?)(?![\w.])
    | (?P<word>[A-Za-z_][\w.]*(?:/\w+)?)
    | (?P<sign>~=|<>|!=|<=|>=|~\#|[=<>\#(){},&|~+-])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DURATION = re.compile(r"(?:(\d+) )?(\d{1,3}):(\d\d):(\d\d)")
_COMPARE = {"=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_NOT_EQUAL = ("~=", "<>", "!=")
_DEEPEST = 50

Find = Callable[[str], Place | None]


class BadQuery(ValueError):
    """The query cannot be read, names what is not there, or compares what cannot be compared."""


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with its parameters, and the tables that it speaks of."""

    sql: str = "1"
    params: tuple[Any, ...] = ()
    tables: frozenset[str] = frozenset()

    @classmethod
    def all_of(cls, parts: Iterable[Condition]) -> Condition:
        """All of the parts hold; without any, everything does."""
        return cls._joined(" AND ", list(parts))

    @classmethod
    def any_of(cls, parts: Iterable[Condition]) -> Condition:
        """One of the parts holds; without any, everything does."""
        return cls._joined(" OR ", list(parts))

    @classmethod
    def _joined(cls, word: str, parts: list[Condition]) -> Condition:
        if not parts:
            return cls()
        return cls(
            f"({word.join(part.sql for part in parts)})",
            tuple(param for part in parts for param in part.params),
            frozenset(table for part in parts for table in part.tables),
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """What the web user's operator record says: the form of times in queries, and the zone in which
    they are meant and shown."""

    dates: str = "%m/%d/%Y %H:%M:%S"
    zone: tzinfo = UTC
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def gmt(self, text: str) -> str:
        """A time as the database keeps it. Raises BadQuery."""
        for read in (datetime.fromisoformat, lambda given: datetime.strptime(given, self.dates)):  # noqa: DTZ007 - the zone is set below
            try:
                moment = read(text)
            except ValueError:
                continue
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self.zone)
            try:
                return _shown(moment)
            except OverflowError:
                break
        raise BadQuery(f"{text!r} is not a time of the form {self.dates}")


def parse(text: str, find: Find, profile: Profile, join: Callable[[Place], str]) -> Condition:
    """The query as SQL. `find` gives the place of a name; `join` how the row of a table of elements
    belongs to its record. Raises BadQuery."""
    if not text.strip():
        return Condition()
    reader = _Reader(text, find, profile, join)
    sql = reader.either(0)
    reader.end()
    return Condition(sql, tuple(reader.params), frozenset(reader.tables))


def equals(name: str, operator: str, value: str, find: Find, profile: Profile) -> Condition:
    """One comparison with a value that nobody quoted, as in `?Status=Open`. Raises BadQuery."""
    place = find(name)
    if place is None or place.rows:
        raise BadQuery(f"there is no field {name}")
    sql, params = _compared(place, operator, _bare(place, value, profile))
    return Condition(sql, params, frozenset((place.table,)))


def _bare(place: Place, value: str, profile: Profile) -> Any:
    if value == "NULL":
        return None
    if place.type == "time":
        return profile.gmt(value)
    if place.type == "number":
        return _number(value)
    if place.type == "logical":
        return {"true": "t", "false": "f"}.get(value.lower(), value)
    return value


def _compared(place: Place, operator: str, value: Any) -> tuple[str, tuple[Any, ...]]:
    column = place.sql
    if value is None or value == "":
        if operator not in ("=", *_NOT_EQUAL):
            raise BadQuery(f"{operator} cannot be used with NULL")
        empty = f"({column} IS NULL OR {column} = '')"
        return (empty if operator == "=" else f"NOT {empty}"), ()
    if operator in _NOT_EQUAL:
        return f"({column} <> ? OR {column} IS NULL)", (value,)
    if operator in ("#", "~#"):
        sign = "=" if operator == "#" else "<>"
        return f"substr({column}, 1, ?) {sign} ?", (len(str(value)), str(value))
    return f"{column} {_COMPARE[operator]} ?", (value,)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadQuery(f"{text!r} is not a number") from None


class _Reader:
    """Recursive descent over the tokens of one query; parameters are kept in the order of SQL."""

    def __init__(
        self, text: str, find: Find, profile: Profile, join: Callable[[Place], str]
    ) -> None:
        self.params: list[Any] = []
        self.tables: set[str] = set()
        self._find = find
        self._profile = profile
        self._join = join
        self._tokens = _tokens(text)
        self._at = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise BadQuery(f"unexpected {self._tokens[self._at][1]!r}")

    def either(self, depth: int) -> str:
        parts = [self._both(depth)]
        while self._take("or", "|"):
            parts.append(self._both(depth))
        return f"({' OR '.join(parts)})"

    def _both(self, depth: int) -> str:
        parts = [self._term(depth)]
        while self._take("and", "&"):
            parts.append(self._term(depth))
        return " AND ".join(parts)

    def _term(self, depth: int) -> str:
        if depth > _DEEPEST:
            raise BadQuery("too deep")
        if self._take("not", "~"):
            return f"NOT coalesce({self._term(depth + 1)}, 0)"
        if self._take("("):
            inner = self.either(depth + 1)
            self._expect(")")
            return inner
        kind, word = self._next()
        if kind != "word":
            raise BadQuery(f"unexpected {word!r}")
        if word in ("true", "false"):
            return "1" if word == "true" else "0"
        place = self._find(word)
        if place is None:
            raise BadQuery(f"there is no field {word}")
        if place.rows:
            inner = self._comparison(place)
            return f'EXISTS (SELECT 1 FROM "{place.table}" WHERE {self._join(place)} AND {inner})'
        self.tables.add(place.table)
        return self._comparison(place)

    def _comparison(self, place: Place) -> str:
        _, operator = self._next()
        if operator.lower() == "like":
            kind, text = self._next()
            if kind != "string":
                raise BadQuery("like needs a text")
            self.params.append(_pattern(_unquoted(text)))
            return f"{place.sql} GLOB ?"
        if operator.lower() == "isin":
            self._expect("{")
            values = [self._value(place)]
            while self._take(","):
                values.append(self._value(place))
            self._expect("}")
            self.params += values
            return f"{place.sql} IN ({', '.join('?' * len(values))})"
        if operator not in (*_COMPARE, *_NOT_EQUAL, "#", "~#"):
            raise BadQuery(f"{operator!r} is no operator")
        sql, params = _compared(place, operator, self._value(place))
        self.params += params
        return sql

    def _value(self, place: Place) -> Any:
        kind, text = self._next()
        if kind == "quoted" or (kind == "string" and place.type == "time"):
            if place.type == "time":
                return self._profile.gmt(text[1:-1])
            raise BadQuery(f"{text} is no value of {place.column}")
        if kind == "string":
            return _bare(place, _unquoted(text), self._profile)
        if kind == "number":
            return _number(text) if place.type == "number" else text
        if kind == "word" and text.lower() == "tod":
            return self._moment()
        plain = {"null": None, "unknown": None, "true": "t", "false": "f"}
        if kind == "word" and text.lower() in plain:
            return plain[text.lower()]
        raise BadQuery(f"unexpected {text!r}")

    def _moment(self) -> str:
        """`tod()`, with durations added and taken off."""
        self._expect("(")
        self._expect(")")
        moment = self._profile.now()
        while sign := self._take("+", "-"):
            kind, text = self._next()
            match = _DURATION.fullmatch(text[1:-1]) if kind == "quoted" else None
            if match is None:
                raise BadQuery(f"{text} is no duration")
            days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            try:
                span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
                moment += span if sign == "+" else -span
            except OverflowError:
                raise BadQuery(f"{text} is out of range") from None
        return _shown(moment)

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise BadQuery("the query ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *words: str) -> str:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind in ("word", "sign") and text.lower() in words:
                self._at += 1
                return text
        return ""

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise BadQuery(f"{sign!r} is missing")


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ", "seconds")[:19]


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise BadQuery(f"unexpected {text[at : at + 10].strip()!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(r"\1", text[1:-1])


def _pattern(text: str) -> str:
    return text.replace("[", "[[]")
