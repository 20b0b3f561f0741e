"""The XML of a catalogue item's user options, in shapes that nobody outside HPSM has documented.

Known are the types (text, checkbox, select), their attributes (multiline, style), and of the newer
wizard what a field says: name, label, display type, type, conditions, validation. The elements and
attributes that carry them are invented here, each shape otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from xml.sax.saxutils import escape, quoteattr

from migrate.simulate.world.services import Service

Shape = Callable[[Random, Service], str]

CONDITIONAL = ("Condition>", "<validation ")
"""What an option says that holds only sometimes."""

_CAMPUS = (("glos", "Gløshaugen"), ("drag", "Dragvoll"), ("gjov", "Gjøvik"), ("aal", "Ålesund"))
_SIZE = (("s", 'Liten (13")'), ("m", 'Vanlig (14")'), ("l", "Stor (> 15 tommer)"))


def _attributes(draw: Random, service: Service) -> str:
    """Type, id and label as attributes of one element."""
    more = '<option type="checkbox" id="urgent" label="Haster"/>\n' if draw.random() < 0.6 else ""
    return (
        "<options>\n"
        '<option type="text" id="comment" label="Kommentar" multiline="true"/>\n'
        f"{more}"
        '<option type="select" id="campus" label="Campus" style="combo">'
        f"{_choices('choice', draw)}</option>\n</options>"
    )


def _elements(draw: Random, service: Service) -> str:
    """The type is the element's name; choices in a list of their own."""
    reference = quoteattr(f"Referanse for «{service.name}» & kostnadssted")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><optionList>'
        f'<text id="reference" label={reference}/>'
        '<text id="delivery" label="Leveringsadresse" multiline="true"/>'
        '<select id="size" label="Størrelse" style="radio"><options>'
        + "".join(f"<option id={quoteattr(i)} label={quoteattr(t)}/>" for i, t in _SIZE)
        + '</options></select><checkbox id="printer" label="Skriver inkludert"/></optionList>'
    )


def _wizard(draw: Random, service: Service) -> str:
    """Id and label as children, with conditions that HPSM evaluates."""
    sort = draw.choice(("contacts", "operator", "location"))
    return f"""<userOptions>
  <formInstructions><![CDATA[<b>Les dette:</b> lederen må godkjenne.]]></formInstructions>
  <field>
    <id>recipient</id><label>Mottaker</label><displayType>Text</displayType><type>String</type>
    <mandatoryCondition>true</mandatoryCondition>
    <validation rule="Record in Table" table="{sort}" field="{sort}.name"/>
  </field>
  <field>
    <id>neededBy</id><label>Ønsket dato</label>
    <displayType>Date/Time</displayType><type>Date/Time</type>
    <default>07/31/2019 00:00:00</default>
    <visibleCondition>option("campus") isin {{"glos","drag"}}</visibleCondition>
  </field>
  <field>
    <id>campus</id><label>{escape(service.subcategory)}: hvor?</label>
    <displayType>Pick List</displayType><type>String</type><multiple>true</multiple>
    <items>{"".join(f"<item><id>{i}</id><label>{t}</label></item>" for i, t in _CAMPUS)}</items>
  </field>
</userOptions>"""


def _nested(draw: Random, service: Service) -> str:
    """In groups, with another namespace, and a choice that stands for nothing."""
    return (
        '<ns:form xmlns:ns="http://hpsm.example.no/catalog"><ns:group label="Om bestillingen">'
        '<ns:option type="select" id="campus" label="Campus" style="combo">'
        f'<ns:choice id="" label="- velg -"/>{_choices("ns:choice", draw)}</ns:option></ns:group>'
        '<ns:group label="Annet"><ns:option type="checkbox" id="terms" label="Jeg godtar vilkårene"'
        ' mandatory="true"/><ns:option type="text" id="note" label=""/></ns:group></ns:form>'
    )


SHAPES: tuple[Shape, ...] = (_attributes, _elements, _wizard, _attributes, _nested)
"""Each draws the options of a form for one service."""


def unknown(turn: int) -> str:
    """Options among which there is an element that nobody has seen."""
    own = (
        '<leverandorFelt id="vendor" label="Leverandør" kilde="erp"/>',
        '<slider id="gb" label="Lagring (GB)" min="10" max="500"/>',
        '<signature id="sign" label="Signatur"/><!-- lagt til av konsulent 2014 -->',
    )[turn % 3]
    return f'<options><option type="text" id="comment" label="Kommentar"/>{own}</options>'


def broken(turn: int) -> str:
    """What was meant as XML."""
    return (
        '<options><option type="text" id="comment" label="Kommentar"><option type="text" id="b"',
        '<options><option type="text" id="navn" label="Navn & adresse"/></options>',
        "text,comment,Kommentar,,,checkbox,printer,Skriver inkludert,,,",
        '<options><option type="text" id="a" label="Skjema&nbsp;A"/></options>',
        '<options><option type="text" id="c" label="Sted\x02"/></options>',
    )[turn % 5]


def twice(turn: int) -> str:
    """Two options that answer to one id."""
    kind = ("text", "checkbox")[turn % 2]
    return (
        '<options><option type="text" id="comment" label="Kommentar"/>'
        f'<option type="{kind}" id="comment" label="Begrunnelse"/></options>'
    )


def _choices(element: str, draw: Random) -> str:
    picked = draw.sample(_CAMPUS, 2 + int(draw.random() * 3))
    return "".join(f"<{element} id={quoteattr(i)} label={quoteattr(t)}/>" for i, t in picked)
