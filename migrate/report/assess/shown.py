"""Findings as the report's page shows them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migrate.report.assess.assess import Assessment
from migrate.report.assess.found import Finding, Mender, Section
from migrate.report.assess.slim import REASSIGNED, REOPENED
from migrate.report.assess.tables import Table, heading
from migrate.report.assess.view import Missing
from migrate.report.assess.wording import Words


@dataclass(frozen=True, slots=True)
class Line:
    """A finding in words. `more`: there are more than the examples shown."""

    id: str
    title: str
    means: str
    do: str
    count: str
    out_of: str
    mender: str
    examples: tuple[str, ...]
    more: bool
    details: tuple[tuple[str, str], ...]
    counted_only: str
    partly: str


def lines(findings: Sequence[Finding], words: Words) -> list[Line]:
    return [_line(finding, words) for finding in findings]


def _line(found: Finding, words: Words) -> Line:
    family, hits = found.family, found.hits
    whole = ""
    if found.out_of:
        whole = words("page.out_of", whole=words.number(found.out_of))
    hidden = ""
    if hits.hidden:
        hidden = words("page.counted_only", count=words.number(hits.hidden))
    partly = ""
    if found.partly:
        partly = words("page.partly", what=words.several(sorted(map(_field, found.partly))))
    return Line(
        family.id,
        words(f"finding.{family.id}.title"),
        words(f"finding.{family.id}.means"),
        words(f"finding.{family.id}.do"),
        words.number(hits.count),
        f"{whole} {words(f'noun.{family.counts}')}".strip(),
        words(f"mender.{family.mender}"),
        hits.examples,
        hits.count - hits.hidden > len(hits.examples),
        tuple((words.label(label), words.number(count)) for label, count in hits.details),
        hidden,
        partly,
    )


def _field(missing: Missing) -> str:
    return ".".join(filter(None, (missing.kind, missing.field)))


def menders(findings: Sequence[Finding], words: Words) -> Table:
    """Who has how much to do."""
    rows = []
    for mender in Mender:
        own = [f for f in findings if f.family.mender is mender and f.count]
        urgent = sum(f.family.urgent for f in own)
        rows.append(
            (
                words(f"mender.{mender}"),
                words(f"mender_long.{mender}"),
                words.number(len(own)),
                words.number(urgent),
            )
        )
    head = ("column.mender", "column.mender_long", "column.families", "heading.urgent")
    return Table(words("page.who"), heading(words, *head), tuple(rows), frozenset({2, 3}))


def missing_lines(found: Assessment, words: Words) -> list[tuple[str, str]]:
    """What could not be told, and why: title → reason, those of one reason together."""
    titles: dict[str, list[str]] = {}

    def add(why: tuple[Missing, ...], title: str) -> None:
        if why:
            said = words.several(list(dict.fromkeys(_reason(each, words) for each in why)))
            titles.setdefault(said[:1].upper() + said[1:], []).append(title)

    for finding in found.findings:
        add(finding.missing, words(f"finding.{finding.family.id}.title"))
    baseline = found.baseline
    for name in ("first_line", "first_call", "reassigned", "reopened", "on_hold"):
        add(getattr(baseline, name).missing, words(f"share.{name}"))
    for measure in baseline.times:
        add(measure.missing, words(f"measure.{measure.id}_{measure.of}"))
    add(baseline.titles_missing, words("titles.title"))
    return [("; ".join(own), reason) for reason, own in titles.items()]


def _reason(missing: Missing, words: Words) -> str:
    if missing.why == "read":
        return words("missing.read", kind=words(f"kind.{missing.kind}"))
    return words(f"missing.{missing.why}", kind=missing.kind, field=missing.field)


def tiles(found: Assessment, words: Words) -> list[tuple[str, str]]:
    """The few figures that say what this is about: value, then what it is."""
    baseline = found.baseline
    records = dict(
        zip(found.inventory.kinds["kind"], found.inventory.kinds["records"], strict=True)
    )
    shown = [
        (words.number(baseline.tickets), words("tile.tickets")),
        (words.number(baseline.open), words("tile.open")),
    ]
    shown += [
        (words.number(records[kind]), words(f"tile.{kind}"))
        for kind in ("groups", "operators")
        if kind in records
    ]
    name, share = baseline.solved_at_once
    if share.value is not None:
        shown.append((words.share(share.value), words(f"tile.{name}")))
    for measure in baseline.times:
        if measure.id == "handling" and measure.of == "incidents" and measure.values:
            shown.append((words.duration(measure.median), words("tile.handling")))
    return shown


def definitions(words: Words) -> list[str]:
    said = {"reassigned": _quoted(REASSIGNED, words), "reopened": _quoted(REOPENED, words)}
    names = (
        *("ticket", "open", "first_line", "first_call", "handling", "response", "call", "junk"),
        *("quantile", "reassigned", "reopened", "on_hold", "left", "months"),
    )
    return [
        words(f"definition.{name}", **({"types": said[name]} if name in said else {}))
        for name in names
    ]


def section_lines(
    findings: Sequence[Finding], words: Words
) -> list[tuple[str, list[Line], list[str]]]:
    """Section by section: its name, the findings that there are, and the titles of those that were
    looked for and not found."""
    shown = []
    for section in Section:
        own = [found for found in findings if found.family.section is section]
        there = lines([found for found in own if found.count], words)
        none = [words(f"finding.{f.family.id}.title") for f in own if f.count == 0]
        if there or none:
            shown.append((words(f"section.{section}"), there, none))
    return shown


def _quoted(types: Sequence[str], words: Words) -> str:
    marks = "«»" if words.lang == "nb" else "“”"
    return words.several([f"{marks[0]}{name}{marks[1]}" for name in types], any_of=True)
