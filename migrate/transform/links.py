"""What becomes of the links in an article: kept, replaced, led to the new place, or told as text.

Links to articles and tickets are put in by number, `#migrate-0`, since where people open a record
of TOPdesk is not known before it is there: a second pass, when all are, writes the addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from migrate.records import Ref
from migrate.transform.article_html import Placed
from migrate.transform.content_mapping import LinkDecision
from migrate.transform.library import Library
from migrate.transform.mapping import Mappings

TOKEN = "#migrate-"  # noqa: S105 - an address, no secret
ADDRESS = "address/"
"""What a `Ref` to where people open a record begins with: `address/knowledge_item`."""


class Link(Protocol):
    """An address and what it leads to, as whoever knows HPSM's addresses says. `kind` is
    attachment, document, record, here, web, mail, file, anchor, script or data."""

    @property
    def kind(self) -> str: ...

    @property
    def target(self) -> str: ...


Classify = Callable[[str], Link]


@dataclass(frozen=True)
class Register:
    """The decisions of `links.yaml`: those of the article's own unit first, then everybody's."""

    exact: Mapping[str, LinkDecision] = field(default_factory=dict)
    starts: Sequence[tuple[str, LinkDecision]] = ()

    @classmethod
    def of(cls, mappings: Mappings, unit: str) -> Register:
        exact: dict[str, LinkDecision] = {}
        starts: list[tuple[str, LinkDecision]] = []
        for key in sorted(mappings.units, key=lambda key: key != unit):
            for source, entry in mappings.units[key].links.items():
                if entry.decision is None:
                    continue
                if source.endswith("*"):
                    starts.append((source[:-1], entry.decision))
                else:
                    exact.setdefault(source, entry.decision)
        # The longest first; of equals, the own unit's: sorting keeps their order.
        return cls(exact, sorted(starts, key=lambda pair: -len(pair[0])))

    def decided(self, address: str) -> tuple[LinkDecision, str] | None:
        """The decision on an address, and what of the address goes behind its target."""
        if address in self.exact:
            return self.exact[address], ""
        for start, decision in self.starts:
            if address.startswith(start):
                return decision, address[len(start) :]
        return None

    def address(self, address: str) -> str | None:
        """The address that was decided on in place of this one: the same where it is kept, empty
        where it is removed; None where nobody decided."""
        if (decided := self.decided(address)) is None:
            return None
        decision, rest = decided
        if decision.action == "remove":
            return ""
        if decision.action == "keep" or not decision.target:
            return address
        return decision.target[:-1] + rest if decision.target.endswith("*") else decision.target


@dataclass
class Links:
    """Places the links of one article. `refs` are what its tokens stand for, in their order;
    `counts` what became of the links, for whoever is told. Links to a ticket are text for readers
    who are no operators."""

    register: Register
    library: Library
    classify: Classify
    operators_only: bool
    refs: list[Ref] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def place(self, address: str) -> Placed:
        """What becomes of a link that leads neither to a file of the article nor into its text."""
        if (decided := self.register.address(address)) is not None:
            return self._decided(address, decided)
        found = self.classify(address)
        match found.kind:
            case "document":
                return self._document(found.target)
            case "record":
                return self._record(found.target)
            case "web" | "mail":
                return Placed(href=address)
            case "attachment":
                self.counts["link-dead"] += 1
                return Placed(note="filen mangler")
            case "file":
                self.counts["link-to-file"] += 1
                return Placed(note=address)
            case "here":
                self.counts["link-old-portal"] += 1
        return Placed()

    def _decided(self, address: str, decided: str) -> Placed:
        if not decided:
            self.counts["link-removed"] += 1
            return Placed()
        if decided != address:
            self.counts["link-replaced"] += 1
        return Placed(href=decided)

    def _document(self, id_: str) -> Placed:
        identity = self.library.identity(id_)
        if self.library.get(id_).moves and self.library.get(identity).moves:
            return self._token(Ref(f"{ADDRESS}knowledge_item", identity))
        known = id_ in self.library.standings
        self.counts["link-not-moved" if known else "link-dead"] += 1
        return Placed(note=id_)

    def _record(self, number: str) -> Placed:
        if not self.operators_only:
            self.counts["link-to-ticket"] += 1
            return Placed()
        return self._token(Ref(f"{ADDRESS}incident", number))

    def _token(self, ref: Ref) -> Placed:
        if ref not in self.refs:
            self.refs.append(ref)
        return Placed(href=f"{TOKEN}{self.refs.index(ref)}")
