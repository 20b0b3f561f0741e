"""Which objects a SOAP service of HPSM has, and under which captions: read from its WSDL."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from migrate.extract.soap_xml import ATTACHMENTS, local

_SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
_INSTANCE = "InstanceType"


def objects(content: bytes) -> dict[str, list[str]]:
    """Object → its captions, with the structures that they lie in. Empty where the document
    describes none, or is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return {}
    found = {}
    for type_ in root.iter(f"{_SCHEMA}complexType"):
        name = type_.get("name", "")
        if name.endswith(_INSTANCE):
            captions = [caption for caption in _captions(type_) if caption != ATTACHMENTS]
            found[name.removesuffix(_INSTANCE)] = captions
    return found


def _captions(node: etree._Element, before: str = "") -> Iterator[str]:
    for element in _elements(node):
        name = element.get("name", "")
        inner = list(_elements(element))
        if [child.get("name") for child in inner] == [name]:
            # an array: of values, or of structures
            inner = list(_elements(inner[0]))
            element = next(iter(_elements(element)))
        if inner:
            yield from _captions(element, f"{before}{name}.")
        elif name:
            yield before + name


def _elements(node: etree._Element) -> Iterator[etree._Element]:
    """The element declarations right within a type, through whatever groups them."""
    for child in node:
        if child.tag == f"{_SCHEMA}element":
            yield child
        elif isinstance(child.tag, str) and local(child.tag) not in ("attribute", "annotation"):
            yield from _elements(child)
