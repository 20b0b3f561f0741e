"""Failures folded by fingerprint: families, each with one sentence and the command for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrate.records import PHASES, OpKey, State
from migrate.report.failures.fingerprint import Fingerprint, matches, of_entry
from migrate.report.failures.menders import Advice, advise, undo_died
from migrate.state.journal import Journal
from migrate.state.plan_store import PlanStore
from migrate.words import worded

EXAMPLES = 5
_BEGUN = (
    State.FAILED,
    State.IN_DOUBT,
    State.SENDING,
    State.CONFLICT,
    State.MISMATCH,
    State.PLANNED,
)
_ASIDE = frozenset({State.REJECTED, State.WAITING, State.HELD, State.CONFLICT, State.MISMATCH})
_LOOKS = frozenset({State.CONFLICT, State.MISMATCH})


@dataclass(slots=True)
class Family:
    """Failures of one unit with the same fingerprint. `records` counts records, `examples` are some
    of their keys, `operations` those that a retry sends again."""

    unit: str
    fingerprint: Fingerprint
    records: int = 0
    examples: list[str] = field(default_factory=list)
    operations: list[OpKey] = field(default_factory=list)
    _counted: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.fingerprint.name

    @property
    def advice(self) -> Advice:
        return advise(self.fingerprint)

    @property
    def command(self) -> str:
        """What runs exactly these again; where no retry is meant for them, what comes first."""
        if undo_died(self.fingerprint):
            return "migrate undo --runs"
        if self.operations:
            return f"migrate retry --unit {self.unit} --family {self.name}"
        if self.fingerprint.state in _LOOKS:
            return f"migrate explain {self.examples[0]}"
        return f"migrate load --unit {self.unit}"

    def add(self, identity: str) -> None:
        if identity in self._counted:
            return
        self._counted.add(identity)
        self.records += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(identity)

    def sentence(self, lang: str) -> str:
        """What happened, in one sentence of `lang` (en, nb)."""
        said = words(lang)
        name = self.fingerprint.field
        of_field = said["of_field"].format(field=name) if name else ""
        text: str = said["sentences"][self.advice.sentence]
        return text.format(field=name, of_field=of_field)

    def mender(self, lang: str) -> str:
        return str(words(lang)["menders"][self.advice.mender])

    def retry(self, lang: str) -> str:
        return str(words(lang)["retry"][self.advice.retry])

    def to_json(self, lang: str) -> dict[str, Any]:
        print_ = self.fingerprint
        return {
            "unit": self.unit,
            "family": self.name,
            "state": print_.state,
            "code": print_.code,
            "kind": print_.kind,
            "step": print_.step,
            "status": print_.status,
            "field": print_.field,
            "key": print_.key,
            "mender": self.advice.mender,
            "retry": self.advice.retry,
            "sentence": self.sentence(lang),
            "records": self.records,
            "examples": self.examples,
            "command": self.command,
        }


def families(
    journal: Journal, store: PlanStore, unit: str, family: str | None = None
) -> list[Family]:
    """The families of a unit, the largest first; with `family` those that it names, or begins."""
    found: dict[str, Family] = {}
    seen: set[tuple[str, str]] = set()
    for entry in journal.troubled(unit, _BEGUN):
        if entry.state is State.PLANNED and not _refused_before(entry.code):
            continue
        print_ = of_entry(entry)
        one = found.setdefault(print_.name, Family(unit, print_))
        seen.add((entry.key.kind, entry.key.identity))
        one.add(entry.key.identity)
        if entry.state is State.FAILED or _reopened(entry.state, entry.code):
            one.operations.append(entry.key)
    for print_, identity in _planned(store, unit):
        # What waits for a decision is told, whatever else is known of the record.
        if print_.state is State.CONFLICT or (print_.kind, identity) not in seen:
            found.setdefault(print_.name, Family(unit, print_)).add(identity)
    wanted = (one for one in found.values() if family is None or matches(one.name, family))
    return sorted(wanted, key=lambda one: (-one.records, one.name))


def exactly(chosen: Iterable[Family]) -> dict[str, set[str]]:
    """Kind → identities of everything that a retry of these families may touch."""
    only: dict[str, set[str]] = {}
    for one in chosen:
        for key in one.operations:
            only.setdefault(key.kind, set()).add(key.identity)
    return only


def words(lang: str) -> Mapping[str, Any]:
    """The words of families in `lang` (en, nb)."""
    return worded(__package__, lang, "words.yaml")


def _planned(store: PlanStore, unit: str) -> Iterator[tuple[Fingerprint, str]]:
    """What the plan has set aside, one by one."""
    for phase in PHASES:
        for kind, verdict, code, _, _ in store.summary(unit, phase):
            if verdict and State(verdict) in _ASIDE:
                print_ = Fingerprint(State(verdict), kind, "", code)
                for record in store.coded(unit, phase, kind, code):
                    yield print_, record.identity


_STOPPED_BY = frozenset(
    {
        "target-busy",
        "target-unreachable",
        "target-failing",
        "target-address",
        "target-certificate",
        "credentials-refused",
        "permission-missing",
        "lookup-refused",
        "interface-missing",
        "not-there",
    }
)
"""Why an operation that is to be sent was not: it is sent by the next load."""


def _refused_before(code: str) -> bool:
    """Whether a planned operation's code says that it was tried: it is emptied when it is sent."""
    return code in _STOPPED_BY or _reopened(State.PLANNED, code)


def _reopened(state: State, code: str) -> bool:
    """Whether a planned operation has failed before and was made ready by a retry."""
    return state is State.PLANNED and code not in _STOPPED_BY | {"", "held-back"}
