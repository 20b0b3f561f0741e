"""HTML as people wrote it, whatever they wrote, as a tree."""

from __future__ import annotations

from lxml import etree


def parsed(markup: str) -> tuple[etree._Element | None, bool]:
    """The tree, None for an empty text, and whether something was left out of it."""
    text = markup.replace("\0", "")
    if not text.strip():
        return None, False
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None, True
    return root, any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log)
