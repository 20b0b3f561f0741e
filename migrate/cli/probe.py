"""The probe ticket from the command line: made, looked at by a person, archived, remembered."""

from __future__ import annotations

from datetime import UTC, datetime

from migrate.cli.options import App
from migrate.errors import ConfigurationError, LookError, Problem
from migrate.load.probe import Prober
from migrate.state import locks
from migrate.transform.mapping import Sprint
from migrate.workspace import Workspace

_QUESTION = (
    "The probe ticket {number} is in TOPdesk. Look at the mailbox{whose}, and wait a minute."
    " Was a mail sent?"
)


def begin_sprint(app: App, workspace: Workspace, sprint: Sprint, *, silent: bool, run: int) -> None:
    """See to it that the sprint's probe ticket was made, checked by a person and archived; at once
    where that was done before.

    Raises ConfigurationError (`probe-unconfirmed`) where nobody can be asked, and LookError where
    TOPdesk sent mails (`probe-mailed`), changed the ticket (`probe-differs`) or does not find it
    (`probe-not-found`): nothing else of the sprint is sent.
    """
    if workspace.probed(sprint.name):
        return
    beforehand = sprint.probe.silent
    if not (silent or beforehand or app.console.can_ask):
        raise ConfigurationError(
            Problem(
                "probe-unconfirmed",
                f"sprint {sprint.name}",
                "nobody can be asked here whether its probe ticket made TOPdesk send mails",
                expected="a terminal, --probe-silent, or `probe: {silent: …}` in the sprint",
            )
        )
    ask = not (silent or beforehand)
    # A person takes their time, and another load must not run out of its own meanwhile.
    lock = f"probe/{sprint.name}" if ask else locks.SHARED
    with workspace.hold(lock, lambda name: app.console.say("Waiting for a probe ticket …")):
        if workspace.probed(sprint.name):
            return
        prober = workspace.prober(sprint)
        who = beforehand.by if beforehand else "--probe-silent" if silent else "terminal"
        number = _probe(app, prober, sprint, ask=ask, run=run)
        now = datetime.fromtimestamp(workspace.clock(), UTC)
        about = {"sprint": sprint.name, "number": number}
        workspace.audit.append(who, "probed", about, now)
        workspace.remember_probe(sprint.name, number)
    app.console.say(f"The probe ticket {number} was read back and archived.")
    app.console.data("probe", {"sprint": sprint.name, "number": number, "by": who})


def _probe(app: App, prober: Prober, sprint: Sprint, *, ask: bool, run: int) -> str:
    """Make it, have it looked at, archive it in any case; returns its number."""
    probe = prober.send(sprint.name, run)
    changed = prober.changed(probe, sprint.name)
    found = bool(changed) or prober.findable(probe)
    mailed = False
    if ask and found and not changed:
        whose = f" of {sprint.probe.mailbox}" if sprint.probe.mailbox else ""
        mailed = app.console.ask(_QUESTION.format(number=probe.number, whose=whose))
    prober.archive(probe)
    if changed:
        fields = ", ".join(changed)
        raise LookError(Problem("probe-differs", probe.number, f"TOPdesk shows another {fields}"))
    if not found:
        message = "TOPdesk shows it by its id, and does not find it by its external number"
        raise LookError(Problem("probe-not-found", probe.number, message))
    if mailed:
        raise LookError(Problem("probe-mailed", probe.number, "somebody saw a mail about it"))
    return probe.number
