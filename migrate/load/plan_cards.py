"""What a plan says of people, groups, places, articles and services that are new to the journal.

They are normally in the target already: they are found there first, and made only where the policy
allows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from migrate.load.directory import Directory
from migrate.load.judge import UNLISTED
from migrate.load.target import TargetReader
from migrate.records import Chain, Found, Ref, State, Step, Verdict
from migrate.state.journal import Journal
from migrate.state.plan_store import NewPlanned

NOT_A_CALLER = "not-a-caller"
SAME_RECORD = "same-record"
"""Another identity is going to be the same record; its name is the verdict's reason."""
ALREADY_THERE = Verdict(State.SKIPPED, "already-there", "the target has it already")
ARCHIVED = Verdict(State.SKIPPED, "archived-in-target", "it is archived there")

RESTORE = "restore"


@dataclass(slots=True)
class Cards:
    """Finds what chains name; whatever is found is remembered by kind and identity in `ids`."""

    journal: Journal
    reader: TargetReader
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    _directories: dict[str, Directory] = field(default_factory=dict)
    _members: dict[str, frozenset[str]] = field(default_factory=dict)

    def learn(self, made: Mapping[tuple[str, str], str]) -> None:
        """What loads have made since: the target is read again, where there is any."""
        if news := {key: id for key, id in made.items() if key not in self.ids}:
            self._directories.clear()
            self._members.clear()
            self.ids.update(news)

    def read_again(self, kind: str) -> None:
        self._directories.pop(kind, None)

    def stands(self, kind: str, id: str) -> bool:
        """Whether a record is there and not archived."""
        return id in self._directory(kind).active

    def expect(self, chain: Chain) -> None:
        """Count on a person who is going to be made."""
        self._directory(chain.kind).expect(chain)

    def new(self, chain: Chain) -> NewPlanned:
        """What one needs of which the journal knows nothing, or that was taken back."""
        if chain.kind == "membership":
            return self._membership(chain)
        found = self._directory(chain.kind).match(chain)
        branch = _branch(chain)
        if chain.kind == "operator_group" and branch:
            here = [f for f in found if self._stands_in(f, branch)]
            if found and not here:
                reason = "the name is taken in a branch"
                return NewPlanned(chain, Verdict(State.CONFLICT, "group-in-other-branch", reason))
            found = here
        if len(found) > 1:
            reason = f"the key fits {len(found)} records there"
            return NewPlanned(chain, Verdict(State.CONFLICT, "several-in-target", reason))
        if found:
            return self._found(chain, found[0])
        if chain.kind in UNLISTED and len(taken := self._taken_back(chain)) == 1:
            return self.restored(chain, next(iter(taken)))
        if not chain.create:
            reason = "not in the target, and the policy does not create it"
            return NewPlanned(chain, Verdict(State.SKIPPED, f"{chain.kind}-not-found", reason))
        if chain.kind == "person":
            self.expect(chain)
        return NewPlanned(chain, None, requests=len(chain.steps))

    def _stands_in(self, found: Found, branch: str) -> bool:
        """Whether a group stands in this branch: by its id, where that is known, since people may
        rename a branch."""
        there = found.fields.get("branch") or {}
        id = self.ids.get(("branch", branch), "")
        return there.get("name") == branch or (bool(id) and there.get("id") == id)

    def _found(self, chain: Chain, found: Found) -> NewPlanned:
        if not found.id:
            return NewPlanned(chain, Verdict(State.SKIPPED, SAME_RECORD, found.name))
        if found.archived and found.id in self._taken_back(chain):
            return self.restored(chain, found.id)
        if found.archived:
            return NewPlanned(chain, ARCHIVED)
        self.ids[chain.kind, chain.identity] = found.id
        if chain.kind == "person" and found.fields.get("isCaller") is False:
            verdict = Verdict(State.SKIPPED, NOT_A_CALLER, "found, without the caller role")
            return NewPlanned(chain, verdict, found.id)
        missing = [
            step
            for step in chain.steps
            if step.name == "tasks"
            and any(found.fields.get(k) is False for k, v in step.body.items() if v is True)
        ]
        if missing:
            return NewPlanned(chain, None, found.id, requests=len(missing))
        return NewPlanned(chain, ALREADY_THERE, found.id)

    def _taken_back(self, chain: Chain) -> frozenset[str]:
        """The ids of what an undo of ours archived of it."""
        taken = self.journal.taken_back(chain.kind, [chain.identity])
        return taken.get(chain.identity, frozenset())

    def restored(self, chain: Chain, id: str, revision: int | None = None) -> NewPlanned:
        """Brings back what an undo archived; in the `revision` in which that was begun. The step's
        marker is the id, which the journal's record does not have until then."""
        self.ids[chain.kind, chain.identity] = id
        if revision is None:
            revision = max((step.revision for step in chain.steps), default=0)
        step = Step(RESTORE, {}, id, revision=revision)
        return NewPlanned(replace(chain, steps=(step,)), None, id, requests=1)

    def _membership(self, chain: Chain) -> NewPlanned:
        refs = {name: as_ref(value) for name, value in chain.steps[0].body.items()}
        group, operator = (self._id(refs.get(name)) for name in ("group", "operator"))
        if group and group not in self._members:
            self._members[group] = self.reader.members(group)
        if group and operator in self._members[group]:
            return NewPlanned(chain, ALREADY_THERE, group)
        return NewPlanned(chain, None, requests=1)

    def _id(self, ref: Ref | None) -> str:
        return self.ids.get((ref.kind, ref.key), "") if ref else ""

    def _directory(self, kind: str) -> Directory:
        if kind not in self._directories:
            self._directories[kind] = Directory.read(self.reader, kind)
        return self._directories[kind]


def as_ref(value: object) -> Ref | None:
    if isinstance(value, dict) and "$ref" in value:
        return Ref(*value["$ref"])
    return value if isinstance(value, Ref) else None


def _branch(chain: Chain) -> str:
    body = chain.steps[0].body if chain.steps else {}
    ref = as_ref((body.get("branch") or {}).get("id"))
    return ref.key if ref else ""
