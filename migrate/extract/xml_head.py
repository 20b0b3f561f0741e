"""What the beginning of an XML file shows: its root, which elements are its records, the names of
their fields; and what speaks against the form that somebody said."""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from itertools import chain, islice
from typing import NamedTuple

from migrate.errors import ConfigurationError, Problem
from migrate.extract.handed import Handed, looks_like
from migrate.extract.layout import near
from migrate.extract.text_encoding import doubt, is_encoding
from migrate.extract.xml_parsing import Element, Root, local, root_of
from migrate.extract.xml_records import Records, Wanted

TYPE = "_type"
"""The attribute in which HPSM's exporters say what a field is: Text, Boolean, Decimal or Array."""

_SAMPLE, _CLOSELY = 1_000, 200
_HEAD = 1_000_000
_PROLOG = 400
_SAID = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


class Seen(NamedTuple):
    """`tags` are those of the records; `names` are those of their
    fields, `types` every type that a name is said to have. In an `indented` file white space around
    a value is none of it."""

    root: Root
    wanted: Wanted
    tags: list[str]
    names: list[str]
    types: dict[str, set[str]]
    indented: bool


def look(file: Handed) -> Seen:
    """Raises ConfigurationError where the file is no XML, or has no such records."""
    match looks_like(file.head()):
        case "xls":
            raise ConfigurationError(file.wrong("is a workbook of Excel", "format", "xlsx"))
        case "html":
            raise ConfigurationError(file.wrong("is a page of HTML, perhaps of an error"))
        case "":
            raise ConfigurationError(file.wrong("is no XML", "format", "csv"))
    root = root_of(file)
    if root.entities:
        raise ConfigurationError(
            file.wrong(
                "defines entities of its own, which are never expanded",
                remedy="Export it without a DOCTYPE.",
            )
        )
    called = file.form.record
    wanted = Wanted(called)
    first = _first(file, root, wanted)
    if not first.elements and called == local(root.tag):
        wanted = Wanted(called, is_root=True)
        first = _first(file, root, wanted)
    if not first.elements:
        raise ConfigurationError(_none(file, root))
    wanted = wanted._replace(flat=first.flat)
    if called is None and (deeper := first.deeper):
        message = "its records are deeper than the children of its root"
        raise ConfigurationError(file.wrong(message, "record", deeper))
    return Seen(
        root, wanted, list(first.tags), list(first.names), dict(first.types), first.indented
    )


def encoding_problem(file: Handed) -> Problem | None:
    """What the bytes say, and the prolog where the bytes leave it open."""
    encoding = file.form.encoding
    head = file.head(_HEAD)
    prolog = _SAID.search(head[:_PROLOG].replace(b"\0", b""))
    said = prolog[1].decode() if prolog and is_encoding(prolog[1].decode()) else encoding
    found = doubt(head, encoding)
    if found and found.certain:
        probably = found.probably if doubt(head, said) else said
        return file.wrong(
            f"the file is not {encoding}", "encoding", probably.lower(), line=found.line
        )
    if head.decode(said, "replace") == head.decode(encoding, "replace"):
        return None
    proven = codecs.lookup(encoding).name == "utf-8"
    message = f"says itself that it is {said}" + (", and is not" if proven else "")
    return file.wrong(
        message,
        "" if proven else "encoding",
        said.lower(),
        line=1,
        expected=encoding,
        warning=proven,
    )


class _First:
    """The first records: how many, their tags, what they hold."""

    def __init__(self) -> None:
        self.elements = 0
        self.tags: dict[str, None] = {}
        self.names: dict[str, None] = {}
        self.types: defaultdict[str, set[str]] = defaultdict(set)
        self.inner: dict[str, int] = defaultdict(int)
        self.flat = True
        self.indented = False
        self._shapes: set[tuple[object, ...]] = set()

    def add(self, record: Element) -> None:
        self.elements += 1
        self.tags[str(record.tag)] = None
        above = record.getparent()
        self.flat = self.flat and above is not None and above.getparent() is None
        shape = (*record.keys(), None, *[child.tag for child in record])
        if shape not in self._shapes:
            self._shapes.add(shape)
            self.names.update(dict.fromkeys(filter(None, map(local, shape))))
        if self.elements <= _CLOSELY:
            self._look_closely([child for child in record if local(child.tag)])

    def _look_closely(self, children: list[Element]) -> None:
        for child in children:
            if type_ := child.get(TYPE):
                self.types[local(child.tag)].add(type_)
            text = "" if len(child) else child.text or ""
            self.indented = self.indented or text[:1] == "\n" == text.rstrip(" \t")[-1:]
        if len({child.tag for child in children}) == 1 and len(children) > 1 and len(children[0]):
            self.inner[local(children[0].tag)] += 1

    @property
    def deeper(self) -> str:
        """What every one of them holds several of, and nothing else: those are the records."""
        return next(
            (name for name, count in self.inner.items() if count == min(self.elements, _CLOSELY)),
            "",
        )


def _first(file: Handed, root: Root, wanted: Wanted) -> _First:
    first = _First()
    groups = Records(file, root, wanted).groups(lambda line: None)
    try:
        for record in islice(chain.from_iterable(groups), _SAMPLE):
            first.add(record)
    except ConfigurationError:
        if not first.elements:
            raise
    return first


def _none(file: Handed, root: Root) -> Problem:
    called = file.form.record
    if called is None:
        return file.wrong("holds no records", expected="elements within the outermost one")
    others = _first(file, root, Wanted(None))
    names = [local(root.tag), *(local(tag) for tag in others.tags), *others.names]
    alike = near(called, names) or tuple(names[:3])
    return file.wrong(f"has no element {called}", "record", alike[0])
