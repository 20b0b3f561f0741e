"""Failures of kinds that were written down beforehand: the family names who mends them, and a retry
writes to nothing else. Whatever words TOPdesk finds for them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from loading import Desk, group, incident, person, stopped
from refusing import Refusal, Refuser
from sent_files import attachment

from migrate.errors import ConfigurationError, StoppedError
from migrate.load.feed import begin
from migrate.records import PHASES, Chain, Member, Ref, State, Step, Verdict
from migrate.report.failures.families import Family, exactly, families
from migrate.report.failures.fingerprint import of_entry
from migrate.simulate.topdesk.server import TopdeskServer

KINDS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "report" / "failures" / "kinds.yaml").read_text(encoding="utf-8")
)
STOPPING = {401, 429}
"""What ends or holds up the whole load, and is seeded by itself."""

CONTENT = b"logg"
NOBODY = "00000000-0000-4000-8000-000000000000"
SENT = {
    "subcategor": ("subcategory", {"name": "Office"}),
    "categor": ("category", {"name": "Programvare"}),
    "operator": ("operator", {"id": NOBODY}),
    "group": ("operatorGroup", {"id": NOBODY}),
    "caller or group": ("operatorGroup", {"id": Ref("operator_group", "Ingen")}),
}
"""What a ticket has besides, by a word in the name of the kind that is about it."""


def _chain(kind: str, key: str, step: str) -> Chain:
    """A record whose create, and then `step`, are sent."""
    if kind == "person":
        return person(key)
    if kind == "operator_group":
        return replace(group(key), steps=group(key).steps[:1])
    if kind == "operator":
        branch = {"id": Ref("branch", "Hovedkontoret")}
        body = {"surName": "Berg", "loginName": key, "branch": branch, "loginPermission": False}
        body["linkedPerson"] = {"id": Ref("person", "kari")}
        found = (("loginName", key),)
        member = (Member("operators", key),)
        return Chain("operator", key, member, "it", (Step("create", body),), find=found)
    whole = incident(key, parts=1)
    steps = {
        "call_date": whole.steps[1],
        "history": whole.steps[2],
        "hold": Step("hold", {"onHold": True}),
        "close": whole.steps[3],
        "attachment": attachment(key, "logg.txt", CONTENT),
    }
    return replace(whole, steps=(whole.steps[0], *([steps[step]] if step in steps else [])))


class Seeded:
    """One record for every wording of every kind, and good ones beside them."""

    def __init__(self, kinds: list[dict[str, Any]], good: int) -> None:
        self.chains: list[Chain] = [person("kari")]
        self.noted: list[tuple[Chain, dict[str, Any]]] = []
        self.refusals: dict[str, Refusal] = {}
        self.wanted: dict[str, dict[str, Any]] = {}
        for number, kind in enumerate(kinds):
            bodies = kind.get("bodies", [""])
            for which, body in enumerate(bodies):
                self._seed(kind, f"K{number}-{which}", body)
        self.good = [incident(f"IM{n}") for n in range(good)]

    def _seed(self, kind: dict[str, Any], key: str, body: str) -> None:
        chain = _chain(kind["record"], key, kind.get("step", ""))
        if kind["record"] == "incident":
            create, *later = chain.steps
            more = {name: value for word, (name, value) in SENT.items() if word in kind["name"]}
            chain = replace(chain, steps=(replace(create, body={**create.body, **more}), *later))
        self.wanted[key] = kind
        if "status" in kind or "event" in kind:
            self.refusals[key] = Refusal(
                kind["step"], kind.get("status", 0), body, kind.get("event", ""), 0.5
            )
        elif "step" in kind or kind["state"] == "mismatch":
            self.noted.append((chain, kind))
            return
        elif kind["code"] != "parent-missing":
            verdict = Verdict(State(kind["state"]), kind["code"], "")
            chain = replace(chain, steps=(), verdict=verdict)
        self.chains.append(chain)

    def plan(self, desk: Desk) -> None:
        desk.blobs.add([CONTENT])
        desk.plan(*self.chains, *self.good, *(chain for chain, _ in self.noted))
        for chain, kind in self.noted:
            (planned,) = [p for p in desk._planned(chain) if p.identity == chain.identity]
            begin(desk.journal, planned, "pilot", "")
            key = desk.key(chain, kind.get("step", "create"))
            desk.journal.intend(key, 0, "", "[]", False, "", 1, time.time())
            desk.journal.note(key, State(kind["state"]), time.time(), code=kind["code"])
        desk.journal.commit()

    def load(self, desk: Desk, only: dict[str, set[str]] | None = None) -> None:
        for kinds in PHASES.values():
            for kind in kinds:
                if only is None or only.get(kind):
                    loader = desk.loader(1, None)
                    phase = next(p for p, each in PHASES.items() if kind in each)
                    loader.load("it", "pilot", phase, kind, None if only is None else only[kind])

    def judged(self, desk: Desk) -> dict[str, Family]:
        """Key → the family that it is in."""
        by_name = {one.name: one for one in families(desk.journal, desk.store, "it")}
        found = {
            entry.key.identity: by_name[of_entry(entry).name]
            for entry in desk.journal.troubled("it", list(State))
            if of_entry(entry).name in by_name
        }
        for one in by_name.values():
            found.update((key, one) for key in one.examples if key not in found)
        return found


@contextmanager
def _before(server: TopdeskServer, seeded: Seeded, folder: Path) -> Iterator[tuple[Desk, Refuser]]:
    with Refuser(server.url, seeded.refusals).serving() as refuser:
        folder.mkdir()
        desk = Desk(folder, server, connections=8, window=0.3, beside=refuser.url)
        try:
            yield desk, refuser
        finally:
            desk.close()


def _right(seeded: Seeded, found: dict[str, Family]) -> list[str]:
    return [
        f"{key} {kind['name']}: {found[key].advice.mender if key in found else 'in no family'}"
        for key, kind in seeded.wanted.items()
        if key not in found or found[key].advice.mender != kind["mender"]
    ]


@pytest.fixture(scope="module")
def kinds() -> list[dict[str, Any]]:
    return [kind for kind in KINDS if kind.get("status") not in STOPPING]


def test_the_family_names_who_mends_it_and_a_retry_writes_to_nothing_good(
    server: TopdeskServer, tmp_path: Path, kinds: list[dict[str, Any]]
) -> None:
    seeded = Seeded(kinds, good=20)
    with _before(server, seeded, tmp_path / "state") as (desk, refuser):
        seeded.plan(desk)
        seeded.load(desk)
        found = seeded.judged(desk)
        wrong = _right(seeded, found)
        total = len(seeded.wanted)
        sys.stdout.write(f"\n{total - len(wrong)} of {total} failures name the right mender\n")
        sys.stdout.write("".join(f"  {line}\n" for line in wrong))
        assert len(KINDS) >= 40
        assert len(wrong) <= 0.05 * total
        helps = {key: one.advice.retry for key, one in found.items() if key in seeded.wanted}
        falsely = [key for key, retry in helps.items() if retry != seeded.wanted[key]["retry"]]
        assert len(falsely) <= 0.05 * total, falsely
        kinds_right = {seeded.wanted[key]["name"] for key in seeded.wanted} - {
            seeded.wanted[line.split()[0]]["name"] for line in wrong
        }
        assert len(kinds_right) >= 0.95 * len(kinds)

        refuser.refusals.clear()
        refuser.writes.clear()
        incidents = desk.count("incident")
        chosen = families(desk.journal, desk.store, "it", "target-forbidden")
        only = exactly(chosen)
        keys = [key for one in chosen for key in one.operations]
        assert desk.journal.reopen_these(keys, time.time()) == len(keys) > 3
        seeded.load(desk, only)
        assert set(refuser.writes) == only["incident"] | only["operator_group"]
        after = families(desk.journal, desk.store, "it")
        assert not {one.name for one in after} & {one.name for one in chosen}
        assert desk.doubles() == {}
        made = [key for key in keys if (key.kind, key.step) == ("incident", "create")]
        assert desk.count("incident") == incidents + len(made)


@pytest.mark.parametrize("status", sorted(STOPPING))
def test_what_ends_a_load_names_who_mends_it_too(
    server: TopdeskServer, tmp_path: Path, status: int
) -> None:
    seeded = Seeded([kind for kind in KINDS if kind.get("status") == status], good=0)
    with _before(server, seeded, tmp_path / "state") as (desk, _):
        seeded.plan(desk)
        threading.Timer(4.0, desk.stop.set).start()
        error = stopped(lambda: seeded.load(desk))
        assert isinstance(error, ConfigurationError if status == 401 else StoppedError)
        assert _right(seeded, {**seeded.judged(desk)}) == []


def test_a_record_counts_once_however_many_of_its_steps_differ(desk: Desk) -> None:
    desk.plan(incident("IM1", parts=2))
    desk.load("incident")
    for entry in desk.journal.entries("incident", ["IM1"])["IM1"]:
        desk.journal.note(entry.key, State.MISMATCH, 0.0, code="differs", detail="priority")
    desk.journal.commit()
    unit = desk.journal.records("incident", ["IM1"])["IM1"].unit
    (family,) = families(desk.journal, desk.store, unit)
    assert (family.name, family.records, family.examples) == ("differs/incident", 1, ["IM1"])
