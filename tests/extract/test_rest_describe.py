"""What a source over REST says of itself: what is there, what is not, and how to reach it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hpsm_rest import ROOT, Collection, RestHpsm, incidents, reply
from rest_source import FIELDS, source
from web_reading import numbers, rows
from web_server import Answered, Asked

from migrate.errors import ConfigurationError
from migrate.extract.source import KindInfo

pytestmark = pytest.mark.usefixtures("hpsm_password")


@pytest.fixture
def hpsm() -> Iterator[RestHpsm]:
    with RestHpsm(incidents=incidents(95)) as server:
        yield server


def described(hpsm: RestHpsm, *kinds: str, **more: Any) -> dict[str, KindInfo]:
    return {info.kind: info for info in source(hpsm, *kinds, **more).describe()}


def test_what_is_there_what_is_not_and_how_to_reach_it(hpsm: RestHpsm) -> None:
    infos = described(
        hpsm, "incidents", "activities", "operators", "requests", "relations", "attachments"
    )
    known = infos["incidents"]
    assert (known.rows, known.modified, known.absent) == (95, "sysmodtime", "")
    assert "assignment" in known.fields
    missing = dict(known.missing)
    assert "`reopen_time: CAPTION` under source.tables.incidents.fields" in missing["reopen_time"]
    assert "journal text" in infos["activities"].absent
    assert "source.tables.activities.collection" in infos["activities"].absent
    assert "source.tables.operators" in infos["operators"].absent
    assert "requests" in infos["requests"].absent
    assert "source.tables.relations.collection" in infos["relations"].absent
    assert infos["attachments"].absent == ""
    assert infos["attachments"].modified is None
    assert list(infos) == [
        "operators",
        "incidents",
        "activities",
        "relations",
        "attachments",
        "requests",
    ]


def test_a_collection_that_somebody_names_is_read(hpsm: RestHpsm) -> None:
    hpsm.collections["activitylog"] = Collection(
        "Activity",
        "thenumber",
        {"thenumber": "UniqueNumber", "number": "Number", "datestamp": "DateStamp"},
        [
            {"thenumber": f"{n:08}", "number": "IM00001", "datestamp": "2019-10-01T10:00:00+02:00"}
            for n in range(30)
        ],
    )
    fields = {"operator": None, "description": None, "visible": None}
    tables = {"activities": {"collection": "activitylog", "fields": fields}}
    given = rows(source(hpsm, "activities", tables=tables).read("activities"))
    assert len(given) == 30
    assert given[3]["activity_id"] == "00000003"
    assert given[3]["time"] == "2019-10-01 08:00:00"


def test_a_kind_that_the_user_may_not_read_is_told_and_the_others_go_on(hpsm: RestHpsm) -> None:
    hpsm.collections["contacts"] = Collection("Contact", "contact.name", {})

    def forbidden(asked: Asked) -> Answered | None:
        if asked.path != f"{ROOT}/contacts":
            return None
        hpsm.faults.append(forbidden)
        return reply(28, 400, ("not authorized to read",))

    hpsm.faults.append(forbidden)
    opened = source(hpsm, "contacts", "incidents")
    infos = {info.kind: info for info in opened.describe()}
    assert infos["contacts"].fields == ()
    assert "ReturnCode 28" in dict(infos["contacts"].missing)["full_name"]
    with pytest.raises(ConfigurationError) as refused:
        list(opened.read("contacts"))
    assert [problem.code for problem in refused.value.problems] == ["source-unreadable"]
    assert len(numbers(opened.read("incidents"))) == 95
    assert [p.code for p in opened.check() if not p.warning] == ["source-unreadable"]


def test_a_query_that_hpsm_does_not_understand_is_a_matter_of_the_configuration(
    hpsm: RestHpsm,
) -> None:
    opened = source(hpsm, tables={"incidents": {"fields": FIELDS, "where": "this is no query"}})
    with pytest.raises(ConfigurationError) as refused:
        list(opened.read("incidents"))
    [problem] = refused.value.problems
    assert problem.code == "source-unreadable"
    assert problem.place == "source.tables.incidents.where"
    assert "this is no query" not in problem.message


@pytest.mark.parametrize("documented", [True, False])
def test_a_collection_that_is_not_there_is_not_taken_for_an_empty_one(
    hpsm: RestHpsm, documented: bool
) -> None:
    hpsm.documented = documented
    tables = {"incidents": {"fields": FIELDS, "collection": "probsummary"}}
    with pytest.raises(ConfigurationError) as refused:
        list(source(hpsm, tables=tables).read("incidents"))
    [problem] = refused.value.problems
    assert problem.code == "source-table-missing"
    assert "probsummary" in problem.message


def test_an_empty_collection_that_the_service_document_names_is_empty(hpsm: RestHpsm) -> None:
    hpsm.collections["incidents"].records.clear()
    opened = source(hpsm)
    assert [info.rows for info in opened.describe()] == [0]
    assert list(opened.read("incidents")) == []


def test_where_the_time_of_modification_cannot_be_asked_for_everything_is_compared(
    hpsm: RestHpsm,
) -> None:
    for record in hpsm.collections["incidents"].records:
        del record["sysmodtime"]
    opened = source(hpsm)
    assert opened.describe()[0].modified is None
    since = datetime(2030, 1, 1)  # noqa: DTZ001 - GMT, as in rows
    assert len(numbers(opened.read("incidents", since))) == 95


def test_a_caption_that_has_another_name_here_is_told_with_the_name_to_write(
    hpsm: RestHpsm,
) -> None:
    captions = hpsm.collections["incidents"].captions
    captions["number"], captions["contact.name"] = "IncidentNo", "ContactName"
    for record in hpsm.collections["incidents"].records:
        record["contact.name"] = "NORDMANN, KARI"
    opened = source(hpsm, tables={})
    wrong = {problem.message: problem for problem in opened.check() if not problem.warning}
    number = next(p for message, p in wrong.items() if "incidents.number" in message)
    assert "`number: IncidentNo`" in number.what_to_do
    contact = next(p for message, p in wrong.items() if "incidents.contact_name" in message)
    assert "`contact_name: ContactName`" in contact.what_to_do
    with pytest.raises(ConfigurationError) as refused:
        list(opened.read("incidents"))
    assert [problem.near[:1] for problem in refused.value.problems] == [("IncidentNo",)]


def test_check_tells_everything_that_keeps_it_from_being_read(hpsm: RestHpsm) -> None:
    assert [problem for problem in source(hpsm).check() if not problem.warning] == []
    hpsm.password = "another"
    assert [problem.code for problem in source(hpsm).check()] == ["source-credentials"]


def test_check_does_not_wait_long_for_nobody() -> None:
    with RestHpsm(incidents=incidents(1)) as hpsm:
        opened = source(hpsm, "incidents", "contacts", web={"wait": 0.3})
    codes = [problem.code for problem in opened.check()]
    assert codes == ["source-unreachable"]


def test_an_answer_from_elsewhere_is_not_followed(hpsm: RestHpsm) -> None:
    hpsm.once(Answered(302, b"", {"Location": "http://127.0.0.1:9/login"}), times=9)
    assert [p.code for p in source(hpsm).check() if not p.warning] == ["source-unreachable"]
    assert len(hpsm.asked) == 1


def test_too_many_threads_for_the_service_document_are_no_wrong_password(hpsm: RestHpsm) -> None:
    hpsm.collections["incidents"].records.clear()

    def threads(asked: Asked) -> Answered | None:
        return reply(-4, 401, ("Too many threads",)) if asked.path == ROOT else None

    hpsm.faults.append(threads)
    opened = source(hpsm)
    opened.describe()
    assert opened._web.refused is None
