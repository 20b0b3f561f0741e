"""Which TOPdesk operator an HPSM operator becomes, by what the units decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from migrate.records import Chain, Member, Ref, State, Step, Verdict
from migrate.transform.mapping import Mappings, OperatorDecision, Unit, entry_id
from migrate.transform.people import People, Person, fold
from migrate.transform.person_chains import fitted
from migrate.transform.source_digest import source_digest

_FIELDS = ("surName", "firstName", "email")


@dataclass(frozen=True, slots=True)
class Operator:
    """What was decided about one HPSM login.

    `target` is the TOPdesk login, `identity` the same in lower case. With a `verdict` the operator
    is not there to be used. `uses` are the mapping entries that said so.
    """

    identity: str
    target: str
    verdict: Verdict | None
    create: bool = False
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operators:
    """The decisions about every login, in whichever unit they stand."""

    decided: Mapping[str, tuple[tuple[str, OperatorDecision], ...]] = field(default_factory=dict)
    people: People = field(default_factory=People)
    _known: dict[str, Operator] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, mappings: Mappings, people: People) -> Operators:
        decided: dict[str, list[tuple[str, OperatorDecision]]] = defaultdict(list)
        for key in sorted(mappings.units):
            for login, entry in sorted(mappings.units[key].operators.items()):
                if entry.decision is not None:
                    use = entry_id(key, "operators", login)
                    decided[fold(login)].append((use, entry.decision))
        return cls({login: tuple(found) for login, found in decided.items()}, people)

    def get(self, login: str) -> Operator:
        """What becomes of a login. A unit that takes it goes before one that leaves it.

        Verdicts: `person-left`, `operator-left-behind` (skipped), `operator-undecided`,
        `operator-decided-twice` (rejected).
        """
        if login not in self._known:
            self._known[login] = self._decide(login)
        return self._known[login]

    def _decide(self, login: str) -> Operator:
        found = self.decided.get(fold(login), ())
        uses = tuple(use for use, _ in found)
        taking = [(use, decision) for use, decision in found if decision.action != "leave"]
        targets = {fold(decision.target or login): decision for _, decision in taking}
        target = next((d.target for _, d in taking if d.target), login).strip()
        verdict = self._verdict(login, found, targets)
        create = any(decision.action == "create" for _, decision in taking)
        return Operator(fold(target), target, verdict, create, uses)

    def _verdict(
        self,
        login: str,
        found: tuple[tuple[str, OperatorDecision], ...],
        targets: Mapping[str, OperatorDecision],
    ) -> Verdict | None:
        person = self.people.by_login(login)
        if person is None:
            return Verdict(State.SKIPPED, "person-left", "HPSM has no such operator any more")
        if person.left:
            return Verdict(State.SKIPPED, "person-left", "inactive in HPSM")
        if not found:
            return Verdict(State.REJECTED, "operator-undecided", "no unit decided on the operator")
        if not targets:
            reason = found[0][1].reason or "the unit leaves the operator behind"
            return Verdict(State.SKIPPED, "operator-left-behind", reason)
        if len(targets) > 1:
            return Verdict(
                State.REJECTED, "operator-decided-twice", "units name different TOPdesk logins"
            )
        return None


def operator_chains(
    unit: Unit, mappings: Mappings, logins: Iterable[str], operators: Operators
) -> Iterator[Chain]:
    """A chain of kind `operator` for each identity behind these HPSM logins, in order.

    Logins that become the same TOPdesk operator are members of one chain.
    """
    grouped: dict[str, list[tuple[str, Operator]]] = defaultdict(list)
    for login in sorted(set(logins)):
        operator = operators.get(login)
        # What is not sent must not hide what is: a login set aside keeps a chain of its own.
        identity = operator.identity if operator.verdict is None else f"operators:{login}"
        grouped[identity].append((login, operator))
    for identity, group in sorted(grouped.items()):
        yield _chain(identity, unit, mappings, group, operators.people)


def _chain(
    identity: str,
    unit: Unit,
    mappings: Mappings,
    group: list[tuple[str, Operator]],
    people: People,
) -> Chain:
    login, operator = group[0]
    person = people.by_login(login)
    uses = tuple(sorted({use for _, each in group for use in each.uses}))
    steps: tuple[Step, ...] = ()
    if operator.verdict is None and person is not None:
        steps = (Step("create", _body(unit, mappings, operator, person)), *_rights(unit))
    return Chain(
        "operator",
        identity,
        tuple(Member("operators", name) for name, _ in group),
        unit.key,
        steps=steps,
        verdict=operator.verdict,
        find=(("loginName", operator.target),),
        create=any(each.create for _, each in group) and mappings.policy.people.create_operators,
        uses=uses,
        source_digest=source_digest(person.digest if person else "", operator.target),
    )


def _rights(unit: Unit) -> Iterator[Step]:
    """A step for each permission group and filter. They are sent behind `create` alone: operators
    who are there already get nothing."""
    counts: Counter[str] = Counter()
    for sort, name in unit.file.rights.listed():
        counts[sort] += 1
        yield Step(f"right/{sort}/{counts[sort]}", {"name": name}, marker=name)


def _body(unit: Unit, mappings: Mappings, operator: Operator, person: Person) -> dict[str, object]:
    fields, _ = fitted(person)
    return {
        **{name: fields[name] for name in _FIELDS if name in fields},
        "loginName": operator.target,
        "branch": {"id": Ref("branch", mappings.policy.people.branch or unit.file.branch)},
        "linkedPerson": {"id": Ref("person", person.identity)},
        "firstLineCallOperator": mappings.policy.people.first_line_operators,
        "secondLineCallOperator": True,
    }
