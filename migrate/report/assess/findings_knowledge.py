"""What is wrong with knowledge: articles that nobody can read, and links that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import unquote

from migrate.report.assess.findings_texts import free_text
from migrate.report.assess.found import Family, Mender, Section
from migrate.report.assess.view import Hits, View

_PUBLISHED = "('internal', 'external', 'published internal', 'published external')"
"""HPSM's status codes of what has readers, and what its pages show for them."""

_LINK = re.compile(r"""(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ATTACHED = re.compile(r"(?:/attachments/|scattach://|cid:)([0-9a-zA-Z]+)", re.IGNORECASE)
_DOCUMENT = re.compile(r"(?:^|[/=?&#])(KM\d+R?)(?=$|[/?&#.])", re.IGNORECASE)

_COPY = "upper(r._key) GLOB '*[0-9]R'"
_ORIGINAL = "substr(r._key, 1, length(r._key) - 1)"
"""A working copy has the id of its article and an R behind it."""


def _articles(where: str) -> Callable[[View], Hits]:
    """Articles that are asked for and fulfil `where`, in which `{field}` is a column."""

    def look(view: View) -> Hits:
        names = ("status", "expires", "audience", "answer", "owner")
        columns = {name: view.column("knowledge", name) for name in names}
        state = f"lower(trim({columns['status']}))"
        condition = where.format(
            **columns, state=state, published=f"{state} IN {_PUBLISHED}", copy=_COPY, of=_ORIGINAL
        )
        return view.hits(
            f"SELECT r._key, o.hidden FROM {view.rows('knowledge')}"
            f" JOIN assess_other o ON o.kind = 'knowledge' AND o.key = r._key WHERE {condition}"
        )

    return look


def _expired(view: View) -> Hits:
    return _articles(f"{{published}} AND {{expires}} < '{view.present}'")(view)


def links(markup: str) -> Iterator[tuple[str, str]]:
    """What a text links to within HPSM: (`document`, its id) or (`attachment`, its uid).

    Links to attachments as in `/answers/attachments/<id>` (knowledge), `scattach://<uid>:…` and
    `cid:<uid>`; an article by its id as a part of the address, since how articles link to each
    other is an installation's own.
    """
    for match in _LINK.finditer(markup):
        address = unquote(unescape(match[1] or match[2] or match[3] or ""))
        if attached := _ATTACHED.search(address):
            yield "attachment", attached[1].lower()
        elif document := _DOCUMENT.search(address):
            yield "document", document[1].upper()


def _dead_links(view: View) -> Hits:
    fields = [view.column("knowledge", name) for name in free_text(view, "knowledge")]
    there = {
        "document": {
            key.upper() for (key,) in view.select(f"SELECT _key FROM {view.rows('knowledge')}")
        },
    }
    if view.has("attachments", "uid"):
        uid = view.column("attachments", "uid")
        found = view.select(f"SELECT lower({uid}) FROM {view.rows('attachments')}")
        there["attachment"] = {uid for (uid,) in found}
    return view.found(
        (key, hidden, kind)
        for key, hidden, *texts in view.select(
            f"SELECT r._key, o.hidden, {', '.join(fields)} FROM {view.rows('knowledge')}"
            " JOIN assess_other o ON o.kind = 'knowledge' AND o.key = r._key"
        )
        for text in filter(None, texts)
        for kind, to in links(text)
        if kind in there and to not in there[kind]
    )


K, M = Section.KNOWLEDGE, Mender
_OWN = Mender.UNIT_OWNER
FAMILIES = (
    Family(
        *("knowledge_unpublished", K, _OWN, "knowledge"),
        ("knowledge.status",),
        _articles("NOT coalesce({published}, 0) AND NOT {copy}"),
    ),
    Family(
        *("knowledge_expired", K, _OWN, "knowledge"),
        ("knowledge.status", "knowledge.expires"),
        _expired,
    ),
    Family(
        *("knowledge_only_copy", K, _OWN, "knowledge"),
        ("knowledge",),
        lambda view: _articles(
            f"{{copy}} AND {{of}} NOT IN (SELECT _key FROM {view.rows('knowledge')})"
        )(view),
    ),
    Family(
        *("knowledge_no_audience", K, _OWN, "knowledge"),
        ("knowledge.audience",),
        _articles("trim(coalesce({audience}, '')) = ''"),
    ),
    Family(*("knowledge_copies", K, M.PROJECT, "knowledge"), ("knowledge",), _articles("{copy}")),
    Family(
        *("knowledge_empty", K, _OWN, "knowledge"),
        ("knowledge.answer",),
        _articles("trim(coalesce({answer}, '')) = ''"),
    ),
    Family(
        *("knowledge_owner_left", K, _OWN, "knowledge"),
        ("knowledge.owner", "operators.inactive|operators.last_login|contacts.inactive"),
        _articles(
            "folded({owner}) IN (SELECT login FROM assess_login WHERE gone)"
            " OR folded({owner}) IN (SELECT contact FROM assess_contact WHERE gone)"
        ),
    ),
    Family(
        *("knowledge_dead_links", K, _OWN, "knowledge"),
        ("knowledge.answer", "knowledge|attachments.uid"),
        _dead_links,
    ),
)
