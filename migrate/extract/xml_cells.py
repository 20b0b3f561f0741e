"""One record of an XML file as cells: what its elements and attributes hold, by name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from lxml import etree

from migrate.extract.export_reader import as_column
from migrate.extract.xml_parsing import Element, local

_ARRAY = "Array"
_REMEMBERED = 10_000
_NOTHING = {None}
_NESTED = etree.XPath("boolean(*/*/* | */*/processing-instruction())")
_ATTRIBUTES = etree.XPath("boolean(*/@*)")
_INSTRUCTION: Any = etree.ProcessingInstruction
_ENTITY: Any = etree.Entity

Cell = str | None


class Cells:
    """Gives the cells of records in the order of `columns` (name → our type).

    An array is its elements, joined by newlines: elements of the same name, or elements within the
    field's. An element that holds markup and is no array is its markup. A column that is not among
    those `met` may come as HPSM's field of that name.
    """

    def __init__(self, columns: Mapping[str, str], met: Container[str]) -> None:
        self._places = {name: i for i, name in enumerate(columns)}
        self._alike = {as_column(n): i for i, n in enumerate(columns) if n not in met}
        self._arrays = [type_ == "array" for type_ in columns.values()]
        self._tags: list[str | None] = [None] * len(columns)
        self._known: dict[object, int | None] = {}
        self._several = False

    def of(self, records: Sequence[Element], within: Element | None = None) -> list[list[Cell]]:
        """The cells of each record. Where all of them are children of one element, `within` is that
        element: it is asked once whether there is anything in them but plain fields."""
        rows: list[list[Cell]] = []
        known, tags = self._known, self._tags
        nested = within is None or _NESTED(within)
        attributes = within is None or _ATTRIBUTES(within)
        for record in records:
            children = list(record) if nested else record  # a list keeps them for the second look
            found: dict[Any, Cell] = {child.tag: child.text for child in children}
            if not known.keys() >= found.keys():
                self._learn(found)
            if self._several or len(found) != len(record) or (attributes and record.keys()):
                rows.append(self._one_by_one(record))
                continue
            if nested:
                for child in children:
                    if len(child) and (place := known[child.tag]) is not None:
                        found[child.tag] = self._cell(child, place)
            rows.append(list(map(found.get, tags)))
        return rows

    def _learn(self, found: Iterable[object]) -> None:
        """Which tag each column goes by. A column that goes by several is looked for by name."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        for tag in found:
            place = self._known[tag] = self._place(tag)
            if place is not None:
                self._several = self._several or self._tags[place] not in (None, tag)
                self._tags[place] = str(tag)

    def _place(self, tag: object) -> int | None:
        """The column that an element or attribute belongs to."""
        name = local(tag)
        place = self._places.get(name)
        return self._alike.get(as_column(name)) if place is None else place

    def _one_by_one(self, record: Element) -> list[Cell]:
        met: list[list[Cell]] = [[] for _ in self._places]
        for name, value in record.items():
            if (place := self._place(name)) is not None:
                met[place].append(value)
        for child in record:
            if (place := self._place(child.tag)) is not None:
                met[place].append(self._cell(child, place) if len(child) else child.text)
        return [_joined(cells) for cells in met]

    def _cell(self, field: Element, place: int) -> Cell:
        nodes = list(field)
        children = [node for node in nodes if node.tag is not _INSTRUCTION]
        if not (
            self._arrays[place]
            or field.get("_type") == _ARRAY
            or all(child.tag == field.tag for child in children)
        ):
            return _inside(field)
        between = {field.text, *[node.tail for node in nodes]}
        if between != _NOTHING and "".join(filter(None, between)).strip():
            return _inside(field)
        if any(map(len, children)):
            return _joined([_inside(child) if len(child) else child.text for child in children])
        return _joined([child.text for child in children])


def _joined(cells: list[Cell]) -> Cell:
    if len(cells) < 2:
        return cells[0] if cells else None
    return "\n".join(cell or "" for cell in cells)


def _inside(element: Element) -> str:
    """What stands between an element's tags: its text, with the references that were not expanded,
    or its markup."""
    if not any(local(child.tag) for child in element):
        parts = [(child.text if child.tag is _ENTITY else "", child.tail) for child in element]
        return (element.text or "") + "".join(filter(None, chain.from_iterable(parts)))
    whole = etree.tostring(element, encoding="unicode", with_tail=False)
    return whole[whole.index(">") + 1 : whole.rindex("</")]
