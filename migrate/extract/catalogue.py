"""The user options of a catalogue item: the XML that HPSM generates into `options`, as fields.

No real one was found in public, so it is read by what the vendor documents of its content: types
text (perhaps multiline), checkbox and select with choices, ids and labels; of the newer wizard the
display type, conditions and validation. Whatever else stands in it is kept, and told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from lxml import etree

FieldType = Literal["text", "multiline", "checkbox", "select", "date", "number", "unknown"]


class Choice(NamedTuple):
    """One of the values of a select."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option of a form. `mandatory` and `visible` are conditions in HPSM's own language (or
    `true`), empty where there are none; `style` is combo or radio. `group` is the label of the part
    of the form. `more` is what else its element says, by name."""

    id: str
    label: str
    type: FieldType
    choices: tuple[Choice, ...] = ()
    style: str = ""
    multiple: bool = False
    mandatory: str = ""
    visible: str = ""
    validation: str = ""
    default: str = ""
    group: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptionForm:
    """What a catalogue item asks. `unknown` are names of elements and types that nobody knows,
    `repeated` ids that several options have. `broken` says why the XML cannot be read: then there
    are no fields. `raw` is the XML where either left something out."""

    fields: tuple[OptionField, ...] = ()
    instructions: str = ""
    unknown: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    broken: str = ""
    raw: str = ""


_TYPES: dict[str, FieldType] = {
    **dict.fromkeys(("text", "string", "textbox", "alphanumeric"), "text"),
    **dict.fromkeys(("textarea", "multitext", "multiline"), "multiline"),
    **dict.fromkeys(("checkbox", "boolean", "logical"), "checkbox"),
    **dict.fromkeys(("select", "picklist", "combo", "radio", "dropdown", "multiselect"), "select"),
    **dict.fromkeys(("date", "datetime", "time"), "date"),
    **dict.fromkeys(("number", "numeric", "decimal", "integer"), "number"),
}
"""The words of the vendor's pages, and their like, without blanks and signs."""

_NAMES = {
    **dict.fromkeys(("id", "optionid", "fieldid"), "id"),
    "name": "name",
    **dict.fromkeys(("label", "caption"), "label"),
    **dict.fromkeys(("type", "optiontype", "datatype"), "type"),
    **dict.fromkeys(("displaytype", "display"), "display"),
    "multiline": "multiline",
    "style": "style",
    **dict.fromkeys(("multiple", "multiselect"), "multiple"),
    **dict.fromkeys(("mandatory", "required", "mandatorycondition"), "mandatory"),
    **dict.fromkeys(("visible", "visibility", "visiblecondition"), "visible"),
    **dict.fromkeys(("validation", "validationrule"), "validation"),
    **dict.fromkeys(("default", "defaultvalue"), "default"),
    "value": "value",
}
"""What an attribute or a child without children of its own may be called → what it says."""

_CHOICES = frozenset(("options", "choices", "items", "values", "list", "optionoptions"))
_CHOICE = frozenset(("option", "choice", "item", "entry"))
_SETTINGS = frozenset(("attribute", "property", "parameter"))
_INSTRUCTIONS = frozenset(("forminstructions", "instructions"))
_TRUE = frozenset(("true", "t", "1", "yes"))


def options(xml: str | bytes | None) -> OptionForm:
    """The form that this XML describes; an empty one where there is none.

    Never expands an entity, never reads anything else. XML that is broken comes back `raw`.
    """
    raw = xml.decode("utf-8", "replace") if isinstance(xml, bytes) else xml or ""
    if not raw.strip():
        return OptionForm()
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(raw.strip().encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return OptionForm(broken=f"no XML from line {line}, column {column}", raw=raw)
    reader = _Reader()
    reader.visit(root, "")
    seen = Counter(option.id for option in reader.fields)
    return OptionForm(
        tuple(reader.fields),
        "\n".join(filter(None, reader.instructions)),
        tuple(dict.fromkeys(reader.unknown)),
        tuple(id_ for id_, count in seen.items() if count > 1),
        raw=raw if reader.unknown else "",
    )


class _Reader:
    """Walks the elements in their order, and gathers what they are."""

    def __init__(self) -> None:
        self.fields: list[OptionField] = []
        self.instructions: list[str] = []
        self.unknown: list[str] = []

    def visit(self, element: etree._Element, group: str) -> None:
        name = _plain(element.tag)
        said = _said(element)
        children = list(_children(element))
        if name in _INSTRUCTIONS:
            self.instructions.append(_text(element))
        elif _is_field(element, said):
            self._field(element, said, group)
        elif children:
            for child in children:
                if not _is_saying(child):
                    self.visit(child, said.get("label", group))
        elif element.getparent() is not None:
            self.unknown.append(_local(element.tag))

    def _field(self, element: etree._Element, said: dict[str, str], group: str) -> None:
        type_ = _type(element, said)
        if type_ == "unknown":
            self.unknown.append(said.get("type") or said.get("display") or _local(element.tag))
        choices: list[Choice] = []
        nested: list[etree._Element] = []
        for child in _children(element):
            self._within(child, type_, choices, nested)
        for name in ("type", "display", "multiline"):
            said.pop(name, None)
        self.fields.append(
            OptionField(
                id=said.pop("id", "") or said.pop("name", ""),
                label=said.pop("label", ""),
                type=type_,
                choices=tuple(choices),
                style=said.pop("style", ""),
                multiple=said.pop("multiple", "").casefold() in _TRUE,
                mandatory=said.pop("mandatory", ""),
                visible=said.pop("visible", ""),
                validation=said.pop("validation", ""),
                default=said.pop("default", "") or said.pop("value", ""),
                group=group,
                more=said,
            )
        )
        for child in nested:
            self.visit(child, group)

    def _within(
        self,
        child: etree._Element,
        type_: FieldType,
        choices: list[Choice],
        nested: list[etree._Element],
    ) -> None:
        """A child of a field: what it says was read already; else a choice, choices, another field,
        or something that nobody knows."""
        name = _plain(child.tag)
        if _is_saying(child):
            return
        said = _said(child)
        if name in _CHOICES or (name == "select" and not said.get("id")):
            for inner in _children(child):
                self._within(inner, "select", choices, nested)
        elif said.get("id") and _known(said.get("type", "")):
            nested.append(child)
        elif name in _CHOICE or (type_ == "select" and ("id" in said or "value" in said)):
            id_ = said.get("id", said.get("value", said.get("name", "")))
            choices.append(Choice(id_, said.get("label") or _own(child) or id_))
        else:
            self.unknown.append(_local(child.tag))


def _is_field(element: etree._Element, said: Mapping[str, str]) -> bool:
    """Whatever has an id and a type; or an id and a label, unless fields lie within it."""
    if _is_typed(element, said):
        return True
    if not (said.get("label") and (said.get("id") or said.get("name"))):
        return False
    return not any(
        _is_typed(inner, _said(inner))
        for inner in element.iterdescendants()
        if isinstance(inner.tag, str)
    )


def _is_typed(element: etree._Element, said: Mapping[str, str]) -> bool:
    named = said.get("id") or said.get("name")
    return bool(named and (said.get("type") or said.get("display") or _known(element.tag)))


def _type(element: etree._Element, said: Mapping[str, str]) -> FieldType:
    """How it is shown says more than what is stored; but a date is a date."""
    words = (said.get("display", ""), said.get("type", ""), element.tag)
    found = [_TYPES[plain] for word in words if (plain := _plain(word)) in _TYPES]
    if not found or (said.get("type") and not _known(said["type"])):
        return "unknown"
    if "date" in found:
        return "date"
    shown = found[0]
    if shown == "text" and said.get("multiline", "").casefold() in _TRUE:
        return "multiline"
    return "number" if shown == "text" and "number" in found else shown


def _said(element: etree._Element) -> dict[str, str]:
    """What its attributes and simple children say, by our names; others by their own."""
    said: dict[str, str] = {}
    for name, value in element.attrib.items():
        said.setdefault(_NAMES.get(_plain(name), _local(name)), str(value))
    for child in _children(element):
        if not _is_saying(child):
            continue
        if _plain(child.tag) in _SETTINGS:
            name, value = child.get("name", ""), child.get("value") or _own(child)
            said.setdefault(_NAMES.get(_plain(name), name), value)
            continue
        told = _own(child) or ", ".join(f"{_local(k)}={v}" for k, v in child.attrib.items())
        said.setdefault(_NAMES[_plain(child.tag)], told)
    return said


def _is_saying(element: etree._Element) -> bool:
    name = _plain(element.tag)
    if name in _SETTINGS:
        return bool(element.get("name"))
    return name in _NAMES and not any(True for _ in _children(element))


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))


def _known(word: object) -> bool:
    return _plain(word) in _TYPES


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]


def _plain(name: object) -> str:
    return "".join(filter(str.isalnum, _local(name).casefold()))


def _own(element: etree._Element) -> str:
    return (element.text or "").strip()


def _text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())).strip()
