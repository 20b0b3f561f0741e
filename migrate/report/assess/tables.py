"""The report's tables of figures, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas

from migrate.report.assess.assess import Assessment
from migrate.report.assess.baseline import Baseline, Share
from migrate.report.assess.inventory import NO_UNIT
from migrate.report.assess.times import QUANTILES, Quantiles
from migrate.report.assess.wording import Words

_GROUPS = 40
_TYPES = 15
_YEARS = 6
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Table:
    """A table in words. The first column names the row; `numbers` are the columns of figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int]
    note: str = ""


def heading(words: Words, *keys: str) -> tuple[str, ...]:
    return tuple(words(key) for key in keys)


def shares(baseline: Baseline, words: Words) -> Table:
    rows = []
    for name in ("first_line", "first_call", "reassigned", "reopened", "on_hold"):
        share: Share = getattr(baseline, name)
        if share.part is not None and share.whole is not None:
            whole = words("page.out_of", whole=words.number(share.whole))
            of = f"{words.number(share.part)} {whole}"
            rows.append((words(f"share.{name}"), words.share(share.value, 1), of))
    head = ("column.measure", "column.part", "column.of")
    return Table(words("table.shares"), heading(words, *head), tuple(rows), frozenset({1, 2}))


def times(measured: Sequence[Quantiles], words: Words) -> Table:
    p90 = QUANTILES.index(0.90)
    rows = []
    for each in measured:
        if each.values:
            junk = [
                words(f"junk.{reason}", count=words.number(count))
                for reason, count in each.junk.items()
            ]
            rows.append(
                (
                    words(f"measure.{each.id}_{each.of}"),
                    words.duration(each.median),
                    words.duration(each.values[p90]),
                    words.number(each.tickets),
                    ", ".join(junk),
                )
            )
    head = ("column.measure", "column.median", "column.p90", "column.of", "column.left_out")
    return Table(words("table.times"), heading(words, *head), tuple(rows), frozenset({1, 2, 3}))


def repeated_titles(baseline: Baseline, words: Words) -> Table:
    rows = []
    for each in baseline.titles:
        candidate = ""
        if each.first_line is not None:
            kind = "article" if each.first_line >= _HALF else "form"
            candidate = words(f"page.candidate_{kind}")
        title = each.title[:1].upper() + each.title[1:]
        rows.append((title, words.number(each.tickets), words.share(each.first_line), candidate))
    head = ("column.title", "column.tickets", "column.first_line", "column.candidate")
    return Table(
        words("titles.title"),
        heading(words, *head),
        tuple(rows),
        frozenset({1, 2}),
        words("titles.means"),
    )


def kinds(found: Assessment, words: Words) -> Table:
    """Records by kind, and by year where a kind has times: the last years one by one."""
    volumes = found.inventory.volumes
    years = sorted(year for year in volumes["year"].unique() if "1990" <= year <= found.present)
    years = years[-_YEARS:]
    sums = volumes.groupby(["kind", "year"])["records"].sum()
    rows = []
    for kind, records in found.inventory.kinds[["kind", "records"]].itertuples(index=False):
        dated = any((kind, year) in sums.index for year in years)
        each = [words.number(int(sums.get((kind, year), 0))) if dated else "" for year in years]
        rows.append((words(f"kind.{kind}"), words.number(records), *each))
    head = (*heading(words, "column.kind", "column.records"), *years)
    note = ""
    if found.inventory.bytes:
        note = words(
            "inventory.files",
            bytes=words.size(found.inventory.bytes),
            contents=words.number(found.inventory.contents),
        )
    numbers = frozenset(range(1, len(head)))
    return Table(words("inventory.kinds"), head, tuple(rows), numbers, note)


def units(found: Assessment, words: Words) -> Table | None:
    """The units side by side; None where there are none, or one is asked for."""
    if not found.units:
        return None
    of_kind = found.inventory.volumes.groupby(["unit", "kind"])["records"].sum()
    tickets = found.inventory.tickets
    years = sorted(year for year in tickets["year"].unique() if year)[-_YEARS:]
    rows = []
    for key, name in [*((u.key, u.name) for u in found.units), (NO_UNIT, words("page.no_unit"))]:
        own = tickets[tickets["unit"] == key]
        figures = [
            *(of_kind.get((key, kind), 0) for kind in ("groups", "operators")),
            *(own[column].sum() for column in ("tickets", "open")),
            *(own.loc[own["year"] == year, "tickets"].sum() for year in years),
        ]
        rows.append((name, *(words.number(figure) for figure in figures)))
    head = ("column.unit", "column.groups", "kind.operators", "column.tickets", "column.open")
    numbers = frozenset(range(1, len(head) + len(years)))
    return Table(words("inventory.units"), (*heading(words, *head), *years), tuple(rows), numbers)


def groups(found: Assessment, words: Words) -> Table:
    frame = found.inventory.groups
    top = frame.head(_GROUPS)
    rows = [
        (
            str(name),
            words.number(members),
            words.number(tickets),
            words.number(still),
            "" if pandas.isna(last) else words.date(str(last)),
        )
        for name, members, tickets, still, last in top[
            ["name", "members", "tickets", "open", "last"]
        ].itertuples(index=False)
    ]
    rest = frame.iloc[_GROUPS:]
    if len(rest):
        name = words("page.rest", count=words.number(len(rest)))
        sums = [words.number(rest[column].sum()) for column in ("members", "tickets", "open")]
        rows.append((name, sums[0], sums[1], sums[2], ""))
    head = ("column.group", "column.members", "column.tickets", "column.open", "column.last")
    return Table(
        words("inventory.groups"), heading(words, *head), tuple(rows), frozenset({1, 2, 3})
    )


def types(found: Assessment, words: Words) -> Table:
    rows = [
        (str(name) or words("page.no_type"), words.number(count))
        for name, count in found.inventory.types.head(_TYPES).itertuples(index=False)
    ]
    head = heading(words, "column.type", "column.activities")
    return Table(words("inventory.types"), head, tuple(rows), frozenset({1}))
