"""The transform over a snapshot and mappings: where the planner's chains come from."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Protocol
from zoneinfo import ZoneInfo

from PIL import Image, UnidentifiedImageError

from migrate.extract.journal_form import profile
from migrate.extract.journal_text import JournalForm, entries, zones
from migrate.extract.knowledge import Link, link, status, working_copy_of
from migrate.facts import owned
from migrate.load.sprint import Needs
from migrate.records import Article, Bundle, Chain, JournalEntry, Member, Ref, Row, Told
from migrate.state.articles import articles, columns_of, present, rows_of
from migrate.state.bundles import bundle_of, bundles
from migrate.state.namesakes import namesakes
from migrate.state.others import others, request_bundles
from migrate.state.snapshot import Snapshot
from migrate.transform.article_files import Picture
from migrate.transform.article_html import is_blank
from migrate.transform.folders import folder_chains
from migrate.transform.foundation import branch_chains, department_chains
from migrate.transform.groups import Staff, group_chains
from migrate.transform.journal_rest import beyond
from migrate.transform.knowledge import Shelf, article_chains
from migrate.transform.left import NO_TARGET, left_chain
from migrate.transform.library import Card, Library, categories_of
from migrate.transform.major_calls import parts
from migrate.transform.mapping import Mappings, Scope
from migrate.transform.operators import operator_chains
from migrate.transform.partials import task_chains, ticket_digest
from migrate.transform.people import People, build_people
from migrate.transform.person_chains import person_chains
from migrate.transform.policy import JournalPolicy
from migrate.transform.preview import Preview, held, preview
from migrate.transform.services import service_chains
from migrate.transform.sight import concealed, unit_of_ticket
from migrate.transform.standard_texts import text_chains, text_owner
from migrate.transform.text import field_text
from migrate.transform.tickets import ticket_chain


def journal_form(
    snapshot: Snapshot, policy: JournalPolicy, *, always: bool = False
) -> JournalForm | None:
    """How the journal texts are read: as the policy says, else as all of them say together. None
    where every ticket has activities, unless it is needed `always`."""
    order = None if policy.dates == "auto" else policy.dates
    return profile(snapshot, order, always=always)


@dataclass
class SnapshotChains:
    """Chains of a unit, made anew each time they are asked for; the same input, the same chains."""

    snapshot: Snapshot
    mappings: Mappings
    folder: Path
    bound: Callable[[Iterable[Member]], dict[Member, str]]
    told: Callable[[str, str], Told | None]
    contents: Contents | None = None

    @cached_property
    def people(self) -> People:
        contacts, operators = (self.snapshot.scan(kind) for kind in ("contacts", "operators"))
        return build_people(contacts, operators, namesakes(self.snapshot, "contacts"))

    @cached_property
    def staff(self) -> Staff:
        return Staff.of(self.mappings, self.snapshot.scan("members"), self.people)

    def basis(self, unit: str, sprint: str) -> str:
        """The last run of every kind in the snapshot and the content of every mapping file: cheap
        to say, and different whenever a plan might be."""
        digest = blake2b(digest_size=16)
        for run in self.snapshot.runs():
            digest.update(repr(run).encode())
        for file in sorted(self.folder.rglob("*.yaml")):
            if not file.name.endswith(".seen.yaml"):
                digest.update(f"{file.relative_to(self.folder)}\0".encode() + file.read_bytes())
        return digest.hexdigest()

    def tickets(self, unit: str, sprint: str) -> Iterator[Chain]:
        groups, services = owned(self.mappings, [unit])
        scope = self._scope(sprint)
        whole = bundles(
            self.snapshot, groups or set(), services, self.bound, tasks=self._tasks_along
        )
        for bundle in self._parts(whole):
            digest = ticket_digest(bundle, self.mappings)
            told = self.told(bundle.bound[0], digest) if len(bundle.bound) == 1 else None
            bundle = self._with_journals(bundle)
            chain = ticket_chain(bundle, self.mappings, self.people, unit, scope, self.staff, told)
            chain = replace(chain, unit=unit, activities=len(bundle.activities))
            yield chain
            yield from task_chains(bundle, chain, self.mappings)
        yield from self._others(unit, groups or set(), scope)

    @property
    def _tasks_along(self) -> bool:
        return self.mappings.policy.tickets.tasks == "partial"

    def ticket(self, bundle: Bundle, unit: str, sprint: str) -> tuple[Bundle, Chain]:
        """One ticket's whole chain, as if nothing of it were loaded yet, and the bundle with what
        its journal texts say."""
        bundle = self._with_journals(bundle)
        scope = self._scope(sprint)
        return bundle, ticket_chain(bundle, self.mappings, self.people, unit, scope, self.staff)

    def preview(self, number: str, absent: Callable[[Ref], bool]) -> Preview | None:
        """The ticket with this number before and after; None where there is none. Of one that may
        not be shown there is nothing but its key and why."""
        whole = bundle_of(self.snapshot, number, self.bound, tasks=self._tasks_along)
        if whole is None:
            return None
        bundle = self._part(whole, number)
        # A call under a major call is of the whole matter: what hides that hides it too.
        unit = unit_of_ticket(whole, self.mappings)
        if verdict := concealed(whole, self.mappings):
            return held(bundle.key, unit, verdict)
        sprint = next((s.name for s in self.mappings.sprints.values() if unit in s.units), "")
        bundle, chain = self.ticket(bundle, unit, sprint)
        zone = ZoneInfo(self.mappings.policy.time_zone)
        return preview(bundle, replace(chain, unit=unit), self.people, zone, absent)

    def _part(self, whole: Bundle, number: str) -> Bundle:
        """What of a ticket this number is: the call's own incident, else all, or the major call."""
        found = list(self._parts([whole]))
        calls = (part for part in found if any(c["number"] == number for c in part.interactions))
        return next(calls, found[0])

    def _parts(self, whole: Iterable[Bundle]) -> Iterator[Bundle]:
        """Where several calls belong to one incident: the major call, then each call under it."""
        together = self.mappings.policy.tickets.several_calls == "wait"
        for bundle in whole:
            if together or len(bundle.interactions) < 2 or bundle.incident is None:
                yield bundle
                continue
            members = [Member("interactions", row["number"]) for row in bundle.interactions]
            members.append(Member(bundle.kind, bundle.incident["number"]))
            yield from parts(bundle, self.bound(members))

    def _others(self, unit: str, groups: set[str], scope: Scope) -> Iterator[Chain]:
        """Requests as the policy says, and what TOPdesk has no place for."""
        left = [*NO_TARGET]
        if self.mappings.policy.tickets.requests == "incident":
            for bundle in request_bundles(self.snapshot, groups, self.bound):
                told = self.told(bundle.bound[0], bundle.digest) if bundle.bound else None
                bundle = self._with_journals(bundle)
                chain = ticket_chain(
                    bundle, self.mappings, self.people, unit, scope, self.staff, told
                )
                yield replace(chain, unit=unit, activities=len(bundle.activities))
        else:
            left.insert(0, "requests")
        for kind in left:
            for row, digest in others(self.snapshot, kind, groups, alone=self._tasks_along):
                yield left_chain(kind, row, digest, unit)

    def groups(self, unit: str) -> Iterator[Chain]:
        return group_chains(
            self.mappings.units[unit],
            self.mappings,
            self.snapshot.scan("members"),
            self.staff.operators,
        )

    def operators(self, unit: str) -> Iterator[Chain]:
        groups = set(self.mappings.units[unit].file.groups)
        members = self.snapshot.scan("members")
        mine = {str(row["operator"]) for row in members if row["group"] in groups}
        return operator_chains(self.mappings.units[unit], self.mappings, mine, self.staff.operators)

    def persons(self, unit: str, identities: Collection[str]) -> Iterator[Chain]:
        branch = self.mappings.units[unit].file.branch
        return person_chains(self.people, identities, self.mappings, branch)

    def foundation(self, unit: str, needs: Needs) -> Iterator[Chain]:
        owner = self.mappings.units[unit]
        yield from branch_chains(owner, self.mappings)
        yield from department_chains(
            self.people, needs.get("person", ()), self.mappings, self.snapshot.scan("departments")
        )
        yield from self.shelves.services(unit)
        yield from self.shelves.folders(needs.get("knowledge_folder", ()))

    @cached_property
    def shelves(self) -> Shelves:
        return Shelves(self.snapshot, self.mappings, self.contents)

    def knowledge(self, unit: str) -> Iterator[Chain]:
        return self.shelves.knowledge(unit)

    @cached_property
    def _entries(self) -> Callable[[str], tuple[JournalEntry, ...]]:
        """How a journal text is read, as the policy says, else as all journals say."""
        policy = self.mappings.policy.history.journal
        form = journal_form(self.snapshot, policy, always=True) or JournalForm({})
        return partial(entries, form=form, zones=zones(policy.zones, policy.zone))

    def _with_journals(self, bundle: Bundle) -> Bundle:
        """The bundle with the entries of the journals that stand in for activities, and those that
        say more than they do."""
        told: defaultdict[str, list[str]] = defaultdict(list)
        for row in bundle.activities:
            told[row["number"]].append(field_text(row.get("description")))
        read: dict[str, tuple[JournalEntry, ...]] = {}
        rows = (*bundle.interactions, *([bundle.incident] if bundle.incident is not None else []))
        for row in rows:
            if not (text := str(row.get("journal") or "")):
                continue
            number = row["number"]
            # Divided only where it is needed: to learn how journals are written, all are read.
            if found := (
                beyond(text, told[number], lambda journal: self._entries(journal))
                if number in told
                else self._entries(text)
            ):
                read[number] = found
        return replace(bundle, journals=read) if read else bundle

    def _scope(self, sprint: str) -> Scope:
        found = self.mappings.sprints.get(sprint)
        return found.scope if found else Scope()


class Contents(Protocol):
    """Where the contents of files lie, by their SHA-256."""

    def open(self, digest: str) -> BinaryIO: ...


@dataclass
class Shelves:
    """Chains of a unit's knowledge, made anew each time they are asked for."""

    snapshot: Snapshot
    mappings: Mappings
    contents: Contents | None = None

    @cached_property
    def library(self) -> Library:
        """The standing of every document. What had expired when HPSM was last used is expired."""
        return Library.of(self.mappings, self.cards(), present(self.snapshot))

    def cards(self) -> list[Card]:
        """What of every document its standing depends on."""
        names = ("id", "categories", "status", "expires", "doctype", "answer")
        files = {row["topic"] for row in columns_of(self.snapshot, "attachments", ("topic",))}
        ids = {field_text(r["id"]) for r in columns_of(self.snapshot, "knowledge", ("id",))}
        rows = columns_of(self.snapshot, "knowledge", names)
        return [_card(row, self._status(row["status"]), ids, row["id"] in files) for row in rows]

    def _status(self, text: object) -> str:
        """HPSM's code of a status, by the policy's words for it or by HPSM's own."""
        return self.mappings.policy.knowledge.code(field_text(text)) or status(text)

    def knowledge(self, unit: str) -> Iterator[Chain]:
        """The unit's articles, each before what leads on from it, and its standard texts, where
        it decided on any of them."""
        shelf = Shelf(self.mappings, self.library, self._link, self._look)
        parts = {
            other for id_ in self.library.of_unit(unit) for other in self.library.translations(id_)
        }
        for article in articles(self.snapshot, set(self.library.of_unit(unit)) - parts):
            others = self.library.translations(article.id)
            translations = [self._known(each) for each in articles(self.snapshot, others)]
            yield from article_chains(self._known(article), translations, shelf)
        mine = self.mappings.units[unit]
        if not mine.texts:
            return
        texts = rows_of(self.snapshot, "texts")
        owned = (each for each in texts if text_owner(each[0], self.mappings) is mine)
        yield from text_chains(owned, self.mappings, mine)

    def services(self, unit: str) -> Iterator[Chain]:
        """The unit's items of HPSM's catalogue: those of its groups. Without a decision on any of
        them the unit takes none."""
        mine = self.mappings.units[unit]
        if not mine.services:
            return
        groups = set(mine.file.groups)
        rows = (
            each
            for each in rows_of(self.snapshot, "catalogue")
            if field_text(each[0].get("assignment")) in groups
        )
        yield from service_chains(rows, self.mappings, mine)

    def folders(self, paths: Collection[str]) -> Iterator[Chain]:
        return folder_chains(self.mappings, paths)

    def _known(self, article: Article) -> Article:
        external = field_text(article.row.get("doctype")).casefold() == "external"
        return replace(article, status=self._status(article.row.get("status")), external=external)

    def _link(self, address: str) -> Link:
        return link(address, self.mappings.policy.knowledge.old_hosts)

    def _look(self, sha256: str, content: bytes | None) -> Picture | None:
        """The picture that a content is; None where it is none, or is not there."""
        try:
            with self._opened(sha256, content) as file, Image.open(file) as image:
                return Picture(image.format or "", image.width, image.height)
        except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
            return None

    def _opened(self, sha256: str, content: bytes | None) -> BinaryIO:
        if content is not None:
            return io.BytesIO(content)
        if self.contents is None:
            raise FileNotFoundError(sha256)
        return self.contents.open(sha256)


def _card(row: Row, code: str, ids: Collection[str], has_files: bool) -> Card:
    id_ = field_text(row["id"])
    return Card(
        id_,
        categories_of(row["categories"]),
        code,
        field_text(row["expires"]),
        working_copy_of(id_, lambda other: other in ids),
        field_text(row["doctype"]).casefold() == "external",
        blank=not has_files and is_blank(field_text(row["answer"])),
    )
