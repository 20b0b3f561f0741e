"""The assessment as one HTML page that needs nothing else: no script, no network, no other file."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from migrate.report.assess import shown, tables
from migrate.report.assess.assess import Assessment
from migrate.report.assess.charts import charts
from migrate.report.assess.wording import Words

_HERE = "migrate.report.assess"


def page(found: Assessment, lang: str) -> str:
    """The page in `lang` (`wording.LANGUAGES`). The same assessment gives the same bytes."""
    words = Words(lang)
    environment = Environment(
        loader=PackageLoader(_HERE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = files(_HERE).joinpath("templates", "page.css").read_text(encoding="utf-8")
    urgent = [finding for finding in found.findings if finding.count and finding.family.urgent]
    return environment.get_template("page.html.j2").render(
        words=words,
        style=Markup(style),  # noqa: S704 - ours
        title=title(found, words),
        read=words("page.read", read=words.date(found.read), present=words.date(found.present)),
        notes=notes(found, words),
        tiles=shown.tiles(found, words),
        urgent=shown.lines(urgent, words),
        menders=shown.menders(found.findings, words),
        charts=[(chart, Markup(chart.svg)) for chart in charts(found, words)],  # noqa: S704 - drawn
        shares=tables.shares(found.baseline, words),
        times=tables.times(found.baseline.times, words),
        titles=tables.repeated_titles(found.baseline, words),
        inventory=[
            table
            for make in (tables.kinds, tables.units, tables.groups, tables.types)
            for table in [make(found, words)]
            if table is not None and table.rows
        ],
        sections=shown.section_lines(found.findings, words),
        missing=shown.missing_lines(found, words),
        definitions=shown.definitions(words),
    )


def title(found: Assessment, words: Words) -> str:
    return words("page.title_unit", unit=found.unit.name) if found.unit else words("page.title")


def notes(found: Assessment, words: Words) -> list[str]:
    """What must be known before anything is read."""
    said = []
    if found.unit:
        said.append(words("page.of_unit", unit=found.unit.name))
    if found.cut_off:
        said.append(words("page.cut_off"))
    for why, groups in (("restricted", found.restricted), ("undecided", found.undecided)):
        if groups:
            form = "one" if groups == 1 else "many"
            said.append(words(f"page.{why}.{form}", groups=words.number(groups)))
    return said
