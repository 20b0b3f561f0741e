"""A TOPdesk that misbehaves: what the client sees, and what was done all the same."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any

import pytest
import requests
from simulated_desk import Client

from migrate.simulate.topdesk.faults import Fault, FaultInjector, FaultPlan, parse_fault, plan_of


def _incidents(topdesk: Client) -> int:
    count: int = topdesk.server.census()["counts"]["incident"]
    return count


def _wait_for(topdesk: Client, incidents: int) -> None:
    deadline = time.monotonic() + 5
    while _incidents(topdesk) < incidents and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _incidents(topdesk) == incidents


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        ("401", 401, 0),
        ("429", 429, 0),
        ("500-before", 500, 0),
        ("502-before", 502, 0),
        ("503-before", 503, 0),
        ("504-before", 504, 0),
        ("500-after", 500, 1),
        ("502-after", 502, 1),
        ("503-after", 503, 1),
        ("504-after", 504, 1),
    ],
)
def test_an_error_comes_before_or_after_the_work(
    topdesk: Client, kind: str, status: int, done: int
) -> None:
    topdesk.server.misbehave(Fault(kind, method="POST", retry_after=7))
    response = topdesk("POST", "incidents", {})
    assert response.status_code == status
    assert response.headers["Retry-After"] == "7"
    assert _incidents(topdesk) == done
    assert topdesk.server.stats()["injected"] == {kind: 1}
    assert topdesk("GET", "version").status_code == 200


def test_a_fault_is_for_requests_that_begin_so_and_counted_by_its_name(topdesk: Client) -> None:
    fault = Fault("500-before", method="POST", body='"briefDescription"', name="create")
    topdesk.server.misbehave(fault)
    assert topdesk("POST", "incidents", {"externalNumber": "IM1"}).status_code == 201
    assert topdesk("POST", "incidents", {"briefDescription": "x" * 40}).status_code == 500
    assert topdesk.server.stats()["injected"] == {"create": 1}


def test_faults_are_added_to_those_that_are_followed(topdesk: Client) -> None:
    topdesk.server.misbehave(Fault("500-after", method="POST", count=2))
    assert topdesk("POST", "incidents", {}).status_code == 500
    topdesk.server.ask(lambda: topdesk.server.front.faults.add([Fault("429", count=1)]))
    answers = [topdesk("POST", "incidents", {}).status_code for _ in range(3)]
    assert answers == [429, 500, 201]


@pytest.mark.parametrize(("kind", "done"), [("cut-before", 0), ("cut-body", 0), ("answer-lost", 1)])
def test_a_cut_connection_does_not_tell_whether_the_work_was_done(
    topdesk: Client, kind: str, done: int
) -> None:
    topdesk.server.misbehave(Fault(kind))
    with pytest.raises(requests.ConnectionError):
        topdesk("POST", "incidents", {})
    assert _incidents(topdesk) == done


def test_late_work_is_done_after_the_client_has_gone(topdesk: Client) -> None:
    topdesk.server.misbehave(Fault("late", delay=1.5))
    with pytest.raises(requests.ReadTimeout):
        topdesk.session.post(f"{topdesk.server.url}/tas/api/incidents", json={}, timeout=0.05)
    assert _incidents(topdesk) == 0
    assert topdesk.server.stats()["pending"] == 1
    _wait_for(topdesk, 1)


def test_a_late_answer_reaches_a_patient_client(topdesk: Client) -> None:
    topdesk.server.misbehave(Fault("late", delay=0.05))
    assert topdesk("POST", "incidents", {}).status_code == 201


def test_severed_work_goes_on_without_its_connection(topdesk: Client) -> None:
    topdesk.server.misbehave(Fault("severed", delay=0.2))
    with pytest.raises(requests.ConnectionError):
        topdesk("POST", "incidents", {})
    assert _incidents(topdesk) == 0
    _wait_for(topdesk, 1)


def test_a_slow_answer_drips_to_the_end(topdesk: Client) -> None:
    topdesk.server.misbehave(Fault("slow-drip", delay=0.2))
    made = topdesk("POST", "incidents", {"briefDescription": "Drypp"})
    assert made.json()["briefDescription"] == "Drypp"
    with pytest.raises(requests.ConnectionError):
        topdesk.session.get(f"{topdesk.server.url}/tas/api/incidents", timeout=0.005)


def test_garbage_and_short_answers_hide_work_that_was_done(topdesk: Client) -> None:
    topdesk.server.misbehave(Fault("garbage"))
    response = topdesk("POST", "incidents", {})
    assert response.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    topdesk.server.misbehave(Fault("wrong-length"))
    with pytest.raises(requests.exceptions.RequestException):
        topdesk("POST", "incidents", {})
    assert _incidents(topdesk) == 2


def test_a_storm_starts_and_ends_after_so_many_requests(topdesk: Client) -> None:
    topdesk.server.misbehave(Fault("503-before", path="/incidents$", after=1, count=2))
    statuses = [topdesk("POST", "incidents", {}).status_code for _ in range(5)]
    assert statuses == [201, 503, 503, 201, 201]


def test_latency_lengthens_every_request(topdesk: Client) -> None:
    topdesk.server.misbehave(latency=0.1)
    started = time.monotonic()
    topdesk("GET", "version")
    assert time.monotonic() - started >= 0.1


def test_the_control_surface_sets_and_shows_faults_without_a_login(topdesk: Client) -> None:
    control = f"{topdesk.server.url}/_control"
    plan: dict[str, Any] = {
        "latency_ms": 1,
        "seed": 42,
        "faults": [{"kind": "429", "method": "POST", "retry_after": 1}],
    }
    shown = requests.post(f"{control}/faults", json=plan, timeout=10).json()
    assert (shown["seed"], shown["faults"][0]["retry_after"]) == (42, 1)
    assert topdesk("POST", "incidents", {}).status_code == 429
    stats = requests.get(f"{control}/stats", timeout=10).json()
    assert (stats["injected"], stats["writes"]) == ({"429": 1}, 0)
    for wrong in ({"faults": [{"kind": "brann"}]}, {"fault": []}, {"faults": [{"knd": 1}]}):
        assert requests.post(f"{control}/faults", json=wrong, timeout=10).status_code == 400
    assert requests.get(f"{control}/else", timeout=10).status_code == 404
    requests.post(f"{control}/reset", timeout=10)
    assert topdesk("POST", "incidents", {}).status_code == 201
    requests.post(f"{control}/reset", json={"records": True}, timeout=10)
    assert _incidents(topdesk) == 0
    assert topdesk("POST", "incidents", {}).json()["number"].endswith(" 001")


def test_requests_are_counted_by_route_and_status(topdesk: Client) -> None:
    topdesk("GET", "version")
    topdesk.incident()
    topdesk("PATCH", "incidents/number/I 1909 1", {})
    served = requests.get(f"{topdesk.server.url}/_control/requests", timeout=10).json()
    assert served == [
        {"method": "GET", "route": "/tas/api/version", "status": 200, "count": 1},
        {"method": "PATCH", "route": "/tas/api/incidents/number/{}", "status": 404, "count": 1},
        {"method": "POST", "route": "/tas/api/incidents", "status": 201, "count": 1},
    ]


def test_the_census_names_everything_that_is_there_twice(topdesk: Client) -> None:
    first = topdesk.incident(externalNumber="IM1", action="[IM1/v/1] Notat")
    topdesk.incident(externalNumber="IM1")
    topdesk.incident(externalNumber="IM2", action="[IM2/v/1] Notat")
    topdesk("PATCH", f"incidents/id/{first['id']}", {"action": "[IM1/v/1] Notat"})
    group = {"groupName": "UB", "branch": topdesk("GET", "branches").json()[0]}
    group["branch"].pop("name")
    for _ in range(2):
        topdesk("POST", "operatorgroups", group)
    for name in ("a.txt", "a.txt", "b.txt"):
        topdesk(
            "POST",
            f"incidents/id/{first['id']}/attachments",
            files={"file": (name, b"innhold")},
            data={"description": "[IM1/a/0f]"},
        )
    census = topdesk.server.census()
    assert census["writes"] == 9
    assert census["contents"] == {sha256(b"innhold").hexdigest(): 3}
    found = census["duplicates"]
    assert found["incident"] == {"IM1": 2}
    assert found["attachment"] == {"IM1": 2}
    assert found["marker"] == {"[IM1/v/1]": 2}
    assert found["entry"] == {first["number"]: 1}
    assert len(found["operator_group.groupName+branch"]) == 1
    assert found["person.email"] == {"felles@example.no": 2}


def test_faults_are_written_shortly_on_a_command_line() -> None:
    fault = parse_fault("answer-lost,rate=0.05,method=POST,count=3")
    assert fault == Fault("answer-lost", rate=0.05, method="POST", count=3)
    assert plan_of(["429"], latency_ms=20).latency == 0.02
    for wrong in ("brann", "429,rate=2", "429,path=(", "429,rate", "429,fart=1", "429,count=x"):
        with pytest.raises(ValueError):
            parse_fault(wrong)


def test_the_same_seed_draws_the_same_faults() -> None:
    plan = FaultPlan((Fault("429", rate=0.3), Fault("late", rate=0.1)), seed=7)
    draws = [
        [injector.draw("POST", "/") for _ in range(200)]
        for injector in (FaultInjector(plan), FaultInjector(plan))
    ]
    assert draws[0] == draws[1]
    assert {fault.kind for fault in draws[0] if fault} == {"429", "late"}
