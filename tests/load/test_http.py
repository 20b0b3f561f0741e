"""One request, once, and a true word on how it ended; over real sockets."""

import base64
import logging
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from migrate.errors import ConfigurationError, StoppedError
from migrate.load.http import ATTEMPTS, IDLE, NotSendable, base_url, query_string
from migrate.load.policy import Event, Situation

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n"


def answer_with(*pieces):
    return lambda request: list(pieces)


def test_a_request_carries_the_credentials_and_its_body_as_utf8_json(serve, connect):
    server = serve(lambda request: (201, {"id": "1"}))
    reply = connect(server.url).send("POST", "/x", {"name": "Blåbærsyltetøy"})
    request = server.requests[0]
    assert (reply.status, reply.record, reply.sound) == (201, {"id": "1"}, True)
    assert "Blåbærsyltetøy".encode() in request.body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    kind, _, pair = request.headers["authorization"].partition(" ")
    assert (kind, base64.b64decode(pair).decode()) == ("Basic", "bjørn:hemmelig-æøå")


def test_a_connection_is_kept_and_used_again(serve, connect):
    server = serve(lambda request: (200, {}))
    http = connect(server.url)
    for _ in range(5):
        http.send("GET", "/x")
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_connection_that_lay_idle_is_not_trusted_with_a_request(serve, connect):
    now = [0.0]
    server = serve(lambda request: (200, {}))
    http = connect(server.url, clock=lambda: now[0])
    http.send("GET", "/x")
    now[0] += IDLE + 0.1
    http.send("GET", "/x")
    assert server.connections == 2


def test_no_more_connections_are_made_than_requests_are_under_way(serve, connect):
    barrier = threading.Barrier(4)
    server = serve(lambda request: (barrier.wait(5) is not None and 200, {}))
    http = connect(server.url)
    for _ in range(3):  # new threads each time, as each phase of a load makes them
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: http.send("GET", "/x"), range(4)))
    assert (len(server.requests), server.connections) == (12, 4)


def test_a_proxy_in_the_environment_is_not_used(serve, connect, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert connect(serve(lambda request: (200, {})).url).send("GET", "/x").status == 200


def test_a_redirect_is_not_followed(serve, connect):
    server = serve(lambda request: (302, None, {"Location": "/elsewhere"}))
    http = connect(server.url)
    assert http.situation(http.send("POST", "/x", {})) is Situation.REDIRECT
    assert len(server.requests) == 1


def test_a_refused_connection_and_an_unknown_name_are_unreachable(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert connect(f"http://127.0.0.1:{port}").send("POST", "/x", {}).event is Event.UNREACHABLE
    assert connect("http://no.invalid").send("POST", "/x", {}).event is Event.UNREACHABLE


def test_silence_is_not_the_same_as_a_broken_connection(serve, connect):
    silent = serve(answer_with(2.0))
    cut = serve(answer_with(b""))
    half = serve(answer_with(b"HTTP/1.1 2"))
    assert connect(silent.url, timeout=0.1).send("POST", "/x", {}).event is Event.SILENT
    assert connect(cut.url).send("POST", "/x", {}).event is Event.CUT
    assert connect(half.url).send("POST", "/x", {}).event is Event.CUT


@pytest.mark.parametrize(
    "pieces",
    [
        (CREATED, b'{"id":'),
        (CREATED, b'{"id": "1"]}'),
        (b"HTTP/1.1 201 Created\r\n\r\n<html>Logg inn</html>",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", b'c\r\n{"id": "123"'),
        (b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n", b"abc"),
    ],
    ids=["cut short", "not JSON", "HTML", "empty", "chunk missing", "not gzip"],
)
def test_a_good_status_without_a_whole_body_is_not_believed(serve, connect, pieces):
    http = connect(serve(answer_with(*pieces)).url)
    reply = http.send("POST", "/x", {})
    assert reply.status in (200, 201)
    assert http.situation(reply) is Situation.GARBLED


def test_204_needs_no_body(serve, connect):
    http = connect(serve(lambda request: (204, None)).url)
    assert http.situation(http.send("POST", "/x", [])) is Situation.ANSWERED


@pytest.mark.parametrize("before", [b"", CREATED], ids=["header", "body"])
def test_an_answer_that_drips_holds_nobody_longer_than_the_timeout(serve, connect, before):
    dripping = [before] + [
        piece for _ in range(100) for piece in (b"H" if not before else b" ", 0.05)
    ]
    http = connect(serve(lambda request: dripping).url, timeout=0.3)
    started = time.monotonic()
    reply = http.send("POST", "/x", {})
    assert time.monotonic() - started < 3
    assert not reply.sound


def test_nothing_is_sent_of_a_body_that_json_cannot_carry(serve, connect):
    server = serve(lambda request: (201, {}))
    with pytest.raises(NotSendable):
        connect(server.url).send("POST", "/x", {"text": "half a pair \ud800"})
    assert not server.connections


def test_a_read_is_tried_again_and_waits_as_long_as_it_is_asked_to(serve, connect):
    answers = [(500, None), (429, None, {"Retry-After": "17"}), (503, None), [], (200, [{"id": 1}])]
    waits = []
    http = connect(serve(lambda request: answers.pop(0)).url, sleep=waits.append)
    assert http.read("/x").data == [{"id": 1}]
    assert len(waits) == 4
    assert waits[1] == 17
    assert waits[3] > waits[0] > 0


def test_a_read_gives_up_after_a_while(serve, connect):
    failing = serve(lambda request: (502, None))
    with pytest.raises(StoppedError) as stopped:
        connect(failing.url).read("/x")
    assert stopped.value.problems[0].code == "target-failing"
    assert len(failing.requests) == ATTEMPTS
    with pytest.raises(StoppedError) as stopped:
        connect(serve(lambda request: []).url).read("/x")
    assert stopped.value.problems[0].code == "target-unreachable"


def test_a_read_does_not_wait_longer_than_our_patience(serve, connect):
    server = serve(lambda request: (429, None, {"Retry-After": "99999999999999999999"}))
    with pytest.raises(StoppedError) as stopped:
        connect(server.url, sleep=pytest.fail).read("/x")
    assert "status 429, asks for 86400 s" in str(stopped.value)
    assert len(server.requests) == 1


def test_a_read_that_is_refused_is_returned(serve, connect):
    server = serve(lambda request: (404, None))
    assert connect(server.url).read("/x").status == 404
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(401, "credentials-refused"), (301, "target-address")]
)
def test_a_read_stops_where_a_person_must_act(serve, connect, status, code):
    with pytest.raises(ConfigurationError) as error:
        connect(serve(lambda request: (status, None)).url).read("/x", "?query=name%3D%3DOla")
    assert error.value.problems[0].code == code


def test_neither_secret_nor_query_nor_body_reaches_a_message_or_a_log(serve, connect, caplog):
    caplog.set_level(logging.DEBUG)
    odd = b"HTTP/1.1 500 X\r\nbroken header\r\nContent-Length: 9\r\n\r\nSvartkopp"
    http = connect(serve(answer_with(odd)).url)
    with pytest.raises(StoppedError) as stopped:
        http.read("/x", "?query=surName%3D%3DSvartkopp")
    http.send("POST", "/x", {"request": "Svartkopp"})
    for text in (caplog.text, str(stopped.value), repr(stopped.value.problems)):
        assert "Svartkopp" not in text
        assert "hemmelig" not in text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    try:
        subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs openssl")
    return folder


def test_a_certificate_is_checked_against_the_named_bundle(
    serve, connect, certificate, monkeypatch
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server = serve(lambda request: (200, {}), context)
    assert connect(server.url).send("POST", "/x", {}).event is Event.CERTIFICATE
    assert not server.requests
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
    assert connect(server.url).send("POST", "/x", {}).status == 200


def test_addresses_that_mean_the_same_are_the_same():
    same = [
        "https://UiB.topdesk.net",
        "https://uib.topdesk.net:443/",
        "https://uib.topdesk.net/tas/api/",
    ]
    assert {base_url(url) for url in same} == {"https://uib.topdesk.net"}
    assert base_url("http://[::1]:8080/desk/") == "http://[::1]:8080/desk"


def test_query_values_are_percent_encoded():
    query = query_string(_fields="id,name", query='name=="Ås & co"', all=True, start=0, none=None)
    assert query == "?$fields=id%2Cname&query=name%3D%3D%22%C3%85s%20%26%20co%22&all=true&start=0"
