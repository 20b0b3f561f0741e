"""`simulate hpsm`: a HPSM of your own, and what a customer can hand over of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from migrate.cli.options import App, command
from migrate.console import Update
from migrate.errors import ConfigurationError, Problem
from migrate.simulate.hpsm import Counts, make_database
from migrate.simulate.hpsm.bulk import engine
from migrate.simulate.hpsm.custom import CUSTOM
from migrate.simulate.hpsm.database import LAYOUTS
from migrate.simulate.hpsm.exports import FORMATS, write_exports
from migrate.simulate.hpsm.files import CLASSIC
from migrate.simulate.hpsm.unload import write_definitions, write_unload
from migrate.simulate.world.scale import SCALES
from migrate.simulate.world.world import World

scale_option = click.option(
    "--scale",
    type=click.Choice(list(SCALES)),
    default="small",
    show_default=True,
    help="test 400, small 5 thousand, year 100 thousand, decade 1 million tickets.",
)
seed_option = click.option("--seed", type=int, default=1, show_default=True, help="Which world.")

_FOLDER = click.Path(path_type=Path, file_okay=False)


@command("hpsm")
@click.argument("url", default="sqlite:///hpsm.db")
@scale_option
@seed_option
@click.option(
    "--layout",
    type=click.Choice(list(LAYOUTS)),
    default="classic",
    show_default=True,
    help="The tables: as HPSM is delivered, or as a customer has them who changed everything.",
)
@click.option(
    "--dbdict",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where HPSM's own definitions of the layout are unloaded; for custom always, by default "
    "beside the database.",
)
@click.option("--unload", type=_FOLDER, help="Write unload files into this folder too.")
@click.option("--exports", type=_FOLDER, help="Write exported lists into this folder too.")
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    help="Only this format of lists; more than one may be named.",
)
@click.option("--existing", is_flag=True, help="The database is there: only hand it over.")
@click.pass_obj
def simulate_hpsm(
    app: App,
    url: str,
    scale: str,
    seed: int,
    layout: str,
    dbdict: Path | None,
    unload: Path | None,
    exports: Path | None,
    formats: tuple[str, ...],
    existing: bool,
) -> None:
    """Make a database as HPSM keeps it, of an invented university. URL is SQLAlchemy's.

    What is written beside it has the same records, and a migrate.yaml in its folder reads it.

    \b
    Example:
      migrate simulate hpsm sqlite:///hpsm.db --scale small
      migrate simulate hpsm sqlite:///custom.db --layout custom
      migrate simulate hpsm sqlite:///hpsm.db --existing --unload unl --exports lists --format csv
    """
    handed = {"--unload": unload, "--exports": exports}
    if layout != "classic" and (given := [name for name, path in handed.items() if path]):
        raise _refused(given[0], f"the {layout} layout cannot be handed over; the classic one can")
    if existing and not any(handed.values()):
        raise _refused("--existing", "nothing is asked for of what is there")
    try:
        engine(url).dispose()
    except (ValueError, sa.exc.ArgumentError) as error:
        raise _refused("URL", str(error)) from None
    with app.console.progress("hpsm") as update:
        if not existing:
            counts = make_database(
                url,
                World(seed, scale),
                layout=layout,
                progress=lambda done, total: update("tickets", done, total),
            )
            _show(app, counts)
        if dbdict or (layout == "custom" and not existing):
            _define(app, url, layout, dbdict)
        if unload:
            _unload(app, url, unload, update)
        if exports:
            _export(app, url, exports, formats or tuple(FORMATS), update)
    app.console.next(_next(unload, exports, formats))


def _show(app: App, counts: Counts) -> None:
    app.console.table("Rows", ["table", "rows"], sorted(counts.rows.items()))
    app.console.table(
        "Planted dirt",
        ["kind", "times", "for example"],
        [
            [kind, n, ", ".join(counts.examples[kind][:2])]
            for kind, n in sorted(counts.dirt.items())
        ],
    )
    app.console.data("rows", counts.rows)
    app.console.data("dirt", counts.dirt)
    app.console.data("examples", counts.examples)


def _define(app: App, url: str, layout: str, path: Path | None) -> None:
    """The definitions, and the `source` section that goes by them."""
    path = path or _beside(url)
    custom = layout == "custom"
    files = CUSTOM if custom else CLASSIC
    write_definitions(path, files.values(), "sqlserver" if custom else "oracle9")
    app.console.data("dbdict", str(path))
    shown = sa.make_url(url).render_as_string(hide_password=True)
    app.console.say(f"\nsource:\n  type: sql\n  url: {shown}\n  dbdict: [{path}]")


def _unload(app: App, url: str, folder: Path, update: Update) -> None:
    records = write_unload(url, folder, progress=update)
    app.console.table("Unload files", ["file", "records"], sorted(records.items()))
    app.console.data("unload", {"folder": str(folder), "records": records})


def _export(app: App, url: str, folder: Path, formats: tuple[str, ...], update: Update) -> None:
    written = write_exports(
        url, folder, formats=formats, progress=lambda name, rows: update(name, rows, None)
    )
    names = dict.fromkeys(name for export in written.values() for name in export.rows)
    app.console.table(
        "Exported lists",
        ["list", *written],
        [[name, *(export.rows.get(name, 0) for export in written.values())] for name in names],
    )
    data: dict[str, Any] = {"folder": str(folder)}
    for name, export in written.items():
        data[name] = {"rows": export.rows, "lost": export.lost}
    app.console.data("exports", data)


def _next(unload: Path | None, exports: Path | None, formats: tuple[str, ...]) -> str:
    if exports:
        return f"migrate --workspace {exports / (formats or tuple(FORMATS))[0]} source describe"
    if unload:
        return f"migrate --workspace {unload} source describe"
    return "migrate simulate topdesk"


def _beside(url: str) -> Path:
    parsed = sa.make_url(url)
    file = parsed.database if parsed.get_backend_name() == "sqlite" else None
    return Path(file or "hpsm").with_suffix(".dbdict.unl")


def _refused(option: str, message: str) -> ConfigurationError:
    return ConfigurationError(Problem("usage", option, message))
