"""`map`: the mapping cycle. `propose` and `check` are here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import click

from migrate.cli.mapping_approve import map_approve, map_reject
from migrate.cli.mapping_diff import map_diff
from migrate.cli.mapping_effects import map_effect
from migrate.cli.mapping_governance import map_governance
from migrate.cli.mapping_sheet import map_export, map_import
from migrate.cli.options import App, Listed, command, sprint_option, unit_option
from migrate.errors import Exit, Problem
from migrate.facts import read_second_factor, seen_closely, with_members
from migrate.transform.mapping_files import read_mappings
from migrate.transform.proposal_files import write_proposals
from migrate.transform.propose import Proposal, propose
from migrate.transform.topdesk_seen import write_topdesk
from migrate.words import why
from migrate.workspace import Workspace

_UNAPPROVED = frozenset(
    {"approval-missing", "approval-lapsed", "approval-edited", "approval-not-entitled"}
)


@click.group("map", cls=Listed)
def map_command() -> None:
    """What becomes of each group, operator, value and service: proposed, checked, approved.

    \b
    The cycle, as often as it takes:
      migrate map propose --unit U    the tool fills in what it is sure enough of
      migrate review                  its owners decide, in a browser
      migrate map export, import      or in a workbook
      migrate map check --sprint S    what is still wrong or open, all at once
      migrate map approve --unit U    say yes: load refuses all else
    """


for _command in (
    map_approve,
    map_reject,
    map_effect,
    map_governance,
    map_diff,
    map_export,
    map_import,
):
    map_command.add_command(_command)


@command("propose", group=map_command)
@unit_option
@click.pass_obj
def map_propose(app: App, unit: str | None) -> None:
    """Fill in what nobody has decided; never overwrite a decision.

    Facts, reasons and candidates go into *.seen.yaml beside each file. Below the policy's floor
    (proposals.floor) nothing is proposed, and the candidates are only shown.

    \b
    Example:
      migrate map propose --unit ub
    """
    with Workspace(app.folder) as workspace:
        units = [unit] if unit else None
        listed = read_second_factor(workspace.mapping_folder, workspace.mappings)
        facts = seen_closely(workspace.snapshot, workspace.source_facts(units), listed)
        target = with_members(workspace.reader, workspace.target_facts)
        with workspace.writing():
            mappings, _ = read_mappings(workspace.mapping_folder)
            proposals = propose(mappings, facts, target, units)
            written = write_proposals(workspace.mapping_folder, mappings, proposals)
            write_topdesk(workspace.mapping_folder, target)
        new = [p for p in proposals if p.new]
        if new:
            app.console.table(
                "Proposals",
                ["file", "HPSM", "proposal", "sure", "what", "why"],
                [
                    [
                        *(p.file, p.source, _words(p.decision), _sure(p)),
                        "left to you" if _is_left(p) else "written",
                        _why(p, app.console.lang),
                    ]
                    for p in new
                ],
            )
        left = sum(_is_left(p) for p in new)
        app.console.say(
            f"{len(new) - left} written as proposals, {left} left to a person. What is known of"
            " each stands in the .seen.yaml beside its file."
            if new
            else "Nothing new to propose."
        )
        if left:
            app.console.say(
                "Left is what the tool is not sure of, and a value that TOPdesk calls otherwise."
            )
        app.console.data(
            "proposals",
            [
                {
                    "file": p.file,
                    "source": p.source,
                    "reason": p.reason,
                    "near": p.near,
                    "candidates": [
                        {
                            **each.decision.model_dump(exclude_none=True),
                            "confidence": each.confidence,
                            "reasons": [reason.text(app.console.lang) for reason in each.reasons],
                        }
                        for each in p.candidates
                    ],
                }
                for p in new
            ],
        )
        app.console.data("written", [str(file) for file in written])
        app.console.next("migrate map check" + (f" --unit {unit}" if unit else ""))


@command("check", group=map_command)
@unit_option
@sprint_option
@click.option("--offline", is_flag=True, help="Do not ask TOPdesk; check only against HPSM.")
@click.pass_obj
def map_check(app: App, unit: str | None, sprint: str | None, offline: bool) -> int:
    """Everything that is wrong with the mappings, at once, each with file, line and remedy.

    \b
    Example:
      migrate map check
      migrate map check --sprint pilot
    """
    with Workspace(app.folder) as workspace:
        problems = workspace.check([unit] if unit else None, sprint, live=not offline)
        errors = [problem for problem in problems if not problem.warning]
        app.console.problems(problems)
        app.console.say(f"{len(errors)} problems, {len(problems) - len(errors)} warnings.")
        named = ("sprint", sprint) if sprint else ("unit", unit)
        chosen = f" --{named[0]} {shlex.quote(named[1])}" if named[1] else ""
        unread = any(problem.code == "snapshot-empty" for problem in problems)
        if errors:
            following = "migrate extract" if unread else f"migrate map check{chosen}"
            app.console.next(_to_approve(errors) or following)
            return Exit.MAPPING
        app.console.next(
            "migrate extract" if unread else f"migrate plan{chosen or ' --sprint NAME'}"
        )
        return Exit.OK


def _to_approve(errors: Sequence[Problem]) -> str:
    """The command that says yes, where nothing else is wrong: of the first unit that lacks it."""
    if {problem.code for problem in errors} <= _UNAPPROVED and (
        unit := re.search(r"units/([^/]+)/", errors[0].place)
    ):
        return f"migrate map approve --unit {shlex.quote(unit[1])} --by ADDRESS"
    return ""


def _is_left(proposal: Proposal) -> bool:
    """Whether a person must write the decision: of values only what is sure is written."""
    return proposal.decision is None or (proposal.file.startswith("values/") and not proposal.sure)


def _sure(proposal: Proposal) -> str:
    """How sure the tool is of what it proposes, in per cent, or of the best that it does not."""
    if not proposal.candidates:
        return ""
    share = f"{100 * proposal.candidates[0].confidence:.0f} %"
    return share if proposal.decision is not None else f"({share})"


def _why(proposal: Proposal, lang: str) -> str:
    if proposal.decision is None or not proposal.candidates:
        return why(proposal.reason, lang)
    return "; ".join(reason.text(lang) for reason in proposal.candidates[0].reasons)


def _words(decision: object) -> str:
    """A decision in a few words."""
    if decision is None:
        return "(no opinion)"
    fields = {k: v for k, v in vars(decision).items() if v is not None}
    action = fields.pop("action", None)
    target = fields.pop("target", None)
    rest = ", ".join(f"{name} {value}" for name, value in fields.items())
    return " ".join(part for part in (action, "→" if target else "", target, rest) if part)
