"""`assess`: what HPSM holds, what should be mended, and the figures to measure against."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from migrate.cli.options import App, command, unit_option
from migrate.console import Console
from migrate.errors import ConfigurationError, Exit, Problem
from migrate.report.assess.assess import Assessment, assess
from migrate.report.assess.files import write_report
from migrate.report.assess.found import Finding
from migrate.report.assess.wording import Words
from migrate.workspace import Workspace

_SHOWN = 15


@command("assess")
@unit_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the report.",
    show_default="assess/ in the workspace",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day that ages count to.",
    show_default="the newest change in HPSM",
)
@click.pass_obj
def assess_command(app: App, unit: str | None, out: Path | None, as_of: datetime | None) -> int:
    """Inventory, findings and baseline figures of what was extracted.

    Writes a page that opens without a network (in the language of --lang), and the same figures as
    JSON. With --unit, one for that unit's owner that holds nothing of another unit.

    \b
    Example:
      migrate assess
      migrate assess --unit ub --out til-enheten
    """
    with Workspace(app.folder) as workspace:
        if not workspace.snapshot.runs():
            raise ConfigurationError(
                Problem("snapshot-empty", str(workspace.snapshot.path), "nothing was extracted yet")
            )
        found = assess(workspace.snapshot, workspace.question(unit, as_of))
        folder = out if out is not None else workspace.config.path("assess")
        html, data = write_report(found, folder, app.console.lang)
        app.console.problems(workspace.mappings_read[1], "Noticed")
        _show(app.console, found)
        app.console.say(f"\n{html}\n{data}")
        app.console.data("files", [str(html), str(data)])
        app.console.next("migrate map propose" + (f" --unit {unit}" if unit else ""))
        return Exit.OK


def _show(console: Console, found: Assessment) -> None:
    words = Words(console.lang)
    there = sorted((f for f in found.findings if f.count), key=lambda f: not f.family.urgent)
    console.table(
        "Findings",
        ["finding", "records", "who mends it", "for example"],
        [_row(finding, words) for finding in there[:_SHOWN]],
    )
    missing = sum(bool(finding.missing) for finding in found.findings)
    console.say(
        words(
            "page.summary",
            tickets=words.number(found.baseline.tickets),
            open=words.number(found.baseline.open),
            found=len(there),
            looked=len(found.findings) - missing,
            missing=missing,
        )
    )
    console.data(
        "assess",
        {
            "unit": found.unit.key if found.unit else None,
            "present": found.present,
            "tickets": found.baseline.tickets,
            "open": found.baseline.open,
            "findings": {f.family.id: f.count for f in found.findings},
        },
    )


def _row(finding: Finding, words: Words) -> list[object]:
    family = finding.family
    return [
        words(f"finding.{family.id}.title"),
        finding.count,
        words(f"mender.{family.mender}"),
        ", ".join(finding.hits.examples[:2]),
    ]
