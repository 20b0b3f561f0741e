"""What exists in the simulated TOPdesk, counted apart from its API: the judge of a rehearsal."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from typing import Any

from migrate.simulate.topdesk.html import plain
from migrate.simulate.topdesk.incident_view import STORED_TIME
from migrate.simulate.topdesk.tenant import Tenant

# The mark that a history part carries: [number/visibility/part]; the last is hexadecimal where a
# note is named after what it says.
MARKER = r"\[[^\[\]\n]{1,80}/[^\[\]/\n]{1,20}/[0-9a-f]{1,10}\]"

# What a load decides of an incident's state.
_STATE = (
    "status",
    "callDate",
    "onHold",
    "completed",
    "completedDate",
    "closed",
    "closedDate",
    "briefDescription",
    "majorCall",
)
_ABOVE = ("majorCallObject", "mainIncident")

# Fields that no two active cards of the kind should share.
_KEYS = {
    "branch": ("name",),
    "department": ("name",),
    "person": ("employeeNumber", "networkLoginName", "email"),
    "operator": ("loginName", "linkedPerson"),
    "operator_group": ("groupName", "branch"),
    "service": ("name",),
    "knowledge_folder": ("externalLinkId",),
    "knowledge_item": ("externalLinkId",),
}


def census(tenant: Tenant, marker: str = MARKER) -> dict[str, Any]:
    """Counts of every kind, and everything that is there more than once.

    `duplicates`: `incident` is external number → incidents that have it; `marker` is mark in
    the text of entries → entries that have it, an archived incident's counted for itself;
    `entry` is incident number → entries whose text another entry of the incident has too;
    `attachment` is external number → attachments of which another one there has the same name
    and description; `knowledge_file` is the same of knowledge items, by their ids; of cards it
    is kind.field → value → cards. An operator group is double if name and branch are. What is
    archived is no double.

    `contents` is SHA-256 in hex → attachments that have this content.
    """
    store = tenant.store
    incidents = store.by_status()
    doubled_files, contents = _files(tenant)
    return {
        "counts": {
            **{kind: len(cards) for kind, cards in tenant.cards.items() if len(cards)},
            "membership": sum(map(len, tenant.members.values())),
            "incident": sum(incidents.values()),
            "entry": store.count("entry"),
            "attachment": store.count("attachment"),
            "knowledge_file": store.count("knowledge_file"),
        },
        "archived": {
            kind: archived
            for kind, cards in tenant.cards.items()
            if (archived := sum(1 for card in cards if card.get("archived")))
        },
        "incidents_by_status": incidents,
        "duplicates": {
            "incident": store.doubled_external_numbers(),
            **_doubled_texts(tenant, re.compile(marker)),
            "attachment": doubled_files,
            "knowledge_file": store.knowledge.doubled(),
            **_doubled_cards(tenant),
        },
        "contents": contents,
    }


def trails(tenant: Tenant) -> dict[str, list[list[str]]]:
    """What each incident holds, by its external number, to be compared with another load's: its
    state, then its entries in their order, then its files and the time registered on it; each as
    what it is, whether the caller may see it, and the SHA-256 of what it says."""
    store = tenant.store
    numbers = {found.id: found.body.get("externalNumber", "") for found in store.incidents(None)}
    told: dict[str, list[list[str]]] = {}
    for incident in store.incidents(None):
        body = incident.body
        state = [_said(body, name) for name in _STATE]
        above = [numbers.get(body.get(name, ""), "") for name in _ABOVE]
        rows = [["state", "", _digest("\0".join((*state, *above)))]]
        rows += [
            [entry.kind, _seen(entry.invisible), _digest(plain(entry.memo))]
            for entry in store.entries(incident.seq)
        ]
        rows += sorted(
            ["file", _seen(file.invisible), _digest(f"{file.name}\0{file.description}")]
            for file in store.attachments(incident.seq)
        )
        rows += sorted(
            ["time", "", _digest(f"{spent['timeSpent']}\0{spent['notes']}")]
            for spent in body.get(STORED_TIME, [])
        )
        told.setdefault(str(body.get("externalNumber")), []).extend(rows)
    return told


def _said(body: dict[str, Any], name: str) -> str:
    """A date that TOPdesk gave itself differs from load to load."""
    value = body.get(name)
    own = name.endswith("Date") and value is not None and value >= body["creationDate"]
    return "now" if own else str(value)


def _seen(invisible: bool) -> str:
    return "internal" if invisible else "visible"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _doubled_texts(tenant: Tenant, marker: re.Pattern[str]) -> dict[str, dict[str, int]]:
    marks: Counter[str] = Counter()
    archived = tenant.store.archived()
    put_away: Counter[tuple[int, str]] = Counter()
    texts: Counter[tuple[int, str, int]] = Counter()
    for incident, kind, memo in tenant.store.texts():
        found = set(marker.findall(plain(memo)))
        if incident in archived:
            put_away.update((incident, mark) for mark in found)
        else:
            marks.update(found)
        texts[incident, kind, hash(memo)] += 1
    same: Counter[int] = Counter()
    for (incident, _, _), number in texts.items():
        same[incident] += number - 1
    return {
        "marker": {
            **{mark: number for mark, number in marks.items() if number > 1},
            **{mark: number for (_, mark), number in put_away.items() if number > 1},
        },
        "entry": {tenant.store.number_of(seq): number for seq, number in same.items() if number},
    }


def _files(tenant: Tenant) -> tuple[dict[str, int], dict[str, int]]:
    """Attachments that are double, by external number; and how often each content is there."""
    alike: Counter[tuple[str, str, str | None]] = Counter()
    contents: Counter[str] = Counter()
    for incident, name, description, content in tenant.store.files():
        alike[incident, name, description] += 1
        contents[sha256(content).hexdigest()] += 1
    doubled: Counter[str] = Counter()
    for (incident, _, _), number in alike.items():
        if number > 1:
            doubled[incident] += number
    return dict(doubled), dict(contents)


def _doubled_cards(tenant: Tenant) -> dict[str, dict[str, int]]:
    doubled: dict[str, dict[str, int]] = {}
    for kind, fields in _KEYS.items():
        alone = [fields] if kind == "operator_group" else [(field,) for field in fields]
        for key in alone:
            values = Counter(
                " / ".join(str(card[field]) for field in key).casefold()
                for card in tenant.cards[kind]
                if all(card.get(field) for field in key) and not card.get("archived")
            )
            name = f"{kind}.{'+'.join(key)}"
            doubled[name] = {value: number for value, number in values.items() if number > 1}
    return doubled
