"""Which links on other pages lead into HPSM, and what each must be changed to."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from migrate.errors import ConfigurationError
from migrate.report.concierge.answers import ASK, Answer, Code
from migrate.report.concierge.pages import Lead, PageLink, read_page_links, write_pages
from migrate.report.concierge.sheet import Sheet

TOPDESK = {"incident": {"operator": "https://desk.example.no/incident?unid={id}"}}
ANSWERS = {
    "IM10001": Answer(Code.FOUND, "incident", "I 1909 001", "0b3c"),
    "IM10002": ASK,
}
LEADS = {
    "http://hpsm/?q=im10001": Lead(number="im10001"),
    "http://hpsm/?q=IM10002": Lead(number="IM10002"),
    "http://hpsm/?q=IM99": Lead(number="IM99"),
    "http://hpsm/sm/IM10001/view": Lead(what="portal"),
    "http://hpsm/": Lead(what="portal"),
    "http://hpsm/wiki": Lead(to="https://wiki.example.no/"),
    "http://hpsm/gone": Lead(what="removed"),
}


def _written(links: list[PageLink]) -> list[dict[str, str]]:
    file = io.StringIO()
    with Sheet() as sheet:
        sheet.put(ANSWERS.items())
        write_pages(file, links, LEADS.get, sheet, TOPDESK, ["IM", "SD"])
    file.seek(0)
    return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("link", "number", "to", "answer"),
    [
        (
            "http://hpsm/?q=im10001",
            "IM10001",
            "https://desk.example.no/incident?unid=0b3c",
            "found",
        ),
        ("http://hpsm/?q=IM10002", "IM10002", "", "ask"),
        ("http://hpsm/?q=IM99", "IM99", "", "unknown"),
        (
            *("http://hpsm/sm/IM10001/view", "IM10001"),
            *("https://desk.example.no/incident?unid=0b3c", "found"),
        ),
        ("http://hpsm/", "", "", "portal"),
        ("http://hpsm/wiki", "", "https://wiki.example.no/", "decided"),
        ("http://hpsm/gone", "", "", "removed"),
    ],
)
def test_each_link_into_hpsm_has_a_new_one_or_a_reason(
    link: str, number: str, to: str, answer: str
) -> None:
    [row] = _written([PageLink("https://intranet/it", link)])
    assert (row["old_number"], row["new_link"], row["answer"]) == (number, to, answer)
    assert row["nb"]
    assert row["en"]


def test_links_that_lead_elsewhere_are_left_out_and_no_cell_is_a_formula() -> None:
    assert _written([PageLink("https://intranet/it", "https://example.no/")]) == []
    [row] = _written([PageLink('=HYPERLINK("x")', "http://hpsm/")])
    assert row["page"] == '\'=HYPERLINK("x")'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_list_is_read_as_office_programs_write_it(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    file = tmp_path / "lenker.csv"
    rows = [["Eier", "Page", "Link"], ["Åse", "https://intranet/lån", "http://hpsm/"], ["kort"], []]
    with file.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows(rows)
    assert read_page_links(file) == [PageLink("https://intranet/lån", "http://hpsm/")]


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n", None])
def test_what_is_no_such_list_is_refused(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "lenker.csv"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        read_page_links(file)
    [problem] = error.value.problems
    assert (problem.code, problem.place) == ("pages-unreadable", str(file))
