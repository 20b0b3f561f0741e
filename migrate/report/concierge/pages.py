"""The pages of an intranet that lead into HPSM: each such link, and where it leads from now on."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from migrate.errors import ConfigurationError, Problem
from migrate.report.concierge.answers import Answer, canonical
from migrate.report.concierge.links import Patterns, address
from migrate.report.concierge.sheet import Sheet
from migrate.report.concierge.wording import LANGUAGES, words

_COLUMNS = ("page", "link")
_DELIMITERS = ";,\t"
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_AT_ONCE = 5_000


class PageLink(NamedTuple):
    """A link, as it stands on a page."""

    page: str
    link: str


class Lead(NamedTuple):
    """Where a link into HPSM leads: to a `number`; to an address that was decided on, `to`; or to
    what has no number, as `what` says (`portal`, `file`, `removed`)."""

    number: str = ""
    to: str = ""
    what: str = ""


Leads = Callable[[str], Lead | None]
"""What a link leads to; None where it does not lead into HPSM."""


def read_page_links(path: Path) -> list[PageLink]:
    """The links of a CSV file with the columns `page` and `link`, in UTF-8 or Windows-1252.

    Raises ConfigurationError (`pages-unreadable`) where it is not there or is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"it cannot be read ({type(error).__name__})") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _unreadable(path, f"it is no CSV ({error})") from None
    names = [name.strip().casefold() for name in rows[0]] if rows else []
    if not set(_COLUMNS) <= set(names):
        raise _unreadable(path, "its first line does not name the columns")
    page, link = (names.index(name) for name in _COLUMNS)
    found = (
        PageLink(row[page].strip(), row[link].strip())
        for row in rows[1:]
        if len(row) > max(page, link)
    )
    return [each for each in found if each.link]


def write_pages(
    file: IO[str],
    links: Sequence[PageLink],
    leads: Leads,
    sheet: Sheet,
    patterns: Patterns,
    prefixes: Sequence[str],
) -> Counter[str]:
    """CSV: every link that must be changed, with the new one or the reason why there is none, in
    every language of the page. Returns how many have each answer."""
    said = [{**words(lang)["pages"], **words(lang)["answers"]} for lang in LANGUAGES]
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow([*_COLUMNS, "old_number", "new_link", "answer", *LANGUAGES])
    counts: Counter[str] = Counter()
    for number, code, to, (page, link) in _resolved(links, leads, sheet, patterns, prefixes):
        counts[code] += 1
        texts = [each[code] for each in said]
        rows.writerow([_plain(page), _plain(link), number, to, code, *texts])
    return counts


def _resolved(
    links: Sequence[PageLink],
    leads: Leads,
    sheet: Sheet,
    patterns: Patterns,
    prefixes: Sequence[str],
) -> Iterator[tuple[str, str, str, PageLink]]:
    letters = "|".join(sorted(prefixes, key=lambda prefix: (-len(prefix), prefix))) or "SD|IM"
    inside = re.compile(rf"(?:%(?:25)*22|[=/])((?:{letters})\d+)", re.IGNORECASE)
    for start in range(0, len(links), _AT_ONCE):
        found = []
        for each in links[start : start + _AT_ONCE]:
            if (lead := leads(each.link)) is not None:
                if lead.what == "portal" and (number := inside.search(each.link)):
                    lead = Lead(number[1])
                found.append((each, lead))
        answers = sheet.answers(lead.number for _, lead in found if lead.number)
        for each, lead in found:
            answer = answers.get(canonical(lead.number))
            yield *_told(lead, answer, patterns), each


def _told(lead: Lead, answer: Answer | None, patterns: Patterns) -> tuple[str, str, str]:
    """The number, the answer and the new link."""
    if lead.to:
        return "", "decided", lead.to
    if lead.what:
        return "", lead.what, ""
    if answer is None:
        return canonical(lead.number), "unknown", ""
    return canonical(lead.number), answer.code, address(answer, patterns)


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        Problem(
            "pages-unreadable", str(path), why, expected="CSV whose first line has page and link"
        )
    )
