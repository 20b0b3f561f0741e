"""Both systems changed since a load: what is applied, left alone, merged, or shown to a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests
from loading import Desk, incident, person

from migrate.load.conflicts import Conflict, conflicts, decide
from migrate.records import Chain, Ref, State

TITLE, NUMBER = "briefDescription", "IM1"


def edit(desk: Desk, body: dict[str, Any], number: str = NUMBER) -> None:
    """A person changes the ticket in TOPdesk."""
    id = target_id(desk, number)
    url = f"{desk.server.url}/tas/api/incidents/id/{id}"
    answer = requests.patch(url, json=body, auth=desk.server.auth, timeout=5)
    assert answer.status_code == 200, answer.text


def target_id(desk: Desk, number: str = NUMBER) -> str:
    return desk.journal.records("incident", [number])[number].target_id


def shown(desk: Desk, number: str = NUMBER) -> dict[str, Any]:
    found = desk.target.get("incident", target_id(desk, number))
    assert found is not None
    return dict(found.fields)


def changed(chain: Chain, digest: str = "another", **fields: object) -> Chain:
    """The chain as the transform gives it after these fields changed in HPSM."""
    create, *rest = [step for step in chain.steps if not step.marker]
    create = replace(create, body={**create.body, **fields})
    return replace(chain, steps=(create, *rest), source_digest=digest)


def open_ticket(number: str = NUMBER) -> Chain:
    chain = incident(number, parts=1)
    return replace(chain, steps=chain.steps[:-1])


def loaded(desk: Desk) -> Chain:
    chain = open_ticket()
    desk.plan(chain)
    desk.load()
    return chain


def waiting(desk: Desk, *chains: Chain) -> list[Conflict]:
    return conflicts(desk.journal, desk.target, "it", chains)


def again(desk: Desk, chain: Chain) -> int:
    """Plan and load once more; how many requests wrote."""
    desk.plan(chain)
    return desk.load().requests


def test_what_only_hpsm_changed_is_applied_and_nothing_else_is_sent(desk: Desk) -> None:
    chain = loaded(desk)
    new = changed(chain, briefDescription="Skriveren er på plass igjen")
    assert again(desk, new) == 1
    assert shown(desk)[TITLE] == "Skriveren er på plass igjen"
    assert desk.verify().differences == []


def test_what_only_topdesk_changed_is_left_alone(desk: Desk) -> None:
    chain = loaded(desk)
    edit(desk, {TITLE: "Skrevet av en saksbehandler"})
    assert again(desk, replace(chain, source_digest="another")) == 0
    assert shown(desk)[TITLE] == "Skrevet av en saksbehandler"
    assert waiting(desk, chain) == []


def test_changes_in_different_fields_are_merged(desk: Desk) -> None:
    chain = loaded(desk)
    edit(desk, {"externalLink": None, "onHold": True})
    assert again(desk, changed(chain, briefDescription="Ny tittel i HPSM")) == 1
    now = shown(desk)
    assert (now[TITLE], now["onHold"]) == ("Ny tittel i HPSM", True)
    assert waiting(desk, chain) == []


@pytest.fixture
def disputed(desk: Desk) -> Chain:
    """A ticket whose title was changed on both sides, and whose hold only HPSM changed."""
    chain = loaded(desk)
    edit(desk, {TITLE: "TOPdesks tittel"})
    new = changed(chain, briefDescription="HPSMs tittel", onHold=True)
    assert again(desk, new) == 1
    return new


def test_the_same_field_on_both_sides_is_a_conflict_and_the_rest_is_applied(
    desk: Desk, disputed: Chain
) -> None:
    now = shown(desk)
    assert (now[TITLE], now["onHold"]) == ("TOPdesks tittel", True)
    [conflict] = waiting(desk, disputed)
    assert (conflict.field, conflict.hpsm, conflict.topdesk) == (
        TITLE,
        "HPSMs tittel",
        "TOPdesks tittel",
    )
    assert desk.bucket(NUMBER) is State.CONFLICT


def test_the_journal_keeps_neither_text(desk: Desk, disputed: Chain) -> None:
    desk.journal.commit()
    kept = b"".join(file.read_bytes() for file in desk.folder.glob("journal.db*"))
    assert b"tittel" not in kept


def test_a_conflict_is_shown_once_however_often_it_is_loaded(desk: Desk, disputed: Chain) -> None:
    for digest in ("another", "a third"):
        assert again(desk, replace(disputed, source_digest=digest)) == 0
        assert len(waiting(desk, replace(disputed, source_digest=digest))) == 1


def test_keeping_topdesks_text_ends_the_conflict_for_good(desk: Desk, disputed: Chain) -> None:
    [conflict] = waiting(desk, disputed)
    assert decide(desk.journal, desk.target, conflict, "topdesk", 1, 1.0)
    assert again(desk, disputed) == 0
    assert shown(desk)[TITLE] == "TOPdesks tittel"
    assert waiting(desk, disputed) == []
    assert desk.verify().differences == []
    edit(desk, {TITLE: "Endret en gang til"})
    assert again(desk, replace(disputed, source_digest="a third")) == 0
    assert waiting(desk, disputed) == []


def test_hpsms_text_is_written_where_a_person_decides_so(desk: Desk, disputed: Chain) -> None:
    [conflict] = waiting(desk, disputed)
    assert decide(desk.journal, desk.target, conflict, "hpsm", 1, 1.0)
    assert again(desk, disputed) == 1
    assert shown(desk)[TITLE] == "HPSMs tittel"
    assert waiting(desk, disputed) == []
    assert again(desk, disputed) == 0
    assert desk.verify().differences == []


def test_a_decision_holds_only_for_what_was_seen(desk: Desk, disputed: Chain) -> None:
    [conflict] = waiting(desk, disputed)
    edit(desk, {TITLE: "Endret mens noen leste"})
    assert not decide(desk.journal, desk.target, conflict, "hpsm", 1, 1.0)
    [conflict] = waiting(desk, disputed)
    assert decide(desk.journal, desk.target, conflict, "hpsm", 1, 1.0)
    edit(desk, {TITLE: "Endret etter avgjørelsen"})
    assert again(desk, disputed) == 0
    assert shown(desk)[TITLE] == "Endret etter avgjørelsen"
    [conflict] = waiting(desk, disputed)
    assert conflict.topdesk == "Endret etter avgjørelsen"


def test_a_conflict_that_people_settled_in_topdesk_is_over(desk: Desk, disputed: Chain) -> None:
    edit(desk, {TITLE: "HPSMs tittel"})
    assert again(desk, disputed) == 0
    assert waiting(desk, disputed) == []
    assert desk.bucket(NUMBER) is State.DONE


def test_an_edit_after_the_plan_is_seen_right_before_the_request(desk: Desk) -> None:
    chain = loaded(desk)
    new = changed(chain, briefDescription="HPSMs tittel")
    desk.plan(new)
    edit(desk, {TITLE: "TOPdesks tittel"})
    assert desk.load().requests == 0
    assert shown(desk)[TITLE] == "TOPdesks tittel"
    assert again(desk, new) == 0
    assert [each.field for each in waiting(desk, new)] == [TITLE]


def test_a_half_loaded_ticket_that_people_work_on_is_finished_around_their_work(
    desk: Desk,
) -> None:
    chain = incident(NUMBER, parts=1)
    desk.plan(replace(chain, steps=chain.steps[:2]))
    desk.load()
    edit(desk, {"completed": True, "completedDate": "2019-06-01T10:00:00.000+0200"})
    desk.journal.look_again("incident", NUMBER)
    desk.journal.commit()
    assert again(desk, chain) == 1
    assert shown(desk)["completedDate"][:10] == "2019-06-01"
    assert len(desk.trail(target_id(desk))) == 1


def test_a_field_that_was_never_sent_is_a_conflict_too_where_a_person_filled_it(
    desk: Desk,
) -> None:
    chain = loaded(desk)
    edit(desk, {"targetDate": "2019-07-01T10:00:00.000+0200"})
    new = changed(chain, targetDate="2019-08-01T10:00:00.000+0200")
    assert again(desk, new) == 0
    assert [each.field for each in waiting(desk, new)] == ["targetDate"]


def test_what_a_person_archived_stays_archived(desk: Desk) -> None:
    chain = loaded(desk)
    url = f"{desk.server.url}/tas/api/incidents/id/{target_id(desk)}/archive"
    requests.put(url, json={}, auth=desk.server.auth, timeout=5).raise_for_status()
    assert again(desk, changed(chain, briefDescription="HPSMs tittel")) == 0
    assert shown(desk)["status"] == "secondLineArchived"


def test_a_person_whom_we_made_follows_hpsm_but_for_what_topdesk_changed(desk: Desk) -> None:
    chain = person("kari")
    desk.plan(chain)
    desk.load("person")
    [step] = chain.steps
    body = {**step.body, "phoneNumber": "73590001", "surName": "Normann"}
    id = desk.journal.records("person", ["kari"])["kari"].target_id
    url = f"{desk.server.url}/tas/api/persons/{id}"
    headers = {"Accept": "application/x.topdesk-person-v2+json"}
    requests.patch(
        url, json={"jobTitle": "Rektor"}, auth=desk.server.auth, headers=headers, timeout=5
    ).raise_for_status()
    desk.plan(replace(chain, steps=(replace(step, body=body),), source_digest="another"))
    assert desk.load("person").requests == 1
    found = desk.target.get("person", id)
    assert found is not None
    told = {name: found.fields[name] for name in ("surName", "phoneNumber", "jobTitle")}
    assert told == {"surName": "Normann", "phoneNumber": "73590001", "jobTitle": "Rektor"}


def test_a_person_who_was_found_is_never_changed(desk: Desk) -> None:
    chain = person("kari")
    desk.send(chain, "create")
    desk.plan(chain)
    desk.load("person")
    [step] = chain.steps
    body = {**step.body, "phoneNumber": "73590001", "branch": {"id": Ref("branch", "x")}}
    desk.plan(replace(chain, steps=(replace(step, body=body),), source_digest="another"))
    assert desk.load("person").requests == 0


def test_a_priority_that_a_person_chose_stays_when_hpsms_impact_would_change_it(
    desk: Desk,
) -> None:
    chain = loaded(desk)
    edit(desk, {"urgency": {"name": "Lav"}, "priority": {"name": "P1"}})
    assert again(desk, changed(chain, impact={"name": "Person"})) == 1
    now = shown(desk)
    assert (now["impact"]["name"], now["priority"]["name"]) == ("Person", "P1")
    assert again(desk, changed(chain, "third", impact={"name": "Avdeling"})) == 1
    assert shown(desk)["priority"]["name"] == "P1"
    assert waiting(desk, chain) == []


def test_a_subcategory_that_a_person_chose_keeps_hpsms_category_waiting(desk: Desk) -> None:
    chain = replace(loaded(desk))
    entries = desk.ask("incidents/subcategories")
    assert isinstance(entries, list)
    one = entries[0]
    other = next(e for e in entries if e["category"]["id"] != one["category"]["id"])
    edit(desk, {"subcategory": {"id": one["id"]}})
    new = changed(chain, category={"name": other["category"]["name"]})
    assert again(desk, new) == 0
    assert shown(desk)["subcategory"]["id"] == one["id"]
    assert [each.field for each in waiting(desk, new)] == ["category"]
