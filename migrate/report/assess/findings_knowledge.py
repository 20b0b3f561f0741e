"""What is wrong with knowledge: articles that nobody can read, or that do not fit, and dead links.

Working copies are counted once, as such: it is the article that moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile

from migrate.report.assess.articles import (
    active,
    empty,
    inline_image,
    key_pattern,
    links,
    plain_text,
)
from migrate.report.assess.findings_texts import free_text
from migrate.report.assess.found import Family, Mender, Section, blank
from migrate.report.assess.slim import TICKETS
from migrate.report.assess.slim_people import GONE_ALIASES
from migrate.report.assess.view import Hits, View

LONG = 50_000
"""Characters of text that a part of a TOPdesk knowledge item takes."""

_TITLE = 80

_CODES = "('triage', 'revise', 'review', 'internal', 'external', 'conclude')"
"""HPSM's status codes, as its table has them."""

_PUBLISHED = "('internal', 'external', 'published internal', 'published external')"
"""What has readers; the longer ones are what HPSM's pages show, and what some stored instead."""

_MADE = "upper(r._key) GLOB '*[0-9]R'"
_ORIGINAL = "substr(r._key, 1, length(r._key) - 1)"
"""A working copy has the id of its article and an R behind it."""

_Found = dict[str, list[tuple[str, bool, str | None]]]


def _copy(view: View) -> str:
    return f"({_MADE} AND {_ORIGINAL} IN (SELECT _key FROM {view.rows('knowledge', 'k')}))"


def _own(view: View, where: str) -> str:
    return (
        f"FROM {view.rows('knowledge')} JOIN assess_other o"
        f" ON o.kind = 'knowledge' AND o.key = r._key WHERE {where}"
    )


def _articles(where: str) -> Callable[[View], Hits]:
    """Articles that are asked for and fulfil `where`, in which `{field}` is a column."""

    def look(view: View) -> Hits:
        names = ("status", "expires", "audience", "categories", "owner", "title")
        columns = {name: view.column("knowledge", name) for name in names}
        state = f"lower(trim(coalesce({columns['status']}, '')))"
        condition = where.format(**columns, state=state, present=view.present)
        return view.hits(
            f"SELECT r._key, o.hidden {_own(view, f'NOT {_copy(view)} AND ({condition})')}"
        )

    return look


def _copies(view: View) -> Hits:
    return view.hits(f"SELECT r._key, o.hidden {_own(view, _copy(view))}")


def _titles_agree(view: View) -> Hits:
    """Counts the articles that are too many."""
    title = f"folded({view.column('knowledge', 'title')})"
    return view.hits(
        "SELECT key, hidden FROM (SELECT r._key AS key, o.hidden AS hidden, row_number() OVER"
        f" (PARTITION BY {title} ORDER BY r._key) AS place"
        f" {_own(view, f'NOT {_copy(view)} AND {title} <> {chr(39) * 2}')}) WHERE place > 1"
    )


def _look(view: View, family: str) -> Hits:
    return view.found(view.once("articles", _scan)[family])


def _scan(view: View) -> _Found:
    """All that is told by reading the bodies, from one pass over them."""
    fields = free_text(view, "knowledge")
    body = [name for name in fields if name not in ("title", "categories")]
    columns = ", ".join(view.column("knowledge", name) for name in body) or "NULL"
    kind = view.column("knowledge", "doctype")
    files = {
        topic
        for (topic,) in view.select(
            f"SELECT {view.column('attachments', 'topic')} FROM {view.rows('attachments')}"
        )
    }
    records = _Records(view)
    found: _Found = defaultdict(list)
    for key, hidden, doctype, *texts in view.select(
        f"SELECT r._key, o.hidden, lower(trim({kind})), {columns}"
        f" {_own(view, f'NOT {_copy(view)}')}"
    ):
        written = [text for text in texts if text]
        for family, label in _wrong(written, records):
            found[family].append((key, bool(hidden), label))
        if all(map(empty, written)):
            is_file = key in files or doctype == "external"
            family = "knowledge_is_file" if is_file else "knowledge_empty"
            found[family].append((key, bool(hidden), None))
    return found


def _wrong(texts: list[str], records: _Records) -> Iterator[tuple[str, str | None]]:
    for text in texts:
        for kind, to in links(text, records.keys):
            if records.gone(kind, to):
                yield "knowledge_dead_links", kind
        if len(text) > LONG and len(plain_text(text)) > LONG:
            yield "knowledge_long", None
        if inline_image(text):
            yield "knowledge_inline_images", None
        if active(text):
            yield "knowledge_active", None


class _Records:
    """What links may lead to, in everything that the snapshot has. `keys` finds a record's key."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._documents = {
            key.upper() for (key,) in view.select(f"SELECT _key FROM {view.rows('knowledge')}")
        }
        self._attached: set[str] | None = None
        if view.has("attachments", "uid"):
            uid = view.column("attachments", "uid")
            rows = view.select(f"SELECT lower({uid}) FROM {view.rows('attachments')}")
            self._attached = {uid for (uid,) in rows}
        self._of_articles = set(map(_letters, self._documents)) - {""}
        beginnings = view.select(
            " UNION ".join(f"SELECT substr(_key, 1, 4) FROM {view.rows(kind)}" for kind in TICKETS)
        )
        of_tickets = {_letters(begin.upper()) for (begin,) in beginnings} - {""}
        self.keys = key_pattern(self._of_articles | of_tickets)

    def gone(self, kind: str, to: str) -> bool:
        """Whether the link leads nowhere. Of what was not read, nothing is said to be gone."""
        if kind == "local":
            return True
        if kind == "attachment":
            return self._attached is not None and to not in self._attached
        if _letters(to) in self._of_articles:
            return to not in self._documents
        there = " UNION ALL ".join(
            f"SELECT 1 FROM {self._view.rows(ticket)} WHERE _key = :key" for ticket in TICKETS
        )
        return not self._view.number(f"SELECT count(*) FROM ({there})", key=to)


def _letters(key: str) -> str:
    """What a key begins with, before its digits."""
    return "".join(takewhile(str.isalpha, key))


def _family(
    id: str, mender: Mender, needs: tuple[str, ...], look: Callable[[View], Hits] | None = None
) -> Family:
    look = look or partial(_look, family=id)
    return Family(Section.KNOWLEDGE, id, mender, "knowledge", needs, look)


_OWNER, _PROJECT = Mender.UNIT_OWNER, Mender.PROJECT
_BODY = ("knowledge.answer",)
_LEFT = "operators.inactive|operators.last_login|contacts.inactive"
FAMILIES = (
    _family(
        "knowledge_unpublished",
        _OWNER,
        ("knowledge.status",),
        _articles(f"{{state}} NOT IN {_PUBLISHED} AND NOT {_MADE}"),
    ),
    _family(
        "knowledge_expired",
        _OWNER,
        ("knowledge.status", "knowledge.expires"),
        _articles(f"{{state}} IN {_PUBLISHED} AND {{expires}} < '{{present}}'"),
    ),
    _family("knowledge_only_copy", _OWNER, ("knowledge",), _articles(_MADE)),
    _family(
        "knowledge_no_audience",
        _OWNER,
        ("knowledge.audience",),
        _articles(blank("{audience}")),
    ),
    _family("knowledge_copies", _PROJECT, ("knowledge",), _copies),
    _family(
        "knowledge_status_unknown",
        _PROJECT,
        ("knowledge.status",),
        _articles(f"{{state}} NOT IN {_CODES}"),
    ),
    _family("knowledge_empty", _OWNER, _BODY),
    _family("knowledge_is_file", _OWNER, (*_BODY, "attachments|knowledge.doctype")),
    _family("knowledge_dead_links", _OWNER, (*_BODY, "knowledge|attachments.uid")),
    _family(
        "knowledge_owner_left",
        _OWNER,
        ("knowledge.owner", _LEFT),
        _articles(f"folded({{owner}}) IN ({GONE_ALIASES})"),
    ),
    _family(
        "knowledge_uncategorised",
        _OWNER,
        ("knowledge.categories",),
        _articles(blank("{categories}")),
    ),
    _family("knowledge_titles_agree", _OWNER, ("knowledge.title",), _titles_agree),
    _family(
        "knowledge_title_long",
        _OWNER,
        ("knowledge.title",),
        _articles(f"length(trim({{title}})) > {_TITLE}"),
    ),
    _family("knowledge_long", _OWNER, _BODY),
    _family("knowledge_inline_images", _PROJECT, _BODY),
    _family("knowledge_active", _PROJECT, _BODY),
)
