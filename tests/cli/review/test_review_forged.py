"""Forged and stolen ways in: links, cookies, the proxy's word, forms of another page."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from review_world import (
    DEPUTY,
    OWNER,
    PROXY,
    SHOWN,
    Page,
    Session,
    copy_of,
    entry,
    served,
)

from migrate.cli.review.access import Access


def _forged(page: Page) -> dict[str, str]:
    good = page.token()
    payload, _, signature = good.rpartition(".")
    other = Access(b"another key").token(OWNER, ["it", "kommunikasjon"], 1)
    return {
        "none": "",
        "nonsense": "nonsense",
        "cut": good[:-3],
        "unsigned": payload,
        "another signature": f"{payload}.{'A' * len(signature)}",
        "another payload": f"{other.rpartition('.')[0]}.{signature}",
        "another key": other,
        "a form's token": page.access.form(OWNER),
        "expired": page.token(days=-0.001),
        "long": "A" * 5_000,
    }


@pytest.mark.parametrize(
    "kind",
    [
        *("none", "nonsense", "cut", "unsigned", "another signature", "another payload"),
        *("another key", "a form's token", "expired", "long"),
    ],
)
def test_a_link_that_is_not_ours_opens_nothing(shown: Page, kind: str) -> None:
    token = _forged(shown)[kind]
    visitor = shown.visitor()
    answer = visitor.get(f"/enter?token={quote(token)}")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    visitor.http.cookies.set("migrate_review", token)
    number = shown.tickets(SHOWN)[0]
    for path in ("/", "/u/it/groups", entry(SHOWN), f"/u/it/t/{number}"):
        answer = visitor.get(path)
        assert answer.status_code == 403
        assert number not in answer.text


def test_a_link_that_ends_while_it_is_used_ends(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = page.person()
    assert person.get("/u/it/groups").status_code == 200
    late = page.access._clock() + 2 * 86_400
    monkeypatch.setattr(page.access, "_clock", lambda: late)
    assert person.get("/u/it/groups").status_code == 403


def test_the_cookie_is_for_this_page_alone(shown: Page) -> None:
    said = shown.visitor().get(f"/enter?token={shown.token()}").headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said


@pytest.fixture(scope="module")
def behind(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """The page behind a proxy that comes from an address of its own."""
    review = f"review: {{proxy: {{header: X-Remote-User, address: {PROXY}}}}}\n"
    folder = copy_of(prepared, tmp_path_factory.mktemp("behind") / "desk", review)
    with served(folder) as made:
        yield made


class _From(requests.adapters.HTTPAdapter):
    """Connections that come from another address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **options)  # type: ignore[arg-type]


def _proxy(page: Page) -> Session:
    session = page.visitor()
    session.http.mount("http://", _From(PROXY))
    return session


def test_the_proxy_is_believed_from_its_address_alone(behind: Page) -> None:
    header = {"X-Remote-User": OWNER}
    assert _proxy(behind).get("/u/it/groups", **header).status_code == 200
    assert behind.visitor().get("/u/it/groups", **header).status_code == 403
    assert behind.person().get("/u/it/groups", **header).status_code == 403
    assert behind.person().get("/u/it/groups").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Remote-User": ""},
        {"X-Remote-User": "somebody@example.no"},
        {"X-Remote-User": f"{OWNER}, somebody@example.no"},
        {"X-Forwarded-For": PROXY, "X-Real-IP": PROXY},
        {"X_Remote_User": OWNER},
        {},
    ],
    ids=str,
)
def test_whom_the_proxy_does_not_name_as_an_owner_sees_nothing(
    behind: Page, headers: dict[str, str]
) -> None:
    assert _proxy(behind).get("/u/it/groups", **headers).status_code in (403, 404)


def test_a_page_without_a_proxy_believes_no_header(shown: Page) -> None:
    for name in ("X-Remote-User", "Remote-User", "X-Forwarded-User"):
        assert shown.visitor().get("/u/it/groups", **{name: OWNER}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "elsewhere.example"}, 421),
        ({"Host": "127.0.0.1.elsewhere.example:8765"}, 421),
    ],
    ids=str,
)
def test_a_form_of_another_page_is_refused(
    shown: Page, headers: dict[str, str], status: int
) -> None:
    person = shown.person()
    sent = {**person.form(entry(SHOWN)), "action": "leave", "reason": "x", "do": "save"}
    before = shown.mappings.units["it"]
    assert person.post(entry(SHOWN), sent, **headers).status_code == status
    assert shown.mappings.units["it"] == before


def test_a_form_needs_the_token_that_was_given_to_this_person(shown: Page) -> None:
    person, before = shown.person(), shown.mappings.units["it"]
    good = {**person.form(entry(SHOWN)), "action": "leave", "reason": "x", "do": "save"}
    others = shown.person(DEPUTY).form(entry(SHOWN))["form"]
    late = Access(b"x").form(OWNER)
    for token in ("", "nonsense", others, late, shown.token()):
        assert person.post(entry(SHOWN), {**good, "form": token}).status_code == 403
    assert shown.mappings.units["it"] == before


def test_what_is_no_form_is_refused(shown: Page) -> None:
    person = shown.person()
    assert person.post(entry(SHOWN), b"x" * 300_000).status_code == 413
    assert person.post(entry(SHOWN), iter([b"a=1"])).status_code == 411
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = person.http.request(method, shown.address + entry(SHOWN), timeout=10)
        assert answer.status_code == 405
