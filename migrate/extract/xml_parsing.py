"""How libxml2 is asked: nothing is fetched or expanded, and what it says of an error is not
repeated, since it may quote a text."""

from __future__ import annotations

from typing import Any, NamedTuple

from lxml import etree

from migrate.extract.handed import Broken, Handed
from migrate.extract.xml_text import fit_for_xml

Element = etree._Element

_SAFE: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "remove_comments": True,
    "collect_ids": False,
}
_MARK = b"<?mark?>"
_DECLARATION, _ENDS = b"<?xml", b"?>"


class Root(NamedTuple):
    """A file's outermost element: its tag, whether the file has a DOCTYPE, without which no entity
    can be referred to, and whether it defines entities of its own."""

    tag: str
    doctype: bool
    entities: bool


def local(tag: object) -> str:
    """A tag or attribute without its namespace; empty for what is no element."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def events_parser(*tags: str) -> etree.XMLPullParser:
    """Says when an element of `tags` begins and ends; for a file without entities of its own."""
    return etree.XMLPullParser(
        events=("start", "end"), tag=tags or None, huge_tree=True, remove_pis=True, **_SAFE
    )


def quick_parser() -> etree.XMLPullParser:
    """Says nothing of elements, which makes it a third faster, and lets other threads run. For a
    file without entities of its own; its first chunk has to be `marked`, and the root follows the
    mark, which is the first event."""
    return etree.XMLPullParser(events=("pi",), huge_tree=True, remove_pis=False, **_SAFE)


def marked(chunk: bytes) -> bytes:
    """A chunk with a mark before the root."""
    ends = chunk.find(_ENDS) if chunk.startswith(_DECLARATION) else -1
    at = ends + len(_ENDS) if ends >= 0 else 0
    return chunk[:at] + _MARK + chunk[at:]


def root_of(file: Handed) -> Root:
    """Raises ConfigurationError where the file does not begin as XML does. Entities cannot take
    much memory here: without `huge_tree`, libxml2 bounds them."""
    parser = etree.XMLPullParser(events=("start",), remove_pis=True, **_SAFE)
    problem = 1, "holds no element"
    with file.opened() as stream:
        try:
            for chunk in fit_for_xml(stream, file.form.encoding, _ignore, _nothing):
                parser.feed(chunk)
                if root := _first(parser):
                    return root
            parser.close()
        except etree.XMLSyntaxError as error:
            problem = why(error)
        except Broken as error:
            problem = 1, str(error)
    if root := _first(parser):
        return root
    raise file.broken(*problem)


def children_ended(file: Handed) -> int:
    """How many children of the root are whole before the place where a file is broken. Only events
    say so, and so this is asked only of a file that is."""
    parser = events_parser()
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


def why(error: etree.XMLSyntaxError) -> tuple[int, str]:
    """Line and reason."""
    entry, line = error.error_log.last_error, error.lineno
    if entry is not None and entry.type_name == "ERR_DOCUMENT_EMPTY":
        # what libxml2 says last of an entity that nobody declared
        before = [e for e in error.error_log if e.type_name == "ERR_UNDECLARED_ENTITY"]
        if before:
            entry, line = before[-1], before[-1].line
    name = entry.type_name if entry is not None else ""
    reason = name.removeprefix("ERR_").replace("_", " ").lower() or "no reason given"
    return line or 1, f"is not well-formed XML ({reason})"


def _first(parser: etree.XMLPullParser) -> Root | None:
    for _, root in parser.read_events():
        dtd = root.getroottree().docinfo.internalDTD
        entities = dtd is not None and any(True for _ in dtd.iterentities())
        return Root(str(root.tag), dtd is not None, entities)
    return None


def _ignore(line: int) -> None:
    pass


def _nothing() -> None:
    pass
