"""References become ids, or are told apart: those that may be left out, those that may not."""

from __future__ import annotations

from migrate.load.resolve import Resolver
from migrate.records import Ref, Step
from migrate.state.plan_store import dump_steps, load_steps

BODY = {
    "briefDescription": "Skriver",
    "operatorGroup": {"id": Ref("operator_group", "UB")},
    "operator": {"id": Ref("operator", "kari")},
    "callerLookup": {"id": Ref("person", "ola")},
    "caller_fallback": {
        "dynamicName": "Ola Nordmann",
        "email": None,
        "branch": {"id": Ref("branch", "UB")},
    },
}
ALL = {
    ("operator_group", "UB"): "g",
    ("operator", "kari"): "o",
    ("person", "ola"): "p",
    ("branch", "UB"): "b",
}


def without(kind: str) -> Resolver:
    return Resolver({key: id for key, id in ALL.items() if key[0] != kind})


def test_a_body_whose_references_are_known_has_ids_and_no_fallback() -> None:
    resolved = Resolver(dict(ALL)).resolve("incident", BODY)
    assert resolved.body == {
        "briefDescription": "Skriver",
        "operatorGroup": {"id": "g"},
        "operator": {"id": "o"},
        "callerLookup": {"id": "p"},
    }
    assert (resolved.missing, resolved.dropped) == ((), ())


def test_a_ticket_waits_for_its_group() -> None:
    resolved = without("operator_group").resolve("incident", BODY)
    assert resolved.missing == (Ref("operator_group", "UB"),)


def test_a_ticket_goes_without_its_operator() -> None:
    resolved = without("operator").resolve("incident", BODY)
    assert "operator" not in resolved.body
    assert (resolved.missing, resolved.dropped) == ((), (Ref("operator", "kari"),))


def test_a_caller_who_is_not_there_stands_as_text() -> None:
    for resolver in (without("person"), Resolver(dict(ALL), not_callers={"ola"})):
        resolved = resolver.resolve("incident", BODY)
        assert "callerLookup" not in resolved.body
        assert resolved.body["caller"] == {"dynamicName": "Ola Nordmann", "branch": {"id": "b"}}
        assert resolved.missing == ()


def test_stored_and_fresh_references_are_the_same() -> None:
    (step,) = load_steps(dump_steps([Step("create", BODY)]))
    resolver = Resolver(dict(ALL))
    assert resolver.resolve("incident", step.body) == resolver.resolve("incident", BODY)


def test_what_is_bound_on_the_way_is_known_at_once() -> None:
    resolver = without("operator_group")
    resolver.bind("operator_group", "UB", "new")
    assert resolver.resolve("incident", BODY).body["operatorGroup"] == {"id": "new"}
