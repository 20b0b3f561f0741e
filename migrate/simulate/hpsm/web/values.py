"""Values of the database as web services show them: JSON for REST, typed elements for SOAP.

Times are ISO 8601 with the offset of the web user's zone (the database keeps GMT); durations are
times counted from 4000-01-01 in GMT, as HPSM has no other type for them. Arrays of characters are
lists of lines. What is empty is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from migrate.simulate.hpsm.web.layout import Bound

Convert = Callable[[Any], Any]
Record = dict[str, Any]

_XML_SPECIAL = re.compile("[&<>\r]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_QUOTED = {**_ESCAPES, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_ATTRIBUTE_SPECIAL = re.compile('[&<>"\r\n\t]')
SOAP_TYPES = {
    "text": "String",
    "array": "Array",
    "number": "Decimal",
    "time": "DateTime",
    "duration": "DateTime",
    "logical": "Boolean",
}


def converters(zone: tzinfo) -> dict[str, Convert | None]:
    """Type → what turns a value of the database into JSON's; None where nothing has to be done."""
    time = iso if zone is UTC else _zoned(zone)
    return {
        "text": None,
        "array": lines,
        "number": number,
        "time": time,
        "duration": iso,
        "logical": logical,
    }


def lines(value: Any) -> list[str]:
    """An array: the elements of rows as they are, a CLOB by its newlines."""
    if isinstance(value, list):
        return ["" if element is None else str(element) for element in value]
    return str(value).split("\n")


def number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def logical(value: Any) -> Any:
    """A logical that is neither true nor false (`unknown`) is shown as nothing."""
    return {"t": True, "f": False}.get(value)


def iso(value: Any) -> str:
    """`2019-08-13 08:00:00` in GMT; what is no time stays as it is."""
    text = str(value)
    return f"{text[:10]}T{text[11:19]}+00:00" if text[10:11] == " " else text


def _zoned(zone: tzinfo) -> Convert:
    def convert(value: Any) -> str:
        try:
            moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
            return moment.astimezone(zone).isoformat(timespec="seconds")
        except (TypeError, ValueError, OverflowError):
            return str(value)

    return convert


def _as_strings(zone: tzinfo, form: str) -> dict[str, Convert | None]:
    def time(value: Any) -> str:
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC).astimezone(zone).strftime(form)
        except (TypeError, ValueError, OverflowError):
            return str(value)

    return {
        **converters(zone),
        "time": time,
        "duration": time,
        "logical": lambda value: {"t": "true", "f": "false"}.get(value, value),
    }


class JsonShape:
    """Makes the JSON of records from rows that hold these fields, in this order."""

    def __init__(self, fields: Sequence[Bound], zone: tzinfo) -> None:
        convert = converters(zone)
        self._names = [bound.field.name for bound in fields]
        self._structures = [bound.field.structure for bound in fields]
        self._converts = [convert[bound.type] for bound in fields]
        self._flat = not any(self._structures)

    def records(self, rows: Iterable[Sequence[Any]]) -> Iterator[Record]:
        return map(self._flat_record if self._flat else self._record, rows)

    def _flat_record(self, row: Sequence[Any]) -> Record:
        record: Record = {}
        for name, convert, value in zip(self._names, self._converts, row, strict=True):
            if value is None or value == "":
                continue
            shown = convert(value) if convert else value
            if shown is not None:
                record[name] = shown
        return record

    def _record(self, row: Sequence[Any]) -> Record:
        record: Record = {}
        for structure, name, convert, value in zip(
            self._structures, self._names, self._converts, row, strict=True
        ):
            if value is None or value == "":
                continue
            shown = convert(value) if convert else value
            if shown is not None:
                inner = record.setdefault(structure, {}) if structure else record
                inner[name] = shown
        return record


class XmlShape:
    """Makes the elements of records from rows that hold these fields, in this order.

    With `strings`, a form of times, every element is a String, as where an extaccess record gives
    no types. With `empty` what is empty is sent as nil instead of being left out. With `flat` there
    are no structures, as in keys.
    """

    def __init__(
        self,
        fields: Sequence[Bound],
        zone: tzinfo,
        *,
        empty: bool = False,
        strings: str = "",
        flat: bool = False,
    ) -> None:
        convert = _as_strings(zone, strings) if strings else converters(zone)
        self._empty = empty
        self._parts: list[tuple[str, list[tuple[int, Callable[[Any], str | None], str]]]] = []
        for at, bound in enumerate(fields):
            structure = "" if flat else bound.field.structure
            if not self._parts or self._parts[-1][0] != structure:
                self._parts.append((structure, []))
            soap = SOAP_TYPES[bound.type]
            soap = "String" if strings and soap != "Array" else soap
            shown = _element(bound.field.name, soap, convert[bound.type])
            nil = f'<{bound.field.name} xsi:nil="true" type="{soap}"/>'
            self._parts[-1][1].append((at, shown, nil))

    def record(self, row: Sequence[Any]) -> str:
        found: list[str] = []
        for structure, fields in self._parts:
            inner: list[str] = []
            for at, shown, nil in fields:
                value = row[at]
                element = None if value is None or value == "" else shown(value)
                if element is not None:
                    inner.append(element)
                elif self._empty:
                    inner.append(nil)
            if inner and structure:
                found.append(f'<{structure} type="Structure">')
                found += inner
                found.append(f"</{structure}>")
            else:
                found += inner
        return "".join(found)


def _element(name: str, soap: str, convert: Convert | None) -> Callable[[Any], str | None]:
    start, end = f'<{name} type="{soap}">', f"</{name}>"
    if soap == "Array":
        inner_start, inner_end = f'<{name} type="String">', f"</{name}>"
        between = inner_end + inner_start

        def of_array(value: Any) -> str:
            body = between.join(escaped(line) for line in lines(value))
            return f"{start}{inner_start}{body}{inner_end}{end}"

        return of_array
    if soap == "Boolean":
        both = {"t": f"{start}true{end}", "f": f"{start}false{end}"}
        return both.get

    def of_value(value: Any) -> str:
        return f"{start}{escaped(str(convert(value) if convert else value))}{end}"

    return of_value


def escaped(text: str) -> str:
    """Text for an element. What XML cannot hold is dropped: control characters."""
    if text.isalnum():
        return text
    if _XML_SPECIAL.search(text):
        text = _XML_SPECIAL.sub(lambda match: _ESCAPES[match[0]], text)
    return _NOT_XML.sub("", text) if _NOT_XML.search(text) else text


def quoted(text: str) -> str:
    """Text for an attribute, with its quotes."""
    text = _ATTRIBUTE_SPECIAL.sub(lambda match: _QUOTED[match[0]], text)
    return f'"{_NOT_XML.sub("", text)}"'
