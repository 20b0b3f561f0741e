from __future__ import annotations

from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.catalogue import Choice, OptionField, options

CLASSIC = """<?xml version="1.0" encoding="ISO-8859-1"?>
<options>
  <!-- fra malen -->
  <option type="text" id="comment" label="Kommentar på saken" multiline="true"/>
  <option type="checkbox" id="printer" label="Skriver"/>
  <option type="select" id="color" label="Farge" style="combo">
    <option id="green" label="Grønn"/><option id="" label="- velg -"/>
  </option>
</options>"""
WIZARD = """<u:userOptions xmlns:u="http://hpsm.example.no/options">
  <u:formInstructions>Spør <b>lederen</b> først.</u:formInstructions>
  <u:page id="one" label="Bestilling">
    <u:field><u:id>recipient</u:id><u:label>Mottaker</u:label><u:displayType>Text</u:displayType>
      <u:type>String</u:type><u:mandatoryCondition>true</u:mandatoryCondition>
      <u:validation rule="Record in Table" table="contacts"/></u:field>
    <u:field><u:id>when</u:id><u:label>Når</u:label><u:displayType>Text</u:displayType>
      <u:type>Date/Time</u:type><u:visibleCondition>option("a")="b"</u:visibleCondition>
      <u:default>07/31/2019 00:00:00</u:default></u:field>
    <u:field><u:id>campus</u:id><u:label>Campus</u:label><u:displayType>Pick List</u:displayType>
      <u:multiple>true</u:multiple>
      <u:items><u:item><u:id>g</u:id><u:label>Gløshaugen</u:label></u:item></u:items></u:field>
  </u:page>
</u:userOptions>"""


def test_options_become_fields_with_their_choices() -> None:
    form = options(CLASSIC)
    assert form.fields == (
        OptionField("comment", "Kommentar på saken", "multiline"),
        OptionField("printer", "Skriver", "checkbox"),
        OptionField(
            "color",
            "Farge",
            "select",
            (Choice("green", "Grønn"), Choice("", "- velg -")),
            style="combo",
        ),
    )
    assert (form.unknown, form.repeated, form.broken, form.raw) == ((), (), "", "")


def test_what_the_wizard_says_is_kept_as_it_is_said() -> None:
    form = options(WIZARD)
    assert form.instructions == "Spør lederen først."
    assert form.fields == (
        OptionField(
            "recipient",
            "Mottaker",
            "text",
            mandatory="true",
            validation="rule=Record in Table, table=contacts",
            group="Bestilling",
        ),
        OptionField(
            "when",
            "Når",
            "date",
            visible='option("a")="b"',
            default="07/31/2019 00:00:00",
            group="Bestilling",
        ),
        OptionField(
            *("campus", "Campus", "select", (Choice("g", "Gløshaugen"),)),
            multiple=True,
            group="Bestilling",
        ),
    )
    assert form.unknown == ()


@pytest.mark.parametrize(
    "xml",
    [
        '<f><select id="size" label="Størrelse" style="radio"><options>{}</options></select></f>',
        '<f><field type="select" id="size" label="Størrelse" style="radio">{}</field></f>',
        "<f><field><name>size</name><type>select</type><label>Størrelse</label>"
        '<attribute name="style" value="radio"/><choices>{}</choices></field></f>',
    ],
)
@pytest.mark.parametrize(
    "choice",
    [
        '<option id="s" label="Liten"/>',
        '<option value="s">Liten</option>',
        "<i><id>s</id><label>Liten</label></i>",
    ],
)
def test_an_option_may_be_written_in_many_ways(xml: str, choice: str) -> None:
    expected = OptionField("size", "Størrelse", "select", (Choice("s", "Liten"),), style="radio")
    assert options(xml.format(choice)).fields == (expected,)


def test_what_nobody_knows_is_kept_and_told() -> None:
    xml = (
        '<options><slider id="gb" label="Lagring" min="10"/><signature/>'
        '<option type="attachment" id="file" label="Vedlegg"/>'
        '<option type="text" id="t" label="T" kilde="erp">'
        '<hint lang="nb">Kort</hint></option></options>'
    )
    form = options(xml)
    assert form.fields == (
        OptionField("gb", "Lagring", "unknown", more={"min": "10"}),
        OptionField("file", "Vedlegg", "unknown"),
        OptionField("t", "T", "text", more={"kilde": "erp"}),
    )
    assert form.unknown == ("slider", "signature", "attachment", "hint")
    assert form.raw == xml


def test_ids_that_stand_twice_are_told() -> None:
    twice = '<o><option type="text" id="a" label="A"/><option type="date" id="a" label="B"/></o>'
    assert options(twice).repeated == ("a",)


def test_an_option_within_a_choice_is_an_option_too() -> None:
    form = options(
        '<o><select id="a" label="A"><option id="x" label="X"/>'
        '<option type="text" id="why" label="Hvorfor"/></select></o>'
    )
    assert [(f.id, f.type, f.choices) for f in form.fields] == [
        ("a", "select", (Choice("x", "X"),)),
        ("why", "text", ()),
    ]


@pytest.mark.parametrize(
    "xml",
    [
        '<options><option type="text" id="comment"',
        '<options><option label="Navn & adresse"/></options>',
        "text,comment,Kommentar,,,",
        "<options>Sted\x02</options>",
        "<options>\ud800</options>",
        '<o a="&nbsp;"/>',
        "<o>" * 10_000,
    ],
)
def test_broken_xml_is_kept_raw_and_told(xml: str) -> None:
    form = options(xml)
    assert (form.fields, form.raw) == ((), xml)
    assert form.broken.startswith("no XML from line 1, column ")


@pytest.mark.parametrize("nothing", [None, "", " \n", b""])
def test_no_options_are_an_empty_form(nothing: str | bytes | None) -> None:
    form = options(nothing)
    assert (form.fields, form.broken) == ((), "")


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = '<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">' + (
        f'<!ENTITY f SYSTEM "file://{__file__}">]><o><option type="text" id="t" label="T">'
        "<default>&b;&f;</default></option></o>"
    )
    [field] = options(bomb).fields
    assert (field.id, field.default) == ("t", "")


_name = st.text("abcæøå<>&\"' ", min_size=1, max_size=12).map(str.strip).filter(bool)
_kind = st.sampled_from(["text", "checkbox", "select", "date"])


@given(
    st.lists(st.tuples(_kind, _name, st.text(max_size=20), st.lists(_name, max_size=4)), max_size=6)
)
def test_any_form_of_the_known_shape_is_read_back(
    form: list[tuple[str, str, str, list[str]]],
) -> None:
    printable = [
        (kind, id_, "".join(c for c in label if c.isprintable()), choices)
        for kind, id_, label, choices in form
    ]
    xml = "".join(
        f"<option type={quoteattr(kind)} id={quoteattr(id_)} label={quoteattr(label)}>"
        + "".join(f"<choice id={quoteattr(c)} label={quoteattr(c)}/>" for c in choices)
        + "</option>"
        for kind, id_, label, choices in printable
    )
    read = options(f"<options>{xml}</options>")
    assert [(f.type, f.id, f.label) for f in read.fields] == [tuple(f[:3]) for f in printable]
    assert [f.choices for f in read.fields] == [
        tuple(Choice(c, c) for c in choices) for *_, choices in printable
    ]


@given(st.text(), st.binary())
def test_any_input_is_a_form(text: str, data: bytes) -> None:
    for given_ in (text, data, f"<options>{text}</options>"):
        form = options(given_)
        assert not (form.fields and form.broken)
