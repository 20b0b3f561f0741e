"""Single findings, on snapshots with one thing wrong in them."""

from __future__ import annotations

from typing import Any

import pytest
from hand_made import count, fill, finding, look, of, person, ticket

from migrate.report.assess.articles import key_pattern, links
from migrate.report.assess.findings_texts import holds_national_id
from migrate.state.snapshot import Snapshot

VALID = ("13099050076", "41019050090")
"""A national identity number and a D-number of people born in 1890: nobody alive has them."""


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Fnr: 13099050076.", True),
        ("130990 50076", True),
        ("13.09.90-50076", True),
        ("fødselsnr.13099050076", True),
        ("130990\u00a050076", True),
        ("D-nummer 41019050090", True),
        ("13099050077", False),
        ("113099050076", False),
        ("130990500761", False),
        ("telefon 73595000, kostnadssted 6720015", False),
        ("2019-09-23 06:00:00", False),
        ("99999999999", False),
    ],
)
def test_national_identity_numbers_are_known_by_date_and_check_digits(
    text: str, held: bool
) -> None:
    assert holds_national_id(text) is held


def test_national_identity_numbers_are_found_wherever_people_write(snapshot: Snapshot) -> None:
    number = VALID[0]
    fill(
        snapshot,
        incidents=[
            ticket("IM1", description=f"Gjelder {number}"),
            ticket("IM2", rb_comment=f"se {number}", description="ingenting"),
            ticket("IM3", reference_no=number, description="ingenting", contact_name=number),
        ],
        activities=[{"activity_id": "7", "number": "IM4", "description": number}],
        interactions=[ticket("IM4", description="x")],
        knowledge=[{"id": "KM1", "answer": f"<p>{number}</p>"}],
        contacts=[person("NES, KARI", user_id="kari", employee_id=number)],
    )
    found = finding(snapshot, "national_ids").hits
    assert set(found.examples) == {"IM1", "IM2", "IM3", "IM4", "KM1"}
    assert found.count == 6
    assert dict(found.details)["contacts"] == 1


def test_no_number_and_no_text_leaves_the_snapshot(snapshot: Snapshot) -> None:
    fill(snapshot, incidents=[ticket("IM1", title="Hemmelig", description=f"Nr {VALID[0]}")])
    assert VALID[0] not in repr(look(snapshot))
    assert "Hemmelig" not in repr(look(snapshot))


def test_a_status_is_unknown_by_the_mappings_where_there_are_some(snapshot: Snapshot) -> None:
    fill(snapshot, incidents=[ticket("IM1"), ticket("IM2", status="Hos KS "), ticket("IM3")])
    assert finding(snapshot, "statuses_unknown").hits.details == (("Hos KS", 1),)
    mapped = {"Hos KS": "on_hold"}
    assert count(snapshot, "statuses_unknown", state_of=mapped.get) == 2


def test_what_is_on_hold_is_known_by_the_mappings_else_by_the_vendor(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[
            ticket("IM1", status="Pending Vendor/Supplier"),
            ticket("IM2", status="Hos KS"),
            ticket("IM3", status="Suspended", pending_code="Leveranse"),
            ticket("IM4", status="Pending Customer", pending_code="  "),
        ],
    )
    assert finding(snapshot, "hold_without_reason").hits.examples == ("IM1", "IM4")
    mapped = {"Hos KS": "on_hold"}.get
    assert finding(snapshot, "hold_without_reason", state_of=mapped).hits.examples == ("IM2",)


def test_times_in_the_future_are_after_the_newest_change(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[
            ticket("IM1", update_time="2019-09-29 08:00:00"),
            ticket("IM2", open_time="2091-09-02 08:00:00"),
            ticket("IM3", close_time="2019-10-02 08:00:00"),
        ],
    )
    found = finding(snapshot, "future_times").hits
    assert found.examples == ("IM2", "IM3")
    assert dict(found.details) == {"open_time": 1, "close_time": 1}


def test_an_operator_has_left_by_flag_by_contact_or_by_long_silence(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        operators=[
            {"name": "flagget", "inactive": True, "last_login": "2019-09-01 08:00:00"},
            {"name": "stille", "inactive": False, "last_login": "2018-01-01 08:00:00"},
            {"name": "katalog", "inactive": None, "last_login": None},
            {"name": "her", "inactive": None, "last_login": "2019-08-01 08:00:00"},
            {"name": "aldri", "inactive": None, "last_login": None},
        ],
        contacts=[person("NES, KARI", operator_id="KATALOG ", inactive=True)],
        incidents=[
            ticket(f"IM{n}", assignee=login, close_time=closed)
            for n, (login, closed) in enumerate(
                [
                    ("flagget", None),
                    ("STILLE", None),
                    (" katalog", None),
                    ("her", None),
                    ("aldri", None),
                    ("flagget", "2019-09-03 08:00:00"),
                    ("ukjent", None),
                ]
            )
        ],
    )
    assert finding(snapshot, "operators_left").hits.examples == ("stille", "flagget", "katalog")
    assert finding(snapshot, "assignee_left").hits.examples == ("IM0", "IM1", "IM2")
    assert finding(snapshot, "assignee_unknown").hits.examples == ("IM6",)


def test_an_assignee_may_be_called_by_contact_or_by_full_name(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        operators=[
            {"name": "kari", "contact_name": "NES, KARI", "full_name": "Kari Nes", "inactive": True}
        ],
        incidents=[
            ticket("IM1", assignee="NES, KARI"),
            ticket("IM2", assignee="Kari Nes"),
            ticket("IM3", assignee="kari", close_time="2019-09-03 08:00:00"),
        ],
    )
    assert finding(snapshot, "assignee_left").hits.examples == ("IM1", "IM2")
    assert count(snapshot, "assignee_unknown") == 0


def test_a_group_is_empty_too_when_everybody_has_left(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": name} for name in ("FORLATT", "TOM", "BEMANNET")],
        operators=[{"name": "borte", "inactive": True}, {"name": "her", "inactive": False}],
        members=[
            {"group": "FORLATT", "operator": "borte"},
            {"group": "BEMANNET", "operator": "her"},
            {"group": "BEMANNET", "operator": "HER"},
        ],
    )
    assert finding(snapshot, "groups_empty").hits.examples == ("TOM", "FORLATT")
    assert finding(snapshot, "groups_one_person").hits.examples == ("FORLATT", "BEMANNET")
    assert finding(snapshot, "members_left").hits.examples == ("FORLATT|borte",)
    assert finding(snapshot, "logins_spelled").hits.examples == ("BEMANNET|HER",)


def test_names_collide_by_cutting_and_by_the_tools_own_shortening(snapshot: Snapshot) -> None:
    names = [
        "IT-APPLIKASJONSDRIFT OG FORVALTNING A",
        "IT-APPLIKASJONSDRIFT OG FORVALTNING B",
        "IT_NETT",
        "IT-NETT",
        "UB-UTLÅN",
    ]
    fill(snapshot, groups=[{"name": name} for name in names])
    found = look(snapshot)
    assert of(found, "groups_long").hits.examples == (*names[:2],)
    assert of(found, "groups_cut").hits.examples == (*names[:2],)
    assert of(found, "groups_tidied").hits.examples == ("IT-NETT", "IT_NETT")
    assert of(found, "groups_near").hits.examples == ("IT-NETT", "IT_NETT")


def test_a_dormant_group_has_members_and_nothing_to_do(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": name} for name in ("SOVER", "VÅKEN", "GAMMEL SAK", "TOM")],
        members=[{"group": name, "operator": "ola"} for name in ("SOVER", "VÅKEN", "GAMMEL SAK")],
        incidents=[
            ticket("IM1", assignment="VÅKEN", update_time="2019-09-29 08:00:00"),
            ticket("IM2", assignment="GAMMEL SAK", open_time="2015-01-01 08:00:00"),
            ticket("IM3", assignment="SOVER", open_time="2015-01-01 08:00:00"),
        ],
        activities=[{"activity_id": "1", "number": "IM2", "time": "2019-05-01 08:00:00"}],
    )
    assert finding(snapshot, "groups_dormant").hits.examples == ("SOVER",)


@pytest.mark.parametrize(
    ("markup", "led"),
    [
        ('<a href="/answers/attachments/0A1b">x</a>', [("attachment", "0a1b")]),
        ("<img src='cid:0a1b'>", [("attachment", "0a1b")]),
        ('<a href="scattach://0a1b:fil.pdf:kmdocument:KM1">x</a>', [("attachment", "0a1b")]),
        ("<a href=/answers/KM0257>x</a>", [("record", "KM0257")]),
        ('<a href="?ctx=x&amp;query=id%3D%22KM0257%22">x</a>', [("record", "KM0257")]),
        (
            r'<a href="file://\\ansatt\felles\a.doc">x</a>',
            [("local", r"file://\\ansatt\felles\a.doc")],
        ),
        ('<a href="https://example.no/KM0257">x</a>', []),
        ('<a href="mailto:KM0257@example.no">x</a>', []),
        ("KM0257 uten lenke", []),
    ],
)
def test_a_link_leads_to_an_attachment_a_record_or_somebodys_disk(
    markup: str, led: list[tuple[str, str]]
) -> None:
    assert list(links(markup, key_pattern(["KM", "SD"]))) == led


def test_articles_may_have_keys_of_the_installations_own(snapshot: Snapshot) -> None:
    body = '<a href="/answers/KB-0002">her</a> <a href="/answers/KB-0009">der</a>'
    fill(
        snapshot,
        incidents=[ticket("HD7")],
        knowledge=[
            {"id": "KB-0001", "answer": body},
            {"id": "KB-0002", "answer": '<a href="?q=HD7">sak</a>'},
            {"id": "KB-0003", "answer": '<a href="?q=HD8">sak</a>'},
        ],
    )
    assert finding(snapshot, "knowledge_dead_links").hits.examples == ("KB-0001", "KB-0003")


def test_articles_without_readers_are_told_by_why(snapshot: Snapshot) -> None:
    def article(key: str, **fields: Any) -> dict[str, Any]:
        return {"id": key, "status": "external", "audience": "Alle", "answer": "Svar", **fields}

    fill(
        snapshot,
        incidents=[ticket("IM1", update_time="2019-09-29 08:00:00")],
        knowledge=[
            article("KM1"),
            article("KM2", status="review"),
            article("KM3", expires="2019-01-01 00:00:00"),
            article("KM4R", status="revise"),
            article("KM1R", status="revise", audience=""),
            article("KM5", audience=" "),
            article("KM6", answer="<p>&nbsp;</p>"),
            article("KM7", answer='<img src="/answers/attachments/1">'),
        ],
    )
    found = look(snapshot)
    for family, keys in {
        "knowledge_unpublished": ("KM2",),
        "knowledge_expired": ("KM3",),
        "knowledge_only_copy": ("KM4R",),
        "knowledge_copies": ("KM1R",),
        "knowledge_no_audience": ("KM5",),
        "knowledge_empty": ("KM6",),
    }.items():
        assert of(found, family).hits.examples == keys, family


@pytest.mark.parametrize(
    ("name", "mime", "runs"),
    [
        ("setup.exe", None, True),
        ("Faktura.pdf.EXE ", "application/pdf", True),
        ("skript.ps1.", None, True),
        ("ukjent", "application/x-msdownload", True),
        ("exe", None, False),
        ("rapport.docx", None, False),
        (None, None, False),
    ],
)
def test_what_can_be_run_is_known_by_the_end_of_its_name(
    snapshot: Snapshot, name: str | None, mime: str | None, runs: bool
) -> None:
    file = {"uid": "0a", "topic": "IM1", "filename": name, "mime_type": mime, "size": 5}
    other = {"uid": "0b", "topic": "IM1", "filename": "b.txt", "mime_type": "text/plain", "size": 5}
    fill(snapshot, incidents=[ticket("IM1")], attachments=[file, other])
    found = finding(snapshot, "files_executable").hits
    assert found.count == int(runs)
    assert found.examples == (("IM1",) if runs else ())


def test_a_relation_to_a_record_of_another_kind_is_not_dead(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[ticket("IM1"), ticket("IM2"), ticket("IM3")],
        interactions=[],
        problems=[{"number": "PM1"}],
        relations=[
            {"source": "IM1", "depend": "PM1", "depend_file": "problem"},
            {"source": "IM2", "depend": "PC-7", "depend_file": "device"},
            {"source": "IM404", "source_file": "problem", "depend": "IM3"},
        ],
    )
    assert finding(snapshot, "relations_dead").hits.examples == ("IM3",)


def test_an_activity_without_a_number_is_counted_and_told_as_stray(snapshot: Snapshot) -> None:
    rows = [{"activity_id": "1", "number": "IM1"}, {"activity_id": "2", "number": None}]
    fill(snapshot, incidents=[ticket("IM1")], interactions=[], activities=rows)
    assert finding(snapshot, "history_stray").hits.examples == ("2",)
    volumes = look(snapshot).inventory.volumes
    assert volumes[volumes["kind"] == "activities"]["records"].sum() == 2


def test_values_that_could_not_be_read_are_told_by_field(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        incidents=[ticket("IM1", update_time=None, raw={"update_time": "4000-01-01"})],
        operators=[{"name": "kari", "last_login": None, "raw": {"last_login": "i går"}}],
    )
    found = finding(snapshot, "values_unread").hits
    assert dict(found.details) == {"incidents.update_time": 1, "operators.last_login": 1}


def test_people_are_named_by_their_login(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        contacts=[
            person("NES, KARI", user_id="kari", email="k@example.no"),
            person("NES, KARI 2", user_id="kari"),
            person("BERG, OLA", email="o@example.no"),
            person("BERG, OLA X", email="O@example.no"),
        ],
    )
    found = finding(snapshot, "contacts_twice").hits
    assert found.count == 2
    assert found.examples == ("kari ×2", "BERG, OLA = BERG, OLA X")
