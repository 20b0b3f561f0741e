"""The REST service, asked as its vendor and its clients ask it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import pytest
from simulated_hpsm import Hpsm, made
from web_client import Web, client

from migrate.simulate.hpsm import note
from migrate.simulate.hpsm.web.rules import Rules
from migrate.simulate.hpsm.web.server import HpsmServer, Settings
from migrate.simulate.world.dirt import Dirt

BROKEN = (
    Dirt.FILE_TRUNCATED,
    Dirt.FILE_SEGMENT_MISSING,
    Dirt.FILE_SIZE_WRONG,
    Dirt.FILE_HEADER_BAD,
)


def _number(hpsm: Hpsm, condition: str) -> str:
    found: str = hpsm.one(f"SELECT NUMBER FROM PROBSUMMARYM1 WHERE {condition} ORDER BY NUMBER")
    return found


def _with_slash(hpsm: Hpsm) -> str:
    """The path of a ticket whose number has a slash, with a place for how it is written."""
    number = hpsm.counts.examples[Dirt.NUMBER_WITH_SLASH][0]
    calls = hpsm.one("SELECT count(*) FROM INCIDENTSM1 WHERE INCIDENT_ID = ?", number)
    collection = "interactions" if calls else "incidents"
    return f"{collection}/{number.replace('/', '{}')}"


def test_a_list_says_how_many_there_are_and_gives_keys_only(web: Web, hpsm: Hpsm) -> None:
    found = web.list("incidents", count=2)
    numbers = [row[0] for row in hpsm.ask("SELECT NUMBER FROM PROBSUMMARYM1 ORDER BY NUMBER")]
    assert found == {
        "@count": 2,
        "@start": 1,
        "@totalcount": len(numbers),
        "Messages": [],
        "ResourceName": "Incident",
        "ReturnCode": 0,
        "content": [{"Incident": {"IncidentID": number}} for number in numbers[:2]],
    }


def test_expand_shows_every_field_under_its_caption(web: Web, hpsm: Hpsm) -> None:
    number = _number(hpsm, "PROBLEM_STATUS = 'Closed' AND RESOLUTION IS NOT NULL")
    columns = "OPEN_TIME, ACTION, BRIEF_DESCRIPTION, ASSIGNMENT, SUBCATEGORY, RESOLUTION"
    row = hpsm.ask(f"SELECT {columns} FROM PROBSUMMARYM1 WHERE NUMBER = ?", number)[0]
    (record,) = web.records("incidents", number=number)
    captions = ("OpenTime", "Description", "Title", "AssignmentGroup", "Area", "Solution")
    opened, description, *texts, resolution = row
    assert [record[caption] for caption in captions] == [
        f"{opened[:10]}T{opened[11:19]}+00:00",
        description.split("\n"),
        *texts,
        resolution.split("\n"),
    ]


def test_a_single_record_stands_beside_its_return_code(web: Web, hpsm: Hpsm) -> None:
    number = _number(hpsm, "NUMBER NOT LIKE '%/%'")
    found = web.rest(f"incidents/{number}").json()
    assert (found["Messages"], found["ReturnCode"]) == ([], 0)
    assert found["Incident"] == web.records("incidents", number=number)[0]


def test_empty_fields_are_left_out(web: Web, hpsm: Hpsm) -> None:
    number = _number(hpsm, "CLOSE_TIME IS NULL")
    (record,) = web.records("incidents", number=number)
    assert "ClosedTime" not in record
    assert None not in record.values()
    assert "" not in record.values()


def test_logicals_and_durations_have_their_forms(web: Web) -> None:
    record = next(row for row in web.records("interactions", count=50) if row["FirstCall"])
    assert record["FirstCall"] is True
    assert record["HandleTime"].startswith("4000-01-01T")


def test_changes_have_their_fields_in_structures(web: Web, hpsm: Hpsm) -> None:
    record = web.records("changes", count=1)[0]
    number, title, text = hpsm.ask(
        "SELECT NUMBER, BRIEF_DESCRIPTION, DESCRIPTION FROM CM3RM1 ORDER BY NUMBER"
    )[0]
    assert (record["header"]["ChangeID"], record["header"]["Title"]) == (number, title)
    assert record["description.structure"]["Description"] == text.split("\n")


def test_rows_of_an_array_table_are_a_list(web: Web, hpsm: Hpsm) -> None:
    name, size = hpsm.ask("SELECT NAME, count(*) FROM ASSIGNMENTA1 GROUP BY NAME ORDER BY 2 DESC")[
        0
    ]
    (record,) = web.records("assignmentgroups", Name=name)
    members = "SELECT OPERATORS FROM ASSIGNMENTA1 WHERE NAME = ? ORDER BY RECORD_NUMBER"
    assert record["Operators"] == [row[0] for row in hpsm.ask(members, name)]
    assert len(record["Operators"]) == size


def test_pages_start_at_one_and_make_up_the_whole(web: Web) -> None:
    whole = [row["CallID"] for row in web.records("interactions")]
    pages = [
        row["CallID"]
        for start in range(1, len(whole) + 1, 60)
        for row in web.records("interactions", start=start, count=60)
    ]
    assert pages == whole
    assert web.list("interactions", start=len(whole) + 1)["content"] == []


def test_no_answer_holds_more_than_a_thousand_records(web: Web) -> None:
    found = web.list("contacts", count=5000)
    assert found["@count"] == 1000 < found["@totalcount"]
    assert web.list("contacts")["@count"] == 1000


def test_lists_are_sorted_by_captions_or_fields(web: Web) -> None:
    rows = web.records("incidents", sort="assignment:descending,IncidentID:ascending")
    asked = [(row.get("AssignmentGroup", ""), row["IncidentID"]) for row in rows]
    by_number = sorted(asked, key=lambda pair: pair[1])
    assert asked == sorted(by_number, key=lambda pair: pair[0], reverse=True)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ('problem.status="Closed"', "PROBLEM_STATUS = 'Closed'"),
        ('Status~="Closed"', "PROBLEM_STATUS <> 'Closed' OR PROBLEM_STATUS IS NULL"),
        ('number#"IM1"', "NUMBER LIKE 'IM1%'"),
        ('not severity#"3"', "coalesce(SEVERITY, '') NOT LIKE '3%'"),
        ('brief.description like "*(*"', "BRIEF_DESCRIPTION LIKE '%(%'"),
        ('PriorityCode.x="1" or true', ""),
        ('priority.code isin {"1", "2"}', "PRIORITY_CODE IN ('1', '2')"),
        ("close.time=NULL", "CLOSE_TIME IS NULL"),
        ("ClosedTime~=NULL and flag=false", "CLOSE_TIME IS NOT NULL AND FLAG = 'f'"),
        (
            'assignment="IT-BRUKERSTØTTE" and (severity="3" or severity="2")',
            "ASSIGNMENT = 'IT-BRUKERSTØTTE' AND SEVERITY IN ('2', '3')",
        ),
        ("sysmodcount>=5", "SYSMODCOUNT >= 5"),
        ("open.time>'06/01/2019 00:00:00'", "OPEN_TIME > '2019-06-01 00:00:00'"),
        ('open.time<="2019-06-01T02:00:00+02:00"', "OPEN_TIME <= '2019-06-01 00:00:00'"),
        ("open.time<tod()-'1 00:00:00'", "1"),
    ],
)
def test_queries_find_what_sql_finds(web: Web, hpsm: Hpsm, query: str, condition: str) -> None:
    if not condition:
        assert web.rest("incidents", query=query).json()["ReturnCode"] == 66
        return
    expected = hpsm.ask(f"SELECT NUMBER FROM PROBSUMMARYM1 WHERE {condition} ORDER BY NUMBER")
    found = web.list("incidents", query=query)["content"]
    assert [(row["Incident"]["IncidentID"],) for row in found] == expected
    assert expected


def test_a_query_may_ask_for_an_element_of_an_array(web: Web, hpsm: Hpsm) -> None:
    name, member = hpsm.ask("SELECT NAME, OPERATORS FROM ASSIGNMENTA1 ORDER BY 1, 2")[0]
    found = web.list("assignmentgroups", query=f'operators="{member}" and name="{name}"')
    assert found["@totalcount"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "=",
        "nowhere=1",
        "number=",
        "open.time>'yesterday'",
        "(number=1",
        'number="1" extra="2"',
        "'",
    ],
)
def test_a_bad_query_is_refused(web: Web, query: str) -> None:
    response = web.rest("incidents", query=query)
    assert (response.status_code, response.json()["ReturnCode"]) == (400, 66)


def test_parameters_are_comparisons_of_fields(web: Web, hpsm: Hpsm) -> None:
    closed = hpsm.one("SELECT count(*) FROM PROBSUMMARYM1 WHERE PROBLEM_STATUS = 'Closed'")
    total = hpsm.one("SELECT count(*) FROM PROBSUMMARYM1")
    assert web.list("incidents", Status="Closed")["@totalcount"] == closed
    assert web.list("incidents", **{"problem.status~": "Closed"})["@totalcount"] == total - closed
    assert web.rest("incidents", Nowhere="1").json()["ReturnCode"] == 66


def test_a_slash_in_a_key_is_encoded_twice(web: Web, hpsm: Hpsm) -> None:
    path = _with_slash(hpsm)
    assert web.rest(path.format("%252F")).status_code == 200
    for other in ("/", "%2F"):
        response = web.rest(path.format(other))
        assert (response.status_code, response.json()["ReturnCode"]) == (404, 9)


def test_an_installation_may_want_a_slash_encoded_once(hpsm: Hpsm) -> None:
    path = _with_slash(hpsm)
    with (
        HpsmServer(Settings(hpsm.path, rules=Rules(double_encode_slash=False))) as server,
        client(server) as session,
    ):
        web = Web(server, session)
        assert web.rest(path.format("%2F")).status_code == 200
        assert web.rest(path.format("%252F")).status_code == 404


def test_what_is_not_there_has_its_code(web: Web) -> None:
    for path in ("incidents/IM0", "nothing", "nothing/1", "incidents/IM0/attachments"):
        response = web.rest(path)
        assert (response.status_code, response.json()["ReturnCode"]) == (404, 9)
    outside = web.get("/SM/8/rest/incidents")
    assert outside.status_code == 404
    assert outside.headers["Content-Type"].startswith("text/html")


def test_what_extaccess_does_not_show_is_not_seen(web: Web) -> None:
    seen = {caption for row in web.records("incidents") for caption in row}
    assert not seen & {"ReferenceNo", "SLARemaining", "Flag"}
    assert all("SysModTime" not in row for row in web.records("departments"))
    for hidden in ("members", "clocks", "standardtexts"):
        assert web.rest(hidden).status_code == 404


def test_an_empty_list_is_no_error_unless_the_installation_makes_it_one(
    web: Web, hpsm: Hpsm
) -> None:
    assert web.list("incidents", number="IM0")["@count"] == 0
    with (
        HpsmServer(Settings(hpsm.path, rules=Rules(nothing_found=404))) as server,
        client(server) as session,
    ):
        response = Web(server, session).rest("incidents", number="IM0")
        assert (response.status_code, response.json()["ReturnCode"]) == (404, 9)


def test_attachments_are_listed_and_handed_out(web: Web, hpsm: Hpsm) -> None:
    spoiled = {key.split("|")[-2] for dirt in BROKEN for key in hpsm.counts.examples[dirt]}
    topic, uid, size, name = next(
        row
        for row in hpsm.ask(
            "SELECT TOPIC, UID, SIZE, FILENAME FROM SYSATTACHMEM1 "
            "JOIN PROBSUMMARYM1 ON NUMBER = TOPIC WHERE APPLICATION = 'probsummary' "
            "AND SEGMENT = 0 AND SIZE > 2000 AND COMPRESSED = 't' ORDER BY UID"
        )
        if row[1] not in spoiled
    )
    noted = web.rest(f"incidents/{topic}/attachments").json()
    (file,) = [
        row["attachment"] for row in noted["content"] if row["attachment"]["href"] == f"cid:{uid}"
    ]
    assert (noted["ReturnCode"], file["len"], file["name"]) == (0, size, name)
    response = web.rest(f"incidents/{topic}/attachments/{file['href']}")
    disposition = response.headers["Content-Disposition"]
    assert unquote(disposition) == f"attachment;filename*=UTF-8''{name}"
    assert len(response.content) == size
    assert web.rest(f"incidents/{topic}/attachments/cid:0").status_code == 404


@pytest.mark.parametrize("dirt", [Dirt.FILE_TRUNCATED, Dirt.FILE_SEGMENT_MISSING])
def test_a_broken_attachment_is_handed_out_as_far_as_it_can_be_read(
    web: Web, hpsm: Hpsm, dirt: Dirt
) -> None:
    collections = {"probsummary": "incidents", "incidents": "interactions"}
    application, topic, uid, _ = hpsm.counts.examples[dirt][0].split("|")
    path = f"{collections[application]}/{topic.replace('/', '%252F')}/attachments"
    sizes = {
        row["attachment"]["href"]: row["attachment"]["len"]
        for row in web.rest(path).json()["content"]
    }
    assert len(web.rest(f"{path}/cid:{uid}").content) < sizes[f"cid:{uid}"]


def test_the_service_document_names_every_object(web: Web) -> None:
    page = web.get("/SM/9/rest")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "/SM/9/rest/incidents/{IncidentID}/attachments/{id}" in page.text


def test_nothing_is_ever_written(web: Web) -> None:
    url = f"{web.server.url}/SM/9/rest/incidents"
    for method in ("POST", "PUT", "DELETE"):
        response = web.session.request(method, url, json={}, timeout=10)
        assert (response.status_code, response.json()["ReturnCode"]) == (405, -1)


def test_a_change_is_seen_by_the_next_page(tmp_path: Path) -> None:
    own = made(tmp_path / "hpsm.db")
    number = _number(own, "NUMBER NOT LIKE '%/%'")
    with HpsmServer(Settings(own.path)) as server, client(server) as session:
        web = Web(server, session)
        before = web.list("Activity", count=1)["@totalcount"]
        note(own.url, number, "Mer om saken")
        assert web.list("Activity", start=2, count=1)["@totalcount"] == before + 1
        with closing(sqlite3.connect(own.path)) as connection, connection:
            connection.execute("DELETE FROM PROBSUMMARYM1 WHERE NUMBER = ?", (number,))
        assert web.rest(f"incidents/{number}").status_code == 404
