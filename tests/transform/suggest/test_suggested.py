"""What is proposed for groups and people, as far as evidence goes and no further."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from migrate.transform.facts import (
    GroupFacts,
    OperatorFacts,
    SourceFacts,
    TargetFacts,
    TargetGroup,
)
from migrate.transform.mapping import (
    GroupDecision,
    GroupEntry,
    Mappings,
    OperatorDecision,
    OperatorEntry,
    Review,
    Unit,
    UnitFile,
)
from migrate.transform.policy import Policy
from migrate.transform.propose import Proposal, propose
from migrate.transform.refusing import refused

YES = Review(status="approved")
POLICY = Policy.model_validate({"people": {"create_operators": True}})


def unit(key: str, groups: list[str], **entries: dict[str, GroupEntry]) -> Unit:
    file = UnitFile(name=f"Institutt {key}", branch=key.upper(), groups=groups)
    return Unit(key, file, entries.get("decided", {}), {})


def seen(*groups: str, **more: GroupFacts) -> dict[str, GroupFacts]:
    return {name: GroupFacts(3, 2, 100, "2019-09-19") for name in groups} | more


def there(**branches: list[str]) -> TargetFacts:
    about = {
        name: TargetGroup(f"id-{name}", branch.upper(), frozenset())
        for branch, names in branches.items()
        for name in names
    }
    return TargetFacts(groups=frozenset(about), about=about)


def found(
    units: dict[str, Unit], source: SourceFacts, target: TargetFacts, key: str
) -> dict[str, Proposal]:
    mappings = Mappings(policy=POLICY, units=units)
    file = f"units/{key}/"
    return {
        p.source: p
        for p in propose(mappings, source, target, [key])
        if p.file.startswith(file) and p.candidates
    }


def decided(source: str, target: str) -> GroupEntry:
    decision = GroupDecision(action="map", target=target)
    return GroupEntry(source=source, decision=decision, review=YES)


SUBJECTS = ("ADM", "STUDIE", "LAB")
IDI, IFY = ([f"{code}-{subject}" for subject in SUBJECTS] for code in ("IDI", "IFY"))
TARGET = there(
    idi=["Instituttkontor IDI", "Utdanning IDI", "Teknisk støtte IDI"],
    ify=["Instituttkontor IFY", "Utdanning IFY", "Teknisk støtte IFY"],
)
FIRST = {
    "idi": unit(
        "idi",
        IDI,
        decided={
            "IDI-ADM": decided("IDI-ADM", "Instituttkontor IDI"),
            "IDI-STUDIE": decided("IDI-STUDIE", "Utdanning IDI"),
            "IDI-LAB": decided("IDI-LAB", "Teknisk støtte IDI"),
        },
    )
}


def test_what_another_unit_decided_for_the_same_words_is_proposed_and_said() -> None:
    source = SourceFacts(groups=seen(*IDI, *IFY))
    units = {**FIRST, "ify": unit("ify", IFY)}
    after = found(units, source, TARGET, "ify")
    assert {name: p.candidates[0].decision.target for name, p in after.items()} == {  # type: ignore[union-attr]
        "IFY-ADM": "Instituttkontor IFY",
        "IFY-STUDIE": "Utdanning IFY",
        "IFY-LAB": "Teknisk støtte IFY",
    }
    reasons = after["IFY-STUDIE"].candidates[0].reasons
    assert "Andre enheter kalte «studie» for «utdanning» (1 avgjørelser)" in [
        reason.text("nb") for reason in reasons
    ]
    before = found({"ify": unit("ify", IFY)}, source, TARGET, "ify")
    assert all(
        p.candidates[0].confidence > before[name].candidates[0].confidence
        or before[name].candidates[0].decision != p.candidates[0].decision
        for name, p in after.items()
    )


def test_a_decision_that_is_not_approved_teaches_nothing() -> None:
    source = SourceFacts(groups=seen(*IDI, *IFY))
    entries = {n: e.model_copy(update={"review": Review()}) for n, e in FIRST["idi"].groups.items()}
    open_still = {"idi": replace(FIRST["idi"], groups=entries), "ify": unit("ify", IFY)}
    alone = {"idi": unit("idi", IDI), "ify": unit("ify", IFY)}
    taught = found(open_still, source, TARGET, "ify")
    assert [p.candidates for p in taught.values()] == [
        p.candidates for p in found(alone, source, TARGET, "ify").values()
    ]


def test_two_that_fit_alike_are_both_shown_and_none_is_proposed() -> None:
    source = SourceFacts(groups=seen("UB-DRIFT"))
    target = there(ub=["UB Drift nord", "UB Drift sør"])
    proposal = found({"ub": unit("ub", ["UB-DRIFT"])}, source, target, "ub")["UB-DRIFT"]
    assert proposal.decision is None
    assert proposal.reason == "Not sure enough to propose anything"
    named = [c.decision.target for c in proposal.candidates]  # type: ignore[union-attr]
    assert {"UB Drift nord", "UB Drift sør"} <= set(named)


def test_members_tell_which_of_two_groups_it_is() -> None:
    logins = frozenset({"kari", "ola", "oda"})
    source = SourceFacts(
        groups=seen("UB-DRIFT"),
        operators={login: OperatorFacts(login, active=True) for login in logins},
        members={"UB-DRIFT": logins},
    )
    target = there(ub=["UB Drift nord", "UB Drift sør"])
    about = {
        **target.about,
        "UB Drift sør": replace(target.about["UB Drift sør"], members=frozenset({"Kari", "oda"})),
    }
    people = {login: OperatorFacts(login) for login in ("Kari", "ola", "oda")}
    target = replace(target, about=about, operators=people)
    proposal = found({"ub": unit("ub", ["UB-DRIFT"])}, source, target, "ub")["UB-DRIFT"]
    assert proposal.decision == GroupDecision(action="map", target="UB Drift sør")
    assert "They have members in common" in proposal.reason


def test_a_group_that_is_dead_goes_and_its_open_tickets_to_the_living_one() -> None:
    groups = ["UB-UTLÅN", "UB-UTLÅN GAMMEL", "UB-ARKIV"]
    old = GroupFacts(0, 2, 40, "2016-01-01")
    source = SourceFacts(groups=seen("UB-UTLÅN", "UB-ARKIV") | {"UB-UTLÅN GAMMEL": old})
    target = there(ub=["UB Utlån", "UB Arkiv"])
    proposal = found({"ub": unit("ub", groups)}, source, target, "ub")["UB-UTLÅN GAMMEL"]
    assert isinstance(proposal.decision, GroupDecision)
    assert proposal.decision.action == "retire"
    assert proposal.decision.open_tickets_to == "UB Utlån"
    assert proposal.decision.reason


def test_what_was_refused_is_not_proposed_again_whatever_is_decided_later() -> None:
    source, target = SourceFacts(groups=seen("UB-UTLÅN")), there(ub=["UB Utlån", "UB Lån"])
    first = found({"ub": unit("ub", ["UB-UTLÅN"])}, source, target, "ub")["UB-UTLÅN"]
    entry = GroupEntry(source="UB-UTLÅN", decision=first.decision)  # type: ignore[arg-type]
    entry = refused(entry, "eier@example.no", date(2019, 9, 20))  # type: ignore[assignment]
    for later in (entry, entry.model_copy(update={"decision": None, "review": Review()})):
        units = {"ub": unit("ub", ["UB-UTLÅN"], decided={"UB-UTLÅN": later})}
        again = found(units, source, target, "ub")["UB-UTLÅN"]
        assert first.decision not in [c.decision for c in again.candidates]
        assert sum(c.confidence for c in again.candidates) <= 1.001


PEOPLE = SourceFacts(
    groups=seen("UB-UTLÅN"),
    operators={
        "karmoe": OperatorFacts(
            "Moe, Kari", "", True, unit="UB", title="Rådgiver", last="2019-09-01"
        ),
        "karmo1": OperatorFacts("KARI MOE", "", True, last="2015-01-01"),
        "ub-skranke": OperatorFacts("UB Skranke", "skranke@example.no", True, last="2019-09-10"),
        "nils": OperatorFacts("Nils Ny", "nils@example.no", True, number="00120"),
        "gjenbruk": OperatorFacts("Per Ås", "per@example.no", True),
    },
    members={"UB-UTLÅN": frozenset({"karmoe", "karmo1", "ub-skranke", "nils", "gjenbruk"})},
)
DESK = TargetFacts(
    operators={
        "kari.moe": OperatorFacts("Kari Moe", "km@example.no", unit="UB", title="Rådgiver"),
        "kari.moe2": OperatorFacts("Kari Moe", "km2@example.no", unit="IT", title="Ingeniør"),
        "skranke.ub": OperatorFacts("Ub Skranke", "skranke@example.no"),
        "nilsn": OperatorFacts("Nils Nyere-Hansen", "nn@example.no", number="120"),
        "gjenbruk": OperatorFacts("Anne Berg", "anne@example.no"),
    }
)


@pytest.fixture
def people() -> dict[str, Proposal]:
    return found({"ub": unit("ub", ["UB-UTLÅN"])}, PEOPLE, DESK, "ub")


def test_namesakes_are_told_apart_by_unit_and_title(people: dict[str, Proposal]) -> None:
    assert people["karmoe"].decision == OperatorDecision(action="map", target="kari.moe")
    words = [reason.text() for reason in people["karmoe"].candidates[0].reasons]
    assert {"The same unit", "The same title"} <= set(words)


def test_an_old_login_of_somebody_who_has_a_newer_one_is_not_them(
    people: dict[str, Proposal],
) -> None:
    assert people["karmo1"].decision in (None, OperatorDecision(action="create", target="karmo1"))


def test_a_function_account_is_an_operator_like_any_other(people: dict[str, Proposal]) -> None:
    assert people["ub-skranke"].decision == OperatorDecision(action="map", target="skranke.ub")


def test_the_employee_number_finds_who_has_another_name_now(people: dict[str, Proposal]) -> None:
    assert people["nils"].decision == OperatorDecision(action="map", target="nilsn")
    assert "TOPdesk has this employee number" in people["nils"].reason


def test_a_login_that_somebody_else_has_now_is_not_enough(people: dict[str, Proposal]) -> None:
    assert people["gjenbruk"].decision != OperatorDecision(action="map", target="gjenbruk")


def test_an_operator_whom_somebody_has_already_is_nobody_elses() -> None:
    entry = OperatorEntry(
        source="ub-skranke",
        decision=OperatorDecision(action="map", target="kari.moe"),
        review=YES,
    )
    units = {"ub": replace(unit("ub", ["UB-UTLÅN"]), operators={"ub-skranke": entry})}
    after = found(units, PEOPLE, DESK, "ub")
    targets = [c.decision.target for c in after["karmoe"].candidates]  # type: ignore[union-attr]
    assert "kari.moe" not in targets
