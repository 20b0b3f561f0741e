"""What somebody may try who should not: every attempt of this list is refused.

Other units' tickets and entries, tickets of restricted and of undecided groups, by guessed address
and by odd spellings of it · no link, forged, cut, changed and expired links, links signed with
another key · a proxy's header from another address, given twice, empty · forms of another page, of
another person, without their token, too large, of unknown length · another host's name · what only
owners may do · HTML and scripts in tickets and names · redirects elsewhere.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from review_world import (
    DEPUTY,
    ELSEWHERE,
    HIDDEN,
    SHOWN,
    UNDECIDED,
    Page,
    copy_of,
    entry,
    served,
)

SCRIPT = "<script>document.title='stolen'</script><img src=x onerror=alert(1)>"


def _ways(unit: str, number: str) -> list[str]:
    plain = f"/u/{unit}/t/{number}"
    return [
        plain,
        f"/u/{unit}/t/{number.lower()}",
        f"/u/{unit}/t/%20{number}",
        f"/u/{unit}/t/./{number}",
        f"/u/{unit}/t//{number}",
        f"/u/{unit}/t/x/..%2F{number}",
        f"/u/{unit}/groups/../t/{number}",
        f"/u/{unit}/t/{quote(number)}%00",
        f"/u/{unit}/t/{number}?unit=kommunikasjon",
        f"/u/{unit}/t/{number}' OR '1'='1",
    ]


@pytest.mark.parametrize("group", [HIDDEN, UNDECIDED, ELSEWHERE])
def test_no_address_leads_to_a_ticket_that_is_not_theirs(shown: Page, group: str) -> None:
    person = shown.person()
    number = shown.tickets(group)[0]
    seen = len(shown.audit)
    for unit in ("it", "kommunikasjon"):
        for way in _ways(unit, number):
            answer = person.get(way)
            assert answer.status_code == 404, way
            assert number not in answer.text
    assert len(shown.audit) == seen


def test_whether_a_ticket_is_there_is_told_to_nobody(shown: Page) -> None:
    person = shown.person()
    there, nowhere = shown.tickets(HIDDEN)[0], "IM99999999"
    answers = [person.get(f"/u/it/t/{number}") for number in (there, nowhere)]
    assert answers[0].text == answers[1].text
    own = shown.tickets(SHOWN)[0]
    assert person.get(f"/u/it/t/{own}").status_code == 200


@pytest.mark.parametrize("group", [HIDDEN, UNDECIDED])
def test_the_entry_of_a_group_that_is_not_open_shows_no_ticket(shown: Page, group: str) -> None:
    text = shown.person().get(entry(group)).text
    assert [number for number in shown.tickets(group) if number in text] == []


def test_an_operators_entry_shows_tickets_of_open_groups_only(shown: Page) -> None:
    person = shown.person()
    text = "".join(
        person.get(entry(login, file="operators")).text
        for login in shown.mappings.units["it"].operators
    )
    hidden = [*shown.tickets(HIDDEN), *shown.tickets(UNDECIDED), *shown.tickets(ELSEWHERE)]
    assert [number for number in hidden if number in text] == []
    assert [number for number in shown.tickets(SHOWN) if number in text]


@pytest.mark.parametrize(
    "path",
    [
        "/u/kommunikasjon/groups",
        "/u/kommunikasjon",
        entry(ELSEWHERE, "kommunikasjon"),
        entry(ELSEWHERE, "it"),
        "/u/it/..%2Fkommunikasjon/groups",
        "/u/nowhere/groups",
        "/u/it/policy",
        "/u/it/unit",
        "/u/IT/groups",
        "/../state/review.key",
        "/state/audit.jsonl",
        "/page.css/../../command.py",
        "/templates/page.css",
    ],
)
def test_another_units_pages_and_files_are_not_there(shown: Page, path: str) -> None:
    request = requests.Request("GET", shown.address + path).prepare()
    person = shown.person()
    request.url = shown.address + path  # as it is written, dots and all
    request.prepare_cookies(person.http.cookies)
    assert person.http.send(request, allow_redirects=False).status_code == 404


def test_an_answer_to_another_units_entry_changes_nothing(shown: Page) -> None:
    person = shown.person()
    before = shown.mappings.units["kommunikasjon"]
    form = person.form(entry(SHOWN))
    for path in (
        entry(ELSEWHERE, "kommunikasjon"),
        entry(ELSEWHERE),
        "/u/kommunikasjon/groups/rest",
    ):
        sent = {**form, "action": "leave", "reason": "x", "do": "approve"}
        assert person.post(path, sent).status_code in (403, 404)
    assert shown.mappings.units["kommunikasjon"] == before


def test_only_an_owner_approves_rejects_and_opens(page: Page) -> None:
    deputy, before = page.person(DEPUTY), page.mappings.units["it"]
    answers: list[tuple[str, dict[str, str]]] = [
        (SHOWN, {"action": "map", "target": "IT Brukerstøtte", "do": "approve"}),
        (SHOWN, {"do": "reject"}),
        (UNDECIDED, {"restricted": "false", "do": "save"}),
        (HIDDEN, {"restricted": "false", "do": "save"}),
    ]
    for group, answer in answers:
        form = deputy.form(entry(group))
        assert deputy.post(entry(group), {**form, **answer}).status_code == 403
    chosen = {"form": deputy.form(entry(SHOWN))["form"], "chosen": f"{'0' * 16} {SHOWN}"}
    assert deputy.post("/u/it/groups/rest", chosen).status_code in (200, 403)
    assert page.mappings.units["it"] == before
    form = deputy.form(entry(SHOWN))
    kept = {"action": "map", "target": "IT Hjelp", "restricted": "false", "do": "save"}
    assert deputy.post(entry(SHOWN), {**form, **kept}).status_code == 303


def test_what_stands_in_tickets_and_names_is_text_and_nothing_else(
    prepared: Path, tmp_path: Path
) -> None:
    folder = copy_of(prepared, tmp_path / "desk")
    with sqlite3.connect(folder / "state" / "snapshot.db") as snapshot:
        for kind in ("incidents", "interactions"):
            snapshot.execute(f"UPDATE {kind} SET title = ?, description = ?", (SCRIPT, SCRIPT))
        snapshot.execute("UPDATE activities SET description = ?", (SCRIPT,))
        snapshot.execute("UPDATE operators SET full_name = ?", (SCRIPT,))
    unit = folder / "mappings" / "units" / "it" / "unit.yaml"
    unit.write_text(
        unit.read_text("utf-8").replace("[IT-BRUKERSTØTTE", f'["{SCRIPT}", IT-BRUKERSTØTTE'),
        encoding="utf-8",
    )
    with served(folder) as page:
        person = page.person()
        number = page.tickets(SHOWN)[0]
        answers = [
            person.get(path)
            for path in (
                "/u/it/groups",
                entry(SHOWN),
                entry(SCRIPT),
                f"/u/it/t/{number}",
                f"/u/it/t/{quote(SCRIPT, safe='')}",
                f"/u/it/groups?done={quote(SCRIPT)}",
            )
        ]
        form = person.form(entry(SHOWN))
        sent = {**form, "action": "map", "target": SCRIPT, "note": SCRIPT, "do": "approve"}
        answers.append(person.post(entry(SHOWN), sent))
        sent = {**form, "version": "0" * 16, "action": "map", "target": SCRIPT, "do": "save"}
        answers.append(person.post(entry(SHOWN), sent))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 404, 200, 422, 409]
    for answer in answers:
        assert "<script>document" not in answer.text
        assert "<img" not in answer.text
    assert sum("&lt;script&gt;" in answer.text for answer in answers) >= 5


def test_what_looks_like_a_formula_or_like_yaml_stays_the_text_that_it_is(page: Page) -> None:
    person = page.person()
    for text in (
        "=cmd|' /C calc'!A0",
        "}, restricted: false",
        "!!python/object:os.system",
        "a: b # c",
    ):
        form = person.form(entry(SHOWN))
        sent = {**form, "action": "leave", "reason": text, "note": text, "do": "save"}
        assert person.post(entry(SHOWN), sent).status_code == 303
        found = page.mappings.units["it"].groups[SHOWN]
        assert found.decision is not None
        assert (found.decision.reason, found.note) == (text, text)
        assert page.mappings.units["it"].groups[HIDDEN].restricted is True


def test_every_answer_says_what_a_browser_must_not_do(shown: Page) -> None:
    person = shown.person()
    for path in ("/", "/page.css", "/u/it/groups", "/nowhere", "/enter?token=x"):
        headers = person.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
    assert person.get("/", Host="elsewhere.example").status_code == 421


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x", "/\n/x"],
)
def test_nobody_is_sent_elsewhere(shown: Page, back: str) -> None:
    answer = shown.visitor().post("/language", {"to": "en", "back": back})
    assert answer.headers["location"] == "/"


def test_nothing_is_shown_while_a_file_cannot_be_read(page: Page) -> None:
    person, number = page.person(), page.tickets(SHOWN)[0]
    assert person.get(f"/u/it/t/{number}").status_code == 200
    file = page.folder / "mappings" / "units" / "kommunikasjon" / "groups.yaml"
    file.write_text("- source: [", encoding="utf-8")
    assert person.get(f"/u/it/t/{number}").status_code == 404
    assert number not in person.get(entry(SHOWN)).text


def test_every_view_of_a_ticket_is_in_the_audit(page: Page) -> None:
    person = page.person(DEPUTY)
    number = page.tickets(SHOWN)[0]
    person.get(f"/u/it/t/{number}")
    [event] = [event for event in page.audit if event.what == "viewed"]
    assert (event.who, event.what, event.about) == (
        DEPUTY,
        "viewed",
        {"unit": "it", "tickets": [number]},
    )
    text = person.get(entry(SHOWN)).text
    viewed = page.audit[-1].about["tickets"]
    assert {key for key in page.tickets(SHOWN) if key in text} == set(viewed)


def test_a_ticket_is_not_shown_where_that_cannot_be_written_down(page: Page) -> None:
    person, number = page.person(), page.tickets(SHOWN)[0]
    (page.folder / "state" / "audit.jsonl").write_text("something else\n", encoding="utf-8")
    answer = person.get(f"/u/it/t/{number}")
    assert answer.status_code == 500
    assert number not in answer.text.replace(f"/t/{number}", "")


@pytest.mark.parametrize("group", [HIDDEN, ELSEWHERE])
def test_a_call_is_as_hidden_as_the_matter_that_it_is_part_of(page: Page, group: str) -> None:
    """Several called about one incident: each call becomes an incident of its own, and its own
    group may be open while the matter's is not."""
    with sqlite3.connect(page.folder / "state" / "snapshot.db") as snapshot:
        number, *calls = snapshot.execute(
            "SELECT p.incident, p.interaction FROM pairs p JOIN tickets t ON t.key = p.incident"
            " WHERE t.assignment = ? LIMIT 1",
            (SHOWN,),
        ).fetchone()
        calls.append("SD99999")
        columns = [row[1] for row in snapshot.execute("PRAGMA table_info(interactions)")]
        values = ", ".join(
            "'SD99999'" if name in ("number", "_key") else f'"{name}"' for name in columns
        )
        snapshot.execute(
            f"INSERT INTO interactions SELECT {values} FROM interactions WHERE _key = ?",
            (calls[0],),
        )
        snapshot.execute("INSERT INTO pairs VALUES ('SD99999', ?)", (number,))
        snapshot.execute(
            "UPDATE interactions SET assignment = ? WHERE _key IN (?, ?)", (SHOWN, *calls)
        )
    person = page.person()
    assert [person.get(f"/u/it/t/{each}").status_code for each in (number, *calls)] == [200] * 3
    with sqlite3.connect(page.folder / "state" / "snapshot.db") as snapshot:
        snapshot.execute("UPDATE incidents SET assignment = ? WHERE _key = ?", (group, number))
        snapshot.execute("UPDATE tickets SET assignment = ? WHERE key = ?", (group, number))
    for each in (number, *calls):
        assert person.get(f"/u/it/t/{each}").status_code == 404
        assert each not in person.get(entry(SHOWN)).text
