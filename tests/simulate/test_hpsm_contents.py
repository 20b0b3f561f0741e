"""Knowledge, catalogue, standard texts, requests, changes, problems: what is planted is there."""

from __future__ import annotations

import re

import pytest
from lxml import etree
from simulated_hpsm import Hpsm

from migrate.simulate.world import GROUPS, Dirt, World
from migrate.simulate.world.knowledge import ARTICLES, STATUSES
from migrate.simulate.world.spoil import UNKNOWN_CALLERS
from migrate.simulate.world.work import UNKNOWN_STATUSES


def _in(values: tuple[str, ...]) -> str:
    return f"({', '.join(repr(value) for value in values)})"


LEFT = tuple(person.login for person in World(7, "test").people.operators if person.left)
ORIGINAL = "ID NOT LIKE '%R'"
ARTICLE = f"SELECT ID FROM KMDOCUMENTM1 WHERE {ORIGINAL} AND"
UNKNOWN_GROUP = f"ASSIGNMENT NOT IN {_in(tuple(GROUPS))}"
WORK = """(SELECT NUMBER AS N, STATUS AS S FROM OCMQM1 UNION ALL SELECT NUMBER, STATUS FROM CM3RM1
    UNION ALL SELECT ID, STATUS FROM ROOTCAUSEM1)"""
PARENTS = """(SELECT NUMBER FROM OCMQM1 UNION SELECT NUMBER FROM CM3RM1 UNION SELECT ID FROM
    ROOTCAUSEM1 UNION SELECT NUMBER FROM PROBSUMMARYM1)"""
TASKS = """(SELECT NUMBER AS N, PARENT_QUOTE AS P FROM OCMLM1 UNION ALL
    SELECT NUMBER, PARENT_CHANGE FROM CM3TM1 UNION ALL
    SELECT ID, PARENT_PROBLEM FROM ROOTCAUSETASKM1 UNION ALL
    SELECT ID, PARENT_INCIDENT FROM IMTASKM1)"""

EXACTLY = {
    Dirt.ARTICLE_WORKING_COPY: "SELECT ID FROM KMDOCUMENTM1 WHERE ID LIKE '%R'",
    Dirt.ARTICLE_IS_FILE: f"{ARTICLE} DOCTYPE = 'External' AND ANSWER IS NULL",
    Dirt.ARTICLE_EMPTY: f"{ARTICLE} DOCTYPE != 'External' "
    "AND (ANSWER IS NULL OR ANSWER IN ('', '<p>&nbsp;</p>'))",
    Dirt.ARTICLE_WITHOUT_CATEGORY: f"{ARTICLE} CATEGORIES IS NULL",
    Dirt.ARTICLE_STATUS_UNKNOWN: f"{ARTICLE} STATUS NOT IN {_in(STATUSES)}",
    Dirt.ARTICLE_OWNER_LEFT: f"{ARTICLE} DOCUMENTOWNER IN {_in(LEFT)}",
    Dirt.ARTICLE_IMAGE_INLINE: f"{ARTICLE} ANSWER LIKE '%src=\"data:image/%'",
    Dirt.ARTICLE_SCRIPT: f"""{ARTICLE} (ANSWER LIKE '%<script%' OR ANSWER LIKE '%onclick=%'
        OR ANSWER LIKE '%<iframe%')""",
    Dirt.ARTICLE_TEXT_LONG: f"{ARTICLE} length(ANSWER) > 50000",
    Dirt.ITEM_INACTIVE: "SELECT NAME FROM SVCCATALOGM1 WHERE ACTIVE = 'f'",
    Dirt.ITEM_GROUP_UNKNOWN: f"SELECT NAME FROM SVCCATALOGM1 WHERE {UNKNOWN_GROUP}",
    Dirt.TEXT_EMPTY: "SELECT NAME FROM STDTEXTM1 WHERE TEXT IS NULL OR trim(TEXT, char(10)) = ''",
    Dirt.TEXT_GROUP_UNKNOWN: f"SELECT NAME FROM STDTEXTM1 WHERE {UNKNOWN_GROUP}",
    Dirt.REQUEST_WITHOUT_LINE: """SELECT NUMBER FROM OCMQM1
        WHERE NUMBER NOT IN (SELECT PARENT_QUOTE FROM OCMLM1)""",
    Dirt.REQUESTOR_UNKNOWN: f"""SELECT NUMBER FROM OCMQM1
        WHERE REQUESTOR_NAME IN {_in(UNKNOWN_CALLERS)}""",
    Dirt.WORK_STATUS_UNKNOWN: f"SELECT N FROM {WORK} WHERE S IN {_in(UNKNOWN_STATUSES)}",
    Dirt.CHANGE_ENDS_BEFORE_START: "SELECT NUMBER FROM CM3RM1 WHERE PLANNED_END < PLANNED_START",
    Dirt.TASK_OF_NO_PARENT: f"SELECT N FROM {TASKS} WHERE P NOT IN {PARENTS}",
}
AMONG = {
    Dirt.ARTICLE_EXPIRED: f"{ARTICLE} STATUS = 'external' AND EXPIRATION_DATE < '2019-09-23'",
    Dirt.ARTICLE_LINK_DEAD: f"{ARTICLE} ANSWER LIKE '%href=%' OR ANSWER LIKE '%src=%'",
    Dirt.ARTICLE_HTML_BROKEN: f"{ARTICLE} ANSWER IS NOT NULL",
    Dirt.ARTICLE_TITLE_LONG: f"{ARTICLE} length(TITLE) > 80",
    Dirt.ARTICLE_TITLES_AGREE: f"""{ARTICLE} TITLE IN (SELECT TITLE FROM KMDOCUMENTM1
        WHERE {ORIGINAL} GROUP BY TITLE HAVING count(*) > 1)""",
}


@pytest.mark.parametrize("kind", EXACTLY)
def test_dirt_is_counted_exactly_and_by_its_key(hpsm: Hpsm, kind: Dirt) -> None:
    found = {key for (key,) in hpsm.ask(EXACTLY[kind])}
    assert found == set(hpsm.counts.examples[kind])
    assert len(found) == hpsm.counts.dirt[kind] > 0


@pytest.mark.parametrize("kind", AMONG)
def test_dirt_is_where_its_examples_say(hpsm: Hpsm, kind: Dirt) -> None:
    found = {key for (key,) in hpsm.ask(AMONG[kind])}
    assert hpsm.counts.dirt[kind] > 0
    assert set(hpsm.counts.examples[kind]) <= found


def _options(hpsm: Hpsm) -> dict[str, str]:
    query = "SELECT NAME, OPTIONS FROM SVCCATALOGM1 WHERE OPTIONS IS NOT NULL"
    return dict(hpsm.ask(query))


def test_options_are_xml_but_for_those_that_are_counted_as_broken(hpsm: Hpsm) -> None:
    broken = set()
    for name, text in _options(hpsm).items():
        try:
            etree.fromstring(text.encode())
        except etree.XMLSyntaxError:
            broken.add(name)
    assert broken == set(hpsm.counts.examples[Dirt.ITEM_OPTIONS_BROKEN])


def test_options_come_in_several_shapes(hpsm: Hpsm) -> None:
    roots = {re.match(r"(?:<\?xml[^>]*>)?<([\w:]+)", text) for text in _options(hpsm).values()}
    assert {"options", "optionList", "userOptions", "ns:form"} <= {m[1] for m in roots if m}


def test_options_of_one_id_conditions_and_unknown_elements_are_where_their_examples_say(
    hpsm: Hpsm,
) -> None:
    options, examples = _options(hpsm), hpsm.counts.examples
    for name in examples[Dirt.ITEM_OPTION_TWICE]:
        assert options[name].count('id="comment"') == 2
    for name in examples[Dirt.ITEM_OPTIONS_UNKNOWN]:
        assert re.search("<(leverandorFelt|slider|signature) ", options[name])
    conditional = {name for name, text in options.items() if "Condition>" in text}
    assert conditional == set(examples[Dirt.ITEM_OPTIONS_CONDITION])


def test_attachments_that_articles_show_are_there_unless_the_link_is_counted_as_dead(
    hpsm: Hpsm,
) -> None:
    there = {uid for (uid,) in hpsm.ask("SELECT UID FROM SYSATTACHMEM1")}
    dead = set(hpsm.counts.examples[Dirt.ARTICLE_LINK_DEAD])
    shown = 0
    for id, answer in hpsm.ask(f"SELECT ID, ANSWER FROM KMDOCUMENTM1 WHERE {ORIGINAL}"):
        found = re.findall("(?:attachments/|scattach://)([0-9a-f]{24})", answer or "")
        shown += len(found)
        if id not in dead:
            assert set(found) <= there, id
    assert shown > 30


def test_an_article_whose_body_is_a_file_has_exactly_that_file(hpsm: Hpsm) -> None:
    for id in hpsm.counts.examples[Dirt.ARTICLE_IS_FILE]:
        query = "SELECT count(DISTINCT UID) FROM SYSATTACHMEM1 WHERE TOPIC = ?"
        assert hpsm.one(query, id) == 1


def test_articles_are_written_in_norwegian_html_with_tables_links_and_images(hpsm: Hpsm) -> None:
    whole = "\n".join(a for (a,) in hpsm.ask("SELECT ANSWER FROM KMDOCUMENTM1") if a)
    for part in (
        *("<table", "<img src=", 'href="/answers/attachments/', "innsida.example.no", "MsoNormal"),
        *("file=kmdocument", "file=probsummary", "Løsning", "Årsak", "scattach://"),
    ):
        assert part in whole
    assert hpsm.one(f"SELECT count(*) FROM KMDOCUMENTM1 WHERE {ORIGINAL}") == ARTICLES["test"]


def test_doctypes_are_those_that_hpsm_has(hpsm: Hpsm) -> None:
    found = {doctype for (doctype,) in hpsm.ask("SELECT DISTINCT DOCTYPE FROM KMDOCUMENTM1")}
    assert found == {
        *("Question/Answer", "Problem/Solution", "Error Message/Cause", "Reference", "External")
    }


def test_line_items_name_a_part_and_every_sort_of_work_has_tasks(hpsm: Hpsm) -> None:
    assert hpsm.one("SELECT count(*) FROM OCMLM1 WHERE PART_NO IS NULL") == 0
    for table in ("OCMLM1", "CM3TM1", "ROOTCAUSETASKM1", "IMTASKM1"):
        assert hpsm.counts.rows[table] > 5
