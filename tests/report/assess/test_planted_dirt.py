"""What the simulator planted is found, each kind as often as it was planted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from invented_university import WORLD, University

from migrate.simulate.world import GROUPS, NOW, Dirt
from migrate.simulate.world.people import Person, Recognised

SAME = {
    "texts_control": Dirt.CONTROL_CHARACTERS,
    "texts_long": Dirt.TEXT_200_KB,
    "titles_long": Dirt.TITLE_LONG,
    "titles_empty": Dirt.TITLE_EMPTY,
    "national_ids": Dirt.NATIONAL_ID,
    "statuses_unknown": Dirt.UNKNOWN_STATUS,
    "hold_without_reason": Dirt.ON_HOLD_WITHOUT_REASON,
    "hold_without_date": Dirt.ON_HOLD_WITHOUT_DATE,
    "end_before_start": Dirt.END_BEFORE_START,
    "values_unread": Dirt.TIME_4000,
    "numbers_odd": Dirt.NUMBER_WITH_SLASH,
    "group_unknown": Dirt.UNKNOWN_GROUP,
    "priorities_mixed": Dirt.PRIORITY_WITH_TEXT,
    "relations_dead": Dirt.RELATION_TO_GONE,
    "relations_reversed": Dirt.RELATION_SWAPPED,
    "relations_twice": Dirt.RELATION_TWICE,
    "calls_several": Dirt.SEVERAL_INTERACTIONS,
    "incidents_several": Dirt.TWO_INCIDENTS,
    "incidents_without_call": Dirt.WITHOUT_INTERACTION,
    "history_unseen": Dirt.VISIBILITY_UNKNOWN,
    "history_stray": Dirt.ACTIVITY_OF_NO_TICKET,
    "caller_unknown": Dirt.CALLER_UNKNOWN,
    "assignee_left": Dirt.ASSIGNEE_LEFT,
    "blanks_around": Dirt.KEY_TRAILING_BLANKS,
    "contacts_twice": Dirt.CONTACT_TWICE,
    "logins_spelled": Dirt.LOGIN_CASE,
    "groups_empty": Dirt.GROUP_EMPTY,
    "groups_one_person": Dirt.GROUP_ONE_PERSON,
    "groups_long": Dirt.GROUP_NAME_LONG,
    "groups_cut": Dirt.GROUP_NAMES_AGREE,
    "files_executable": Dirt.FILE_EXECUTABLE,
    "files_large": Dirt.FILE_OVERSIZED,
    "files_empty": Dirt.FILE_EMPTY,
    "files_name_long": Dirt.FILE_NAME_LONG,
    "files_name_odd": Dirt.FILE_NAME_ODD,
    "files_name_twice": Dirt.FILE_NAME_TWICE,
    "files_stray": Dirt.FILE_OF_NO_RECORD,
    "knowledge_copies": Dirt.ARTICLE_WORKING_COPY,
    "knowledge_expired": Dirt.ARTICLE_EXPIRED,
    "knowledge_is_file": Dirt.ARTICLE_IS_FILE,
    "knowledge_empty": Dirt.ARTICLE_EMPTY,
    "knowledge_uncategorised": Dirt.ARTICLE_WITHOUT_CATEGORY,
    "knowledge_status_unknown": Dirt.ARTICLE_STATUS_UNKNOWN,
    "knowledge_owner_left": Dirt.ARTICLE_OWNER_LEFT,
    "knowledge_dead_links": Dirt.ARTICLE_LINK_DEAD,
    "knowledge_inline_images": Dirt.ARTICLE_IMAGE_INLINE,
    "knowledge_active": Dirt.ARTICLE_SCRIPT,
    "knowledge_title_long": Dirt.ARTICLE_TITLE_LONG,
    "knowledge_titles_agree": Dirt.ARTICLE_TITLES_AGREE,
    "knowledge_long": Dirt.ARTICLE_TEXT_LONG,
    "catalogue_inactive": Dirt.ITEM_INACTIVE,
    "catalogue_options_broken": Dirt.ITEM_OPTIONS_BROKEN,
    "texts_empty": Dirt.TEXT_EMPTY,
    "requests_without_line": Dirt.REQUEST_WITHOUT_LINE,
    "requestor_unknown": Dirt.REQUESTOR_UNKNOWN,
    "others_end_before_start": Dirt.CHANGE_ENDS_BEFORE_START,
    "tasks_stray": Dirt.TASK_OF_NO_PARENT,
}
"""Family → the kind of dirt that it counts, one for one."""

ELSEWHERE = {"texts_control": ("catalogue",)}
"""Family → kinds of records whose own dirt holds this too, and which are counted apart."""


@pytest.mark.parametrize("family", SAME)
def test_every_planted_kind_is_found_as_often_as_it_was_planted(
    university: University, family: str
) -> None:
    hits = university.hits(family)
    others = sum(n for label, n in hits.details if label in ELSEWHERE.get(family, ()))
    assert hits.count - others == university.counts.dirt[SAME[family]]
    assert hits.hidden == 0


@pytest.mark.parametrize(
    "family",
    [f for f in SAME if not f.startswith(("files_", "contacts_", "groups_cut", "relations_"))],
)
def test_examples_are_keys_of_what_was_planted(university: University, family: str) -> None:
    kind = SAME[family]
    planted = university.counts.examples[kind]
    if len(planted) == university.counts.dirt[kind] and family not in ELSEWHERE:
        assert set(university.hits(family).examples) <= set(planted)
    assert university.hits(family).examples


def test_a_text_in_a_wrong_encoding_is_found_in_tickets_and_in_articles(
    university: University,
) -> None:
    details = dict(university.hits("texts_misread").details)
    tickets = details["interactions"] + details.get("incidents", 0)
    assert tickets == university.counts.dirt[Dirt.MOJIBAKE]


def test_tickets_without_group_are_told_apart_by_whether_they_are_open(
    university: University,
) -> None:
    found = [university.hits(f"{state}_without_group").count for state in ("open", "closed")]
    assert sum(found) == university.counts.dirt[Dirt.WITHOUT_GROUP]


def test_attachments_are_broken_where_a_part_is_missing_or_wrong(university: University) -> None:
    kinds = (
        Dirt.FILE_TRUNCATED,
        Dirt.FILE_SEGMENT_MISSING,
        Dirt.FILE_SIZE_WRONG,
        Dirt.FILE_HEADER_BAD,
    )
    planted = sum(university.counts.dirt[kind] for kind in kinds)
    assert university.hits("files_broken").count == planted


def test_items_and_texts_of_unknown_groups_are_found(university: University) -> None:
    assert dict(university.hits("others_group_unknown").details) == {
        "catalogue": university.counts.dirt[Dirt.ITEM_GROUP_UNKNOWN],
        "texts": university.counts.dirt[Dirt.TEXT_GROUP_UNKNOWN],
    }


def test_dormant_groups_are_those_without_a_sign_of_life_for_a_year(
    university: University,
) -> None:
    since = (NOW - timedelta(days=365)).strftime("%Y-%m-%d %H:%M:%S")
    alive = {
        name
        for (name,) in university.hpsm(
            "SELECT trim(ASSIGNMENT) FROM PROBSUMMARYM1 LEFT JOIN ACTIVITYM1 USING (NUMBER)"
            " WHERE OPEN_TIME >= ?1 OR DATESTAMP >= ?1 UNION"
            " SELECT trim(ASSIGNMENT) FROM INCIDENTSM1 LEFT JOIN ACTSVCMGTM1 a"
            " ON a.NUMBER = INCIDENT_ID WHERE OPEN_TIME >= ?1 OR DATESTAMP >= ?1",
            since,
        )
    }
    dormant = {name for name in GROUPS if WORLD.members[name] and name not in alive}
    planted = set(university.counts.examples[Dirt.GROUP_DORMANT])
    hits = university.hits("groups_dormant")
    assert planted <= dormant
    assert hits.count == len(dormant)
    assert set(hits.examples) <= dormant


def test_a_group_is_ownerless_without_a_manager_or_with_one_who_has_left(
    university: University,
) -> None:
    gone = {p.contact for p in WORLD.people.operators if p.left}
    # Who has left and whose flag nobody set is known by the login alone, which a manager is not.
    told = {p.contact for p in WORLD.people.operators if p.flagged_inactive or _linked(p)} & gone
    managers = dict(university.hpsm("SELECT NAME, WDMANAGERNAME FROM ASSIGNMENTM1"))
    ownerless = [name for name, manager in managers.items() if manager is None or manager in told]
    assert university.hits("groups_ownerless").count == len(ownerless)


def test_open_tickets_of_callers_who_are_marked_as_gone_are_found(university: University) -> None:
    known = {p.contact for p in WORLD.people.all if p.flagged_inactive or (p.left and _linked(p))}
    tickets = {
        number
        for number, caller in university.hpsm(
            "SELECT NUMBER, CONTACT_NAME FROM PROBSUMMARYM1 WHERE CLOSE_TIME IS NULL UNION"
            " SELECT INCIDENT_ID, CONTACT_NAME FROM INCIDENTSM1 i WHERE CLOSE_TIME IS NULL"
            " AND INCIDENT_ID NOT IN (SELECT SOURCE FROM SCRELATIONM1"
            " UNION SELECT DEPEND FROM SCRELATIONM1)"
        )
        if caller.strip() in known
    }
    assert university.hits("caller_left").count == len(tickets)


def test_unpublished_articles_are_those_in_another_state_of_work(university: University) -> None:
    [(expected,)] = university.hpsm(
        "SELECT count(*) FROM KMDOCUMENTM1 WHERE ID NOT LIKE '%R' AND lower(STATUS) NOT IN"
        " ('internal', 'external', 'published external', 'published internal')"
    )
    assert university.hits("knowledge_unpublished").count == expected


def test_nothing_is_found_that_was_not_planted(university: University) -> None:
    for family in ("groups_near", "operators_twice", "members_unknown", "assignee_unknown"):
        assert university.hits(family).count == 0, family
    assert university.hits("future_times").count == 0
    assert university.hits("knowledge_only_copy").count == 0


def _linked(person: Person) -> bool:
    """Whether the contact names the login, so that both are known to be one."""
    return person.operator and person.recognised is Recognised.BY_USER_ID
