"""The service desk behind the API: its cards in memory, its store, its clock, its numbers."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migrate.simulate.topdesk import dates
from migrate.simulate.topdesk.seed import Seed
from migrate.simulate.topdesk.store import Store

Card = dict[str, Any]

# Fields that a card of the kind is looked up by.
_INDEXED = {
    "person": ("email", "employeeNumber", "networkLoginName", "tasLoginName"),
    "operator": ("loginName", "email", "employeeNumber", "networkLoginName", "linkedPerson"),
    "operator_group": ("groupName",),
    "knowledge_item": ("number", "externalLinkId"),
    "knowledge_folder": ("number", "externalLinkId"),
}
_BY_NAME = ("name",)


class Cards:
    """Cards of one kind, by id and by the fields that they are looked up by (in any case)."""

    def __init__(self, kind: str) -> None:
        self.by_id: dict[str, Card] = {}
        self._indexes: dict[str, dict[str, list[Card]]] = {
            field: defaultdict(list) for field in _INDEXED.get(kind, _BY_NAME)
        }

    def __iter__(self) -> Iterator[Card]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def indexed(self, field: str) -> bool:
        return field in self._indexes

    def find(self, field: str, value: str) -> list[Card]:
        return self._indexes[field].get(value.casefold(), [])

    def put(self, card: Card) -> None:
        self.remove(card["id"])
        self.by_id[card["id"]] = card
        for field, index in self._indexes.items():
            if value := card.get(field):
                index[value.casefold()].append(card)

    def remove(self, id: str) -> None:
        card = self.by_id.pop(id, None)
        if card is None:
            return
        for field, index in self._indexes.items():
            if value := card.get(field):
                index[value.casefold()].remove(card)


class Tenant:
    """All that the simulated TOPdesk knows. Single-threaded; every change is on disk before the
    method that makes it returns.

    `login_read_length` cuts `networkLoginName` when a person is read, as the specification of the
    reading side says (20); None leaves it whole.
    """

    def __init__(
        self,
        database: Path | str,
        seed: Seed,
        user: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        login_read_length: int | None = None,
    ) -> None:
        self.store = Store(database)
        self.login_read_length = login_read_length
        self._clock = clock
        self._seed = seed
        self._user = user
        self._last_id = 0
        self._period = ""
        self._sequence = 0
        self._load()

    @property
    def operator(self) -> Card:
        """The operator that the application password belongs to."""
        return self.cards["operator"].find("loginName", self._user)[0]

    def close(self) -> None:
        self.store.close()

    def reset(self) -> None:
        """Back to the seed: every record made since is gone."""
        self.store.clear()
        self._load()

    def now(self) -> str:
        return dates.stamp(self._clock())

    def next_number(self) -> str:
        """`I 1909 123`: two digits of the year, the month, and a sequence that starts again each
        month."""
        period = f"{self._clock():%y%m}"
        if period != self._period:
            self._period, self._sequence = period, 0
        self._sequence += 1
        return f"I {period} {self._sequence:03d}"

    def new_id(self) -> str:
        """A UUID whose first half rises with time, so that the indexes on it stay dense."""
        self._last_id = max(self._last_id + 1, int(self._clock().timestamp() * 1_000_000))
        high = f"{self._last_id:016x}"
        low = os.urandom(8).hex()
        return f"{high[:8]}-{high[8:12]}-{high[12:]}-{low[:4]}-{low[4:]}"

    def get(self, kind: str, id: str | None) -> Card | None:
        return self.cards[kind].by_id.get(id) if id else None

    def put(self, kind: str, card: Card) -> None:
        self.put_all(kind, (card,))

    def put_all(self, kind: str, cards: Iterable[Card]) -> None:
        some = list(cards)
        with self.store.transaction():
            self.store.put_cards(kind, some)
        for card in some:
            self.cards[kind].put(card)

    def drop(self, kind: str, id: str) -> None:
        self.store.drop_card(id)
        self.cards[kind].remove(id)

    def join(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Make operators members: pairs of (group id, operator id)."""
        some = list(pairs)
        with self.store.transaction():
            self.store.put_memberships(some)
        for group, operator in some:
            self.members[group][operator] = None

    def leave(self, pairs: Iterable[tuple[str, str]]) -> None:
        some = list(pairs)
        with self.store.transaction():
            self.store.drop_memberships(some)
        for group, operator in some:
            self.members[group].pop(operator, None)

    def groups_of(self, operator: str) -> list[Card]:
        return [
            group for group in self.cards["operator_group"] if operator in self.members[group["id"]]
        ]

    def _load(self) -> None:
        self.cards: dict[str, Cards] = _Kinds()
        self.members: dict[str, dict[str, None]] = defaultdict(dict)
        loaded = 0
        for kind, card in self.store.cards():
            self.cards[kind].put(card)
            loaded += 1
        if not loaded:
            self._plant(self._seed)
        for group, operator in self.store.memberships():
            self.members[group][operator] = None
        _, self._period, sequence = (self.store.last_number() or "I - 0").split(" ")
        self._sequence = int(sequence)

    def _plant(self, seed: Seed) -> None:
        now = self.now()
        api = seed.operator(self._user)
        stamps = {
            "creationDate": now,
            "modificationDate": now,
            "creator": api["id"],
            "modifier": api["id"],
        }
        kinds: Mapping[str, Iterable[Card]] = seed.cards(self._user)
        for kind, cards in kinds.items():
            self.put_all(kind, ({**card, **stamps} for card in cards))
        self.join(seed.members)


class _Kinds(dict[str, Cards]):
    def __missing__(self, kind: str) -> Cards:
        cards = self[kind] = Cards(kind)
        return cards
