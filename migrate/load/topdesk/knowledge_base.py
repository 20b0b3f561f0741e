"""The knowledge base behind the seam: what is asked and written, in either form of the API.

Records come flat, each with the fields of one translation beside its own (`language`, `title`,
`content` …) and those of its visibility; steps are written in the same words.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any, BinaryIO
from uuid import uuid4

from migrate.errors import ConfigurationError, Problem
from migrate.load import fiql
from migrate.load.form import Form
from migrate.load.http import Http, Reply
from migrate.load.keys import step_name
from migrate.load.target import Attached, KnowledgeInfo
from migrate.load.topdesk import knowledge
from migrate.load.topdesk.asking import Asking
from migrate.load.topdesk.knowledge import Variant
from migrate.load.topdesk.paging import Record, Refused, of_one_record
from migrate.records import Found, Operation

KINDS = frozenset({"knowledge_folder", "knowledge_item", "knowledge_links"})
FILES = frozenset({"image", "attachment"})
STEPS = frozenset(
    {
        ("knowledge_folder", "create"),
        ("knowledge_folder", "publish"),
        ("knowledge_folder", "restore"),
        ("knowledge_item", "create"),
        ("knowledge_item", "hide"),
        ("knowledge_item", "image"),
        ("knowledge_item", "attachment"),
        ("knowledge_item", "content"),
        ("knowledge_item", "translation"),
        ("knowledge_item", "publish"),
        ("knowledge_item", "restore"),
        ("knowledge_links", "links"),
    }
)
"""What can be sent, as (target kind, step)."""

_TEXTS = ("title", "description", "content", "commentsForOperators", "keywords")
_VISIBILITY = (
    "sspVisibility",
    "sspVisibleFrom",
    "sspVisibleUntil",
    "sspVisibilityFilteredOnBranches",
    "operatorVisibilityFilteredOnBranches",
)
_OWN = "parent,visibility,manager,externalLink,availableTranslations,language,title,description"
_OF_ITEMS = f"{_OWN},status,urls,content,commentsForOperators,keywords"
_FIND = "parent,externalLink,language,title,visibility"
_TOKEN = re.compile(r'<a href="#migrate-(\d+)">(.*?)</a>', re.DOTALL)
_HREF = re.compile(r'(<a href=")#migrate-(\d+)(">)')


class KnowledgeBase:
    """Thread-safe. `languages` are those that knowledge is written and looked for in: a list shows
    what has content in the language that it is asked in."""

    def __init__(self, http: Http, languages: Sequence[str], batch: int) -> None:
        self._http, self._languages, self._batch = http, tuple(languages), batch
        self._asking = Lock()
        self._trusted: set[tuple[str, str]] = set()
        self._records = Asking()

    @cached_property
    def _form(self) -> Variant:
        return knowledge.form_of(self._http)

    @property
    def form(self) -> Variant:
        with self._asking:
            return self._form

    def info(self) -> KnowledgeInfo:
        """Raises ConfigurationError where knowledge may not be read, or is not switched on."""
        codes = {str(row.get("languageCode") or "") for row in knowledge.languages(self._http)}
        statuses = {str(r["name"]): str(r["id"]) for r in knowledge.statuses(self._http)}
        if not statuses:
            knowledge.ask(self._http)
        return KnowledgeInfo(
            folders=self.form is Variant.FOLDERS,
            languages=frozenset(codes & set(self._languages)),
            statuses=statuses,
        )

    def index(self, kind: str) -> Iterator[Found]:
        """Every folder or item. A folder's field `path` is made from the titles of those above it:
        before the migration every item is a folder to what lies below it."""
        found: dict[str, Found] = {}
        for archived in ("false", "true"):
            for each in self._asked(kind, f"archived=={archived}", archived == "true"):
                found.setdefault(each.id, each)
        for each in found.values():
            if kind == "knowledge_folder":
                yield _with_path(each, found)
            else:
                yield each

    def find(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        """Those whose external link has one of these ids; `field` is `externalLink.id`. Archived
        ones come too."""
        seen: set[str] = set()
        for some in fiql.chunks(field, values, self._batch):
            for found in self._of_values(kind, field, some):
                if found.id not in seen:
                    seen.add(found.id)
                    yield found

    def get(self, kind: str, id: str) -> Found | None:
        """With the first of its translations. No answer says whether it is archived: that is asked
        for by its external link."""
        for language in self._spoken:
            if (found := self.item(id, language, kind)) is not None:
                link = (found.fields.get("externalLink") or {}).get("id")
                alike = self.find(kind, "externalLink.id", [str(link)]) if link else ()
                archived = any(each.id == id and each.archived for each in alike)
                return replace(found, archived=archived)
        return None

    def item(self, id: str, language: str, kind: str = "knowledge_item") -> Found | None:
        """With this translation; None where it has none."""
        path = knowledge.path_of(kind, self.form)
        fields = _OWN if path == knowledge.FOLDERS else _OF_ITEMS

        def ask(fields: str) -> list[Record]:
            with of_one_record():
                record = knowledge.get(self._http, path, id, fields, language)
            return [] if record is None else [record]

        found = self._records.of(ask, fields)
        return _found(kind, found[0], False) if found else None

    def addresses(self, ids: Sequence[str]) -> dict[str, str]:
        """Where people open these items, by id: in the portal where they show there, else where
        operators do. One that TOPdesk says nothing of is left out."""
        wanted = set(ids)
        found: dict[str, str] = {}
        for language in self._spoken:
            for record in knowledge.search(
                self._http, knowledge.ITEMS, "archived==false", "urls,visibility", language
            ):
                if str(record["id"]) in wanted and (address := _address(record)):
                    # They begin behind the host (knowledge base API, `urls`).
                    whole = address.startswith("/") and self._http.base + address
                    found[str(record["id"])] = whole or address
        return found

    def images(self, id: str) -> frozenset[str]:
        """The names of an item's images; an entry is the name, or holds it among its values."""
        names: set[str] = set()
        with of_one_record():
            rows = knowledge.images(self._http, id)
        for row in rows:
            values = row.values() if isinstance(row, dict) else (row,)
            names.update(value for value in values if isinstance(value, str))
        return frozenset(names)

    def files(self, id: str) -> list[Attached]:
        with of_one_record():
            rows = knowledge.attachments(self._http, id)
        return [
            Attached(
                str(row.get("id")),
                str(row.get("filename") or row.get("fileName") or ""),
                int(row.get("size") or 0),
                str(row.get("description") or ""),
                False,
            )
            for row in rows
            if isinstance(row, dict)
        ]

    def digest(self, id: str, attached: Attached | str, size: int = 0) -> str:
        """The SHA-256 of an attachment, or of an image by its name, as it is downloaded."""
        if isinstance(attached, str):
            return knowledge.download(self._http, id, "images", attached, size)
        return knowledge.download(self._http, id, "attachments", attached.id, attached.size)

    # Writing: one request each.

    def send(self, operation: Operation) -> Reply:
        """The request of a step that carries no file. Raises KeyError for one that there is not."""
        kind, step, body = operation.key.kind, step_name(operation), operation.body
        if kind == "knowledge_links":
            told = {"content": with_addresses(str(body["content"]), _addresses_in(body))}
            return self._retell("knowledge_item", str(body["item"]), body, told)
        path = knowledge.path_of(kind, self.form)
        match step:
            case "create":
                return knowledge.create(self._http, path, _new(body))
            case "hide" | "publish":
                return knowledge.update(
                    self._http, path, self.form, operation.parent_id, _properties(body)
                )
            case "restore":
                return knowledge.archive(self._http, path, operation.parent_id, back=True)
            case "content":
                return self._retell(kind, operation.parent_id, body, _content(body))
            case "translation":
                language = str(body["language"])
                return knowledge.translate(
                    self._http, self.form, operation.parent_id, language, _content(body)
                )
        raise KeyError(operation.key)

    def archive(self, operation: Operation) -> Reply:
        """Take an item out, or a folder with all that lies in it."""
        path = knowledge.path_of(operation.key.kind, self.form)
        return knowledge.archive(self._http, path, operation.parent_id, back=False)

    def upload(self, operation: Operation, contents: Callable[[str], BinaryIO]) -> Reply | None:
        """The request of a step that carries a file; None, and nothing sent, where its content is
        not there or has another length."""
        body = operation.body
        try:
            content = _opened(body, contents)
        except OSError:
            return None
        with content:
            if content.seek(0, io.SEEK_END) != body["size"]:
                return None
            content.seek(0)
            image = step_name(operation) == "image"
            values = {} if image else {"description": str(body["description"])}
            form = Form(str(body["name"]), content, body["size"], values)
            put = knowledge.add_image if image else knowledge.attach
            return put(self._http, operation.parent_id, form)

    def _retell(
        self, kind: str, id: str, body: Mapping[str, Any], content: Mapping[str, Any]
    ) -> Reply:
        path = knowledge.path_of(kind, self.form)
        language = str(body["language"])
        return knowledge.retell(self._http, path, self.form, id, language, content)

    def _of_values(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        """A TOPdesk that does not take several values at once, or does not show by which of them it
        found a record, is asked for each alone: then its word counts."""
        query = fiql.equals(field, values)
        found: list[Found] = []
        try:
            for archived in ("false", "true"):
                asked = f"({query});archived=={archived}"
                found += self._asked(kind, asked, archived == "true")
        except Refused as refused:
            if refused.status != 400 or len(values) == 1:
                raise
            found = []
            told = False
        else:
            told = all((each.fields.get("externalLink") or {}).get("id") for each in found)
        if len(values) > 1 and not told:
            for value in values:
                yield from self._of_values(kind, field, [value])
            return
        if found and not told:
            self._trust(kind, field)
        for each in found:
            link = each.fields.get("externalLink") or {"id": values[0]}
            if link.get("id") in values:
                yield replace(each, fields={**each.fields, "externalLink": link})

    def _trust(self, kind: str, field: str) -> None:
        """A filter whose word counts alone must find nothing of what nobody has. Raises
        ConfigurationError where it does."""
        if (kind, field) in self._trusted:
            return
        if any(self._asked(kind, f"{field}=={uuid4()}", archived=False)):
            path = knowledge.path_of(kind, self.form)
            message = f"a filter by {field} finds what it does not ask for"
            raise ConfigurationError(Problem("lookup-refused", path, message))
        self._trusted.add((kind, field))

    @cached_property
    def _known(self) -> tuple[str, ...]:
        """Those of our languages that TOPdesk has; all of them where it does not say."""
        try:
            rows = knowledge.languages(self._http)
        except Refused:
            rows = []
        codes = {str(row.get("languageCode") or "") for row in rows}
        return tuple(each for each in self._languages if each in codes) or self._languages

    @property
    def _spoken(self) -> tuple[str, ...]:
        with self._asking:
            return self._known

    def _asked(self, kind: str, query: str, archived: bool) -> Iterator[Found]:
        path = knowledge.path_of(kind, self.form)
        for language in self._spoken:

            def ask(fields: str, language: str = language) -> list[Record]:
                return list(knowledge.search(self._http, path, query, fields, language))

            for record in self._records.of(ask, _FIND):
                yield _found(kind, record, archived)


def with_addresses(content: str, addresses: Mapping[int, str]) -> str:
    """A text whose numbered links lead to these addresses; those without one become text."""

    def link(match: re.Match[str]) -> str:
        address = addresses.get(int(match[1]))
        if not address:
            return match[2]
        return _HREF.sub(lambda found: f"{found[1]}{_escaped(address)}{found[3]}", match[0])

    return _TOKEN.sub(link, content)


def _escaped(address: str) -> str:
    return address.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _addresses_in(body: Mapping[str, Any]) -> dict[int, str]:
    pairs = ([*name.split("/"), value] for name, value in body.items() if "/" in name)
    return {int(number): str(address) for _, number, address in pairs}


def _new(body: Mapping[str, Any]) -> dict[str, Any]:
    content = {name: body[name] for name in _TEXTS if body.get(name) is not None}
    made = {name: body[name] for name in ("parent", "externalLink") if name in body}
    return {**made, "translation": {"language": body["language"], "content": content}}


def _properties(body: Mapping[str, Any]) -> dict[str, Any]:
    visibility = {name: body[name] for name in _VISIBILITY if name in body}
    others = {name: value for name, value in body.items() if name not in _VISIBILITY}
    return {**others, **({"visibility": visibility} if visibility else {})}


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    """Links to what is not there yet stand as text until the second pass."""
    told = {name: body[name] for name in _TEXTS if name in body}
    if "content" in told:
        told["content"] = with_addresses(str(told["content"]), {})
    return told


def _opened(body: Mapping[str, Any], contents: Callable[[str], BinaryIO]) -> BinaryIO:
    if "data" in body:
        return io.BytesIO(base64.b64decode(str(body["data"])))
    return contents(str(body["sha256"]))


def _found(kind: str, record: Record, archived: bool) -> Found:
    translation = record.get("translation") or {}
    content = translation.get("content") or {}
    fields = {name: value for name, value in record.items() if name != "translation"}
    fields |= {name: value for name, value in content.items() if name in _TEXTS}
    if translation.get("language"):
        fields["language"] = translation["language"]
    visibility = record.get("visibility") or {}
    fields |= {name: visibility[name] for name in _VISIBILITY if name in visibility}
    name = str(content.get("title") or "")
    number = str(record.get("number") or "")
    return Found(kind, str(record["id"]), name, number, archived, fields)


def _with_path(found: Found, others: Mapping[str, Found]) -> Found:
    titles = [found.name]
    above, seen = found, {found.id}
    while (parent := str((above.fields.get("parent") or {}).get("id"))) in others:
        if parent in seen:
            break
        above = others[parent]
        seen.add(above.id)
        titles.insert(0, above.name)
    fields = {**found.fields, "path": "/".join(titles)}
    return Found(found.kind, found.id, found.name, found.number, found.archived, fields)


def _address(record: Record) -> str:
    urls = record.get("urls") or {}
    visible = (record.get("visibility") or {}).get("sspVisibility", "NOT_VISIBLE")
    first, second = ("ssp", "operator") if visible != "NOT_VISIBLE" else ("operator", "ssp")
    return str(urls.get(first) or urls.get(second) or "")
