"""`simulate hpsm-web`: HPSM's web services, to rehearse reading from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import yaml

from migrate.cli.options import App, command
from migrate.errors import ConfigurationError, Problem
from migrate.extract.defaults import DEFAULTS
from migrate.simulate.faults import FaultPlan
from migrate.simulate.hpsm.web.extaccess import EXTACCESS, Shown
from migrate.simulate.hpsm.web.faults import Fault
from migrate.simulate.hpsm.web.query import Profile
from migrate.simulate.hpsm.web.rules import Rules
from migrate.simulate.hpsm.web.server import PASSWORD, USER, Settings, run

_QUIRKS: dict[str, dict[str, Any]] = {
    "empty-404": {"nothing_found": 404},
    "single-slash": {"double_encode_slash": False},
    "mtom": {"mtom": True},
    "untyped": {"untyped": frozenset(("Activity",))},
}


@command("hpsm-web")
@click.argument(
    "database", type=click.Path(path_type=Path, dir_okay=False), default=Path("hpsm.db")
)
@click.option("--port", type=int, default=13080, show_default=True, help="0 takes a free one.")
@click.option(
    "--type",
    "way",
    type=click.Choice(["rest", "soap"]),
    default="rest",
    show_default=True,
    help="Which of the two the printed configuration reads; both are served.",
)
@click.option("--threads", type=int, default=50, show_default=True, help="Requests at once.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of the web user.")
@click.option(
    "--dates", default="%m/%d/%Y %H:%M:%S", show_default=True, help="Times in the user's queries."
)
@click.option(
    "--quirk",
    "quirks",
    type=click.Choice(list(_QUIRKS)),
    multiple=True,
    help="How this HPSM differs from others.",
)
@click.option("--latency", type=float, default=0.0, help="Milliseconds that each request takes.")
@click.option("--jitter", type=float, default=0.0, help="Milliseconds of spread on top.")
@click.option("--fault", "faults", multiple=True, help="What goes wrong, as said above.")
@click.option("--fault-seed", type=int, help="Draws the same faults again.")
@click.pass_obj
def simulate_hpsm_web(
    app: App,
    database: Path,
    port: int,
    way: str,
    threads: int,
    zone: str,
    dates: str,
    quirks: tuple[str, ...],
    latency: float,
    jitter: float,
    faults: tuple[str, ...],
    fault_seed: int | None,
) -> None:
    """Serve HPSM's REST and SOAP services on this machine until Ctrl-C, from the SQLite database
    that `simulate hpsm` made.

    The user and the password are `migrate`. The `source` section that reads it is printed.

    \b
    A fault is a kind, and behind commas how often, and for what:
      HPSM's own         busy denied locked locked-400 error forbidden missing
      a proxy's          404-html 500-html 503-html page
      the network's      cut answer-lost late slow-drip garbage truncated
                         wrong-length
      rate=0.1           the share of the requests; count=30: the next 30
      path=/rest/        after=200 requests; delay=5 seconds for what is late
    More than one --fault may be given.

    \b
    Example:
      migrate simulate hpsm-web
      migrate simulate hpsm-web hpsm.db --type soap
      migrate simulate hpsm-web hpsm.db --fault busy,rate=0.1 --latency 20
    """
    try:
        plan = FaultPlan.typed(Fault, faults, latency, jitter, fault_seed)
    except ValueError as error:
        raise ConfigurationError(Problem("usage", "--fault", str(error))) from None
    try:
        profile = Profile(dates, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(Problem("usage", "--zone", f"{zone} is no time zone")) from None
    rules = Rules(**{name: value for quirk in quirks for name, value in _QUIRKS[quirk].items()})
    settings = Settings(
        database, port=port, threads=threads, faults=plan, profile=profile, rules=rules
    )

    def started(url: str) -> None:
        source = source_section(way, url)
        if dates != Profile().dates:
            source["web"] = {"dates": dates}
        app.console.data("url", url)
        app.console.data("source", source)
        shown = yaml.safe_dump({"source": source}, sort_keys=False, allow_unicode=True)
        head = f"# HPSM (simulated) serves at {url}; HPSM_PASSWORD={PASSWORD}"
        click.echo(f"{head}\n{shown}", err=app.console.json)

    try:
        run(settings, started)
    except FileNotFoundError:
        raise ConfigurationError(
            Problem(
                "simulate-failed",
                str(database),
                "there is no HPSM database there",
                remedy=f"migrate simulate hpsm sqlite:///{database}",
            )
        ) from None
    except OSError as error:
        raise ConfigurationError(
            Problem("simulate-failed", f"port {port}", error.strerror or type(error).__name__)
        ) from None


def source_section(way: str, url: str) -> dict[str, Any]:
    """The `source` section of a migrate.yaml that reads these web services: every alias table that
    they show, under their captions, with null for the fields that they do not show."""
    shown = {row.table: row for row in EXTACCESS}
    tables = {
        name: _alias(shown[table.table], {ours: c.column for ours, c in table.fields.items()})
        for name, table in DEFAULTS.items()
        if table.table in shown
    }
    members = shown["ASSIGNMENTM1"]
    tables["members"] = {
        **_names(members),
        "fields": {"group": "Name", "operator": {"column": "Operators", "type": "array"}},
    }
    return {
        "type": way,
        "url": url,
        "user": USER,
        "password_env": "HPSM_PASSWORD",
        "tables": tables,
    }


def _alias(shown: Shown, columns: dict[str, str]) -> dict[str, Any]:
    captions = {field.column: field.caption.replace("/", ".") for field in shown.fields}
    return {
        **_names(shown),
        "fields": {ours: captions.get(column) for ours, column in columns.items()},
    }


def _names(shown: Shown) -> dict[str, str]:
    return {"collection": shown.collection, "object": shown.object, "service": shown.service}
