"""One sheet of a workbook (.xlsx), row by row: numbers of rows are Excel's, values are those that
Excel stored.

openpyxl says what a workbook holds, where, and which styles are dates. Rows are read here: its own
read-only mode forgets their numbers and which cells are merged, and remembers every row's height.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from datetime import date, datetime, time, timedelta

from lxml import etree
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601

from migrate.extract.handed import Broken
from migrate.extract.workbook_parts import Parts
from migrate.extract.workbook_strings import SAFE, text_of, unescaped

Value = str | int | float | bool | datetime | date | time | timedelta | None
Cells = dict[int, Value]
"""Column, from 0, → what stands there; empty cells are left out."""

Stored = Iterator[tuple[int, etree._Element]]
"""Excel's number of a row, and its element, good until the next one is asked for."""

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

_CHUNK = 1 << 16
_LARGEST = 1 << 25
_MERGES_TOLD = 1_000
_UNNAMED = "…"


class Unusable(str):
    """What stands in a cell that has no value: an error such as #N/A, or a formula that was never
    calculated."""

    __slots__ = ()


class Sheet:
    """The sheet of `parts`. `merged` are the ranges of merged cells, known behind the last row."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._columns: dict[str, int] = {}
        self.merged: list[str] = []

    def rows(self) -> Stored:
        """Every row that is stored. Raises Broken behind the last one that can be read."""
        parser = etree.XMLPullParser(events=("end",), tag=("{*}row", "{*}mergeCell"), **SAFE)
        number, grown, failed = 0, 0, False
        with self._parts.sheet() as stream:
            while not failed and (chunk := stream.read(_CHUNK)):
                failed = _fails(parser, chunk)
                grown += len(chunk)
                last = None
                for _, element in parser.read_events():
                    last, grown = element, 0
                    if str(element.tag).endswith("}mergeCell"):
                        self._merges(element)
                        continue
                    number = _number(element, number)
                    if number > LAST_ROW:
                        raise Broken("a row has a number that no sheet has")
                    yield number, element
                if last is not None and (parent := last.getparent()) is not None:
                    del parent[:-1]
                if grown > _LARGEST:
                    raise Broken(f"a row has more than {_LARGEST >> 20} MB")
        if failed or _fails(parser, b""):
            raise Broken("the sheet is not well-formed XML")

    def cells(self, row: etree._Element, wanted: Container[int] | None = None) -> Cells:
        """The cells of a row that are not empty; if said, those of the `wanted` columns. Raises
        Broken where a cell makes no sense."""
        found: Cells = {}
        column = -1
        try:
            for cell in row:
                column = self._column(cell.get("r"), column)
                if wanted is None or column in wanted:
                    value = self._value(cell)
                    if value is not None and value != "":
                        found[column] = value
        except (ValueError, IndexError, OverflowError, TypeError):
            raise Broken("a cell cannot be read") from None
        return found

    def _column(self, coordinate: str | None, before: int) -> int:
        if coordinate is None:
            return before + 1
        letters = coordinate.rstrip("0123456789")
        if letters not in self._columns:
            self._columns[letters] = column_index_from_string(letters) - 1
            if self._columns[letters] >= LAST_COLUMN:
                raise ValueError
        return self._columns[letters]

    def _value(self, cell: etree._Element) -> Value:
        type_ = cell.get("t", "n")
        value = formula = None
        for part in cell:
            tag = str(part.tag)
            if tag.endswith("}v"):
                value = part.text
            elif tag.endswith("}is"):
                return text_of(part)
            elif tag.endswith("}f"):
                formula = part.text or _UNNAMED
        if not value:
            return Unusable(f"={formula}") if formula and type_ != "str" else None
        match type_:
            case "s":
                return self._parts.strings[int(value)]
            case "str":
                return unescaped(value)
            case "b":
                return value == "1"
            case "e":
                return Unusable(value)
            case "d":
                return _iso(value)
        return self._numeric(value, int(cell.get("s", 0)))

    def _numeric(self, value: str, style: int) -> Value:
        """A number, or what its style makes of it: a time, a duration, or a text of digits that
        begins with zeros or letters: to who exports it, it is IM00042 and not 42."""
        parts = self._parts
        number = int(value) if value.lstrip("-").isdigit() else float(value)
        if style in parts.dates:
            try:
                return _dated(number, parts.epoch, timedelta=style in parts.durations)
            except (OverflowError, ValueError):
                return Unusable(value)
        if style in parts.digits and isinstance(number, int) and number >= 0:
            before, width = parts.digits[style]
            return before + value.zfill(width)
        return number

    def _merges(self, element: etree._Element) -> None:
        if len(self.merged) < _MERGES_TOLD:
            self.merged.append(element.get("ref", ""))


_iso: Callable[[str], Value] = from_ISO8601
_dated: Callable[..., Value] = from_excel


def _fails(parser: etree.XMLPullParser, chunk: bytes) -> bool:
    """Whether a chunk (none: the end) is not XML. What stands before can be taken in any case."""
    try:
        if chunk:
            parser.feed(chunk)
        else:
            parser.close()
    except etree.XMLSyntaxError:
        return True
    return False


def _number(row: etree._Element, before: int) -> int:
    said = row.get("r", "")
    return int(said) if said.isdecimal() and len(said) < 10 else before + 1
