"""A real journal, a real plan and the real engine before a simulated TOPdesk: what the tests of the
load share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import requests
from pydantic import SecretStr

from migrate.config import TargetConfig
from migrate.errors import MigrateError
from migrate.load.compare import canonical, pack
from migrate.load.feed import begin
from migrate.load.http import Http
from migrate.load.pacer import Pacer
from migrate.load.plan import Planner
from migrate.load.resolve import Resolver
from migrate.load.run import Loader
from migrate.load.topdesk.client import TopdeskTarget
from migrate.load.verify import Verified, Verifier
from migrate.load.work import Settings, Tally
from migrate.records import PHASES, Chain, Member, Operation, OpKey, Ref, State, Step
from migrate.simulate.topdesk.server import PASSWORD, TopdeskServer
from migrate.state.blobs import BlobStore
from migrate.state.journal import Journal
from migrate.state.overview import Overview
from migrate.state.plan_store import Planned, PlanStore

WINDOW = 0.8
TIMEOUT = 0.4
PHASE = {kind: phase for phase, kinds in PHASES.items() for kind in kinds}


def incident(number: str, *, parts: int = 2, unit: str = "it", **more: object) -> Chain:
    """A ticket of a create, a call date, some history and its end."""
    body = {
        "externalNumber": number,
        "briefDescription": "Skriveren på lesesalen",
        "status": "secondLine",
        "request": "Den vil ikke skrive ut",
        "caller": {"dynamicName": "Åse Ødegård", "branch": {"id": Ref("branch", "Hovedkontoret")}},
    }
    history = [
        Step(
            f"history/v/{n}",
            {"action": f"Del {n}<br>[{number}/v/{n}]", "actionInvisibleForCaller": False},
            f"[{number}/v/{n}]",
            (f"Del {n}",),
        )
        for n in range(1, parts + 1)
    ]
    steps = (
        Step("create", body),
        Step("call_date", {"callDate": "2019-05-06T10:00:00.000+0200"}),
        *history,
        Step("close", {"completed": True, "completedDate": "2019-05-07T10:00:00.000+0200"}),
    )
    chain = Chain(
        "incident",
        number,
        (Member("incidents", number),),
        unit,
        steps=steps,
        find=(("externalNumber", number),),
        source_digest=f"digest of {number}",
    )
    return replace(chain, **more)  # type: ignore[arg-type]


def person(login: str, *, unit: str = "it", create: bool = True) -> Chain:
    body = {
        "surName": login.title(),
        "networkLoginName": login,
        "isCaller": True,
        "branch": {"id": Ref("branch", "Hovedkontoret")},
    }
    return Chain(
        "person",
        login,
        (Member("contacts", login.upper()),),
        unit,
        steps=(Step("create", body),),
        find=(("networkLoginName", login),),
        create=create,
        source_digest=login,
    )


def group(name: str, *, unit: str = "it") -> Chain:
    body = {"groupName": name, "branch": {"id": Ref("branch", "Hovedkontoret")}}
    tasks = {**body, "firstLineCallOperator": True, "secondLineCallOperator": True}
    return Chain(
        "operator_group",
        name,
        (Member("groups", name.upper()),),
        unit,
        steps=(Step("create", body), Step("tasks", tasks)),
        find=(("groupName", name),),
        source_digest=name,
    )


@dataclass
class Desk:
    """One state folder before one TOPdesk, asked at `beside` where that is said. `stop` is what
    Ctrl-C sets."""

    folder: Path
    server: TopdeskServer
    connections: int = 4
    window: float = WINDOW
    patience: float = 20.0
    budget: float = 1.0
    budget_after: int = 50
    beside: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Open the state as a new process would."""
        self.journal = Journal(self.folder / "journal.db", "hpsm")
        self.store = PlanStore(self.folder / "plan.db")
        config = TargetConfig(
            url=self.beside or self.server.url, timeout=TIMEOUT, connections=self.connections
        )
        self.http = Http(config, SecretStr(PASSWORD), sleep=lambda seconds: time.sleep(0.05))
        self.blobs = BlobStore(self.folder / "blobs")
        self.target = TopdeskTarget(self.http, config, self.blobs.open)

    def close(self) -> None:
        self.journal.close()
        self.store.close()
        self.http.close()

    def plan(self, *chains: Chain, unit: str = "it") -> list[Planned]:
        """Plan these chains as all that there is of their phases."""
        planner = Planner(self.journal, self.store, self.target)
        planned: list[Planned] = []
        for phase, kinds in PHASES.items():
            mine = [chain for chain in chains if PHASE[chain.kind] == phase]
            planner.plan(unit, phase, "pilot", mine, "basis", 0.0)
            for kind in kinds:
                for page in self.store.records(unit, phase, kind, steps=False):
                    planned += page
        return planned

    def load(self, *kinds: str, unit: str = "it", resolver: Resolver | None = None) -> Tally:
        """Load what is planned, as the command does; raises what stops it."""
        self.journal.recover(unit, time.time())
        run = self.journal.begin_run("load", time.time())
        tally = Tally()
        for kind in kinds or ("incident",):
            Planner(self.journal, self.store, self.target).look_again(unit, PHASE[kind], kind)
            loader = self.loader(run, resolver)
            tally = loader.load(unit, "pilot", PHASE[kind], kind)
        return tally

    def loader(self, run: int = 1, resolver: Resolver | None = None) -> Loader:
        settings = Settings(
            self.connections, self.window, self.budget, self.patience, self.budget_after
        )
        pacer = Pacer(self.connections)
        return Loader(
            self.journal,
            self.store,
            self.target,
            pacer,
            resolver or self.resolver(),
            settings,
            run,
            stop=self.stop,
        )

    def resolver(self) -> Resolver:
        kinds = [kind for kind in PHASE if kind != "incident"]
        ids = {(kind, key): id for kind, key, id in self.journal.targets(kinds)}
        ids |= {("branch", found.name): found.id for found in self.target.index("branch")}
        return Resolver(ids)

    def verify(self, unit: str = "it") -> Verified:
        return Verifier(self.journal, self.target, clock=time.time).verify(unit)

    def states(self, identity: str, kind: str = "incident") -> dict[str, State]:
        """Step → state, as the journal has them."""
        entries = self.journal.entries(kind, [identity]).get(identity, [])
        return {entry.key.step: entry.state for entry in entries}

    def bucket(self, identity: str, unit: str = "it") -> State:
        """The bucket of the only planned record of this unit."""
        overview = Overview(self.store.path, self.journal.path, "hpsm")
        try:
            (line,) = [line for line in overview.lines(unit) if line.records]
            return line.bucket
        finally:
            overview.close()

    # The journal as a dead process left it.

    def wrote(
        self,
        chain: Chain,
        *states: State,
        target_id: str = "",
        age: float = 0.0,
        revision: int = 0,
    ) -> None:
        """Write the first steps of a chain as begun and in these states, `age` seconds ago."""
        (planned,) = [p for p in self._planned(chain) if p.identity == chain.identity]
        begin(self.journal, planned, "pilot", target_id)
        then, resolver = time.time() - age, self.resolver()
        for position, (step, state) in enumerate(zip(chain.steps, states, strict=False)):
            key = self.key(chain, step.name, revision)
            sent = pack(canonical(resolver.resolve(chain.kind, step.body).body))
            carries = orjson.dumps(step.carries).decode()
            self.journal.intend(key, position, step.marker, carries, False, sent, 1, then)
            if state is not State.SENDING:
                self.journal.note(key, state, then, sent_at=then)
        if target_id:
            self.journal.identify(chain.kind, chain.identity, target_id, "")
        self.journal.commit()

    def key(self, chain: Chain, step: str, revision: int = 0) -> OpKey:
        return OpKey("hpsm", chain.kind, chain.identity, step, revision)

    def _planned(self, chain: Chain) -> Iterable[Planned]:
        for page in self.store.records(chain.unit, PHASE[chain.kind], chain.kind, steps=False):
            yield from page

    # The target, counted there and not in the journal.

    def census(self) -> dict[str, dict[str, object]]:
        return self.server.census()

    def count(self, kind: str) -> int:
        return int(self.census()["counts"].get(kind, 0))  # type: ignore[call-overload]

    def doubles(self) -> dict[str, dict[str, int]]:
        """What is there more than once; texts that two parts share are no doubles."""
        found = self.census()["duplicates"]
        return {name: values for name, values in found.items() if values}  # type: ignore[misc]

    def ask(self, path: str) -> object:
        url = f"{self.server.url}/tas/api/{path}"
        answer = requests.get(url, auth=self.server.auth, timeout=5)
        return answer.json() if answer.content else []

    def trail(self, incident_id: str) -> list[str]:
        """The texts of the trail, oldest first."""
        return [entry.text for entry in reversed(self.target.trail(incident_id))]

    def send(self, chain: Chain, step: str, target_id: str = "") -> str:
        """Do one step in the target behind the journal's back; returns the record's id."""
        position = [s.name for s in chain.steps].index(step)
        body = self.resolver().resolve(chain.kind, chain.steps[position].body).body
        marker = chain.steps[position].marker
        outcome = self.target.write(Operation(self.key(chain, step), body, target_id, marker))
        assert outcome.target_id, (outcome.code, outcome.detail)
        return outcome.target_id


def stopped(action: object) -> MigrateError | None:
    """What a load raised, if anything."""
    try:
        action()  # type: ignore[operator]
    except MigrateError as error:
        return error
    return None


def whole(desk: Desk, *chains: Chain) -> None:
    """Each chain is in the target once and entirely, and the journal says so."""
    assert desk.count("incident") == len(chains)
    assert desk.doubles() == {}
    for chain in chains:
        assert set(desk.states(chain.identity).values()) == {State.DONE}, chain.identity
        assert list(desk.states(chain.identity)) == [step.name for step in chain.steps]
        markers = [step.marker for step in chain.steps if step.marker]
        target_id = desk.journal.records("incident", [chain.identity])[chain.identity].target_id
        trail = desk.trail(target_id)
        assert [m for text in trail for m in markers if m in text] == markers
    verified = desk.verify()
    assert (verified.compared["incident"], verified.differences) == (len(chains), [])


def did(desk: Desk, chain: Chain, steps: int) -> str:
    """Do the first steps of a chain in the target; returns the incident's id."""
    target_id = ""
    for step in chain.steps[:steps]:
        target_id = desk.send(chain, step.name, target_id)
    return target_id


def idle(server: TopdeskServer) -> None:
    """Wait until the work that was put off is done."""
    while server.stats()["pending"]:
        time.sleep(0.05)
