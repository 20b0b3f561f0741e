"""`articles`: what of each knowledge article was simplified, as a page for its unit."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.options import App, command, unit_option
from migrate.errors import Exit
from migrate.report.articles.build import words
from migrate.workspace import Workspace


@command("articles")
@unit_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the pages.",
    show_default="articles/ in the workspace",
)
@click.pass_obj
def articles_command(app: App, unit: str | None, out: Path | None) -> int:
    """What of each knowledge article is not as it was: a page for each unit that has a plan.

    Tables that became lines, pictures that are missing, links that lead nowhere: by article, with
    its old and its new number. A page opens without a network, and holds no text of any article.

    \b
    Example:
      migrate articles --unit it
      migrate articles --out /srv/www/articles
    """
    with Workspace(app.folder) as workspace:
        folder = out if out is not None else workspace.config.path("articles")
        pages = workspace.write_articles(unit, folder, app.console.lang)
        said = words(app.console.lang)["findings"]
        app.console.table(
            "Articles",
            ["unit", "articles", "finding", "of them"],
            [
                [key, page.articles, said[code], count]
                for key, page in pages.items()
                for code, count in sorted(page.counts.items(), key=lambda pair: -pair[1])
            ],
        )
        for page in pages.values():
            app.console.say(str(page.file))
        app.console.data(
            "articles",
            {
                key: {"articles": page.articles, "findings": page.counts, "file": str(page.file)}
                for key, page in pages.items()
            },
        )
        app.console.next("migrate status --reasons")
        return Exit.OK
