"""Whether the values of a file's beginning are in the form that somebody said, and in which they
probably are. A value is never shown, unless it is one of the words listed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate.errors import Problem
from migrate.extract.date_forms import ISO, reader
from migrate.extract.handed import Handed
from migrate.extract.values import decimal_number, worded_logical

Columns = Mapping[str, Sequence[Any]]
"""Our field → its cells in the sample."""

_TIMES = ("", " %H:%M:%S", " %H:%M", " %H.%M", "T%H:%M:%S", " %I:%M:%S %p", " %I:%M %p")
_DATES = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%b-%Y",
    "%d-%b-%y",
)
_FORMS = (*(date + time for time in _TIMES for date in _DATES), ISO)
_YES = frozenset(["ja", "j", "yes", "y", "sann", "true", "t", "1", "x", "wahr", "oui"])
_NO = frozenset(["nei", "n", "no", "usann", "false", "f", "0", "nein", "non", "falsch"])
_NOTHING = frozenset(["null", "(null)", "<null>", "\\n", "n/a", "#n/a", "#n/b", "#i/t", "nil"])
_SCIENTIFIC = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+")


def doubts(file: Handed, types: Mapping[str, str], sample: Columns) -> list[Problem]:
    """What speaks against dates, decimal, true, false and null of `file.form`. `types` is our field
    → its type, of those that are in that form."""
    texts = {name: _texts(file, values) for name, values in sample.items()}
    found = [_nothing(file, texts)]
    texts = {name: [v for v in values if not _is_nothing(v)] for name, values in texts.items()}

    def of(type_: str) -> dict[str, list[str]]:
        return {name: values for name, values in texts.items() if types.get(name) == type_}

    found += [_dates(file, of("time")), _decimal(file, of("number"))]
    found += [_words(file, of("logical")), _scientific(file, of("text"))]
    return [problem for problem in found if problem]


def _texts(file: Handed, values: Iterable[Any]) -> list[str]:
    nulls = file.form.null
    return [v for v in values if isinstance(v, str) and v.strip() and v not in nulls]


def _is_nothing(value: str) -> bool:
    return value.casefold() in _NOTHING


def _nothing(file: Handed, texts: Mapping[str, list[str]]) -> Problem | None:
    met = {v for values in texts.values() for v in values if _is_nothing(v)}
    if not met:
        return None
    words = sorted(met)
    where = ", ".join(name for name, values in texts.items() if met.intersection(values))
    return replace(
        file.wrong(
            f"has words that mean nothing, in {where}",
            remedy=f"Add {', '.join(map(repr, words))} to source.files.{file.name}.null in "
            "migrate.yaml.",
            warning=True,
        ),
        near=tuple(words),
    )


def _dates(file: Handed, texts: Mapping[str, list[str]]) -> Problem | None:
    """Not every date has to fit: some are wrong by themselves. But where another form fits all of
    them, or none is in the form that was said, it is the form."""
    form = file.form.dates
    wrong = {name: values for name, values in texts.items() if not _fits(form, values)}
    if not wrong:
        return None
    values = [value for found in wrong.values() for value in found]
    others = [other for other in _FORMS if other != form and _fits(other, values)]
    if not others and any(_fits(form, [value]) for value in values):
        return None
    probably = repr(others[0]) if len(others) == 1 else ""
    message = f"the dates in {', '.join(wrong)} are not all of the form that was said"
    problem = file.wrong(message, "dates", probably, expected=form)
    return replace(problem, near=tuple(others[:3]))


def _fits(form: str, values: Iterable[str]) -> bool:
    read = reader(form)
    try:
        for value in values:
            read(value)
    except ValueError:
        return False
    return True


def _decimal(file: Handed, texts: Mapping[str, list[str]]) -> Problem | None:
    other = "," if file.form.decimal == "." else "."
    wrong = [name for name, values in texts.items() if _unread(file.form.decimal, values)]
    if not wrong or any(_unread(other, texts[name]) for name in wrong):
        return None
    return file.wrong(
        f"the numbers in {', '.join(wrong)} have another decimal separator", "decimal", repr(other)
    )


def _unread(decimal: str, values: Sequence[str]) -> bool:
    met: list[int] = []
    decimal_number(decimal)(values, lambda row, text: met.append(row))
    return bool(met)


def _words(file: Handed, texts: Mapping[str, list[str]]) -> Problem | None:
    convert = worded_logical(file.form.true, file.form.false)
    unread: set[str] = set()
    where = []
    for name, values in texts.items():
        before = len(unread)
        convert(values, lambda row, text: unread.add(text.strip()))
        if len(unread) > before:
            where.append(name)
    if not unread:
        return None
    yes = sorted(word for word in unread if word.casefold() in _YES)
    no = sorted(word for word in unread if word.casefold() in _NO)
    adds = [
        f"{', '.join(words)} to {key}" for key, words in (("true", yes), ("false", no)) if words
    ]
    message = f"has words for yes and no in {', '.join(where)} that the configuration does not name"
    remedy = (
        f"Under source.files.{file.name} in migrate.yaml add {' and '.join(adds)}."
        if adds
        else f"Name them under source.files.{file.name}.true and .false, or give it another type."
    )
    return file.wrong(message, remedy=remedy)


def _scientific(file: Handed, texts: Mapping[str, list[str]]) -> Problem | None:
    where = [n for n, values in texts.items() if any(map(_SCIENTIFIC.fullmatch, values))]
    if not where:
        return None
    message = f"long numbers in {', '.join(where)} have lost digits: they are written like 1E+15"
    return Problem("excel-changed", file.column(", ".join(where)), message, warning=True)
