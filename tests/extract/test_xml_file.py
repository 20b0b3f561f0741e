from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from exported_files import column, read, read_to_the_break, source_of
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.errors import ConfigurationError, Problem
from migrate.extract import xml_records
from migrate.extract.exports import ExportSource
from migrate.extract.run import extract
from migrate.state.snapshot import Snapshot

FIELDS = {
    "number": "number",
    "title": "brief.description",
    "description": "action",
    "open_time": "open.time",
}


class Exported:
    """A folder with one XML file of incidents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "incidents.xml"

    def holds(self, text: str, encoding: str = "utf-8") -> Exported:
        self.path.write_bytes(text.encode(encoding))
        return self

    def source(self, fields: dict[str, Any] | None = None, **form: Any) -> ExportSource:
        return source_of(self.path, {**FIELDS, **(fields or {})}, self.folder, format="xml", **form)


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    return Exported(tmp_path)


def said(source: ExportSource) -> list[Problem]:
    """What `check` has to say of the file's form."""
    return [problem for problem in source.check() if problem.code != "source-column-missing"]


def document(*records: str, root: str = "migrationdoc", prolog: str = "") -> str:
    return f"{prolog}<{root}>\n" + "\n".join(records) + f"\n</{root}>\n"


def incident(number: str, *fields: str) -> str:
    return f"<probsummary><number>{number}</number>{''.join(fields)}</probsummary>"


SERVICE_MANAGERS = """<?xml version="1.0" encoding="UTF-8"?>
<migrationdoc>
  <probsummary>
    <number _type="Text"><![CDATA[IM10001]]></number>
    <brief.description _type="Text"><![CDATA[<b>På</b> & under]]></brief.description>
    <action _type="Array">
      <action _type="Text"><![CDATA[Første linje]]></action>
      <action _type="Text"/>
      <action _type="Text"><![CDATA[ tredje]]></action>
    </action>
    <open.time _type="Text">2019-09-30 08:00:00</open.time>
    <first.call _type="Boolean">true</first.call>
    <priority.code _type="Decimal">3.0</priority.code>
    <handled _type="Decimal">1.50</handled>
    <major _type="Boolean">false</major>
  </probsummary>
  <probsummary>
    <number _type="Text">
      IM10002
    </number>
    <brief.description _type="Text">
    </brief.description>
    <action _type="Array"/>
  </probsummary>
</migrationdoc>
"""


def test_what_hpsm_itself_exports_is_read_by_its_types(exported: Exported) -> None:
    fields = {
        "priority": "priority.code",
        "first": {"column": "first.call", "type": "logical"},
        "handled": {"column": "handled", "type": "number"},
        "major": "major",
    }
    source = exported.holds(SERVICE_MANAGERS).source(fields)
    assert source.check() == []
    first, second = read(source)
    assert first == {
        "number": "IM10001",
        "title": "<b>På</b> & under",
        "description": "Første linje\n\n tredje",
        "open_time": "2019-09-30 08:00:00",
        "priority": "3",
        "first": True,
        "handled": 1.5,
        "major": "f",
    }
    assert second["number"] == "IM10002"
    assert (second["title"], second["description"], second["open_time"]) == (None, None, None)


def test_a_database_s_names_find_the_fields_that_they_are_made_of(exported: Exported) -> None:
    source = exported.holds(SERVICE_MANAGERS).source({"title": "BRIEF_DESCRIPTION"})
    assert source.check() == []
    assert read(source)[0]["title"] == "<b>På</b> & under"


def test_fields_may_be_attributes_and_arrays_repeated_elements(exported: Exported) -> None:
    records = (
        '<row number="IM1" brief.description="a &amp; b"><action>x</action>'
        "<action>y</action></row>",
        '<row number="IM2"><action/><action>z</action></row>',
    )
    rows = read(exported.holds(document(*records)).source())
    assert [(r["number"], r["title"], r["description"]) for r in rows] == [
        ("IM1", "a & b", "x\ny"),
        ("IM2", None, "\nz"),
    ]


def test_markup_that_is_no_array_stays_as_it_is(exported: Exported) -> None:
    markup = "<brief.description><p>En <b>fet</b> &amp; fin</p><p>To</p></brief.description>"
    mixed = "<action>før <i>midt</i> etter</action>"
    [row] = read(exported.holds(document(incident("IM1", markup, mixed))).source())
    assert row["title"] == "<p>En <b>fet</b> &amp; fin</p><p>To</p>"
    assert row["description"] == "før <i>midt</i> etter"


def test_comments_and_instructions_are_no_part_of_a_text(exported: Exported) -> None:
    fields = "<brief.description>a<!-- x -->b<?x y?>c</brief.description><action><?x y?>d</action>"
    plain = "<brief.description>e</brief.description>"
    rows = read(exported.holds(document(incident("IM1", fields), incident("IM2", plain))).source())
    assert column(rows, "title") == ["abc", "e"]
    assert column(rows, "description") == ["d", None]


def test_namespaces_are_no_part_of_a_name(exported: Exported) -> None:
    text = document(incident("IM1", "<brief.description>a</brief.description>"))
    text = text.replace("<migrationdoc>", '<migrationdoc xmlns="http://schemas.hp.com/SM/7">')
    source = exported.holds(text).source(record="probsummary")
    assert said(source) == []
    assert column(read(source), "title") == ["a"]


def test_records_are_found_by_name_wherever_they_stand(exported: Exported) -> None:
    inner = document(incident("IM1"), "<count>2</count>", root="list")
    more = document(incident("IM2", "<probsummary><number>IM9</number></probsummary>"), root="list")
    source = exported.holds(document(inner, "<other><x/></other>", more)).source(
        record="probsummary"
    )
    assert column(read(source), "number") == ["IM1", "IM2"]


def test_a_file_may_be_one_record(exported: Exported) -> None:
    text = "<rKmDocument><number>KM1</number><brief.description>a</brief.description></rKmDocument>"
    assert column(read(exported.holds(text).source(record="rKmDocument")), "number") == ["KM1"]


def test_a_record_called_as_the_root_is_not_the_root(exported: Exported) -> None:
    text = document(incident("IM1"), incident("IM2"), root="probsummary")
    source = exported.holds(text).source(record="probsummary")
    assert column(read(source), "number") == ["IM1", "IM2"]


def test_records_that_are_deeper_than_said_are_told(exported: Exported) -> None:
    inner = document(incident("IM1"), incident("IM2"), root="list")
    [problem] = exported.holds(document(inner)).source().check()
    assert problem.code == "source-format"
    assert "source.files.incidents.record in migrate.yaml, probably to probsummary" in (
        problem.what_to_do
    )


def test_an_element_that_is_not_there_is_told_with_similar_names(exported: Exported) -> None:
    [problem] = exported.holds(document(incident("IM1"))).source(record="probSummaries").check()
    assert "probably to probsummary" in problem.what_to_do


def test_children_of_several_names_are_told(exported: Exported) -> None:
    text = document(incident("IM1"), "<operator><name>ola</name></operator>")
    [problem] = said(exported.holds(text).source())
    assert problem.expected == "one of probsummary, operator"
    assert "source.files.incidents.record" in problem.what_to_do


def test_a_field_that_only_later_records_have_is_read(exported: Exported) -> None:
    records = [incident(f"IM{n}") for n in range(2100)]
    records.append(incident("IM9999", "<brief_description>sent</brief_description>"))
    source = exported.holds(document(*records)).source({"title": "BRIEF.DESCRIPTION"})
    assert read(source)[-1]["title"] == "sent"
    [info] = source.describe()
    assert dict(info.missing)["title"] == "incidents.xml has no column BRIEF.DESCRIPTION"
    assert "title" not in info.fields


def test_what_was_read_before_an_error_is_kept_and_the_line_told(exported: Exported) -> None:
    text = document(incident("IM1"), incident("IM2"), "<probsummary><b>ola</probsummary>")
    for record in (None, "probsummary"):
        rows, [problem] = read_to_the_break(exported.holds(text).source(record=record))
        assert column(rows, "number") == ["IM1", "IM2"]
        assert (problem.code, problem.place) == ("file-broken", f"{exported.path}:4")
        assert "ola" not in repr(problem)


@pytest.mark.parametrize("end", ["</wrong>", "", "<probsummary><number>IM3</num"])
@pytest.mark.parametrize("record", [None, "probsummary"])
def test_the_last_whole_record_before_an_error_counts(
    exported: Exported, end: str, record: str | None
) -> None:
    exported.holds("<migrationdoc>" + incident("IM1") + incident("IM2") + end)
    rows, _ = read_to_the_break(exported.source(record=record))
    assert column(rows, "number") == ["IM1", "IM2"]


def test_nothing_disappears_by_a_file_that_breaks_off(exported: Exported) -> None:
    whole = document(*(incident(f"IM{n}") for n in range(5)))
    now = datetime.now(UTC)
    with Snapshot(exported.folder / "snapshot.db") as snapshot:
        extract(exported.holds(whole).source(), snapshot, full=True, now=now)
        exported.holds(whole[: whole.index("IM3")])
        report = extract(exported.source(), snapshot, full=True, now=now)
        [incidents] = report.kinds
        assert not incidents.finished
        assert [problem.code for problem in report.problems] == ["file-broken"]
        assert snapshot.counts()["incidents"] == 5


def test_a_compressed_file_that_was_cut_gives_what_is_whole(exported: Exported) -> None:
    text = document(*(incident(f"IM{n}", f"<action>{n * 7919}</action>") for n in range(20_000)))
    exported.path.write_bytes(gzip.compress(text.encode())[:-2000])
    rows, [problem] = read_to_the_break(exported.source())
    assert 10_000 < len(rows) < 20_000
    assert "does not unpack" in problem.message


def test_reading_goes_on_behind_a_batch(exported: Exported) -> None:
    exported.holds(document(*(incident(f"IM{n}") for n in range(10))))
    source = exported.source(batch=3)
    [first, *_] = source.read("incidents")
    rest = read(exported.source(batch=3), after=first.position)
    assert column(rest, "number") == [f"IM{n}" for n in range(3, 10)]


def test_problems_of_a_record_are_told_by_its_line(exported: Exported) -> None:
    source = exported.holds(
        document(incident("IM1"), incident(""), incident("IM3", "<open.time>i går</open.time>"))
    ).source()
    read(source)
    assert [(p.code, p.place) for p in source.problems()] == [
        ("record-key-empty", f"{exported.path}:3"),
        ("value-unreadable", f"{exported.path}:4"),
    ]


def test_lines_are_exact_in_long_files(exported: Exported) -> None:
    records = ["<probsummary>\n  <number>IM1</number>\n</probsummary>"] * 3
    exported.holds(document("\n" * 70_000, *records))
    source = exported.source()
    read(source)
    assert [p.place for p in source.problems()] == [
        f"{exported.path}:{70_003 + 3}",
        f"{exported.path}:{70_003 + 6}",
    ]


def test_a_prolog_that_says_another_encoding_is_told(exported: Exported) -> None:
    prolog = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
    exported.holds(document(incident("IM1", "<action>på</action>"), prolog=prolog), "latin-1")
    [problem] = said(exported.source())
    assert (problem.place, problem.message) == (f"{exported.path}:3", "the file is not utf-8")
    assert "encoding in migrate.yaml, probably to iso-8859-1" in problem.what_to_do
    source = exported.source(encoding="latin-1")
    assert said(source) == []
    assert column(read(source), "description") == ["på"]


def test_a_prolog_that_is_wrong_does_not_hinder(exported: Exported) -> None:
    prolog = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
    source = exported.holds(
        document(incident("IM1", "<action>på</action>"), prolog=prolog)
    ).source()
    [problem] = said(source)
    assert problem.warning
    assert column(read(source), "description") == ["på"]


def test_bytes_that_are_wrong_are_told_by_their_line_and_the_rest_is_read(
    exported: Exported,
) -> None:
    text = document(incident("IM1"), incident("IM2", "<action>p\udce5</action>"), incident("IM3"))
    exported.path.write_bytes(text.encode("utf-8", "surrogateescape"))
    source = exported.source()
    assert column(read(source), "number") == ["IM1", "IM2", "IM3"]
    assert [p.place for p in source.problems()] == [f"{exported.path}:3"]


def test_utf_16_is_read_with_its_mark(exported: Exported) -> None:
    prolog = '<?xml version="1.0" encoding="UTF-16"?>\n'
    exported.holds(document(incident("IM1", "<action>på</action>"), prolog=prolog), "utf-16")
    source = exported.source(encoding="utf-16")
    assert said(source) == []
    assert column(read(source), "description") == ["på"]


def test_control_characters_of_a_ticket_are_kept(exported: Exported) -> None:
    action = "<action>a\x0bb&#8;c&#x1F;d &#55357;&#56832;</action>"
    source = exported.holds(document(incident("IM1", action), incident("IM2"))).source()
    assert column(read(source), "description") == ["a\x0bb\x08c\x1fd \N{GRINNING FACE}", None]


def test_entities_of_a_file_s_own_are_refused(exported: Exported) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    prolog = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]>'
    exported.holds(document(incident("IM1", "<action>&a9;</action>"), prolog=prolog))
    [problem] = exported.source().check()
    assert "never expanded" in problem.message
    with pytest.raises(ConfigurationError):
        read(exported.source())


def test_nothing_is_fetched(exported: Exported) -> None:
    (exported.folder / "secret.dtd").write_text('<!ENTITY nbsp "hemmelig">')
    prolog = f'<!DOCTYPE x SYSTEM "file://{exported.folder}/secret.dtd">'
    exported.holds(document(incident("IM1", "<action>a&nbsp;b</action>"), prolog=prolog))
    assert column(read(exported.source()), "description") == ["a&nbsp;b"]


def test_an_element_that_never_ends_does_not_take_all_memory(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_records, "_LARGEST", 1 << 20)
    endless = "<probsummary>" + "<x>y</x>" * 500_000
    exported.holds("<migrationdoc>" + incident("IM1") + endless)
    rows, [problem] = read_to_the_break(exported.source())
    assert column(rows, "number") == ["IM1"]
    assert "more than 1 MB" in problem.message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("number;title\nIM1;a\n", "probably to csv"),
        ("<html><body>Logg inn</body></html>", "page of HTML"),
        ("", "probably to csv"),
        ("<a", "not well-formed"),
        ("<empty/>", "holds no records"),
    ],
)
def test_what_is_no_such_xml_is_told(exported: Exported, content: str, told: str) -> None:
    problems = exported.holds(content).source().check()
    assert told in problems[0].message + problems[0].what_to_do


_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufffe\uffff")
).filter(
    lambda text: (
        not any(0xFDD0 <= ord(c) <= 0xFDEF for c in text)
        and not (text.startswith("\n") and text.rstrip(" \t").endswith("\n"))  # as if indented
    )
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_TEXTS, st.lists(_TEXTS, min_size=2, max_size=3)), max_size=4))
def test_every_text_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, list[str]]]
) -> None:
    exported = Exported(tmp_path_factory.mktemp("texts"))
    records = [
        incident(
            f"IM{n}",
            f"<brief.description><![CDATA[{title.replace(']]>', ']]]]><![CDATA[>')}]]>"
            "</brief.description>",
            f"<action>{''.join(f'<action>{escape(line)}</action>' for line in lines)}</action>",
        )
        for n, (title, lines) in enumerate(texts)
    ]
    rows = read(exported.holds(document(*records, incident("IM99"))).source())
    assert column(rows[:-1], "title") == [title or None for title, _ in texts]
    for row, (_, lines) in zip(rows, texts, strict=False):
        assert row["description"] == ("\n".join(lines) or None)


def test_what_a_parser_says_of_a_text_is_not_told(exported: Exported) -> None:
    exported.holds(document(incident("IM1"), incident("IM2", "<a>Kari Nordmann & sønn</a>")))
    _, [problem] = read_to_the_break(exported.source())
    assert "Nordmann" not in repr(problem)
    assert "well-formed" in problem.message
