"""The page of one unit: which articles are not as they were, and what is otherwise in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from migrate.records import Finding
from migrate.state.journal import Journal
from migrate.state.plan_store import PlanStore
from migrate.words import worded

LANGUAGES = ("nb", "en")


@dataclass(frozen=True, slots=True)
class Told:
    """One article: its old number, its new one where it is loaded, and what is otherwise, in words,
    the gravest first."""

    key: str
    number: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written: `counts` are findings → articles."""

    file: Path
    articles: int
    counts: Mapping[str, int]


def words(lang: str) -> Mapping[str, Any]:
    """Everything that the page can say in `lang` (`LANGUAGES`); `findings` by their codes."""
    return worded(__package__, lang, "words.yaml")


def write_page(
    store: PlanStore, journal: Journal, unit: str, name: str, folder: Path, lang: str
) -> Written:
    """Write `<unit>.html` into `folder`, by the unit's plan; `name` is what people call it."""
    findings = [
        f for f in store.findings_in(unit, "knowledge") if f.code in words(lang)["findings"]
    ]
    numbers = {
        record.identity: record.number
        for record in journal.records(
            "knowledge_item", sorted({finding.key for finding in findings})
        ).values()
    }
    told = articles(findings, numbers, lang)
    counts = Counter(finding.code for finding in findings)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{unit}.html"
    file.write_text(page(name, told, counts.most_common(), lang), encoding="utf-8")
    return Written(file, len(told), dict(counts))


def articles(findings: Sequence[Finding], numbers: Mapping[str, str], lang: str) -> list[Told]:
    """What is told of each article; those with the most to look at come first."""
    said = words(lang)["findings"]
    order = {code: place for place, code in enumerate(said)}
    by_key: dict[str, list[Finding]] = {}
    for finding in findings:
        by_key.setdefault(finding.key, []).append(finding)
    return [
        Told(
            key,
            numbers.get(key, ""),
            tuple(_line(each, lang) for each in sorted(found, key=lambda f: -order[f.code])),
        )
        for key, found in sorted(by_key.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def page(unit: str, told: Sequence[Told], counts: Sequence[tuple[str, int]], lang: str) -> str:
    """The page; the same of everything gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("migrate.report.articles", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = files(__package__).joinpath("templates", "page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html.j2").render(
        unit=unit,
        articles=told,
        counts=counts,
        words=words(lang),
        style=Markup(style),  # noqa: S704 - ours
    )


def _line(finding: Finding, lang: str) -> str:
    said: str = words(lang)["findings"][finding.code]
    if not finding.detail:
        return said
    if finding.code != "article-simplified":
        return f"{said}: {finding.detail}" if finding.detail != "1" else said
    parts = words(lang)["parts"]
    shown = []
    for part in finding.detail.split(", "):
        name, _, count = part.rpartition(" ")
        shown.append(f"{parts.get(name, name)} {count}")
    return f"{said}: {', '.join(shown)}"
