"""Which files of a ticket go to TOPdesk, under what name, and what is said of the others."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ticket_world import chain, incident, interaction, mappings

from migrate.records import Chain, Row, Step, Told
from migrate.transform.attachments import attachment_steps, file_name
from migrate.transform.text import plain


def file(n: int, name: str | None = None, **fields: Any) -> Row:
    return {
        "application": "probsummary",
        "topic": "IM10001",
        "uid": f"u{n}",
        "type": "5",
        "filename": f"fil{n}.pdf" if name is None else name,
        "sha256": f"{n:064x}",
        "content_size": 100.0 + n,
        "sysmodtime": f"2019-09-12 08:{n:02}:00",
        **fields,
    }


def made(*files: Row, told: Told | None = None, **policy: Any) -> Chain:
    sd = interaction(number="SD10001", close_time="2019-09-13 08:00:00", status="Closed")
    im = incident(status="Closed", close_time="2019-09-13 08:00:00", journal="Ferdig")
    return chain(im, sd, to=mappings({"attachments": policy}), attachments=files)


def of(chain: Chain, name: str) -> list[Step]:
    return [step for step in chain.steps if step.name.startswith(name)]


def found(chain: Chain) -> dict[str, str]:
    return {f.code: f.detail for f in chain.findings if f.code.startswith("attachment-")}


def test_files_come_oldest_first_between_the_history_and_the_end() -> None:
    ticket = made(file(2), file(1, topic="SD10001"))
    names = [step.name.partition("/")[0] for step in ticket.steps]
    assert names == ["create", "call_date", "history", "attachment", "attachment", "close"]
    first, second = of(ticket, "attachment")
    assert second.body == {
        "name": "fil2.pdf",
        "sha256": f"{2:064x}",
        "size": 102,
        "description": f"{second.marker} · 2019-09-12 10:02 +02:00",
        "invisibleForCaller": True,
    }
    assert first.body["description"] == f"{first.marker} · 2019-09-12 10:01 +02:00 · SD10001"
    assert re.fullmatch(r"\[IM10001/a/[0-9a-f]{10}\]", first.marker)
    assert first.name == f"attachment/{first.marker[11:-1]}"
    assert found(ticket) == {}


def test_the_caller_sees_files_only_where_the_policy_says_so() -> None:
    assert [s.body["invisibleForCaller"] for s in of(made(file(1)), "attachment")] == [True]
    shown = made(file(1), visible=True)
    assert [s.body["invisibleForCaller"] for s in of(shown, "attachment")] == [False]


def test_a_copy_on_the_call_is_the_same_file_and_another_content_is_not() -> None:
    copy = file(3, "fil1.pdf", sha256=file(1)["sha256"], topic="SD10001")
    ticket = made(file(1), copy, file(2, "fil1.pdf"))
    assert [s.body["sha256"] for s in of(ticket, "attachment")] == [f"{1:064x}", f"{2:064x}"]
    assert found(ticket) == {"attachment-repeated": "1"}


def test_a_file_keeps_its_step_when_others_come_before_it_or_go() -> None:
    (alone,) = of(made(file(5)), "attachment")
    among = of(made(file(1), file(5), file(6)), "attachment")
    assert alone in among


@pytest.mark.parametrize(
    ("row", "code", "why"),
    [
        (file(1, broken="truncated", sha256=None), "unreadable", "kunne ikke leses hel i HPSM"),
        (file(1, sha256=None, content_size=None), "unreadable", "kunne ikke leses hel i HPSM"),
        (file(1, content_size=0), "empty", "er tom"),
        (file(1, content_size=3 << 20), "too-large", "er på 3.0 MB, og grensen er 2.5 MB"),
        (file(1, "fil1.EXE"), "type-skipped", "filtypen .exe tas ikke med"),
        (file(1, "fil1.exe. "), "type-skipped", "filtypen .exe tas ikke med"),
    ],
)
def test_what_is_not_sent_is_named_in_an_internal_note_and_not_in_a_finding(
    row: Row, code: str, why: str
) -> None:
    ticket = made(row, file(2), max_mb=2.5, skip_extensions=[".EXE", "js"])
    assert [s.body["name"] for s in of(ticket, "attachment")] == ["fil2.pdf"]
    (note,) = of(ticket, "left_out")
    assert note.body["actionInvisibleForCaller"] is True
    text = plain(note.body["action"])
    assert text.startswith("Vedlegg som ikke er overført:\n- fil1.")
    assert why in text
    assert text.endswith(f"\n{note.marker}")
    assert found(ticket) == {f"attachment-{code}": "1"}
    assert "fil1" not in "".join(f.detail for f in ticket.findings)


def test_without_a_limit_every_size_goes() -> None:
    assert len(of(made(file(1, content_size=5 << 30)), "attachment")) == 1


def test_a_hundred_files_that_are_left_out_are_all_named() -> None:
    ticket = made(*(file(n, broken="damaged", sha256=None) for n in range(100, 220)))
    text = "".join(plain(step.body["action"]) for step in of(ticket, "left_out"))
    assert all(f"fil{n}.pdf:" in text for n in range(100, 220))
    assert len({step.name for step in of(ticket, "left_out")}) == len(of(ticket, "left_out")) > 1


def test_what_was_left_out_before_is_not_told_again() -> None:
    policy = mappings({"attachments": {"skip_extensions": ["exe"]}}).policy
    rows = [file(1, "a.exe"), file(2)]

    def steps(*files: Row, told: Told | None = None) -> list[Step]:
        return attachment_steps(
            "IM10001", files, policy.attachments, ZoneInfo("Europe/Oslo"), told
        )[0]

    (first, _) = steps(*rows)
    told = Told(frozenset(first.carries), 1, 1)
    assert [s.name[:10] for s in steps(*rows, told=told)] == ["attachment"]
    (new, _) = steps(*rows, file(3, "b.exe"), told=told)
    assert "b.exe" in new.body["action"]
    assert "a.exe" not in new.body["action"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("C:\\Users\\kari\\møte.pdf", "møte.pdf"),
        ("../../etc/passwd", "passwd"),
        ('er "dette" <en> fil?.txt', "er _dette_ _en_ fil_.txt"),
        ("møte.pdf", "møte.pdf"),
        ("regning\u202efdp.exe", "regningfdp.exe"),
        ("", "vedlegg"),
        ("...", "vedlegg"),
        ("x" * 300 + ".docx", "x" * 145 + ".docx"),
    ],
)
def test_a_name_is_one_that_a_file_can_have_anywhere(given: str, name: str) -> None:
    assert file_name(given) == name


@given(st.text())
def test_any_name_becomes_one_that_stays_as_it_is(given: str) -> None:
    name = file_name(given)
    assert file_name(name) == name
    assert 0 < len(name) <= 150
    assert not set(name) & set('/\\<>:"|?*')


def test_a_changed_name_is_counted_and_the_old_one_stands_in_the_description() -> None:
    ticket = made(file(1, "hva?.txt"))
    (step,) = of(ticket, "attachment")
    assert (step.body["name"], "hva?.txt" in step.body["description"]) == ("hva_.txt", True)
    assert found(ticket) == {"attachment-renamed": "1"}


def test_a_held_ticket_has_no_step_and_says_nothing_of_its_files() -> None:
    ticket = chain(incident(assignment="IT-SIKKERHET"), attachments=(file(1), file(2, broken="x")))
    assert ticket.steps == ()
    assert ticket.findings == ()
