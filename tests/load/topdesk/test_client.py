"""Habits of TOPdesk that the simulator need not have, told by a server that follows a script."""

import pytest

from migrate.codes import CODES
from migrate.config import TargetConfig
from migrate.errors import ConfigurationError, StoppedError
from migrate.load.directory import by_number
from migrate.load.keys import KEYS
from migrate.load.topdesk.client import (
    _ATTACH,
    _PARTIAL_UPDATE,
    _RIGHT,
    TopdeskTarget,
)
from migrate.load.topdesk.knowledge_base import STEPS
from migrate.load.topdesk.persons import ITEM, LIST
from migrate.records import Answer, Operation, OpKey


@pytest.fixture
def target(serve, connect):
    def make(answer, **settings):
        server = serve(answer)
        config = TargetConfig(url=server.url, **settings)
        return server, TopdeskTarget(connect(server.url, **settings), config, contents)

    return make


def contents(sha256):
    raise FileNotFoundError(sha256)


def operation(kind, step, body, parent=""):
    return Operation(OpKey("hpsm", kind, "1", step, 0), body, parent)


def incidents(*numbers):
    return [{"id": f"id-{number}", "externalNumber": number} for number in numbers]


def test_every_page_is_read_whichever_way_more_is_announced(target):
    def answer(request):
        start = int(request.query["pageStart"])
        if start == 0:
            return 206, incidents("A")
        if start == 1:
            return 200, incidents("A"), {"X-Next-Page-Url": "/ignored"}
        return (200, incidents("A")) if start == 2 else (204, None)

    server, reader = target(answer)
    # One incident on three pages is one incident.
    assert len(list(reader.find("incident", "externalNumber", ["A"]))) == 1
    assert [request.query["pageStart"] for request in server.requests] == ["0", "1", "2"]
    assert all(request.query["all"] == "true" for request in server.requests)


def test_a_full_page_is_asked_on_even_if_nothing_announces_more(target):
    def answer(request):
        start = int(request.query["start"])
        entries = [{"id": str(n), "plainText": "x"} for n in range(start, start + 100)]
        return (200, entries) if start < 200 else (204, None)

    server, reader = target(answer)
    assert len(reader.trail("1")) == 200
    assert {request.query["page_size"] for request in server.requests} == {"100"}


@pytest.mark.parametrize("sorts", [True, False])
def test_no_incident_falls_between_two_pages_of_a_list_in_no_order(target, sorts):
    def answer(request):
        if "sort" in request.query and not sorts:
            return 400, [{"message": "no"}]
        start = int(request.query["pageStart"])
        turned = sorts and start == 1 and request.query.get("sort") != "id:asc"
        rows = incidents("B", "A") if turned else incidents("A", "B")
        return (200 if start else 206), rows[start : start + 1]

    _, reader = target(answer)
    found = reader.find("incident", "externalNumber", ["A", "B"])
    assert [each.id for each in found] == ["id-A", "id-B"]


@pytest.mark.parametrize("shown", ["IM10", "im10", " IM10 "])
def test_a_number_is_found_that_topdesk_keeps_in_its_own_way(target, shown):
    _, reader = target(lambda request: (200, incidents("IM1", shown, "IM100")))
    assert [f.id for f in reader.find("incident", "externalNumber", ["IM10"])] == [f"id-{shown}"]
    (found,) = by_number(reader, ["IM10", "SD1"])
    assert (found[0].id, found[1]) == (f"id-{shown}", "IM10")


def test_a_department_is_found_in_another_case(target):
    _, reader = target(lambda request: (200, [{"id": "1", "name": "DRIFT"}, {"id": "2"}]))
    assert [found.id for found in reader.find("department", "name", ["Drift", ""])] == ["1"]


@pytest.mark.parametrize("rows", [[{"externalNumber": "A"}], ["A"], [{"message": "A"}, 1]])
def test_what_is_no_list_of_records_is_not_taken_for_one(target, rows):
    _, reader = target(lambda request: (200, rows))
    with pytest.raises(StoppedError):
        list(reader.find("incident", "externalNumber", ["A"]))


def test_a_topdesk_without_the_list_of_entries_has_not_lost_them(target):
    def answer(request):
        ours = "/id/here" in request.path
        return (200, {"id": "here"}) if ours and request.path.endswith("here") else (404, None)

    _, reader = target(answer)
    for read in (reader.trail, reader.attachments, reader.time_spent):
        assert read("gone") == []
        with pytest.raises(ConfigurationError):
            read("here")


def test_a_topdesk_without_the_list_of_an_articles_files_has_not_lost_them(target):
    def answer(request):
        return (200, {"id": "here"}) if request.path.endswith("/here") else (404, None)

    _, reader = target(answer)
    for read in (reader.knowledge.images, reader.knowledge.files):
        assert list(read("gone")) == []
        with pytest.raises(ConfigurationError):
            list(read("here"))


def test_what_hangs_on_a_record_that_may_not_be_read_stops_nothing_else(target):
    _, reader = target(lambda request: (403, None))
    for read in (
        reader.trail,
        reader.attachments,
        reader.time_spent,
        reader.knowledge.images,
        reader.knowledge.files,
        lambda id: reader.get("incident", id),
    ):
        with pytest.raises(ConfigurationError) as error:
            read("1")
        assert error.value.of_one
    with pytest.raises(ConfigurationError) as error:
        list(reader.find("incident", "externalNumber", ["A"]))
    assert not error.value.of_one


@pytest.mark.parametrize("answer", [{"message": "hm"}, {"results": None}, "hm"])
def test_an_answer_that_holds_no_list_is_not_taken_for_an_empty_one(target, answer):
    _, reader = target(lambda request: (200, answer))
    for read in (reader.knowledge.images, reader.knowledge.files):
        with pytest.raises(StoppedError):
            list(read("1"))
    with pytest.raises(StoppedError):
        list(reader.index("service"))


@pytest.mark.parametrize("status", [400, 404])
def test_a_page_in_topdesks_place_does_not_say_that_a_record_is_gone(target, status):
    """A proxy while TOPdesk is away; a TOPdesk that says it with a page is believed."""
    page = status, None, {"Content-Type": "text/html; charset=utf-8"}
    _, reader = target(lambda request: page)
    with pytest.raises(StoppedError):
        reader.get("incident", "1")
    _, reader = target(
        lambda request: (200, {"version": "4"}) if request.path.endswith("version") else page
    )
    assert reader.get("incident", "1") is None


def test_groups_of_a_branch_are_looked_through_since_no_filter_may_name_it(target):
    def answer(request):
        if "branch" in request.query["query"]:
            return 400, [{"message": "branch.id cannot be filtered"}]
        groups = [{"id": n, "branch": {"id": f"b{n}"}} for n in "12"]
        return (200, groups) if request.query["query"] == "archived==false" else (204, None)

    _, reader = target(answer)
    assert [found.id for found in reader.find("operator_group", "branch.id", ["b2"])] == ["2"]


@pytest.mark.parametrize(("status", "rows"), [(206, 1), (200, 1000)])
def test_a_topdesk_that_shows_the_first_page_again_and_again_is_not_asked_for_ever(
    target, status, rows
):
    server, reader = target(lambda request: (status, incidents(*range(rows))))
    with pytest.raises(StoppedError):
        list(reader.find("incident", "externalNumber", ["A"]))
    assert len(server.requests) == 4


def test_more_announced_and_nothing_given_is_not_taken_for_the_end(target):
    _, reader = target(lambda request: (206, []))
    with pytest.raises(StoppedError):
        list(reader.find("incident", "externalNumber", ["A"]))


@pytest.mark.parametrize("refused", [["=in="], ["=in=", ","]], ids=["no =in=", "no =in=, no OR"])
def test_a_topdesk_that_knows_less_fiql_is_asked_more_simply_from_then_on(target, refused):
    def answer(request):
        query = request.query["query"]
        if any(word in query for word in refused):
            return 400, [{"message": "ParseException"}]
        return 200, incidents(*(part.rpartition("==")[2] for part in query.split(",")))

    server, reader = target(answer, lookup_batch=2)
    asked = ["A", "B", "C", "D"]
    found = list(reader.find("incident", "externalNumber", asked))
    assert sorted(incident.fields["externalNumber"] for incident in found) == asked
    before = len(server.requests)
    assert len(list(reader.find("incident", "externalNumber", asked))) == 4
    later = [request.query["query"] for request in server.requests[before:]]
    assert not any(word in query for query in later for word in refused)


def test_a_lookup_that_is_refused_is_never_taken_for_nothing_found(target):
    _, reader = target(lambda request: (400, None))
    with pytest.raises(ConfigurationError) as error:
        list(reader.find("incident", "externalNumber", ["A"]))
    assert error.value.problems[0].code == "lookup-refused"
    _, reader = target(lambda request: (403, None))
    with pytest.raises(ConfigurationError) as error:
        list(reader.find("incident", "externalNumber", ["A"]))
    assert error.value.problems[0].code == "permission-missing"


def test_an_empty_answer_without_204_is_not_taken_for_nothing_found(target):
    _, reader = target(lambda request: (200, None))
    with pytest.raises(StoppedError):
        list(reader.find("incident", "externalNumber", ["A"]))


def test_no_url_is_longer_than_6000_characters(target):
    server, reader = target(lambda request: (204, None), lookup_batch=500)
    list(reader.find("incident", "externalNumber", [f"ØÅ {n:04} " + "æ" * 40 for n in range(300)]))
    assert len(server.requests) > 1
    assert max(len(request.path + request.raw_query) for request in server.requests) < 6000


def test_persons_are_asked_for_in_version_2(target):
    def answer(request):
        if request.method == "POST":
            return 201, {"id": "p"}
        one = {"id": "p", "employeeNumber": "1"}
        return (
            (200, {"item": [one], "next": None, "size": 1})
            if "query" in request.query
            else (200, one)
        )

    server, topdesk = target(answer)
    assert [p.id for p in topdesk.find("person", "employeeNumber", ["1"])] == ["p"]
    assert topdesk.get("person", "p").id == "p"
    assert topdesk.write(operation("person", "create", {"surName": "Ås"})).target_id == "p"
    assert [request.headers["accept"] for request in server.requests] == [LIST, ITEM, ITEM]


def test_a_membership_is_written_to_the_operator(target):
    server, topdesk = target(lambda request: (204, None))
    outcome = topdesk.write(operation("membership", "add", {"group": "g", "operator": "o"}))
    assert outcome.answer is Answer.DONE
    assert server.requests[0].path == "/tas/api/operators/id/o/operatorgroups"
    assert server.requests[0].json == [{"id": "g"}]


@pytest.mark.parametrize(
    ("kind", "step", "status", "data", "answer"),
    [
        ("incident", "create", 201, {"id": "1", "number": "I 1"}, Answer.DONE),
        ("incident", "create", 200, {"id": "1"}, Answer.DONE),
        ("incident", "create", 201, {}, Answer.IN_DOUBT),
        ("incident", "create", 201, [{"id": "1"}], Answer.IN_DOUBT),
        ("incident", "create", 204, None, Answer.IN_DOUBT),
        ("incident", "create", 202, {"id": "1"}, Answer.IN_DOUBT),
        ("incident", "history", 200, {"id": "i", "number": "I 1"}, Answer.DONE),
        ("incident", "history", 200, {"id": "I", "number": "I 1"}, Answer.DONE),
        ("incident", "history", 204, None, Answer.DONE),
        ("incident", "history", 200, {"id": "another"}, Answer.IN_DOUBT),
        ("incident", "history", 200, {"status": "login required"}, Answer.IN_DOUBT),
        ("incident", "close", 403, None, Answer.REFUSED),
        ("incident", "close", 302, None, Answer.STOP),
    ],
)
def test_only_the_answer_that_belongs_to_the_request_is_believed(
    target, kind, step, status, data, answer
):
    server, topdesk = target(lambda request: (status, data))
    outcome = topdesk.write(operation(kind, step, {"action": "x"}, parent="i"))
    assert outcome.answer is answer
    assert outcome.status == status
    assert outcome.answer is Answer.DONE or outcome.code in CODES
    assert outcome.latency > 0
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "data", "answer", "code"),
    [
        (200, {"id": "1", "fileName": "a.txt"}, Answer.DONE, ""),
        (200, {"id": "1"}, Answer.IN_DOUBT, "answer-unclear"),
        (200, None, Answer.IN_DOUBT, "answer-unclear"),
        (204, None, Answer.IN_DOUBT, "answer-unclear"),
        (413, None, Answer.REFUSED, "attachment-refused"),
        (400, [{"message": "no .exe"}], Answer.REFUSED, "attachment-refused"),
        (415, None, Answer.REFUSED, "attachment-refused"),
        (403, None, Answer.REFUSED, "target-forbidden"),
        (404, None, Answer.REFUSED, "target-record-missing"),
        (500, None, Answer.IN_DOUBT, "answer-unclear"),
    ],
)
def test_only_the_answer_that_belongs_to_a_file_is_believed(
    serve, connect, tmp_path, status, data, answer, code
):
    (tmp_path / "0f").write_bytes(b"innhold")
    server = serve(lambda request: (status, data))
    config = TargetConfig(url=server.url)
    topdesk = TopdeskTarget(
        connect(server.url), config, lambda sha256: (tmp_path / sha256).open("rb")
    )
    body = {"name": "møte.txt", "sha256": "0f", "size": 7, "description": "d"}
    body["invisibleForCaller"] = True
    outcome = topdesk.write(operation("incident", "attachment/1", body, "i"))
    assert (outcome.answer, outcome.code) == (answer, code)
    (request,) = server.requests
    assert request.path == "/tas/api/incidents/id/i/attachments"
    assert b"innhold" in request.body
    assert 'filename="møte.txt"'.encode() in request.body


def test_an_archived_incident_and_its_trail_are_shown_as_they_are(target):
    def answer(request):
        if request.path.endswith("/actions"):
            return 200, [{"id": "1", "memoText": "<b>Ærlig</b><br/>talt &amp; greit"}]
        return 200, {"id": "i", "status": "secondLineArchived"}

    _, reader = target(answer)
    assert reader.get("incident", "i").archived
    assert reader.trail("i")[0].text.split() == ["Ærlig", "talt", "&", "greit"]


def test_the_trail_of_an_incident_that_is_gone_is_empty(target):
    _, reader = target(lambda request: (404, None))
    assert reader.trail("i") == []
    assert reader.members("g") == frozenset()


def test_something_else_at_the_address_is_not_a_topdesk(target):
    _, reader = target(lambda request: (200, {"status": "up"}))
    with pytest.raises(ConfigurationError) as error:
        reader.describe()
    assert error.value.problems[0].code == "target-address"


def test_the_filters_of_the_account_are_named_where_it_may_ask(target):
    def answer(request):
        if request.path.endswith("/current"):
            return 200, {"id": "me"}
        if request.path.endswith("/id/me/filters/branch"):
            return 200, [{"id": "1", "name": "Nord"}]
        return (204, None) if request.path.endswith("category") else (403, None)

    _, reader = target(answer)
    assert reader.filters() == ["branch"]


def test_an_account_without_permission_is_told_so(target):
    def answer(request):
        return (403, None) if "operators" in request.path else (200, {"version": "3", "major": 16})

    _, reader = target(answer)
    with pytest.raises(ConfigurationError) as error:
        reader.describe()
    assert error.value.problems[0].code == "permission-missing"


def test_a_list_that_this_topdesk_lacks_is_empty_and_the_first_of_two_names_counts(target):
    def answer(request):
        if request.path.endswith("durations"):
            return 404, None
        return 200, [{"id": "1", "name": "Høy"}, {"id": "2", "name": "Høy"}]

    _, reader = target(answer)
    found = reader.lists()
    assert found.lists["duration"] == {}
    assert found.lists["priority"] == {"Høy": "1"}
    assert found.subcategories == {}


def test_a_list_keeps_the_order_in_which_topdesk_shows_its_levels(target):
    _, reader = target(lambda request: (200, [{"id": n, "name": n} for n in ("Høy", "Lav", "Alt")]))
    assert list(reader.lists().lists["urgency"]) == ["Høy", "Lav", "Alt"]


def test_every_step_that_can_be_sent_can_be_looked_for(target):
    _, whole = target(lambda request: (204, None))
    assert {*whole._send, _ATTACH, _RIGHT, _PARTIAL_UPDATE, *STEPS} == set(KEYS)
