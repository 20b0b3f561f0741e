"""One form for what was sent and what is shown: layout is no difference, anything else is one."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.load.baseline import Baseline
from migrate.load.compare import (
    canonical,
    differing,
    digests,
    expected,
    pack,
    plain,
    trail_digests,
    unpack,
)
from migrate.records import OpKey, State
from migrate.state.journal import Entry

SENT = {
    "briefDescription": "Skriver  på lesesalen",
    "request": "Linje 1<br>Linje 2 &amp; mer",
    "callDate": "2019-05-06T10:00:00.000+0200",
    "category": {"name": "IT"},
    "operatorGroup": {"id": "g"},
    "callerLookup": {"id": "p"},
    "completed": True,
    "optionalFields1": {"text1": "SD1"},
    "closureCode": None,
}
SHOWN = {
    "briefDescription": "Skriver på lesesalen",
    "request": "Linje 1\nLinje 2 & mer",
    "callDate": "2019-05-06T08:00:00.000+0000",
    "category": {"id": "c", "name": "IT"},
    "operatorGroup": {"id": "g", "name": "UB"},
    "caller": {"id": "p", "dynamicName": "Ola"},
    "completed": True,
    "optionalFields1": {"text1": "SD1", "text2": None},
}


def wrong(**shown: object) -> list[str]:
    return differing(digests(canonical(SENT)), {**SHOWN, **shown})


def test_the_same_in_the_targets_own_words_is_no_difference() -> None:
    assert wrong() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("briefDescription", "Skriveren på lesesalen"),
        ("request", "Linje 1"),
        ("callDate", "2019-05-06T08:00:01.000+0000"),
        ("category", {"id": "c", "name": "Bygg"}),
        ("operatorGroup", None),
        ("caller", {"id": "q", "dynamicName": "Ola"}),
        ("completed", False),
    ],
)
def test_what_differs_is_named(name: str, value: object) -> None:
    assert wrong(**{name: value}) == [name]


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("27-09-2019 14:05 Berg, Kari: \n", True),
        ("9/27/2019, 2:05 PM migrate:\r\n", True),
        ("Kari: \n", False),
        ("27-09-2019 14:05 Berg, Kari: nytt\n", False),
    ],
)
def test_a_line_that_says_who_wrote_a_request_and_when_is_no_difference(
    line: str, same: bool
) -> None:
    assert wrong(request=f"{line}{SHOWN['request']}") == ([] if same else ["request"])


def test_a_line_over_a_request_that_reads_otherwise_later_is_nobodys_edit():
    def under(line):
        return {**SHOWN, "request": f"{line}, Ola:\n{SHOWN['request']}"}

    at = OpKey("hpsm", "incident", "IM1", "create", 0)
    packed = pack(canonical(SENT), under("26-11-2026 07:28"))
    left = Baseline.of([Entry(at, State.DONE, 0, "", 0.0, False, 1, "", "", packed)])
    assert not left.edited("request", under("26-11-2026 08:28"))
    assert left.edited("request", {**SHOWN, "request": "26-11-2026 07:28, Ola:\nNoe annet"})


def test_a_part_of_the_optional_fields_is_named_with_its_dot() -> None:
    assert wrong(optionalFields1={"text1": "SD2"}) == ["optionalFields1.text1"]


def test_a_login_or_an_address_is_the_same_in_any_case() -> None:
    sent = digests(canonical({"loginName": "OlaNor", "email": "ola@Example.no"}))
    assert differing(sent, {"loginName": "OLANOR", "email": "Ola@example.no"}) == []
    assert differing(sent, {"loginName": "OLANOR2", "email": "Ola@example.no"}) == ["loginName"]


def test_a_caller_given_as_text_is_compared_as_text() -> None:
    sent = digests(canonical({"caller": {"dynamicName": "Åse Ødegård", "branch": {"id": "b"}}}))
    assert differing(sent, {"caller": {"id": None, "dynamicName": "Åse Ødegård"}}) == []
    assert differing(sent, {"caller": {"id": "p", "dynamicName": "Ola"}}) == ["caller"]


def test_a_reopened_ticket_is_not_expected_to_have_a_date_of_completion() -> None:
    done = pack(canonical({"completed": True, "completedDate": "2019-05-07T10:00:00Z"}))
    again = pack(canonical({"completed": False}))
    assert set(expected([done])) == {"completed", "completedDate"}
    assert set(expected([done, again])) == {"completed"}


def test_the_journal_keeps_no_text() -> None:
    packed = pack(canonical(SENT), SHOWN)
    assert "Skriver" not in packed
    assert "Linje" not in packed
    assert unpack(packed) == digests(canonical(SENT))
    assert unpack(None) == {}


@given(st.text())
def test_a_history_entry_is_recognised_in_the_targets_layout(text: str) -> None:
    marker = "[IM1/v/1]"
    body = html.escape(text).replace("\n", "<br>") + f"<br>{marker}"
    sent = digests(canonical({"action": body, "actionInvisibleForCaller": True}))
    shown = trail_digests(html.unescape(body.replace("<br>", "\n")), True)
    if "<" not in text and "&" not in text:
        assert shown == sent
    assert trail_digests(body, False) != sent


@given(st.text())
def test_plain_is_plain_already(text: str) -> None:
    once = plain(html.escape(text))
    assert plain(html.escape(once)) == once
