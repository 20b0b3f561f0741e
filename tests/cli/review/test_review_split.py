"""A group is split on the page: each part says which tickets and members it takes."""

from __future__ import annotations

from html import unescape

from review_world import DEPUTY, SHOWN, Page, entry

from migrate.transform.mapping import GroupEntry
from migrate.workspace import Workspace

PARTS = {
    "part-1-target": "IT Skranke",
    "part-1-line": "first",
    "part-1-category": "IT/Klient; IT/Konto*",
    "part-3-target": "IT Campus",
    "part-3-location": "Gløshaugen; Bygg A\\; rom 2",
}
SPLIT = {"action": "split", "target": "IT Brukerstøtte", "restricted": "false", **PARTS}


def _group(page: Page) -> GroupEntry:
    return page.mappings.units["it"].groups[SHOWN]


def test_a_split_is_decided_and_read_back_as_it_was_written(page: Page) -> None:
    person = page.person()
    with Workspace(page.folder) as workspace:
        login = min(workspace.source_facts().members[SHOWN])
    split = {**SPLIT, "part-1-members": login}
    sent = {**person.form(entry(SHOWN)), **split, "do": "approve"}
    assert person.post(entry(SHOWN), sent).status_code == 303
    decision = _group(page).decision
    assert decision is not None
    assert decision.model_dump(exclude_none=True) == {
        "action": "split",
        "target": "IT Brukerstøtte",
        "parts": [
            {
                "target": "IT Skranke",
                "line": "first",
                "category": ["IT/Klient", "IT/Konto*"],
                "members": [login],
            },
            {"target": "IT Campus", "location": ["Gløshaugen", "Bygg A; rom 2"]},
        ],
    }
    shown = unescape(person.get(entry(SHOWN)).text)
    assert f'name="part-2-location" value="{PARTS["part-3-location"]}"' in shown
    assert "Dette får gruppene i TOPdesk" in shown
    gets = shown.partition("Dette får gruppene i TOPdesk")[2].partition("</section>")[0]
    assert all(name in gets for name in ("IT Brukerstøtte", "IT Skranke", "IT Campus"))
    before = _group(page)
    again = {**split, "part-2-target": "IT Campus", "part-2-location": PARTS["part-3-location"]}
    again |= {"part-3-target": "", "part-3-location": ""}
    sent = {**person.form(entry(SHOWN)), **again, "do": "save"}
    assert person.post(entry(SHOWN), sent).status_code == 303
    assert _group(page) == before


def test_a_split_without_parts_is_said_and_not_saved(page: Page) -> None:
    person, before = page.person(), _group(page)
    bare = {**dict.fromkeys(PARTS, ""), "action": "split", "target": "IT", "restricted": "false"}
    answer = person.post(entry(SHOWN), {**person.form(entry(SHOWN)), **bare, "do": "save"})
    assert answer.status_code == 422
    assert _group(page) == before


def test_both_sides_of_a_conflict_show_their_parts_and_none_is_lost(page: Page) -> None:
    first, second = page.person(), page.person(DEPUTY)
    mine = {**second.form(entry(SHOWN)), **SPLIT, "do": "save"}
    sent = {**first.form(entry(SHOWN)), **SPLIT, "part-1-target": "IT Luke", "do": "save"}
    assert first.post(entry(SHOWN), sent).status_code == 303
    answer = second.post(entry(SHOWN), mine)
    assert answer.status_code == 409
    shown = unescape(answer.text)
    assert "IT Luke" in shown
    assert "IT Skranke" in shown
    assert 'name="part-3-location"' in shown
