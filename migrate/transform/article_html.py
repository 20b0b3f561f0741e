"""HTML of HPSM's editors, reduced to what a TOPdesk knowledge item shows.

Allowed there are `i em b strong u a br p div img` (knowledge base API, `content`). A small set of
rules lays out the rest in these: headings become bold lines, lists lines with a mark, rows of a
table lines with `|` between cells. What has no such form (scripts, frames, styles) goes. Every rule
that was needed is counted, and nh3 has the last word on what leaves here.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import nh3
from lxml import etree

from migrate.markup import parsed
from migrate.transform.article_lines import TAGS, Block, joined
from migrate.transform.text import clean

ALLOWED = frozenset({"i", "em", "b", "strong", "u", "a", "br", "img"})
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "width", "height"}}
_SCHEMES = {"http", "https", "mailto", "tel", "ftp"}

_INLINE = frozenset({"i", "em", "b", "strong", "u"})
_SAME = {"cite": "i", "dfn": "i", "var": "i", "ins": "u"}
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "html"),
        *("legend", "main", "nav", "p", "section", "summary"),
    )
)
_GONE = frozenset({"script", "style", "head", "title", "meta", "link", "noscript", "template"})
_FRAMES = {"iframe": "src", "frame": "src", "embed": "src", "object": "data"}
_FIELDS = frozenset({"input", "select", "button", "textarea", "option"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HOLDS = re.compile(r"<(?:img|iframe|frame|embed|object)\b", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style|title)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_DRAWN = re.compile(r"(?:font-weight|font-style|text-decoration|color|background)\s*:", re.I)

ORDER = (
    "heading",
    "list",
    "table",
    "preformatted",
    "rule",
    "quote",
    "style",
    "frame",
    "form",
    "active",
    "anchor",
)
"""What the rules may count, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What becomes of an address: an image to show by its `name`, a link to `href`, or neither:
    then the text of a link stays. `note` is put behind it, as text."""

    href: str = ""
    name: str = ""
    width: int = 0
    height: int = 0
    note: str = ""


Place = Callable[[str, bool, Mapping[str, str]], Placed]
"""(address, whether it is an image, the element's attributes) → what becomes of it."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """A text as lines. `simplified` counts what could not stay as it was; `cut` says that the HTML
    could not be read to its end."""

    blocks: tuple[Block, ...]
    simplified: Mapping[str, int] = field(default_factory=dict)
    cut: bool = False

    @property
    def html(self) -> str:
        return joined(self.blocks)

    @property
    def letters(self) -> int:
        return sum(block.letters for block in self.blocks)

    @property
    def empty(self) -> bool:
        return not any(block.letters or "<img" in block.html for block in self.blocks)


def reduce_html(markup: str, place: Place) -> Reduced:
    """What of this HTML a knowledge item can show. Reads any input, as far as it goes."""
    root, cut = parsed(clean(markup))
    if root is None:
        return Reduced((), {}, cut)
    walk = _Walk(place)
    walk.visit(root)
    walk.end()
    counted = {name: walk.counts[name] for name in ORDER if walk.counts[name]}
    return Reduced(tuple(_trimmed(walk.blocks)), counted, cut)


def is_blank(markup: str) -> bool:
    """Whether nothing can be read or seen in it, said without reading it as a whole."""
    if not markup or _HOLDS.search(markup):
        return not markup
    return not html.unescape(TAGS.sub(" ", _UNSEEN.sub(" ", markup))).strip()


class _Walk:
    """Goes through the elements in their order and lays them out as lines."""

    def __init__(self, place: Place) -> None:
        self.blocks: list[Block] = []
        self.counts: Counter[str] = Counter()
        self._place = place
        self._line: list[str] = []
        self._open: list[str] = []
        self._lists: list[tuple[str, int]] = []
        self._in_cell = 0
        self._pre = 0

    def visit(self, element: etree._Element) -> None:
        if not isinstance(element.tag, str):
            return
        tag = element.tag.rpartition("}")[2].casefold()
        self._attributes(tag, element)
        if tag in _GONE:
            self.counts["active"] += sum(1 for _ in element.iter("script"))
            self.counts["style"] += sum(1 for _ in element.iter("style"))
            return
        handler = getattr(self, f"_{_HANDLERS.get(tag, '')}", None)
        if handler is not None:
            handler(tag, element)
        elif tag in _INLINE or tag in _SAME:
            self._marked(_SAME.get(tag, tag), element)
        elif tag in _BLOCKS:
            self.counts["quote"] += tag == "blockquote"
            self._block(element)
        else:
            self._inside(element)

    def end(self) -> None:
        """Finish the line at hand; marks that are open go on in the next one."""
        text = "".join(self._line).strip(" ")
        closed = "".join(f"</{tag}>" for tag in reversed(self._open))
        opened = "".join(f"<{tag}>" for tag in self._open)
        made = _guarded(text + closed) if text != opened.strip() else ""
        letters = len(html.unescape(TAGS.sub("", made)))
        if letters or "<img" in made:
            self.blocks.append(Block(made, letters))
        elif self.blocks and self.blocks[-1].html:
            self.blocks.append(Block("", 0))
        self._line = [opened] if opened else []

    def _attributes(self, tag: str, element: etree._Element) -> None:
        names = {str(name).casefold(): str(value) for name, value in element.attrib.items()}
        self.counts["active"] += sum(name.startswith("on") for name in names)
        self.counts["style"] += tag in ("font", "big", "small", "sub", "sup", "mark", "s", "del")
        self.counts["style"] += bool(_DRAWN.search(names.get("style", "")))

    def _inside(self, element: etree._Element) -> None:
        self._text(element.text)
        for child in element:
            self.visit(child)
            self._text(child.tail)

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self._pre:
            first, *rest = text.expandtabs(4).split("\n")
            self._put(first.replace("  ", "\u00a0 "))
            for each in rest:
                self._break()
                self._put(each.replace("  ", "\u00a0 "))
            return
        folded = _SPACE.sub(" ", text)
        if folded.startswith(" ") and (not self._line or self._line[-1].endswith(" ")):
            folded = folded[1:]
        self._put(folded)

    def _put(self, text: str) -> None:
        if text:
            self._line.append(html.escape(text, quote=False))

    def _break(self) -> None:
        if self._in_cell:
            if self._line and not self._line[-1].endswith(" "):
                self._line.append(" ")
            return
        self.end()

    def _block(self, element: etree._Element) -> None:
        self._break_if_any()
        self._inside(element)
        self._break_if_any()

    def _break_if_any(self) -> None:
        if "".join(self._line).strip(" ") != "".join(f"<{tag}>" for tag in self._open):
            self._break()

    def _marked(self, tag: str, element: etree._Element) -> None:
        if tag in self._open:
            self._inside(element)
            return
        self._line.append(f"<{tag}>")
        self._open.append(tag)
        self._inside(element)
        self._open.pop()
        self._line.append(f"</{tag}>")

    def _newline(self, tag: str, element: etree._Element) -> None:
        self._break()

    def _heading(self, tag: str, element: etree._Element) -> None:
        self.counts["heading"] += 1
        self._break_if_any()
        if self.blocks and self.blocks[-1].html and not self._in_cell:
            self.blocks.append(Block("", 0))
        self._marked("b", element)
        self._break_if_any()

    def _list(self, tag: str, element: etree._Element) -> None:
        self.counts["list"] += 1
        self._break_if_any()
        self._lists.append((tag, 0))
        self._inside(element)
        self._lists.pop()
        self._break_if_any()

    def _item(self, tag: str, element: etree._Element) -> None:
        self._break_if_any()
        kind, number = self._lists[-1] if self._lists else ("ul", 0)
        if self._lists:
            self._lists[-1] = (kind, number + 1)
        mark = f"{number + 1}." if kind == "ol" else "•"
        self._put("\u00a0\u00a0\u00a0" * max(0, len(self._lists) - 1) + f"{mark} ")
        self._inside(element)
        self._break_if_any()

    def _table(self, tag: str, element: etree._Element) -> None:
        self.counts["table"] += 1
        self._break_if_any()
        self._inside(element)
        self._break_if_any()
        if not self._in_cell and self.blocks and self.blocks[-1].html:
            self.blocks.append(Block("", 0))

    def _row(self, tag: str, element: etree._Element) -> None:
        self._break_if_any()
        self._text_outside(element)
        cells = [cell for cell in element if isinstance(cell.tag, str)]
        for place, cell in enumerate(cells):
            if place:
                self._put(" | ")
            self._in_cell += 1
            if str(cell.tag).casefold() == "th":
                self._marked("b", cell)
            else:
                self.visit(cell)
            self._in_cell -= 1
            self._text(cell.tail if (cell.tail or "").strip() else None)
        self._break_if_any()

    def _text_outside(self, element: etree._Element) -> None:
        self._text(element.text if (element.text or "").strip() else None)

    def _preformatted(self, tag: str, element: etree._Element) -> None:
        self.counts["preformatted"] += 1
        self._break_if_any()
        self._pre += 1
        self._inside(element)
        self._pre -= 1
        self._break_if_any()

    def _rule(self, tag: str, element: etree._Element) -> None:
        self.counts["rule"] += 1
        self._break_if_any()
        self._put("—" * 20)
        self._break_if_any()

    def _field(self, tag: str, element: etree._Element) -> None:
        self.counts["form"] += 1
        self._inside(element)

    def _frame(self, tag: str, element: etree._Element) -> None:
        self.counts["frame"] += 1
        address = str(element.get(_FRAMES[tag]) or "").strip()
        if address:
            self._linked(address, element, address)
        self._inside(element)

    def _anchor(self, tag: str, element: etree._Element) -> None:
        address = str(element.get("href") or "").strip()
        if not address:
            self._inside(element)
            return
        if address.startswith("#"):
            self.counts["anchor"] += 1
            self._inside(element)
            return
        self._linked(address, element, "")

    def _linked(self, address: str, element: etree._Element, shown: str) -> None:
        placed = self._place(address, False, _attributes_of(element))
        link = bool(placed.href) and "a" not in self._open
        if link:
            self._line.append(f'<a href="{html.escape(placed.href)}">')
            before, self._in_cell = self._in_cell, self._in_cell + 1
        if shown:
            self._put(shown)
        else:
            self._inside(element)
        if link:
            self._in_cell = before
            self._line.append("</a>")
        if placed.note:
            self._put(f" ({placed.note})")

    def _image(self, tag: str, element: etree._Element) -> None:
        address = str(element.get("src") or "").strip()
        attributes = _attributes_of(element)
        placed = self._place(address, True, attributes) if address else Placed()
        if placed.name:
            size = f'width="{placed.width}" height="{placed.height}"'
            self._line.append(f'<img src="{html.escape(placed.name)}" {size}>')
        elif placed.href:
            shown = attributes.get("alt") or placed.href
            self._line.append(f'<a href="{html.escape(placed.href)}">')
            self._put(shown)
            self._line.append("</a>")
        if placed.note:
            self._put(f"[{placed.note}]")


_HANDLERS = {
    "br": "newline",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), "list"),
    "li": "item",
    "table": "table",
    "tr": "row",
    "pre": "preformatted",
    "hr": "rule",
    **dict.fromkeys(_FIELDS, "field"),
    **dict.fromkeys(_FRAMES, "frame"),
    "a": "anchor",
    "img": "image",
}


def _attributes_of(element: etree._Element) -> dict[str, str]:
    return {str(name).casefold(): str(value) for name, value in element.attrib.items()}


def _guarded(made: str) -> str:
    """nh3's word: nothing leaves that a knowledge item does not take."""
    if "<" not in made and "&" not in made:
        return made
    return nh3.clean(
        made,
        tags=set(ALLOWED),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _trimmed(blocks: list[Block]) -> list[Block]:
    """Without empty lines at either end."""
    first = next((at for at, block in enumerate(blocks) if block.html), len(blocks))
    last = next((at for at in range(len(blocks), first, -1) if blocks[at - 1].html), first)
    return blocks[first:last]
