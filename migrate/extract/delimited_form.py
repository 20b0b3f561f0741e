"""What speaks against the form that somebody said of a delimited file, found in its beginning."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.errors import Problem
from migrate.extract.handed import Handed, looks_like
from migrate.extract.text_encoding import doubt

_SEPARATORS = ",;\t|"
_QUOTES = "\"'"
_SAMPLE = 1_000_000


def looks_other(file: Handed, head: bytes) -> Problem | None:
    """A file that is no delimited text at all, by its first bytes."""
    match looks_like(head):
        case "xls":
            return file.wrong(
                "is a workbook of Excel before 2007, or one with a password",
                remedy="Save it as .xlsx without a password, and set format: xlsx.",
            )
        case "html":
            return file.wrong(
                "is a page of HTML, whatever its name says",
                remedy="Open it in Excel, save it as .xlsx, and set format: xlsx.",
            )
        case "xml":
            return file.wrong("is XML", "format", "xml")
    return None


def header_problem(file: Handed, header: Sequence[str], line: int) -> Problem | None:
    """What is wrong with the header as a whole; `header` are its cells as they stand."""
    separator = file.form.separator
    if not any(map(str.strip, header)):
        empty = not file.head(1)
        return file.wrong(
            "the file is empty" if empty else "there is no header in this line",
            "" if empty else "skip_lines",
            line=line,
            expected=f"columns separated by {separator!r}",
        )
    if len(header) == 1 and (others := [s for s in _SEPARATORS if s in header[0]]):
        return file.wrong(
            "the header is one column only",
            "separator",
            repr(others[0]),
            line=line,
            expected=f"columns separated by {separator!r}",
        )
    named = [name.strip() for name in header if name.strip()]
    quotes = {name[0] for name in named if len(name) > 1 and name[0] == name[-1]}
    if len(quotes) == 1 and quotes <= set(_QUOTES) and all(name[0] in quotes for name in named):
        return file.wrong(
            "the names of the columns are in quotes", "quote", repr(quotes.pop()), line=line
        )
    return None


def text_problems(file: Handed) -> list[Problem]:
    """A text that is UTF-8 passes as any one-byte encoding, and every å comes out wrong."""
    encoding = file.form.encoding
    head = file.head(_SAMPLE)
    found = doubt(head, encoding)
    if found is None or looks_like(head) == "xls":
        return []
    message = f"the file is not {encoding}" if found.certain else f"is hardly {encoding}"
    return [
        file.wrong(message, "encoding", found.probably, line=found.line, warning=not found.certain)
    ]
