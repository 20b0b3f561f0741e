"""What reports and pages are made of, wired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from migrate.chains import journal_form
from migrate.extract.catalogue import options
from migrate.extract.knowledge import link
from migrate.facts import out_of_sight, owned
from migrate.report.articles.build import Written as ArticlePage
from migrate.report.articles.build import write_page
from migrate.report.assess.question import Borrowed, Question
from migrate.report.assess.question import Unit as AssessedUnit
from migrate.report.concierge.answers import Code
from migrate.report.concierge.build import Built, Wish, build
from migrate.report.concierge.pages import Lead, Leads, PageLink
from migrate.report.failures.families import Family, families
from migrate.report.totals import Account, Shelf, totals
from migrate.state.numbers import Numbers
from migrate.transform.approve import facts_of, standing
from migrate.transform.forms import Sheet, form_sheets
from migrate.transform.left import NO_TARGET
from migrate.transform.links import Register
from migrate.transform.names import GROUP_NAME, folded, near, spelled_out, tidy
from migrate.transform.text import clean, field_text, misread
from migrate.workspace.stores import Stores, unknown


class Reporting(Stores):
    """What people are shown: of what was read, of what failed, and what was left out."""

    def ticket_groups(self) -> dict[str, tuple[set[str], set[str]]]:
        """Unit → its HPSM groups and the services that come to it."""
        owners = {}
        for unit in self.mappings.units:
            groups, services = owned(self.mappings, [unit])
            owners[unit] = (groups or set(), services)
        return owners

    def accounts(self) -> list[Account]:
        """What was extracted of tickets and the like, and what is in buckets, by unit."""
        along = self.mappings.policy.tickets.tasks == "partial"
        groups = self.ticket_groups()
        return totals(self.snapshot, self.overview, groups, tasks_along=along)

    def shelves(self) -> dict[str, Shelf]:
        """Unit → what of HPSM's knowledge, standard texts and catalogue it takes."""
        common = self.mappings.policy.knowledge.common_texts
        return {
            key: Shelf(
                frozenset(unit.knowledge),
                frozenset(unit.file.knowledge),
                frozenset(unit.file.groups),
                bool(unit.texts),
                bool(unit.services),
                key == common,
            )
            for key, unit in self.mappings.units.items()
        }

    def why_unplanned(self, number: str) -> str:
        """Why a ticket that was read is in no plan, in words; empty where there is none of this
        number, or it is none of the kinds that a plan goes through."""
        rows = [
            row
            for kind in ("incidents", "interactions")
            if (row := self.snapshot.fetch(kind, [number]).get(number)) is not None
        ]
        if not rows:
            return ""
        group = next((text for row in rows if (text := field_text(row.get("assignment")))), "")
        if not group:
            return "it names no group, and its service none that moves"
        if unit := self.mappings.unit_of_group(group):
            return f'its group "{group}" belongs to the unit {unit.key}, which is not planned yet'
        moving = [each for unit in self.mappings.units.values() for each in unit.file.groups]
        alike = near(group, moving)
        found = f" (near: {', '.join(alike)})" if alike else ""
        return f'its group "{group}" is in no unit of the mappings{found}'

    def journals_said(self) -> tuple[str, ...]:
        """How HPSM's journal texts are read and by what evidence, in words; nothing where every
        ticket has activities."""
        form = journal_form(self.snapshot, self.mappings.policy.history.journal)
        return form.said if form else ()

    def question(self, unit: str | None, present: datetime | None) -> Question:
        """What `assess` is asked: of `unit`, or of everything. A group of a unit of which nobody
        has said that it is not restricted is treated as if it were, as a load does.

        Raises ConfigurationError for a unit that the mappings do not have.
        """
        mappings = self.mappings
        if unit is not None and unit not in mappings.units:
            raise unknown("unit", unit, list(mappings.units))
        units = {
            key: AssessedUnit(key, each.file.name, frozenset(each.file.groups))
            for key, each in mappings.units.items()
        }
        said = {
            group: entry.restricted if (entry := mappings.group(group)) else "unknown"
            for each in units.values()
            for group in each.groups
        }
        return Question(
            Borrowed(misread, clean, folded, spelled_out, tidy, GROUP_NAME),
            units.get(unit or ""),
            tuple(units.values()),
            restricted=frozenset(group for group, answer in said.items() if answer is True),
            undecided=frozenset(group for group, answer in said.items() if answer == "unknown"),
            default_groups={
                name: service.default_group
                for name, service in mappings.services.items()
                if service.default_group
            },
            state_of=self._state_of if mappings.values.get("status") else None,
            present=present,
            marks=mappings.policy.tickets.marks(),
        )

    def write_articles(self, unit: str | None, folder: Path, lang: str) -> dict[str, ArticlePage]:
        """Write the page of what was simplified for a unit, or for each unit with articles that has
        a plan; unit → page. Raises ConfigurationError for a unit that the mappings do not have."""
        units = self.mappings.units
        if unit is not None and unit not in units:
            raise unknown("unit", unit, list(units))
        return {
            key: write_page(self.store, self.journal, key, each.file.name, folder, lang)
            for key, each in units.items()
            if unit in (None, key) and (each.knowledge or unit)
            if self.store.head(key, "knowledge") is not None
        }

    def concierge(self, folder: Path, pages: Sequence[PageLink] | None = None) -> Built:
        """Write the page that answers old numbers, and its maps, into `folder`; with `pages`, also
        which links on pages of others must be changed."""
        groups, services = out_of_sight(self.mappings)
        links = self.config.target.links
        base = self.config.target.url.rstrip("/")
        patterns = {
            kind: {
                reader: base + pattern if pattern.startswith("/") else pattern
                for reader, pattern in readers.items()
                if pattern
            }
            for kind, readers in {
                "incident": {"operator": links.incident, "caller": links.portal},
                "knowledge": {"reader": links.knowledge},
            }.items()
        }
        policy = self.mappings.policy
        ask = {"nb": policy.concierge.ask.nb or "", "en": policy.concierge.ask.en or ""}
        today = datetime.fromtimestamp(self.clock(), ZoneInfo(policy.time_zone)).date()
        left = dict.fromkeys(NO_TARGET, Code.NO_TARGET)
        if policy.tickets.tasks == "partial":
            del left["tasks"]
        if policy.tickets.requests == "leave":
            left["requests"] = Code.REQUEST_LEFT
        wish = Wish(
            *(groups, services, left, patterns, ask, today.isoformat()),
            pages,
            self._lead_of(),
        )
        numbers = Numbers(self.store.path, self.journal.path, self.config.source.name)
        try:
            return build(self.snapshot, numbers, wish, folder)
        finally:
            numbers.close()

    def _lead_of(self) -> Leads:
        """What links on pages of others lead to: as `links.yaml` has decided, else in HPSM."""
        register = Register.of(self.mappings, "")
        hosts = self.mappings.policy.knowledge.old_hosts
        kinds = {"here": "portal", "attachment": "file"}

        def lead(address: str) -> Lead | None:
            if (decided := register.address(address)) is not None:
                what = "" if decided else "removed"
                return None if decided == address else Lead(to=decided, what=what)
            found = link(address, hosts)
            if found.kind == "here" and "//" not in address:
                return None  # within the page's own site
            if found.kind in ("document", "record"):
                return Lead(number=found.target)
            return Lead(what=kinds[found.kind]) if found.kind in kinds else None

        return lead

    def forms(self, unit: str | None) -> tuple[list[Sheet], set[tuple[str, str]]]:
        """The build sheets of a unit's forms, or of every unit's, and which entries (unit, source)
        have an approval that holds.

        Raises ConfigurationError for a unit that the mappings do not have.
        """
        mappings = self.mappings
        if unit is not None and unit not in mappings.units:
            raise unknown("unit", unit, list(mappings.units))
        chosen = [u for key, u in mappings.units.items() if unit in (None, key)]
        facts = self.source_facts()
        approved = {
            (each.key, entry.source)
            for each in chosen
            for entry in each.forms.values()
            if standing(entry, facts_of(entry, facts), mappings.policy).holds
        }
        rows = list(self.snapshot.scan("catalogue"))
        sheets = [sheet for each in chosen for sheet in form_sheets(rows, mappings, each, options)]
        return sheets, approved

    def _state_of(self, status: str) -> str | None:
        value = self.mappings.value("status", status)
        return None if value is None else value.state or ""

    def failures(self, unit: str, family: str | None = None) -> list[Family]:
        """What failed in a unit, folded into families."""
        return families(self.journal, self.store, unit, family)
