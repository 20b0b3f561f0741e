"""The elements of an XML file that are records, one group after the other, in bounded memory.

Entities are never expanded, and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from lxml import etree

from migrate.errors import ConfigurationError
from migrate.extract.handed import Broken, Handed
from migrate.extract.xml_text import fit_for_xml

Element = etree._Element

_LARGEST = 1 << 26
_LARGE = 1 << 20
_MOST_MARKS = 1_000_000
_SAFE: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "remove_comments": True,
    "remove_pis": True,
}
_EXACT_LINES = 65_535  # libxml2 counts no further on elements, and takes the end of the next text


class Root(NamedTuple):
    """A file's outermost element: its tag, and whether the file defines entities of its own."""

    tag: str
    entities: bool


class Wanted(NamedTuple):
    """Which elements are the records: those `called` so, the outermost of them, wherever they stand
    below the root, or the root itself where it `is_root`; without a name every child of the root.
    """

    called: str | None
    is_root: bool = False


def local(tag: object) -> str:
    """A tag or attribute without its namespace; empty for what is no element."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def lines_of(elements: Sequence[Element]) -> list[int]:
    """The line on which each begins."""
    lines = [element.sourceline or 0 for element in elements]
    if lines and lines[-1] >= _EXACT_LINES:
        texts = [element.text or "" for element in elements]
        lines = [line - text.count("\n") for line, text in zip(lines, texts, strict=True)]
    return lines


def root_of(file: Handed) -> Root:
    """Raises ConfigurationError where the file does not begin as XML does."""
    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    why = 1, "holds no element"
    with file.opened() as stream:
        try:
            for chunk in fit_for_xml(stream, file.form.encoding, _ignore, _nothing):
                parser.feed(chunk)
                if root := _first(parser):
                    return root
            parser.close()
        except etree.XMLSyntaxError as error:
            why = _why(error)
        except Broken as error:
            why = 1, str(error)
    if root := _first(parser):
        return root
    raise file.broken(*why)


def _first(parser: etree.XMLPullParser) -> Root | None:
    for _, root in parser.read_events():
        dtd = root.getroottree().docinfo.internalDTD
        return Root(str(root.tag), dtd is not None and any(True for _ in dtd.iterentities()))
    return None


class Records:
    """The `wanted` elements of a file whose outermost element has the tag `root`. `stand_ins` says
    whether control characters were met by now; see `xml_text`."""

    def __init__(self, file: Handed, root: str, wanted: Wanted) -> None:
        self._file = file
        self._root_tag = root
        self._wanted = wanted
        self._called = f"{{*}}{wanted.called}"
        self._root: Element | None = None
        self._given = 0
        self._grown = self._marks = 0
        self.stand_ins = False

    def groups(self, undecodable: Callable[[int], None]) -> Iterator[list[Element]]:
        """Whole records, good until the next group is asked for. Raises ConfigurationError behind
        the last one that stands before a place where the file is broken."""
        asked = () if self._wanted.called is None else (self._called,)
        parser = self._parser(self._root_tag, *asked)
        broken: ConfigurationError | None = None
        with self._file.opened() as stream:
            try:
                encoding = self._file.form.encoding
                for chunk in fit_for_xml(stream, encoding, undecodable, self._met):
                    parser.feed(chunk)
                    if group := self._whole(self._ended(parser)):
                        self._given += len(group)
                        yield group
                    self._clear(bool(group))
                    self._bound(chunk)
                parser.close()
            except etree.XMLSyntaxError as error:
                broken = self._file.broken(*_why(error))
            except Broken as error:
                line = 1 if self._root is None else lines_of([self._root, *self._root])[-1]
                broken = self._file.broken(line, str(error))
            ended = self._ended(parser)
            if group := self._whole(ended, last=not broken or self._last_ended()):
                yield group
        if broken:
            raise broken

    def _parser(self, *tags: str) -> etree.XMLPullParser:
        return etree.XMLPullParser(events=("start", "end"), tag=tags, huge_tree=True, **_SAFE)

    def _ended(self, parser: etree.XMLPullParser) -> list[Element]:
        """Those of the elements asked for that ended since."""
        events = list(parser.read_events())
        if self._root is None and events:
            self._root = events[0][1]
        return [element for event, element in events if event == "end"]

    def _whole(self, ended: list[Element], *, last: bool = False) -> list[Element]:
        """The records that are complete. Of a root's children, that are all but the last one, and
        that one too where it is the `last`."""
        if self._wanted.called is not None:
            root = None if self._wanted.is_root else self._root
            return [e for e in ended if e.getparent() is root or self._is_deeper(e)]
        if self._root is None:
            return []
        return self._root[:] if last else self._root[:-1]

    def _last_ended(self) -> bool:
        """Whether the root's last child is whole, in a file that is broken further on."""
        if self._wanted.called is not None or self._root is None:
            return False
        return _children_ended(self._file) == self._given + len(self._root)

    def _is_deeper(self, element: Element) -> bool:
        if self._wanted.is_root or element is self._root:
            return False
        return all(above is self._root for above in element.iterancestors(self._called))

    def _clear(self, met: bool) -> None:
        """Take away what is complete: everything but the way to the element that is open."""
        node = None if self._wanted.is_root else self._root
        while node is not None and len(node):
            met = met or len(node) > 1
            del node[:-1]
            node = node[-1]
            if self._wanted.called in (None, local(node.tag)):
                break
        if met:
            self._grown = self._marks = 0

    def _bound(self, chunk: bytes) -> None:
        """An element is kept until it ends; one that never does would take all memory."""
        self._grown += len(chunk)
        if self._grown > _LARGE:
            self._marks += chunk.count(b"<") + chunk.count(b"=")
        if self._grown > _LARGEST or self._marks > _MOST_MARKS:
            raise Broken(f"an element has more than {_LARGEST >> 20} MB, or far too many parts")

    def _met(self) -> None:
        self.stand_ins = True


def _children_ended(file: Handed) -> int:
    """How many children of the root are whole before the place where a file is broken. No parser
    says so cheaply, so this is asked only of a file that is."""
    parser = etree.XMLPullParser(events=("start", "end"), huge_tree=True, **_SAFE)
    root: Element | None = None
    ended = 0

    def count() -> None:
        nonlocal root, ended
        for event, element in parser.read_events():
            if root is None:
                root = element
            elif event == "end" and element.getparent() is root:
                ended += 1
        if root is not None:
            del root[:-1]

    with file.opened() as stream:
        try:
            for chunk in fit_for_xml(stream, file.form.encoding, _ignore, _nothing):
                parser.feed(chunk)
                count()
        except (etree.XMLSyntaxError, Broken):
            count()
    return ended


def _why(error: etree.XMLSyntaxError) -> tuple[int, str]:
    """Line and reason; not the parser's own words, which may quote a text."""
    entry = error.error_log.last_error
    name = entry.type_name if entry is not None else ""
    reason = name.removeprefix("ERR_").replace("_", " ").lower() or "no reason given"
    return error.lineno or 1, f"is not well-formed XML ({reason})"


def _ignore(line: int) -> None:
    pass


def _nothing() -> None:
    pass
