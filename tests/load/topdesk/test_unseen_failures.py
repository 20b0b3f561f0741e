"""Failures that were written down, each with who mends it, before the rules that judge them were
read. Each is answered to a request of its own and judged as a load judges it; where two hands could
mend one, either counts, and the share that names the first is printed too."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import yaml
from pydantic import SecretStr

from migrate.config import TargetConfig
from migrate.errors import MigrateError
from migrate.load.http import Http
from migrate.load.topdesk.client import TopdeskTarget
from migrate.load.topdesk.paging import Refused
from migrate.records import Answer, Operation, OpKey, State
from migrate.report.failures.families import words
from migrate.report.failures.fingerprint import Fingerprint, of_entry
from migrate.report.failures.menders import Advice, advise
from migrate.state.journal import Entry

UNSEEN: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "report" / "failures" / "unseen.yaml").read_text(encoding="utf-8")
)
REF = {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}
NAME = {"name": "Annet"}
FILE = {"name": "a.txt", "size": 4, "sha256": "0", "description": "[f]", "invisibleForCaller": True}
ARTICLE = {"parent": REF, "language": "nb", "title": "Tittel", "content": "Tekst"}
TICKET = {
    **dict.fromkeys(
        ("callerLookup", "operatorGroup", "operator", "sla", "branch", "supplier"), REF
    ),
    **dict.fromkeys(("category", "subcategory", "impact", "urgency", "priority"), NAME),
    **dict.fromkeys(("processingStatus", "callType", "entryType"), NAME),
    "status": "secondLine",
    "externalNumber": "IM1",
    "briefDescription": "Skriver",
    "request": "Den står",
    "optionalFields1": {"text1": "SD1"},
}
PERSON = {
    **dict.fromkeys(("branch", "location", "department", "manager"), REF),
    **dict.fromkeys(("surName", "firstName", "networkLoginName", "tasLoginName"), "Berg"),
    "employeeNumber": "7",
    "email": "berg@uni.example",
    "isCaller": True,
}
OPERATOR = {"surName": "Berg", "loginName": "berg", "branch": REF, "linkedPerson": REF}
SENT: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("/attachments", "incident", "attachment", FILE),
    ("/images", "knowledge_item", "image", FILE),
    ("/archive", "incident", "archive", {"archivingReason": REF}),
    ("/id/{id}/operatorgroups", "membership", "add", {"operator": "o", "group": "g"}),
    ("/incidents", "incident", "create", TICKET),
    ("/incidents/id/{id}", "incident", "update", {"callDate": "2019-05-06", "closureCode": NAME}),
    ("/persons", "person", "create", PERSON),
    ("/persons/id/{id}", "person", "update", {"employeeNumber": "7"}),
    ("/operators", "operator", "create", OPERATOR),
    ("/operators/id/{id}", "operator", "update", {"loginName": "berg"}),
    ("/operatorgroups", "operator_group", "create", {"groupName": "IT", "branch": REF}),
    ("/departments", "department", "create", {"name": "IT"}),
    ("/translations/nb", "knowledge_item", "translation", ARTICLE),
    ("/knowledgeItems", "knowledge_item", "create", ARTICLE),
    ("/knowledgeItems/{id}", "knowledge_item", "publish", {"manager": REF, "status": REF}),
)
"""How a path ends → what is sent there."""


class Wording:
    """A server that gives the answer that stands in `now` to everything."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = {}
        wording = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                now = wording.now
                if self.path.endswith("/migrated") and "migrated" not in now["request"]:
                    now = {"status": 200, "type": "application/json", "body": '{"migrated": true}'}
                if now.get("event") == "silent":
                    time.sleep(0.4)
                if "status" not in now and now["event"] != "short":
                    self.close_connection = True
                    return
                body = now.get("body", "").encode()
                self.send_response(now.get("status", 201))
                if "type" in now:
                    self.send_header("Content-Type", now["type"])
                self.send_header("Content-Length", str(len(body) or 9 * ("event" in now)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = "event" in now

            do_GET = do_POST = do_PUT = do_PATCH = _answer

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def address(self) -> str:
        match self.now.get("event"):
            case "no such name":
                return "http://topdesk.invalid"
            case "refused":
                return "http://127.0.0.1:9"
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def wording() -> Iterator[Wording]:
    said = Wording()
    thread = threading.Thread(target=said.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield said
    said.server.shutdown()
    said.server.server_close()
    thread.join()


def judged(wording: Wording) -> Fingerprint:
    """What the journal would know of the failure."""
    config = TargetConfig(url=wording.address(), timeout=0.2, patience=0)
    http = Http(config, SecretStr("x"), sleep=lambda seconds: None)

    def contents(digest: str) -> BinaryIO:
        if wording.now.get("event") == "content unreadable":
            raise PermissionError
        return io.BytesIO(b"fire")

    target = TopdeskTarget(http, config, contents)
    method, path = wording.now["request"].split(" ")
    try:
        if method == "GET":
            return _read(target, http, path.partition("?")[0])
        return _written(target, path, wording.now.get("step", ""))
    finally:
        http.close()


def _written(target: TopdeskTarget, path: str, step: str) -> Fingerprint:
    _, kind, usual, body = next(sent for sent in SENT if path.endswith(sent[0]))
    operation = Operation(OpKey("hpsm", kind, "IM1", step or usual, 0), body, "an-id", "[m]")
    outcome = target.write(operation)
    assert outcome.answer is not Answer.DONE
    state, code, detail = State.FAILED, outcome.code, outcome.detail
    if outcome.answer is Answer.IN_DOUBT:
        code, detail = "no-answer", f"{detail}, sent 4 times"
    elif outcome.answer is not Answer.REFUSED:
        state = State.PLANNED
    return of_entry(Entry(operation.key, state, 0, "", 0.0, False, 1, code, detail, None))


def _read(target: TopdeskTarget, http: Http, path: str) -> Fingerprint:
    try:
        if "knowledge" in path:
            list(target.find("knowledge_item", "externalLink.id", ["KM1"]))
        reply = http.read(path)
        raise Refused(path, reply.status, page=reply.page)
    except MigrateError as error:
        return Fingerprint(State.PLANNED, "incident", "create", error.problems[0].code)


@pytest.fixture(scope="module")
def advices(wording: Wording) -> list[tuple[dict[str, Any], Advice]]:
    found = []
    for wording.now in UNSEEN:
        found.append((wording.now, advise(judged(wording))))
    return found


def test_failures_that_no_rule_was_made_for_name_the_right_mender(
    advices: list[tuple[dict[str, Any], Advice]],
) -> None:
    first = sum(advice.mender == failure["mender"] for failure, advice in advices)
    right: dict[str, list[bool]] = defaultdict(list)
    wrong = []
    for failure, advice in advices:
        hit = advice.mender in (failure["mender"], failure.get("or"))
        right[failure["name"]].append(hit)
        if not hit:
            wrong.append(f"{failure['name']}: {advice.mender}")
    total, whole = len(advices), sum(map(all, right.values()))
    sys.stdout.write(
        f"\n{total - len(wrong)} of {total} unseen failures name the right mender, {first} the "
        f"first of two; {whole} of {len(right)} kinds\n" + "".join(f"  {line}\n" for line in wrong)
    )
    assert len(right) >= 40
    assert len(wrong) <= 0.05 * total
    assert whole >= 0.95 * len(right)


@pytest.mark.parametrize("lang", ["en", "nb"])
def test_each_has_a_sentence_in_both_languages(
    advices: list[tuple[dict[str, Any], Advice]], lang: str
) -> None:
    said = words(lang)
    for _, advice in advices:
        assert advice.sentence in said["sentences"]
        assert advice.mender in said["menders"]
        assert advice.retry in said["retry"]
