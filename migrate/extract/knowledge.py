"""What a knowledge document of HPSM leads to and shows, and in which state it is.

Addresses of the vendor's pages are `/answers/attachments/<id>` and `/answers/…`; of public code
`scattach://<uid>:<file name>:<application>:<number>` and `cid:<uid>`. That the web client names a
record as `index.do?ctx=docEngine&file=<file>&query=<field>="<key>"` is recollection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from migrate.markup import parsed
from migrate.records import Row

LinkKind = Literal[
    "attachment", "document", "record", "here", "web", "mail", "file", "anchor", "script", "data"
]


class Link(NamedTuple):
    """An address in a document, and what it leads to: `target` is an attachment's uid, a document's
    id, a record's number, the path of another page `here` (in HPSM), another host (`web`), an
    address of mail, a file, an anchor, or the media type of `data` that stands in the address.
    `shown`: it is an image, and not a link to follow."""

    kind: LinkKind
    target: str
    address: str
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A document's HTML. `mentions` are numbers of records and documents that stand in its text;
    `active` counts scripts, frames, forms and handlers, `letters` what a reader sees. `cut`: it
    could not be read to its end, being nested too deep or one text too long."""

    links: tuple[Link, ...] = ()
    mentions: tuple[str, ...] = ()
    active: int = 0
    letters: int = 0
    cut: bool = False

    @property
    def images(self) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.shown)


@dataclass(frozen=True, slots=True)
class Document:
    """A knowledge document. `status` is HPSM's code, empty where it is none that is known;
    `copy_of` the document of which it is a working copy; `external`: its body is an attachment."""

    id: str
    status: str
    copy_of: str
    external: bool
    body: Body


STATUSES = {
    "triage": "triage",
    "revise": "revise",
    "review": "review",
    "internal": "internal",
    "published internal": "internal",
    "external": "external",
    "published external": "external",
    "conclude": "conclude",
    "concluded": "conclude",
}
"""What a status is stored as, or shown as → its code."""

NUMBER = re.compile(r"(?<![\w-])(?:(?:SD|IM|PM|CHG|RF|KM)\d{3,}R?|KM\d+R?)(?![\w-])")
"""A number as HPSM makes them itself; an installation may have others."""

_ATTACHED = re.compile(r"/attachments?/(?:cid:)?([0-9A-Za-z-]{4,})", re.IGNORECASE)
_ANSWER = re.compile(r"/answers/([^/?#]+)/?$", re.IGNORECASE)
_QUERY = re.compile(r"""[\w.]+\s*=\s*["']([^"']+)["']""")
_DOCUMENTS = frozenset({"kmdocument", "kmknowledgebase"})
_ADDRESSES = ("href", "src", "action", "background", "data", "poster", "longdesc", "cite")
_SHOWN = frozenset({"img", "image", "input", "body", "table", "td", "th"})
_ACTIVE = frozenset({"script", "iframe", "frame", "object", "embed", "applet", "form"})
_UNREAD = frozenset({"script", "style", "head", "title"})


def document(
    row: Row, exists: Callable[[str], bool], fields: Collection[str] = ("answer",)
) -> Document:
    """What a record of kind `knowledge` is. `fields` are those that hold HTML: which a doctype has,
    is an installation's own. `exists` tells whether there is a document of an id."""
    id_ = str(row.get("id") or "").strip()
    texts = [str(text) for name in fields if (text := row.get(name))]
    return Document(
        id_,
        status(row.get("status")),
        working_copy_of(id_, exists),
        str(row.get("doctype") or "").strip().casefold() == "external",
        body("\n".join(texts)),
    )


def status(text: object) -> str:
    """HPSM's code of a status, empty for one that is not HPSM's own."""
    return STATUSES.get(" ".join(str(text or "").split()).casefold(), "")


def working_copy_of(id_: str, exists: Callable[[str], bool]) -> str:
    """The document of which this id is a working copy, which has an R behind it; else empty."""
    base = id_[:-1]
    return base if id_[-1:] in ("R", "r") and base and exists(base) else ""


def body(markup: str, here: Collection[str] = ()) -> Body:
    """What this HTML leads to, shows and says. `here` are host names of HPSM itself.

    Reads any input, as a browser would: HTML that is broken is read as far as it goes. Nothing is
    fetched.
    """
    root, cut = parsed(markup)
    if root is None:
        return Body(cut=cut)
    links: list[Link] = []
    words: list[str] = []
    active = 0
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2].casefold()
        handlers = sum(str(name).casefold().startswith("on") for name in element.attrib)
        active += (tag in _ACTIVE) + handlers
        for name, address in element.attrib.items():
            if str(name).casefold() in _ADDRESSES and str(address).strip():
                shown = tag in _SHOWN or str(name).casefold() == "background"
                links.append(link(str(address), here)._replace(shown=shown))
        if tag not in _UNREAD and element.text:
            words.append(element.text)
        if element.tail:
            words.append(element.tail)
    text = "\n".join(words)
    mentions = dict.fromkeys(match[0] for match in NUMBER.finditer(text))
    return Body(tuple(links), tuple(mentions), active, len("".join(text.split())), cut)


def link(address: str, here: Collection[str] = ()) -> Link:
    """What an address leads to."""
    bare = address.strip()
    try:
        parts = urlsplit(bare)
        host = (parts.hostname or "").casefold()
    except ValueError:  # a host that is none
        return Link("web", "", address)
    scheme = parts.scheme.casefold()
    match scheme:
        case "scattach":
            return Link("attachment", unquote(parts.netloc or parts.path).split(":")[0], address)
        case "cid":
            return Link("attachment", unquote(parts.path), address)
        case "data":
            return Link("data", parts.path.partition(";")[0].partition(",")[0], address)
        case "mailto":
            return Link("mail", unquote(parts.path), address)
        case "javascript" | "vbscript":
            return Link("script", "", address)
        case "file":
            return Link("file", unquote(parts.netloc + parts.path), address)
    if bare.startswith("\\\\") or re.match(r"[A-Za-z]:[\\/]", bare):
        return Link("file", bare, address)
    if bare.startswith("#"):
        return Link("anchor", bare[1:], address)
    if found := _of_hpsm(unquote(parts.path), parts.query):
        return Link(*found, address)
    ours = not host or host in {name.casefold() for name in here}
    if scheme not in ("", "http", "https") or not ours:
        return Link("web", host or scheme, address)
    return Link("here", unquote(parts.path), address)


def _of_hpsm(path: str, query: str) -> tuple[LinkKind, str] | None:
    """An attachment, document or record that only HPSM's own addresses name so."""
    if attached := _ATTACHED.search(path):
        return "attachment", attached[1]
    if answer := _ANSWER.search(path):
        return "document", answer[1]
    try:
        asked = parse_qs(query, max_num_fields=50)
    except ValueError:
        return None
    file = asked.get("file", [""])[0].casefold()
    if file and (key := _QUERY.search(asked.get("query", [""])[0])):
        return ("document" if file in _DOCUMENTS else "record"), key[1]
    return None
