"""Running plans and loads from the command line: progress, Ctrl-C, and one unit's trouble."""

from __future__ import annotations

import math
import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from types import FrameType

from migrate.cli.options import App
from migrate.cli.probe import begin_sprint
from migrate.cli.tables import show_forecast, show_plan
from migrate.codes import CODES
from migrate.console import Console
from migrate.errors import Exit, MappingError, MigrateError, Problem, StoppedError
from migrate.load.stop_line import Band, band_of
from migrate.load.work import Progress
from migrate.records import State
from migrate.transform.mapping import Sprint
from migrate.workspace import Workspace

_UNIT_ONLY = frozenset({"unit-locked", "error-budget", "stop-line"})
"""Stops that say something of one unit and nothing of the next."""


def plan_units(app: App, workspace: Workspace, sprint: str, units: list[str]) -> None:
    """Plan units anew, with progress."""
    with app.console.progress("plan") as update:
        loader = workspace.unit_loader(planned=lambda done: update("plan", done, None))
        for unit in units:
            loader.plan(unit, sprint, anew=True)


def load_units(
    app: App,
    workspace: Workspace,
    sprint: Sprint,
    units: list[str],
    *,
    only: Mapping[str, Mapping[str, Set[str]]] | None = None,
    looked: str | None = None,
    silent: bool = False,
) -> Exit:
    """Plan where needed and load, unit by unit; one unit's trouble does not stop the others.

    `only` are the identities of each unit by kind; without it, all of the units is loaded. `looked`
    is who looked at units that went over their stop-line: without it, those are left. `silent` says
    that no mail is sent, so that nobody is asked about the probe ticket of the sprint.

    Raises what concerns all units: credentials, the target, a person's Ctrl-C.
    """
    worst = Exit.OK
    with draining(app.console) as stop, app.console.progress("load") as update:

        def report(progress: Progress) -> None:
            tally = progress.tally
            phase = f"{progress.unit} {progress.kind}"
            if workspace.quiet_wait() > 0:
                phase += f" (waits for {workspace.opens():%a %H:%M}, the quiet hours)"
            elif progress.pause > 0:
                phase += f" (TOPdesk asks for a pause: {progress.pause:.0f} s)"
            update(phase, tally.total - tally.left, tally.total)

        _wait_for_quiet(app, workspace, stop)
        loader = workspace.unit_loader(
            planned=lambda done: update("plan", done, None),
            report=report,
            stop=stop,
            waiting=lambda name: app.console.say(f"Waiting for another load ({name}) …"),
        )
        workspace.journal.backup()
        run = workspace.journal.begin_run("load", workspace.clock())
        result = "ok"
        loaded: list[str] = []
        try:
            for unit in units:
                try:
                    waived = waived_bands(workspace, unit, looked)
                    workspace.gate([unit], sprint.name)
                    plan = loader.plan(unit, sprint.name)
                    if plan.stale:
                        app.console.say(f"{unit}: the plan was out of date and has been made anew.")
                        show_plan(app.console, workspace, [unit])
                        worst = Exit.STOPPED
                        continue
                    app.console.say(_standing(workspace, unit))
                    show_forecast(app.console, unit, workspace.forecast(unit, sprint))
                    begin_sprint(app, workspace, sprint, silent=silent, run=run)
                    chosen = None if only is None else only[unit]
                    phases = sprint.scope.kinds
                    if not loader.load(unit, sprint.name, phases, run, only=chosen, waived=waived):
                        app.console.say(
                            f"{unit}: what was settled or brought back is planned anew."
                        )
                        worst = max(worst, Exit.STOPPED)
                    loaded.append(unit)
                except (MappingError, StoppedError) as error:
                    if not _of_unit(error):
                        raise
                    if (band := band_of(error.problems)) and not workspace.stopped_at(unit):
                        workspace.stop_at(unit, band)
                    app.console.problems(error.problems, f"{unit}: not loaded")
                    worst = max(worst, error.exit_code)
            for unit in loaded if "knowledge" in sprint.scope.kinds else ():
                # Articles lead to those of units that came after theirs.
                loader.load_links(unit, sprint.name, run)
        except MigrateError as error:
            result = error.problems[0].code
            raise
        finally:
            workspace.journal.end_run(run, result, workspace.clock())
    app.console.data("requests", sum(tally.requests for tally in loader.tallies.values()))
    requests = sum(tally.requests for tally in loader.tallies.values())
    nothing = "0 writes: nothing was left that could be done." if worst is Exit.OK else "0 writes."
    app.console.say(f"{requests} requests sent that write." if requests else nothing)
    dropped = sum((Counter(tally.dropped) for tally in loader.tallies.values()), Counter[str]())
    app.console.data("sent_without", dict(dropped))
    if dropped:
        app.console.say(sent_without(dropped))
    return worst


def sent_without(dropped: Mapping[str, int]) -> str:
    """What records went without, since TOPdesk does not have it: it is not filled in later."""
    counted = ", ".join(f"{kind} {number}" for kind, number in sorted(dropped.items()))
    return (
        f"Sent without what TOPdesk does not have ({counted}): a ticket without its operator is "
        "its group's, a caller stands as text. A later load does not fill that in by itself."
    )


def waived_bands(workspace: Workspace, unit: str, looked: str | None) -> frozenset[Band]:
    """The band that a unit went over, now that somebody looked.

    Raises StoppedError (`stop-line`) where nobody has.
    """
    band = workspace.stopped_at(unit)
    if band is None:
        return frozenset()
    if not looked:
        raise StoppedError(
            Problem(
                "stop-line",
                unit,
                f"an earlier load went over its stop-line ({band}), and nobody has looked",
                expected="--looked NAME, once somebody has",
            )
        )
    now = datetime.fromtimestamp(workspace.clock(), UTC)
    workspace.audit.append(looked, "looked", {"unit": unit, "stop_line": band}, now)
    workspace.stop_at(unit, None)
    return frozenset({band})


def _wait_for_quiet(app: App, workspace: Workspace, stop: Event) -> None:
    """Wait for the quiet hours, where there are any, and say so; TOPdesk is not asked meanwhile.

    Raises StoppedError where the configuration says not to wait (`outside-quiet-hours`), and on
    Ctrl-C.
    """
    if not (wait := workspace.quiet_wait()):
        return
    when = f"{workspace.opens():%a %d %b %H:%M}"
    if math.isinf(wait):
        raise StoppedError(
            Problem(
                "outside-quiet-hours",
                "migrate.yaml: target.quiet_hours",
                f"a load may run from {when}, {workspace.mappings.policy.time_zone}",
            )
        )
    app.console.say(f"Outside the quiet hours: the load waits until {when} …")
    while (wait := workspace.quiet_wait()) > 0:
        if stop.wait(min(wait, 1.0)):
            raise StoppedError(Problem("stopped", "load", "stopped by hand; nothing was begun"))


def _standing(workspace: Workspace, unit: str) -> str:
    """`812 done, 3 in doubt, 185 to go`, before a load goes on."""
    count: Counter[State] = Counter()
    for line in workspace.overview.lines(unit):
        count[line.bucket] += line.records
    done = count[State.DONE] + count[State.VERIFIED] + count[State.SKIPPED]
    doubt = count[State.IN_DOUBT] + count[State.SENDING]
    return f"{unit}: {done} done, {doubt} in doubt, {count[State.PLANNED]} to go."


@contextmanager
def draining(console: Console) -> Iterator[Event]:
    """An event that the first Ctrl-C (or SIGTERM) sets, which is told; the second one leaves at
    once with 130."""
    stop, asked = Event(), False

    def drain() -> None:
        stop.set()
        console.notice("Stopping in a safe place … (Ctrl-C again leaves at once)")

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(Exit.INTERRUPTED)
        asked = True
        # By another thread: the one that is interrupted may hold the event's lock, waiting for it.
        Thread(target=drain, daemon=True).start()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _of_unit(error: MigrateError) -> bool:
    codes = {problem.code for problem in error.problems}
    return isinstance(error, MappingError) or codes <= _UNIT_ONLY & set(CODES)
