"""The elements of an XML file that are records, one group after the other, in bounded memory.

Entities are never expanded, and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from lxml import etree

from migrate.errors import ConfigurationError
from migrate.extract.handed import Broken, Handed
from migrate.extract.xml_parsing import (
    Element,
    Root,
    children_ended,
    events_parser,
    local,
    marked,
    quick_parser,
    why,
)
from migrate.extract.xml_text import fit_for_xml

_LARGE, _LARGEST = 1 << 20, 1 << 26
_MOST_MARKS = 1_000_000
_EXACT_LINES = 65_535  # libxml2 counts no further on elements, and takes the end of the next text


class Wanted(NamedTuple):
    """Which elements are the records: those `called` so, the outermost of them, below the root, or
    the root itself where it `is_root`; without a name every child of the root. `flat` says that
    they are known to be children of the root, which is read faster; those that are deeper none the
    less are found too."""

    called: str | None
    is_root: bool = False
    flat: bool = False


def lines_of(elements: Sequence[Element]) -> list[int]:
    """The line on which each begins."""
    lines = [element.sourceline or 0 for element in elements]
    if lines and lines[-1] >= _EXACT_LINES:
        texts = [element.text or "" for element in elements]
        lines = [line - text.count("\n") for line, text in zip(lines, texts, strict=True)]
    return lines


class Records:
    """The `wanted` elements of a file with this `root`. `stand_ins` says whether control characters
    were met by now; see `xml_text`. `above` is what all records of the last group are children of,
    if they are, and there is nothing in them but elements and texts."""

    def __init__(self, file: Handed, root: Root, wanted: Wanted) -> None:
        self._file = file
        self._root = root
        self._wanted = wanted
        self._grown = self._marks = 0
        self.stand_ins = False
        self.above: Element | None = None

    def groups(self, undecodable: Callable[[int], None]) -> Iterator[list[Element]]:
        """Whole records, good until the next group is asked for. Raises ConfigurationError behind
        the last one that stands before a place where the file is broken."""
        file, wanted = self._file, self._wanted
        flat = wanted.flat or wanted.called is None
        way: _Way = _Flat(file, wanted) if flat else _Deep(self._root, wanted)
        broken: ConfigurationError | None = None
        with file.opened() as stream:
            try:
                for chunk in fit_for_xml(stream, file.form.encoding, undecodable, self._met):
                    way.feed(chunk)
                    if group := way.whole():
                        self.above = None if self._root.doctype else way.above
                        yield group
                    self._bound(chunk, cleared=way.clear() or bool(group))
                way.close()
            except etree.XMLSyntaxError as error:
                broken = file.broken(*why(error))
            except Broken as error:
                broken = file.broken(way.line, str(error))
            if group := way.rest(broken=broken is not None):
                self.above = None if self._root.doctype else way.above
                yield group
        if broken:
            raise broken

    def _bound(self, chunk: bytes, *, cleared: bool) -> None:
        """An element is kept until it ends; one that never does would take all memory."""
        if cleared:
            self._grown = self._marks = 0
        self._grown += len(chunk)
        if self._grown > _LARGE:
            self._marks += chunk.count(b"<") + chunk.count(b"=")
        if self._grown > _LARGEST or self._marks > _MOST_MARKS:
            raise Broken(f"an element has more than {_LARGEST >> 20} MB, or far too many parts")

    def _met(self) -> None:
        self.stand_ins = True


class _Way(Protocol):
    """How records are found in a tree that grows; `above` as of `Records`."""

    above: Element | None

    def feed(self, chunk: bytes) -> None: ...

    def close(self) -> None: ...

    def whole(self) -> list[Element]:
        """The records that are complete and were not given yet."""
        ...

    def rest(self, *, broken: bool) -> list[Element]:
        """Those that are left at the end of the file, or before the place where it is `broken`."""
        ...

    def clear(self) -> bool:
        """Take away what is complete and was given; whether there was anything."""
        ...

    @property
    def line(self) -> int:
        """Where the last element begins that was met."""
        ...


class _Flat:
    """Records that are children of the root. All but the last child are complete: no event of the
    parser is needed to know that, and it can go on without Python."""

    def __init__(self, file: Handed, wanted: Wanted) -> None:
        self._file = file
        self._called = wanted.called
        self._parser = quick_parser()
        self._mark: Element | None = None
        self._root: Element | None = None
        self.above: Element | None = None
        self._tag: object = None
        self._passed = 0

    def feed(self, chunk: bytes) -> None:
        try:
            if self._mark is None:
                self._parser.feed(marked(chunk))
            else:
                self._parser.feed(chunk)
        finally:
            self._look_for_root()

    def close(self) -> None:
        self._parser.close()

    def whole(self) -> list[Element]:
        return [] if self._root is None else self._records(self._root[:-1])

    def rest(self, *, broken: bool) -> list[Element]:
        if self._root is None:
            return []
        if broken and children_ended(self._file) < self._passed + len(self._root):
            return self.whole()
        return self._records(self._root[:])

    def clear(self) -> bool:
        if self._root is None or len(self._root) < 2:
            return False
        self._passed += len(self._root) - 1
        del self._root[:-1]
        return True

    @property
    def line(self) -> int:
        return 1 if self._root is None else lines_of([self._root, *self._root])[-1]

    def _look_for_root(self) -> None:
        for _, instruction in self._parser.read_events():
            self._mark = self._mark if self._mark is not None else instruction
        if self._root is None and self._mark is not None:
            after = self._mark.getnext()
            while after is not None and not local(after.tag):
                after = after.getnext()
            self._root = after

    def _records(self, children: list[Element]) -> list[Element]:
        called, self.above = self._called, self._root
        if called is None:
            return [child for child in children if isinstance(child.tag, str)]
        found: list[Element] = []
        for child in children:
            if child.tag == self._tag or local(child.tag) == called:
                self._tag = child.tag
                found.append(child)
            elif deeper := list(child.iterdescendants(f"{{*}}{called}")):
                self.above = None
                found += [element for element in deeper if _outermost(element, called)]
        return found


class _Deep:
    """Records somewhere below the root, or the root itself."""

    def __init__(self, root: Root, wanted: Wanted) -> None:
        self._wanted = wanted
        self._parser = events_parser(root.tag, f"{{*}}{wanted.called}")
        self._root: Element | None = None
        self.above: Element | None = None
        self._last: Element | None = None

    def feed(self, chunk: bytes) -> None:
        self._parser.feed(chunk)

    def close(self) -> None:
        self._parser.close()

    def whole(self) -> list[Element]:
        events = list(self._parser.read_events())
        if self._root is None and events:
            self._root = events[0][1]
        ended = [element for event, element in events if event == "end"]
        if self._wanted.is_root:
            return [element for element in ended if element.getparent() is None]
        found = [e for e in ended if e is not self._root and self._is_outermost(e)]
        self._last = found[-1] if found else self._last
        return found

    def rest(self, *, broken: bool) -> list[Element]:
        return self.whole()

    def clear(self) -> bool:
        """Everything but the way to the element that is open."""
        node = None if self._wanted.is_root else self._root
        met = False
        while node is not None and len(node):
            met = met or len(node) > 1
            del node[:-1]
            node = node[-1]
            if local(node.tag) == self._wanted.called:
                break
        return met

    @property
    def line(self) -> int:
        last = self._last if self._last is not None else self._root
        return 1 if last is None else lines_of([last])[0]

    def _is_outermost(self, element: Element) -> bool:
        above = element.iterancestors(f"{{*}}{self._wanted.called}")
        return element.getparent() is self._root or all(a is self._root for a in above)


def _outermost(element: Element, called: str) -> bool:
    """Whether no element of this name, but perhaps the root, is around it."""
    around = element.iterancestors(f"{{*}}{called}")
    return all(above.getparent() is None for above in around)
