"""An undo as its tests run it."""

from __future__ import annotations

import time
from typing import Any

import requests
from loading import Desk, incident

from migrate.load.look import Look
from migrate.load.pacer import Pacer
from migrate.load.undo import Undo, Undone, dry
from migrate.records import PHASES, Chain
from migrate.state.journal_aside import Scope

IT = Scope(units=("it",))


PERSON = {"Accept": "application/x.topdesk-person-v2+json"}
CHAINS = [incident(f"IM{n}", parts=1) for n in range(1, 5)]


def undo(desk: Desk, scope: Scope = IT, reason: str = "") -> Undone:
    run = desk.journal.begin_run("undo", time.time())
    for phase in PHASES:
        desk.store.outdate("it", phase)
    return Undo(
        desk.journal,
        desk.target,
        Pacer(desk.connections),
        run,
        window=desk.window,
        patience=desk.patience,
        threads=4,
        reason=reason,
        stop=desk.stop,
    ).undo(scope)


def seen(desk: Desk, scope: Scope = IT) -> Undone:
    return dry(Look(desk.journal, desk.target, desk.window, 4), scope)


def told(result: Undone) -> dict[str, tuple[str, str]]:
    """Identity → what was done with it, and why."""
    return {line.identity: (line.what, line.code) for line in result.lines}


def ask(desk: Desk, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """What a person does in TOPdesk."""
    url = f"{desk.server.url}/tas/api/{path}"
    answer = requests.request(
        method, url, json=body, auth=desk.server.auth, headers=headers, timeout=5
    )
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def id_of(desk: Desk, identity: str, kind: str = "incident") -> str:
    return desk.journal.records(kind, [identity])[identity].target_id


def load(desk: Desk, *chains: Chain) -> None:
    desk.plan(*chains)
    for kind in ("department", "person", "operator_group", "incident"):
        if any(chain.kind == kind for chain in chains):
            desk.load(kind)
