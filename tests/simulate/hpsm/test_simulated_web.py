"""The web services as a server: who may ask, how many at once, how it goes wrong, how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
import yaml
from lxml import etree
from simulated_hpsm import Hpsm
from web_client import SM, Web, client, envelope

from migrate.config import SourceConfig
from migrate.simulate.hpsm import tables
from migrate.simulate.hpsm.web.extaccess import EXTACCESS
from migrate.simulate.hpsm.web.faults import Fault
from migrate.simulate.hpsm.web.query import Profile
from migrate.simulate.hpsm.web.server import HpsmServer, Settings


def _answered(response: requests.Response) -> tuple[int, Any]:
    return response.status_code, response.json().get("ReturnCode")


def _faulted(response: requests.Response) -> str:
    return etree.fromstring(response.content)[0][0].findtext("faultstring")


def _list_over_soap(web: Web) -> requests.Response:
    return web.post(envelope("RetrieveIncidentList", count=1), "RetrieveList")


def test_every_column_that_is_shown_is_one_of_hpsms() -> None:
    """In some file: what one installation lacks, another has."""
    known = {column.name for table in tables.METADATA.tables.values() for column in table.columns}
    customers = {"COORDINATOR", "REASON", "ASSETS", "CLOSING_COMMENTS", "CURRENT_PHASE"}
    shown = {field.column for row in EXTACCESS for field in row.fields}
    assert shown - known <= customers
    assert {row.table for row in EXTACCESS} <= set(tables.METADATA.tables)


@pytest.mark.parametrize("auth", [None, ("migrate", "wrong"), ("wrong", "migrate")])
def test_wrong_credentials_are_not_authorized(web: Web, auth: tuple[str, str] | None) -> None:
    web.session.auth = auth
    response = web.rest("incidents")
    assert _answered(response) == (401, -4)
    assert "Not Authorized" in response.json()["Messages"][0]
    assert response.headers["WWW-Authenticate"].startswith("Basic")
    over_soap = _list_over_soap(web)
    assert (over_soap.status_code, _faulted(over_soap)) == (401, "Not Authorized")


def test_more_requests_than_threads_are_refused_as_too_many(hpsm: Hpsm) -> None:
    with HpsmServer(Settings(hpsm.path, threads=2)) as server:
        server.misbehave(latency=0.5)
        with ThreadPoolExecutor(5) as pool, client(server) as session:
            web = Web(server, session)
            url = f"{server.url}/SM/9/rest/incidents?count=1"
            asked = [pool.submit(requests.get, url, auth=server.auth, timeout=10) for _ in range(5)]
            answers = [future.result() for future in asked]
            assert server.stats()["refused"] == 3
            server.misbehave()
            assert web.list("incidents", count=1)["@count"] == 1
    refused = [answer.json() for answer in answers if answer.status_code == 401]
    assert [answer["ReturnCode"] for answer in refused] == [-4] * 3
    assert all("Not Authorized" not in answer["Messages"][0] for answer in refused)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("busy", (401, -4)),
        ("denied", (401, -4)),
        ("locked", (200, 3)),
        ("locked-400", (400, 3)),
        ("error", (500, -1)),
        ("forbidden", (403, 28)),
        ("missing", (404, None)),
    ],
)
def test_faults_of_rest_have_their_codes(moody: Web, kind: str, answer: tuple[int, Any]) -> None:
    moody.server.misbehave(Fault(kind))
    assert _answered(moody.rest("incidents")) == answer


@pytest.mark.parametrize(
    ("kind", "status"), [("404-html", 404), ("500-html", 500), ("503-html", 503), ("page", 200)]
)
def test_faults_may_be_pages_for_people(moody: Web, kind: str, status: int) -> None:
    moody.server.misbehave(Fault(kind, retry_after=2))
    for response in (moody.rest("incidents"), _list_over_soap(moody)):
        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("text/html")
    if status == 503:
        assert response.headers["Retry-After"] == "2"


@pytest.mark.parametrize(("kind", "code"), [("locked", "3"), ("forbidden", "28")])
def test_faults_of_soap_are_failures(moody: Web, kind: str, code: str) -> None:
    moody.server.misbehave(Fault(kind))
    response = moody.soap("RetrieveIncidentList")
    assert response.tag == f"{SM}RetrieveIncidentListResponse"
    assert (response.get("status"), response.get("returnCode")) == ("FAILURE", code)


@pytest.mark.parametrize(("kind", "status"), [("busy", 401), ("denied", 401), ("error", 500)])
def test_some_faults_of_soap_are_soap_faults(moody: Web, kind: str, status: int) -> None:
    moody.server.misbehave(Fault(kind))
    response = _list_over_soap(moody)
    assert response.status_code == status
    assert _faulted(response)


@pytest.mark.parametrize("kind", ["cut", "answer-lost", "wrong-length"])
def test_connections_are_cut(moody: Web, kind: str) -> None:
    moody.server.misbehave(Fault(kind))
    with pytest.raises(requests.RequestException):
        moody.rest("incidents")


@pytest.mark.parametrize("kind", ["garbage", "truncated"])
def test_bodies_are_spoiled_behind_a_good_head(moody: Web, kind: str) -> None:
    moody.server.misbehave(Fault(kind))
    response = moody.rest("incidents")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(_list_over_soap(moody).content)


@pytest.mark.parametrize("kind", ["late", "slow-drip"])
def test_answers_may_be_slow(moody: Web, kind: str) -> None:
    moody.server.misbehave(Fault(kind, delay=0.2))
    started = time.monotonic()
    assert moody.rest("incidents", count=5).json()["@count"] == 5
    assert time.monotonic() - started >= 0.2


def test_credentials_may_expire_in_mid_run(moody: Web) -> None:
    moody.server.misbehave(Fault("denied", after=2))
    assert [moody.rest("incidents", count=1).status_code for _ in range(4)] == [200, 200, 401, 401]


def test_the_control_surface_follows_a_plan_and_counts(moody: Web) -> None:
    control = f"{moody.server.url}/_control"
    plan = {"seed": 3, "faults": [{"kind": "busy", "count": 1, "path": "/rest/"}]}
    assert requests.post(f"{control}/faults", json=plan, timeout=10).json()["seed"] == 3
    statuses = [moody.rest("incidents/IM0").status_code for _ in range(2)]
    stats = requests.get(f"{control}/stats", timeout=10).json()
    served = requests.get(f"{control}/requests", timeout=10).json()
    assert statuses == [401, 404]
    assert stats == {"requests": 2, "refused": 0, "injected": {"busy": 1}}
    assert served == [
        {"method": "GET", "route": "/SM/9/rest/incidents/{}", "status": 404, "count": 1}
    ]
    requests.post(f"{control}/reset", timeout=10)
    assert requests.get(f"{control}/stats", timeout=10).json()["requests"] == 0
    for wrong in ({"faults": [{"kind": "brann"}]}, {"fault": []}):
        assert requests.post(f"{control}/faults", json=wrong, timeout=10).status_code == 400


def test_a_restart_comes_back_under_the_same_address(moody: Web) -> None:
    url = moody.server.url
    moody.server.restart()
    assert moody.server.url == url
    assert moody.rest("incidents", count=1).status_code == 200


def test_times_are_shown_and_asked_in_the_zone_of_the_web_user(hpsm: Hpsm) -> None:
    number, opened = hpsm.ask(
        "SELECT NUMBER, OPEN_TIME FROM PROBSUMMARYM1 WHERE OPEN_TIME LIKE '2019-07%' ORDER BY 1"
    )[0]
    local = datetime.fromisoformat(opened).replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Oslo"))
    profile = Profile("%d.%m.%Y %H:%M:%S", ZoneInfo("Europe/Oslo"))
    asked = f"open.time='{local:%d.%m.%Y %H:%M:%S}' and number=\"{number}\""
    with HpsmServer(Settings(hpsm.path, profile=profile)) as server, client(server) as session:
        (record,) = Web(server, session).records("incidents", query=asked)
    assert record["OpenTime"] == local.isoformat()
    assert record["OpenTime"].endswith("+02:00")


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    for content in (None, b"", b"no database at all" * 100):
        if content is not None:
            other.write_bytes(content)
        with pytest.raises(FileNotFoundError):
            HpsmServer(Settings(other)).start()


def test_the_command_serves_until_it_is_told_to_stop(hpsm: Hpsm) -> None:
    command = ["simulate", "hpsm-web", str(hpsm.path), "--port", "0", "--type", "soap"]
    process = subprocess.Popen(
        [sys.executable, "-m", "migrate", *command, "--quirk", "mtom", "--fault", "locked"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = iter(process.stdout.readline, "\n")
        head, *section = lines
        source = yaml.safe_load("".join(section))["source"]
        page = requests.get(
            f"{source['url']}/SM/9/rest/incidents", auth=("migrate", "migrate"), timeout=10
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert "HPSM_PASSWORD=migrate" in head
    assert page.json()["ReturnCode"] == 3
    config = SourceConfig.model_validate(source)
    assert config.type == "soap"
    assert config.tables["changes"].fields["number"] == "header.ChangeID"
    assert config.tables["incidents"].fields["reference_no"] is None


@pytest.mark.parametrize(
    "wrong", [["--fault", "brann"], ["--zone", "Trondheim"], ["--quirk", "brann"], ["no.db"]]
)
def test_the_command_says_what_is_wrong_with_it(wrong: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrate", "simulate", "hpsm-web", *wrong, "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"]
