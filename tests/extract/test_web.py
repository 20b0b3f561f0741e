"""The way to HPSM's web services, over real HTTP: what is asked again, what stops, what is told."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
from web_server import PASSWORD, USER, Answered, Asked, WebServer

from migrate.config import SourceConfig
from migrate.errors import ConfigurationError, MigrateError, StoppedError
from migrate.extract.crew import Crew
from migrate.extract.rest_answers import answer
from migrate.extract.web import (
    TRIES,
    Garbled,
    Line,
    NoRecord,
    Refused,
    Request,
    Web,
    body,
    decoded,
)
from migrate.extract.web_policy import Action

pytestmark = pytest.mark.usefixtures("hpsm_password")

SECRET = "en tekst som ingen skal se"
HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json;charset=utf-8"}
REQUEST = Request("/SM/9/rest/incidents", f"?query={SECRET}", "incidents")


def reply(code: int | None = 0, status: int = 200, message: str = SECRET) -> Answered:
    document: dict[str, Any] = {"Messages": [message], "content": []}
    if code is not None:
        document["ReturnCode"] = code
    return Answered(status, json.dumps(document).encode(), dict(JSON))


class Hpsm(WebServer):
    def answer(self, asked: Asked) -> Answered:
        return reply()

    def unauthorised(self) -> Answered:
        return reply(-4, 401, "Not Authorized")


@pytest.fixture
def hpsm() -> Iterator[Hpsm]:
    with Hpsm() as server:
        yield server


def config(url: str, wait: float = 1.0, **web: Any) -> SourceConfig:
    given = {"type": "rest", "url": url, "user": USER, "web": {"wait": wait, **web}}
    return SourceConfig.model_validate(given)


def line(server: WebServer, wait: float = 1.0, **web: Any) -> Line:
    return Line(Web(config(server.url, wait, **web)), threading.Event())


def problem(error: MigrateError) -> str:
    """The code; and what it says holds no body, no query and no password."""
    shown = str(error) + "".join(str(found) for found in error.problems)
    for hidden in (SECRET, PASSWORD, "query="):
        assert hidden not in shown
    return error.problems[0].code


@pytest.mark.parametrize(
    "answered",
    [
        reply(3, 200),
        reply(3, 400),
        reply(3, 500),
        reply(-1, 500),
        reply(-4, 401, "Too many threads"),
        reply(None, 404),
        Answered(404, b"<html>gone</html>", HTML),
        Answered(200, b"<!DOCTYPE html><html>log in</html>", JSON),
        Answered(503, b"busy"),
        Answered(502, b""),
        Answered(200, json.dumps({"ReturnCode": 0}).encode(), JSON, cut=5),
        Answered(200, b"", JSON | {"Content-Length": "10"}, cut=0),
        Answered(200, b'{"ReturnCode": 0, "conte', JSON),
        Answered(200, b"\x1f\x8b not gzip", JSON | {"Content-Encoding": "gzip"}),
    ],
    ids=lambda a: f"{a.status} {a.body[:12]!r} {a.headers.get('Content-Type', '')[:9]}",
)
def test_what_may_pass_is_asked_again(hpsm: Hpsm, answered: Answered) -> None:
    hpsm.once(answered, times=2)
    assert line(hpsm).ask(REQUEST, answer).data["ReturnCode"] == 0
    assert len(hpsm.asked) == 3


def test_a_storm_of_locks_is_sat_out(hpsm: Hpsm) -> None:
    hpsm.once(reply(3, 500), times=5)
    started = time.monotonic()
    line(hpsm, wait=10).ask(REQUEST, answer)
    assert 1 < time.monotonic() - started < 8
    assert len(hpsm.asked) == 6


def test_a_hpsm_that_stays_busy_stops_the_reading_safely(hpsm: Hpsm) -> None:
    hpsm.once(reply(3, 500), times=100)
    with pytest.raises(StoppedError) as stopped:
        line(hpsm, wait=0.7).ask(REQUEST, answer)
    assert problem(stopped.value) == "source-busy"
    found = stopped.value.problems[0]
    assert "HTTP 500, ReturnCode 3" in found.message
    assert "same command again" in found.what_to_do
    assert 2 <= len(hpsm.asked) < 10


def test_an_answer_that_says_when_to_come_again_is_obeyed(hpsm: Hpsm) -> None:
    hpsm.once(Answered(503, b"", {"Retry-After": "1"}))
    started = time.monotonic()
    line(hpsm, wait=5).ask(REQUEST, answer)
    assert time.monotonic() - started >= 1


def test_nobody_there_is_waited_for_and_then_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asking = Line(Web(config(f"http://127.0.0.1:{port}", 0.5)), threading.Event())
    with pytest.raises(StoppedError) as stopped:
        asking.ask(REQUEST, answer)
    assert problem(stopped.value) == "source-lost"


def test_a_hpsm_that_says_nothing_is_not_waited_for_for_ever(hpsm: Hpsm) -> None:
    def asleep(asked: Asked) -> Answered | None:
        if len(hpsm.asked) > 1:
            return None
        time.sleep(1.0)
        return reply()

    hpsm.faults.append(asleep)
    started = time.monotonic()
    assert line(hpsm, timeout=0.3).ask(REQUEST, answer).data["ReturnCode"] == 0
    assert time.monotonic() - started < 3


def test_credentials_that_are_refused_are_sent_once_and_never_again(hpsm: Hpsm) -> None:
    hpsm.password = "another"
    web = Web(config(hpsm.url))
    for _ in range(3):
        with pytest.raises(MigrateError) as refused:
            Line(web, threading.Event()).ask(REQUEST, answer)
        assert problem(refused.value) == "source-credentials"
    assert len(hpsm.asked) == 1


def test_credentials_that_expire_stop_what_goes_on(hpsm: Hpsm) -> None:
    asking = line(hpsm)
    asking.ask(REQUEST, answer)
    hpsm.password = "new"
    with pytest.raises(StoppedError) as stopped:
        asking.ask(REQUEST, answer)
    assert problem(stopped.value) == "source-credentials"


def test_wrong_credentials_at_first_are_a_matter_of_the_configuration(hpsm: Hpsm) -> None:
    hpsm.password = "another"
    with pytest.raises(ConfigurationError):
        line(hpsm).ask(REQUEST, answer)


@pytest.mark.parametrize(
    ("answered", "action"),
    [
        (reply(28, 400), Action.FORBIDDEN),
        (reply(66, 400), Action.QUERY),
        (reply(71, 400), Action.REFUSED),
        (Answered(302, b"", {"Location": "http://127.0.0.1:1/"}), Action.ADDRESS),
    ],
)
def test_what_will_not_change_is_not_asked_again(
    hpsm: Hpsm, answered: Answered, action: Action
) -> None:
    hpsm.once(answered, times=5)
    with pytest.raises(Refused) as refused:
        line(hpsm).ask(REQUEST, answer)
    assert refused.value.action is action
    assert SECRET not in str(refused.value)
    assert len(hpsm.asked) == 1


def test_no_such_record_is_no_error(hpsm: Hpsm) -> None:
    hpsm.once(reply(9, 404))
    with pytest.raises(NoRecord):
        line(hpsm).ask(REQUEST, answer)


def test_what_cannot_be_read_is_asked_for_some_times_and_given_up(hpsm: Hpsm) -> None:
    hpsm.once(Answered(200, b"{garbage", JSON), times=10)
    with pytest.raises(Garbled):
        line(hpsm, wait=10).ask(REQUEST, answer)
    assert len(hpsm.asked) == TRIES


def test_no_environment_and_no_netrc_have_a_say(
    hpsm: Hpsm, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login other password other")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    line(hpsm).ask(REQUEST, answer)
    assert len(hpsm.asked) == 1


def test_a_compressed_answer_is_read(hpsm: Hpsm) -> None:
    packed = gzip.compress(reply().body)
    hpsm.once(Answered(200, packed, JSON | {"Content-Encoding": "gzip"}))
    assert line(hpsm).ask(REQUEST, answer).data["ReturnCode"] == 0


def test_a_page_too_large_to_hold_is_asked_for_in_parts(hpsm: Hpsm) -> None:
    hpsm.once(Answered(200, b"x" * 3_000_000), times=TRIES)

    def small(response: requests.Response) -> bytes:
        return body(response, 1 << 20)

    with pytest.raises(Garbled):
        line(hpsm).ask(REQUEST, small)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_never_more_requests_are_under_way_than_configured(hpsm: Hpsm, workers: int) -> None:
    hpsm.slow = 0.02
    with Crew(Web(config(hpsm.url, workers=workers))) as crew:
        given = list(crew.each(lambda asking, n: (asking.ask(REQUEST, answer), n)[1], range(20)))
    assert given == list(range(20))
    assert 1 <= hpsm.busiest <= workers


def test_the_crew_holds_nothing_open_before_and_after(hpsm: Hpsm) -> None:
    before = threading.active_count()
    crew = Crew(Web(config(hpsm.url)))
    assert threading.active_count() == before
    with crew:
        crew.run(lambda asking: asking.ask(REQUEST, answer))
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before + 1  # the server's own thread for the connection


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("", USER),
        ("host:13080", USER),
        ("ftp://host", USER),
        ("http://:13080", USER),
        ("http://host:no", USER),
        (f"http://{USER}:{PASSWORD}@host:13080", USER),
        ("http://host:13080", ""),
    ],
)
def test_an_address_that_cannot_be_meant_is_told_at_once(url: str, user: str) -> None:
    given = SourceConfig.model_validate({"type": "rest", "url": url, "user": user})
    with pytest.raises(ConfigurationError) as wrong:
        Web(given)
    assert PASSWORD not in str(wrong.value)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://host:13080", "http://host:13080"),
        ("http://host:13080/", "http://host:13080"),
        ("http://host:13080/SM/9/rest", "http://host:13080"),
        ("http://host:13080/SM/7/ws/", "http://host:13080"),
        ("https://host/smprod/SM/9/rest", "https://host/smprod"),
    ],
)
def test_the_address_is_what_stands_before_hpsm_s_own_paths(url: str, base: str) -> None:
    assert Web(config(url)).base == base


@pytest.mark.parametrize(("ahead", "hours"), [(-7200.0, 10), (7200.0, 12), (-5.0, 12), (0.0, 12)])
def test_a_clock_that_is_slow_in_hpsm_loses_no_change(hpsm: Hpsm, ahead: float, hours: int) -> None:
    hpsm.clock = ahead
    asking = line(hpsm)
    asking.ask(REQUEST, answer)
    noon = datetime(2019, 10, 1, 12)  # noqa: DTZ001 - GMT, as in rows
    asked = asking.web.by_its_clock(noon)
    assert abs((asked - noon.replace(hour=hours)).total_seconds()) < 10


def test_a_zone_or_an_encoding_that_nobody_knows_is_told_at_once() -> None:
    given = config("http://host:13080", time_zone="Europe/Nidaros")
    with pytest.raises(ConfigurationError) as wrong:
        Web(given.model_copy(update={"encoding": "norsk"}))
    assert [problem.place for problem in wrong.value.problems] == [
        "migrate.yaml: source.web.time_zone",
        "migrate.yaml: source.encoding",
    ]


def test_a_password_that_is_not_set_is_told_by_the_variable_s_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HPSM_PASSWORD")
    with pytest.raises(ConfigurationError) as wrong:
        Web(config("http://host:13080"))
    assert wrong.value.problems[0].code == "secret-missing"


def test_bytes_that_are_no_utf_8_are_read_as_they_were_written() -> None:
    mixed = "på vent ".encode() + "på vent".encode("cp1252")
    assert decoded(mixed, "cp1252") == "på vent på vent"
    assert decoded(b"\x81", "cp1252") == "\N{REPLACEMENT CHARACTER}"
