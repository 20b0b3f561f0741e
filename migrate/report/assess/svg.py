"""Figures as SVG that can stand within a page: its own ids, a title and a description, no styles
that reach beyond it."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from typing import Any
from warnings import catch_warnings, simplefilter

from lxml import etree
from matplotlib import rc_context
from matplotlib.figure import Figure

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"

_STYLE: Any = {
    "svg.fonttype": "path",  # looks the same everywhere, and needs no font of the reader's
    "svg.hashsalt": "migrate",  # the same figures give the same bytes
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 10,
    "text.parse_math": False,  # a name with two $ is a name
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#5b6770",
    "axes.labelcolor": "#36424a",
    "xtick.color": "#36424a",
    "ytick.color": "#36424a",
    "axes.axisbelow": True,
    "grid.color": "#d9dfe3",
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def styled() -> AbstractContextManager[None]:
    """The report's style, for as long as a figure is made."""
    return rc_context(_STYLE)


def drawn(figure: Figure, name: str, title: str, description: str) -> str:
    """The figure as an `<svg>` element. `name` begins all of its ids, and so must be the page's
    only figure of this name; `title` and `description` are read aloud instead of it."""
    buffer = io.BytesIO()
    with styled(), catch_warnings():
        simplefilter("ignore", UserWarning)  # a letter that the font lacks is drawn as a box
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    root = etree.fromstring(buffer.getvalue())
    clean = _own(root, name)
    clean.set("role", "img")
    clean.set("aria-labelledby", f"{name}-title {name}-desc")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = etree.Element(f"{_SVG}{tag}", id=f"{name}-{tag}")
        element.text = text
        clean.insert(place, element)
    return etree.tostring(clean, encoding="unicode")


def _own(root: etree._Element, name: str) -> etree._Element:
    """Without metadata, sizes and the style sheet; every id and reference begins with `name`."""
    for metadata in root.findall(f"{_SVG}metadata"):
        root.remove(metadata)
    for style in list(root.iter(f"{_SVG}style")):
        parent = style.getparent()
        if parent is not None:
            parent.remove(style)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{name}-{element.get('id')}")
        for attribute, value in element.attrib.items():
            text = str(value)
            if attribute == _HREF and text.startswith("#"):
                element.set(attribute, f"#{name}-{text[1:]}")
            elif "url(#" in text:
                element.set(attribute, text.replace("url(#", f"url(#{name}-"))
    etree.cleanup_namespaces(root)
    return root
