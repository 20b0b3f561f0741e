"""What is wrong with knowledge items as TOPdesk shows them: properties, texts in each language,
pictures, attachments, and where their links lead."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrate.load.believed import SENT, given_up
from migrate.load.compare import TEXTS, canonical, differing, digests, expected, unpack
from migrate.load.target import Attached, TargetReader
from migrate.records import Found
from migrate.state.journal import Entry, Journal, Record

Problems = list[tuple[str, str]]
"""(code, names of fields or steps)."""

_TOLD = frozenset({"content", "translation"})
_HREF = re.compile(r'<a\b[^>]*?\shref="([^"]*)"', re.IGNORECASE)
_SRC = re.compile(r'<img\b[^>]*?\ssrc="([^"]*)"', re.IGNORECASE)
_LEFT = "#migrate-"


def not_taken_back(journal: Journal, links: Sequence[Record]) -> list[Record]:
    """Without the links of items that an undo took back: they went with their item."""
    ids = [record.identity for record in links]
    gone = journal.taken_back("knowledge_item", ids)
    items = journal.records("knowledge_item", ids)
    return [
        record
        for record in links
        if record.identity not in gone or items[record.identity].target_id
    ]


@dataclass(slots=True)
class Knowledge:
    """Compares items of one page. `files` and `downloaded` count; one file of `sample` is read
    back whole, and the first one always."""

    journal: Journal
    reader: TargetReader
    sample: int = 20
    files: int = 0
    downloaded: int = 0
    _addresses: frozenset[str] | None = field(default=None)
    _base: str = ""

    def there(self, records: Sequence[Record]) -> dict[str, list[Found]]:
        """Identity → the items that carry its key and are not archived."""
        found: dict[str, list[Found]] = {}
        ids = [record.identity for record in records]
        for each in self.reader.find("knowledge_item", "externalLink.id", ids) if ids else ():
            if not each.archived:
                found.setdefault(str(each.fields["externalLink"]["id"]), []).append(each)
        return found

    def item(self, record: Record, known: Sequence[Entry], found: Sequence[Found]) -> Problems:
        """What is wrong with one item."""
        if not any(entry.state in SENT for entry in known):
            return [("late-in-target", each.number) for each in found[:1]]
        if len(found) > 1:
            return [("doubles-in-target", ", ".join(each.number for each in found))]
        if not found or found[0].id != record.target_id:
            return [("gone", "not in the target under its key")]
        problems = self._properties(record, known)
        for language, sent in _texts(known).items():
            problems += self._text(record, language, sent)
        return problems + self._images(record, known) + self._attachments(record, known)

    def links(self, record: Record, known: Sequence[Entry]) -> Problems:
        """What is wrong with the links of one item, in each language."""
        items = self.journal.records("knowledge_item", [record.identity])
        item = items.get(record.identity)
        if item is None or not item.target_id:
            return [("gone", "its item")]
        problems: Problems = []
        for entry in known:
            if entry.state not in SENT:
                continue
            found = self.reader.knowledge.item(item.target_id, entry.key.step.partition("/")[2])
            text = str(found.fields.get("content") or "") if found else ""
            dead = [address for address in addresses(text) if self._leads_nowhere(address)]
            if found is None or dead:
                problems.append(("gone", f"{entry.key.step}: {len(dead)} links lead nowhere"))
        return problems

    def _properties(self, record: Record, known: Sequence[Entry]) -> Problems:
        sent = expected(
            entry.fields
            for entry in known
            if entry.state in SENT and not entry.marker and _is_property(entry)
        )
        for name in TEXTS:
            sent.pop(name, None)
        language = next(iter(_texts(known)), "")
        found = self.reader.knowledge.item(record.target_id, language) if language else None
        found = found or self.reader.get("knowledge_item", record.target_id)
        wrong = differing(sent, found.fields) if found else ["all of it"]
        return [("differs", ", ".join(wrong))] if wrong else []

    def _text(self, record: Record, language: str, sent: Mapping[str, str]) -> Problems:
        step = f"content/{language}"
        found = self.reader.knowledge.item(record.target_id, language)
        if found is None:
            return [("gone", step)]
        if wrong := differing(sent, found.fields):
            return [("differs", f"{step}: {', '.join(wrong)}")]
        names = set(images_in(str(found.fields.get("content") or "")))
        if names and (missing := names - self.reader.knowledge.images(record.target_id)):
            return [("gone", f"{step}: {len(missing)} pictures")]
        return []

    def _images(self, record: Record, known: Sequence[Entry]) -> Problems:
        mine = [e for e in known if e.key.step.startswith("image/") and e.state in SENT]
        if not mine:
            return []
        there = self.reader.knowledge.images(record.target_id)
        problems: Problems = []
        for entry in mine:
            if entry.marker not in there:
                problems.append(("gone", entry.key.step))
            elif self._sampled() and not self._same(record, entry, entry.marker):
                problems.append(("differs", f"{entry.key.step}: sha256"))
        return problems

    def _attachments(self, record: Record, known: Sequence[Entry]) -> Problems:
        mine = [e for e in known if e.key.step.startswith("attachment/")]
        if not mine:
            return []
        there = self.reader.knowledge.files(record.target_id)
        problems: Problems = []
        for entry in mine:
            here = [file for file in there if entry.marker in file.description]
            if here and given_up(entry):
                problems.append(("late-in-target", entry.key.step))
            if entry.state not in SENT:
                continue
            if len(here) != 1:
                code = "doubles-in-target" if here else "gone"
                problems.append((code, f"{entry.key.step} ({len(here)} files)"))
                continue
            sent, now = unpack(entry.fields), _shows(here[0])
            wrong = [name for name in now if sent.get(name, now[name]) != now[name]]
            if not wrong and self._sampled() and not self._same(record, entry, here[0]):
                wrong = ["sha256"]
            if wrong:
                problems.append(("differs", f"{entry.key.step}: {', '.join(wrong)}"))
        return problems

    def _sampled(self) -> bool:
        self.files += 1
        chosen = self.files % self.sample == 1
        self.downloaded += chosen
        return chosen

    def _same(self, record: Record, entry: Entry, file: Attached | str) -> bool:
        sha256 = self.reader.knowledge.digest(record.target_id, file)
        return digests({"sha256": sha256})["sha256"] == unpack(entry.fields).get("sha256")

    def _leads_nowhere(self, address: str) -> bool:
        """A link that was never filled in, or to an item that is not there. What lies elsewhere is
        not asked for."""
        if address.startswith(_LEFT):
            return True
        self._base = self._base or self.reader.describe().fingerprint
        if not address.startswith(self._base) or "knowledge" not in address:
            return False
        if self._addresses is None:
            ids = [id for _, _, id in self.journal.targets(["knowledge_item"])]
            self._addresses = frozenset(self.reader.knowledge.addresses(ids).values())
        return address not in self._addresses


def edits_of_item(
    journal: Journal, reader: TargetReader, record: Record, known: Sequence[Entry], found: Found
) -> list[str]:
    """What somebody changed of an item of ours, removed from it, or added to it."""
    look = Knowledge(journal, reader, sample=10**9)
    edits = [detail for _, detail in look.item(record, known, [found])]
    markers = {entry.marker for entry in known if entry.marker}
    images = {name for name in reader.knowledge.images(found.id) if name not in markers}
    files = [
        file
        for file in reader.knowledge.files(found.id)
        if not any(marker in file.description for marker in markers)
    ]
    told = set(_texts(known))
    languages = set(found.fields.get("availableTranslations") or told) - told
    added = (("pictures", images), ("files", files), ("translations", languages))
    return edits + [f"{word}: {len(what)} added since" for word, what in added if what]


def addresses(content: str) -> list[str]:
    """Where the links of a text lead."""
    return [html.unescape(address) for address in _HREF.findall(content)]


def images_in(content: str) -> list[str]:
    """The names of the pictures that a text shows."""
    return [html.unescape(name) for name in _SRC.findall(content)]


def _texts(known: Sequence[Entry]) -> dict[str, dict[str, str]]:
    """Language → the digests of its text as it was last sent."""
    sent: dict[str, dict[str, str]] = {}
    for entry in known:
        kind, _, language = entry.key.step.partition("/")
        if kind in _TOLD and entry.state in SENT:
            sent.setdefault(language, {}).update(unpack(entry.fields))
    return sent


def _is_property(entry: Entry) -> bool:
    return entry.key.step in ("create", "hide", "publish")


def _shows(file: Attached) -> Mapping[str, str]:
    return digests(canonical({"name": file.name, "size": file.size}))
