"""TOPdesk's error answers of every family become a code and a field, and never a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.codes import CODES
from migrate.load.http import Reply
from migrate.load.topdesk.errors import refusal
from migrate.load.topdesk.paging import Refused


def said(message, status=400):
    return Reply(status, data=[{"message": message}])


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ("Mandatory field 'surName' is missing.", "target-field-missing", "surName"),
        ('The field "callDate" does not exist.', "target-field-unknown", "callDate"),
        ('The value for the field "isCaller" cannot be parsed', "target-value-invalid", "isCaller"),
        ("The field 'id' cannot be parsed", "target-value-invalid", "id"),
        (
            "The value for the field 'operator.id' cannot be found.",
            "target-value-not-found",
            "operator.id",
        ),
        ('The branch "Åsgårdstrand" cannot be found', "target-value-not-found", "branch"),
        (
            'The value for the field "briefDescription" can only be 80 characters long.',
            "target-value-too-long",
            "briefDescription",
        ),
        ("The field name is too long.", "target-value-too-long", "name"),
        ("Department with name 'Åsgårdstrand' already exists.", "target-duplicate", "Department"),
        (
            "The given login name of this operator already exists but it must be unique.",
            "target-duplicate",
            "",
        ),
        ("Noe helt annet om Åsgårdstrand", "target-refused", ""),
    ],
)
def test_known_messages(message, code, field):
    assert refusal(said(message))[:2] == (code, field)


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (
            {"errors": [{"errorCode": "x", "errorMessage": "Mandatory field 'name' is missing."}]},
            "target-field-missing",
            "name",
        ),
        (
            {"errorCode": "value_too_long", "appliesTo": ["name"], "errorMessage": "…"},
            "target-value-too-long",
            "name",
        ),
        ({"errors": [{"errorCode": "duplicate_value"}]}, "target-duplicate", ""),
        (
            [{"errorCode": "value_mandatory", "appliesTo": ["title"]}],
            "target-field-missing",
            "title",
        ),
        (
            {"errorCode": "value_too_long", "appliesTo": ["Ola N., f. 1970"]},
            "target-value-too-long",
            "",
        ),
        (None, "target-refused", ""),
        ("Bad Request", "target-refused", ""),
        ([[], 7, {"message": None}], "target-refused", ""),
    ],
)
def test_every_shape_of_body(data, code, field):
    assert refusal(Reply(400, data=data))[:2] == (code, field)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "target-forbidden"),
        (404, "target-record-missing"),
        (405, "target-request-invalid"),
        (406, "target-request-invalid"),
        (409, "target-duplicate"),
        (415, "target-request-invalid"),
        (422, "target-refused"),
    ],
)
def test_without_a_message_the_status_speaks(status, code):
    assert refusal(Reply(status)) == (code, "", "")


@given(
    st.sampled_from([400, 403, 404, 409, 413, 422]),
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["errors", "message", "errorCode", "appliesTo", "errorMessage"]),
                inner,
            )
        ),
    ),
)
def test_no_body_breaks_it_and_every_code_is_explained(status, data):
    code, field, key = refusal(Reply(status, data=data))
    assert code in CODES
    assert " " not in field + key


@pytest.mark.parametrize(
    ("reply", "written", "read"),
    [
        (Reply(403, {"Content-Type": "text/html"}), "target-blocked", "target-blocked"),
        (Reply(403, {"Content-Type": "text/plain"}), "target-blocked", "target-blocked"),
        (Reply(403, data=[], sound=True), "target-forbidden", "permission-missing"),
        (Reply(403, empty=True), "target-forbidden", "permission-missing"),
    ],
)
def test_a_page_that_refuses_is_from_something_before_topdesk(reply, written, read):
    assert refusal(reply).code == written
    assert Refused("/tas/api/incidents", 403, page=reply.page).problems[0].code == read
