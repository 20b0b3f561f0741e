"""`simulate`: rehearse without either system. Here `simulate topdesk`."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.options import App, Listed, command
from migrate.cli.simulate_hpsm import scale_option, seed_option, simulate_hpsm
from migrate.cli.simulate_web import simulate_hpsm_web
from migrate.errors import ConfigurationError, Problem
from migrate.simulate.topdesk.faults import plan_of
from migrate.simulate.topdesk.seed import empty_seed, seed_from_world
from migrate.simulate.topdesk.server import PASSWORD, USER, Settings, run
from migrate.simulate.world.world import World


@click.group("simulate", cls=Listed)
def simulate_command() -> None:
    """A HPSM and a TOPdesk of your own, to rehearse on."""


simulate_command.add_command(simulate_hpsm)
simulate_command.add_command(simulate_hpsm_web)


@command("topdesk", group=simulate_command)
@click.option(
    "--database",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("topdesk.db"),
    show_default=True,
    help="The file that keeps its state.",
)
@click.option("--port", type=int, default=8080, show_default=True, help="0 takes a free one.")
@click.option("--empty", is_flag=True, help="No people: only a branch and the lists.")
@scale_option
@seed_option
@click.option("--latency", type=float, default=0.0, help="Milliseconds that each request takes.")
@click.option("--jitter", type=float, default=0.0, help="Milliseconds of spread on top.")
@click.option(
    "--knowledge",
    type=click.Choice(["folders", "items"]),
    default="folders",
    show_default=True,
    help="The knowledge base after the explorer migration, or before it.",
)
@click.option("--fault", "faults", multiple=True, help="What goes wrong, as said above.")
@click.option("--fault-seed", type=int, help="Draws the same faults again.")
@click.pass_obj
def simulate_topdesk(
    app: App,
    database: Path,
    port: int,
    empty: bool,
    scale: str,
    seed: int,
    latency: float,
    jitter: float,
    knowledge: str,
    faults: tuple[str, ...],
    fault_seed: int | None,
) -> None:
    """Serve TOPdesk's API on this machine until Ctrl-C, filled from the invented directory.

    The user and the application password are `migrate`.

    \b
    A fault is a kind, and behind commas how often, and for what:
      not worked at      429 401 500-before 502-before 503-before 504-before
                         cut-before cut-body
      worked at          500-after 502-after 503-after 504-after answer-lost
                         slow-drip garbage wrong-length
      worked at later    late severed
      rate=0.05          the share of the requests; count=50: the next 50
      method=POST        path=/incidents$, after=200 requests
      retry_after=1      seconds, for 429 and 503; delay=40 for what is late
    More than one --fault may be given.

    \b
    Example:
      migrate simulate topdesk --latency 150
      migrate simulate topdesk --fault answer-lost,rate=0.05,method=POST
    """
    try:
        plan = plan_of(faults, latency, jitter, fault_seed)
    except ValueError as error:
        raise ConfigurationError(Problem("usage", "--fault", str(error))) from None
    settings = Settings(
        database,
        seed=empty_seed() if empty else seed_from_world(World(seed, scale)),
        user=USER,
        password=PASSWORD,
        port=port,
        faults=plan,
        migrated=knowledge == "folders",
    )

    def started(url: str) -> None:
        app.console.data("url", url)
        click.echo(f"TOPdesk (simulated) serves at {url}", err=app.console.json)

    try:
        run(settings, started)
    except OSError as error:
        raise ConfigurationError(
            Problem("simulate-failed", f"port {port}", error.strerror or type(error).__name__)
        ) from None
