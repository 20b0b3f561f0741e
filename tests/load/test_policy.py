"""The policy, row by row: what each answer or failure means for a read and for what writes."""

import ssl

import pytest
import requests
import responses
from pydantic import SecretStr
from urllib3 import exceptions as low

from migrate.config import TargetConfig
from migrate.load.http import Http
from migrate.load.policy import TABLE, Kind, Situation, decide, ended, unread
from migrate.load.topdesk.paging import Refused
from migrate.records import Answer, OpKey

URL = "http://topdesk.example"
REFUSED = low.MaxRetryError(None, URL, low.NewConnectionError(None, "refused"))
UNKNOWN_NAME = low.MaxRetryError(None, URL, low.NameResolutionError("x", None, OSError()))
UNTRUSTED = low.MaxRetryError(None, URL, low.SSLError(ssl.SSLCertVerificationError()))
CONNECT_TIMEOUT = low.MaxRetryError(None, URL, low.ConnectTimeoutError())

JSON, HTML, CUT = '{"id": "1"}', "<html>", '{"id":'

STATUSES = [
    # status, body, does the target refuse with 503: a read, what writes
    (200, JSON, False, "ok", "ok"),
    (201, JSON, False, "ok", "ok"),
    (204, "", False, "ok", "ok"),
    (206, "[]", False, "ok", "ok"),
    (200, HTML, False, "retry", "in doubt"),
    (201, CUT, False, "retry", "in doubt"),
    (200, "", False, "retry", "in doubt"),
    (301, "", False, "stop", "stop"),
    (302, "", False, "stop", "stop"),
    (307, "", False, "stop", "stop"),
    (401, JSON, False, "stop", "stop"),
    (400, JSON, False, "refused", "refused"),
    (400, HTML, False, "refused", "refused"),
    (403, "", False, "refused", "refused"),
    (404, "", False, "refused", "refused"),
    (409, JSON, False, "refused", "refused"),
    (413, HTML, False, "refused", "refused"),
    (422, JSON, False, "refused", "refused"),
    (405, "", False, "refused", "refused"),
    (406, "", False, "refused", "refused"),
    (415, "", False, "refused", "refused"),
    (408, "", False, "retry", "in doubt"),
    (429, "", False, "retry", "resend"),
    (503, "", False, "retry", "in doubt"),
    (503, "", True, "retry", "resend"),
    (500, JSON, True, "retry", "in doubt"),
    (502, HTML, True, "retry", "in doubt"),
    (504, HTML, True, "retry", "in doubt"),
    (520, HTML, True, "retry", "in doubt"),
]
FAILURES = [
    (requests.ConnectionError(REFUSED), "retry", "resend"),
    (requests.ConnectionError(UNKNOWN_NAME), "retry", "resend"),
    (requests.ConnectTimeout(CONNECT_TIMEOUT), "retry", "resend"),
    (requests.ReadTimeout(), "retry", "in doubt"),
    (requests.ConnectionError(low.ProtocolError("aborted")), "retry", "in doubt"),
    (requests.exceptions.SSLError(low.SSLError("eof")), "retry", "in doubt"),
    (requests.exceptions.SSLError(UNTRUSTED), "stop", "stop"),
]


def actions(body, status=200, refuses_first=False):
    responses.add("POST", f"{URL}/x", body=body, status=status)
    http = Http(TargetConfig(url=URL, refuses_with_503=refuses_first), SecretStr("x"))
    situation = http.situation(http.send("POST", "/x", {}))
    assert len(responses.calls) == 1
    return {kind: decide(kind, situation) for kind in Kind}


def expected(read, write):
    return {Kind.READ: read, Kind.CREATE: write, Kind.APPEND: write, Kind.UPDATE: write}


@pytest.mark.parametrize(("status", "body", "refuses_first", "read", "write"), STATUSES)
@responses.activate
def test_a_status_means(status, body, refuses_first, read, write):
    assert actions(body, status, refuses_first) == expected(read, write)


@pytest.mark.parametrize(("error", "read", "write"), FAILURES)
@responses.activate
def test_a_failure_means(error, read, write):
    assert actions(error) == expected(read, write)


def test_the_table_has_every_row_and_column():
    assert set(TABLE) == set(Situation)
    assert all(set(row) == set(Kind) for row in TABLE.values())


def test_what_writes_is_never_repeated_by_the_http_layer():
    writing = [row[kind] for row in TABLE.values() for kind in Kind if kind is not Kind.READ]
    assert "retry" not in writing


def test_what_could_not_be_read_before_a_request_is_said_in_words():
    key = OpKey("hpsm", "person", "kari", "update", 1)
    outcome = unread(key, Refused("/tas/api/persons/id/7", 403))
    assert (outcome.answer, outcome.code) == (Answer.STOP, "permission-missing")
    assert ended(outcome) == "GET /tas/api/persons/id/7: status 403"
