"""The concierge as files: the page with its shards, the maps for web servers, the list."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import IO

from migrate.report.concierge import answers, maps
from migrate.report.concierge.answers import Answer, Code, canonical
from migrate.report.concierge.links import Patterns, address
from migrate.report.concierge.page import Data, page
from migrate.report.concierge.pages import Leads, PageLink, write_pages
from migrate.report.concierge.shards import scripts, shards_for
from migrate.report.concierge.sheet import Sheet
from migrate.state.database import unwritable_path
from migrate.state.numbers import Loaded, Numbers, extracted, restricted
from migrate.state.snapshot import Snapshot

PAGES = "pages.csv"
_LETTERS = re.compile(r"[^\W\d_]+(?=\d)")
_MOST_PREFIXES = 200
_FOLDER = re.compile(r"[0-9a-f]{16}")
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be built. `groups` and `services` are those whose tickets may not be shown; `left`
    are the kinds that are left behind in every unit; `ask` is, by language, whom to ask for what
    may not be shown; `as_of` is a day, YYYY-MM-DD. `pages` are links on pages of others, and
    `leads` says what each leads to; None: nobody asked."""

    groups: Collection[str]
    services: Collection[str]
    left: Mapping[str, Code]
    patterns: Patterns
    ask: Mapping[str, str]
    as_of: str
    pages: Sequence[PageLink] | None = None
    leads: Leads = lambda link: None


@dataclass(frozen=True, slots=True)
class Built:
    """What was built: how many numbers have each answer, the files that people name, how many
    shards there are, the bytes of the largest, and how many numbers no map can hold. `pages` is how
    many links of others have each answer."""

    counts: Mapping[Code, int]
    files: Mapping[str, Path]
    shards: int
    largest: int
    unmapped: int
    pages: Mapping[str, int]


def build(snapshot: Snapshot, numbers: Numbers, wish: Wish, folder: Path) -> Built:
    """Write everything into `folder`, made where it is not there; memory does not grow with the
    numbers.

    The page is put in its place last, and names the folder of its shards by their content, so that
    a page never meets the shards of another build. Raises StoppedError (`state-unwritable`) where
    the disk is full or refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with Sheet() as sheet:
            _fill(sheet, snapshot, numbers, wish)
            codes = [*Code, *wish.patterns]
            shards, largest, content = _write_shards(sheet, codes, folder)
            prefixes = _prefixes(sheet)
            unmapped = _write_lists(sheet, wish.patterns, prefixes, folder)
            pages: Mapping[str, int] = {}
            if wish.pages is not None:
                with _placed(_beside(folder)) as file:
                    pages = write_pages(
                        file, wish.pages, wish.leads, sheet, wish.patterns, prefixes
                    )
            data = Data(
                folder=f"numbers/{content}",
                shards=shards,
                codes=codes,
                prefixes=prefixes,
                links=wish.patterns,
                ask=wish.ask,
                as_of=wish.as_of,
            )
            with _placed(folder / "index.html") as file:
                file.write(page(data))
            counts = sheet.counts()
        for old in (folder / "numbers").iterdir():
            if old.name != content and _FOLDER.fullmatch(old.name):
                shutil.rmtree(old)
    except OSError as error:
        raise unwritable_path(folder, error) from None
    names = ("index.html", "numbers.csv", "numbers.nginx.map", "numbers.apache.txt")
    files = {name: folder / name for name in names}
    if wish.pages is not None:
        files[PAGES] = _beside(folder)
    return Built(counts, files, shards, largest, unmapped, pages)


def _beside(folder: Path) -> Path:
    """Not in the folder, which is copied to a web server: the list is for whoever keeps the pages,
    and names links that may lead to what must not be told."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-{PAGES}")


def _fill(sheet: Sheet, snapshot: Snapshot, numbers: Numbers, wish: Wish) -> None:
    """All that is known of every number; what may not be shown first, since what became of the
    other numbers of such a record must not be shown either."""
    sheet.put((key, answers.ASK) for key in restricted(snapshot, wish.groups, wish.services))
    sheet.put((row.key, answers.of_plan(row)) for row in numbers.planned())
    sheet.put(
        (key, answers.of_snapshot(there, wish.left.get(kind)))
        for kind, key, there in extracted(snapshot)
    )
    records = groupby(numbers.loaded(), key=lambda row: (row.kind, row.identity))
    for rows in _pages(list(group) for _, group in records):
        sheet.put(_loaded(sheet, rows))


def _loaded(sheet: Sheet, records: list[list[Loaded]]) -> list[tuple[str, Answer]]:
    hidden = sheet.kept_back(row.key for rows in records for row in rows)
    found = []
    for rows in records:
        secret = any(canonical(row.key) in hidden for row in rows)
        found += [(row.key, answers.ASK if secret else answers.of_journal(row)) for row in rows]
    return found


def _pages(records: Iterator[list[Loaded]]) -> Iterator[list[list[Loaded]]]:
    page: list[list[Loaded]] = []
    for record in records:
        page.append(record)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page


def _write_shards(sheet: Sheet, codes: list[str], folder: Path) -> tuple[int, int, str]:
    """Returns how many shards there are, the size of the largest, and the name of their folder."""
    shards, largest = shards_for(sheet.size()), 0
    new = folder / "numbers" / ".new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    digest = blake2b(digest_size=8)
    for name, script in scripts(sheet.by_shard(shards), shards, codes):
        (new / f"{name}.js").write_bytes(script)
        digest.update(script)
        largest = max(largest, len(script))
    content = digest.hexdigest()
    place = folder / "numbers" / content
    if place.exists():
        shutil.rmtree(new)
    else:
        new.rename(place)
    return shards, largest, content


def _write_lists(sheet: Sheet, patterns: Patterns, prefixes: list[str], folder: Path) -> int:
    """Returns how many numbers that are found no map can hold."""
    forms = {
        "numbers.csv": maps.table,
        "numbers.nginx.map": maps.nginx,
        "numbers.apache.txt": maps.apache,
    }
    unmapped = 0
    with ExitStack() as stack:
        writers = [
            form(stack.enter_context(_placed(folder / name)), prefixes)
            for name, form in forms.items()
        ]
        for key, answer in sheet.by_number():
            link = address(answer, patterns)
            written = [write(key, answer, link) for write in writers]
            unmapped += not all(written)
    return unmapped


def _prefixes(sheet: Sheet) -> list[str]:
    """The letters that numbers begin with: what a number in the middle of a link is known by."""
    counts: dict[str, int] = {}
    for key in sheet.numbers():
        if found := _LETTERS.match(key):
            counts[found[0]] = counts.get(found[0], 0) + 1
    most = sorted(counts, key=lambda prefix: (-counts[prefix], prefix))
    return sorted(most[:_MOST_PREFIXES])


@contextmanager
def _placed(path: Path) -> Iterator[IO[str]]:
    """A file that is in its place once all of it is written: a reader never meets half of it."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
