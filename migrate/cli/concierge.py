"""`concierge`: old numbers and links → new ones, as a page without a server."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.options import App, command
from migrate.errors import ConfigurationError, Exit, MappingError, Problem
from migrate.report.concierge.pages import read_page_links
from migrate.report.concierge.wording import words
from migrate.workspace import Workspace


@command("concierge")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the page.",
    show_default="concierge/ in the workspace",
)
@click.option(
    "--pages",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV of links on other pages, with the columns page and link.",
)
@click.pass_obj
def concierge_command(app: App, out: Path | None, pages: Path | None) -> int:
    """A page that answers old numbers and old links: the new number, or why there is none.

    It needs no server and holds no personal data; put the folder on any web server, or open
    index.html. Beside it: redirect maps for nginx and Apache, and all answers as CSV. Of a ticket
    that is held, only whom to ask. Make it again after every load.

    With --pages it also lists which links on other pages, such as the intranet's, lead into HPSM,
    and what each must be changed to: in concierge-pages.csv, beside the folder.

    \b
    Example:
      migrate concierge
      migrate concierge --out /srv/www/concierge
      migrate concierge --pages intranet-links.csv
    """
    with Workspace(app.folder) as workspace:
        if not workspace.snapshot.runs():
            raise ConfigurationError(
                Problem("snapshot-empty", str(workspace.snapshot.path), "nothing was extracted yet")
            )
        if problems := [p for p in workspace.mappings_read[1] if not p.warning]:
            # A file that is not read may be the one that says which groups are restricted.
            raise MappingError(problems)
        folder = out if out is not None else workspace.config.path("concierge")
        links = None if pages is None else read_page_links(pages)
        built = workspace.concierge(folder, links)
        said = {**words(app.console.lang)["pages"], **words(app.console.lang)["answers"]}
        app.console.table(
            "Answers",
            ["code", "numbers", "answer"],
            [[code, count, said[code]] for code, count in built.counts.items() if count],
        )
        if built.pages:
            app.console.table(
                "Links on other pages",
                ["code", "links", "what becomes of them"],
                [[code, count, said[code]] for code, count in sorted(built.pages.items())],
            )
        if built.unmapped:
            app.console.say(f"{built.unmapped} numbers no redirect map can hold; the CSV has them.")
        for file in built.files.values():
            app.console.say(str(file))
        app.console.data(
            "concierge",
            {
                "answers": {str(code): count for code, count in built.counts.items()},
                "files": {name: str(file) for name, file in built.files.items()},
                "shards": built.shards,
                "largest_shard": built.largest,
                "unmapped": built.unmapped,
                "pages": {str(code): count for code, count in built.pages.items()},
            },
        )
        app.console.next("migrate status --reasons")
        return Exit.OK
