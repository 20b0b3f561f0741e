"""Figures over knowledge, standard texts and the catalogue, for whoever decides on them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from hashlib import blake2b

from migrate.state.articles import columns_of
from migrate.state.snapshot import Snapshot

_ADDRESS = re.compile(
    r"""(?:href|src)\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})')""", re.IGNORECASE
)
_ELSEWHERE = re.compile(r"(?:https?|ftp|file):|\\\\", re.I)


def articles_by_category(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """(document, its categories as HPSM has them) of every document."""
    for row in columns_of(snapshot, "knowledge", ("id", "categories")):
        yield str(row["id"]), str(row["categories"] or "")


def addresses(snapshot: Snapshot) -> dict[str, set[str]]:
    """Document → the addresses elsewhere that it leads to."""
    led: dict[str, set[str]] = {}
    for row in columns_of(snapshot, "knowledge", ("id", "answer")):
        found = {html.unescape(m[1] or m[2]) for m in _ADDRESS.finditer(str(row["answer"] or ""))}
        if elsewhere := {address for address in found if _ELSEWHERE.match(address)}:
            led[str(row["id"])] = elsewhere
    return led


def texts_by_group(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """(name, group or nothing) of every standard text."""
    for row in columns_of(snapshot, "texts", ("name", "assignment")):
        yield str(row["name"]).strip(), str(row["assignment"] or "").strip()


def catalogue_forms(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """(name, 8 hex digits over its form) of what can be ordered by a form."""
    for row in columns_of(snapshot, "catalogue", ("name", "type", "options")):
        if row["options"] and str(row["type"] or "").strip() != "category":
            form = str(row["options"]).encode("utf-8", "surrogatepass")
            yield str(row["name"]).strip(), blake2b(form, digest_size=4).hexdigest()


def catalogue_items(snapshot: Snapshot) -> Iterator[tuple[str, str, bool]]:
    """(name, group or nothing, whether it is in use) of what can be ordered; without headings."""
    for row in columns_of(snapshot, "catalogue", ("name", "type", "active", "assignment")):
        if str(row["type"] or "").strip() != "category":
            used = row["active"] is None or bool(row["active"])
            yield str(row["name"]).strip(), str(row["assignment"] or "").strip(), used


def catalogue_groups(snapshot: Snapshot) -> Iterator[str]:
    """The group, or nothing, of every item of the catalogue, headings included."""
    for row in columns_of(snapshot, "catalogue", ("assignment",)):
        yield str(row["assignment"] or "").strip()
