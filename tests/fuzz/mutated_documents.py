"""How XML, JSON and workbooks are spoiled by their form."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

from lxml import etree
from mutations import BLIND, SMALL, UNPACKED, Mutation, one, zip_of

_ELEMENT = re.compile(rb"<([\w.]{1,40})(?:\s[^<>]{0,500})?>[^<]{0,5000}</\1>")


def _xml_nest(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    at = one([match.end() for match in re.finditer(rb">", data)], draw)
    if at is None:
        return data
    depth = draw.choice((2, 255, 256, 300, 900, 1_500, 2_000, 20_000))
    close = b"</n>" * draw.choice((0, depth))
    return data[:at] + b"<n>" * depth + close + data[at:]


def _xml_entity(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Entities that refer to each other, to files, or to nothing."""
    doubles = b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (i + 1, i, i) for i in range(30))
    doctype = draw.choice(
        (
            b'<!DOCTYPE x [<!ENTITY e0 "bang">' + doubles + b"]>",
            b'<!DOCTYPE x [<!ENTITY e30 SYSTEM "file:///etc/passwd">]>',
            b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
            b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>',
            b'<!DOCTYPE x [<!ENTITY e30 "' + b"A" * 100_000 + b'">]>',
        )
    )
    place = one([match.end() for match in re.finditer(rb">(?=[^<])", data)], draw) or len(data)
    head = re.match(rb"\s*<\?xml[^>]*\?>", data)
    start = head.end() if head else 0
    body = data[start:place] + b"&e30;" * draw.choice((1, 50)) + data[place:]
    return data[:start] + doctype + body


def _xml_words(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """Something that may stand at a place in XML, or may not."""
    at = one([match.start() for match in re.finditer(rb"[<>\"/ =]", data)], draw)
    if at is None:
        return data
    word = draw.choice(
        (
            *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml version='1.0'?>", b"<?pi", b"&#0;"),
            *(b"&#x1F;", b"&#xD800;", b"&lt", b"</", b"/>", b"<a:b>", b" xmlns:x=''", b"\xff\xfe"),
            *(
                b' type="Array"',
                b' type="Decimal"',
                b' xsi:nil="true"',
                b"<" + b"a" * 70_000 + b">",
            ),
            *(b' a="' + b"v" * 70_000 + b'"', b"".join(b' a%d="1"' % i for i in range(3_000))),
        )
    )
    return data[:at] + word + data[at:]


def _xml_encoding(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    name = draw.choice(
        (b"utf-16", b"latin-1", b"utf-7", b"ebcdic-cp-us", b"utf-32", b"nothing", b"")
    )
    text = re.sub(rb"<\?xml[^>]*\?>", b"", data, count=1)
    declared = b'<?xml version="1.0" encoding="' + name + b'"?>' + text
    if draw.random() < 0.3:
        return declared.decode("utf-8", "replace").encode("utf-16")
    return declared


def _xml_element(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """An element once more, gone, or somewhere else."""
    elements = [m.span() for m in _ELEMENT.finditer(data)]
    if not elements:
        return data
    at, end = draw.choice(elements)
    to = draw.choice(elements)[1]
    moved = data[at:end] * draw.choice((1, 1, 300))
    if draw.random() < 0.3:
        return data[:at] + data[end:]
    return data[:to] + moved + data[to:]


def _xml_tree(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """What stays well-formed: elements renamed, moved, emptied or multiplied, other texts and
    attributes."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return data
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    element, other = draw.choice(elements), draw.choice(elements)
    parent = element.getparent()
    match draw.randrange(7):
        case 0:
            element.tag = draw.choice((other.tag, "ukjent", "{urn:x}instance"))
        case 1:
            element.text = draw.choice(
                ("", " ", "x" * 70_000, "-1", "1e400", "2019-02-30T25:00:00Z", "\u2028", other.text)
            )
        case 2 if parent is not None:
            parent.remove(element)
        case 3 if parent is not None:
            for _ in range(draw.choice((1, 2, 200 if len(data) < SMALL else 2))):
                parent.append(deepcopy(element))
        case 4:
            other.append(deepcopy(element))
        case 5:
            name = draw.choice([*element.attrib, "type", "count", "more", "len", "href"])
            element.set(name, draw.choice(("", "0", "-1", "9" * 400, "Array", "Structure", "cid:")))
        case _:
            element.attrib.clear()
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


XML: tuple[Mutation, ...] = (
    *(_xml_tree, _xml_tree, _xml_tree, _xml_tree),
    *(_xml_nest, _xml_entity, _xml_words, _xml_encoding, _xml_element),
)


def _json_tree(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """A value somewhere becomes another one, goes, or comes several times."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return data
    node, key = tree, None
    parent: Any = None
    while isinstance(node, dict | list) and node and (parent is None or draw.random() < 0.8):
        parent, key = node, draw.choice(list(node)) if isinstance(node, dict) else None
        key = draw.randrange(len(node)) if key is None else key
        node = parent[key]
    if parent is None:
        return data
    if draw.random() < 0.2:
        del parent[key]
    else:
        parent[key] = draw.choice(
            (
                *(None, True, -1, 2**64, 1e308, "", "x" * 70_000, [], {}, [[]]),
                [node] * (500 if len(data) < SMALL else 2),
                *({"a": node}, [node], str(node)[:100], "\ud800", "\x00", "2019-13-45T99:99:99"),
            )
        )
    return json.dumps(tree, ensure_ascii=draw.random() < 0.5).encode("utf-8", "surrogatepass")


def _json_words(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    at = one([match.end() for match in re.finditer(rb"[:,\[]", data)], draw)
    if at is None:
        return data
    word = draw.choice(
        (
            *(b"NaN", b"Infinity", b"-", b"1e99999", b"0123", b"9" * 5_000, b'"\\ud800"', b'"\\x"'),
            *(
                b"[" * 100_000,
                b"[" * 900 + b"]" * 900,
                b'{"a":' * 50_000,
                b'{"a":' * 900 + b"1" + b"}" * 900,
                b'"\x01"',
                b"'",
                b"//",
            ),
            *(b'"' + b"\\u0041" * 20_000 + b'"', b'"@count":', b'"\xff\xfe"', b"undefined", b","),
        )
    )
    return data[:at] + word + data[at:]


JSON: tuple[Mutation, ...] = (_json_tree, _json_tree, _json_tree, _json_words)


def _xlsx_part(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    """A part of a workbook spoiled, gone, or grown; the rest as it was."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if max(member.file_size for member in book.infolist()) > UNPACKED:
                return data  # grown already
            parts = {name: book.read(name) for name in book.namelist()}
    except Exception:  # already spoiled so that even this fails
        return data
    if not parts:
        return data
    name = draw.choice(list(parts))
    match draw.randrange(6):
        case 0:
            del parts[name]
        case 1:
            del parts[name]
            out = io.BytesIO(zip_of(parts))
            grown = draw.choice(
                (b" " * 600_000, b"<row><c><v>1</v></c></row>" * 2_000, b"<a>" * 9_000)
            )
            return zip_of({name: grown}, out, times=100, mode="a")
        case 2:
            sheets = [part for part in parts if "sheet" in part and part.endswith(".xml")]
            name = draw.choice(sheets or [name])
            cell = draw.choice(
                (
                    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
                    b'<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>',
                    b'<row r="-5"><c r="A-5" t="s"><v>99999999</v></c></row>',
                    b'<row r="3"><c r="A3" t="d"><v>never</v></c><c t="n"><v>1e999</v></c></row>',
                    b'<row><c t="inlineStr"><is><t>' + b"y" * 100_000 + b"</t></is></c></row>",
                )
            )
            parts[name] = parts[name].replace(b"</sheetData>", cell + b"</sheetData>")
        case _:
            parts[name] = draw.choice((*XML, *BLIND))(parts[name], draw, others)
    return zip_of(parts)


XLSX: tuple[Mutation, ...] = (_xlsx_part,)
