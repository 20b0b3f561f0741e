"""What travels between the stages: rows in HPSM's words, operations in TOPdesk's.

Nothing here knows a database, a file or the network, so every stage may import it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

Row = Mapping[str, Any]
"""One HPSM record: our field name → value. Times are text `YYYY-MM-DD HH:MM:SS` in GMT, logicals
are True, False or None (unknown), durations are seconds, arrays are newline-joined text."""

SOURCE_KINDS = (
    "departments",
    "locations",
    "contacts",
    "operators",
    "groups",
    "members",
    "interactions",
    "incidents",
    "activities",
    "relations",
    "attachments",
    "knowledge",
    "catalogue",
    "texts",
    "requests",
    "changes",
    "problems",
    "tasks",
)
"""The kinds of HPSM's records, in the order in which they are read. `catalogue` are the items of
the service catalogue, `texts` standard answers, `tasks` those of requests, changes, problems and
incidents, told apart by their `parent`."""

PHASES: dict[str, tuple[str, ...]] = {
    "foundation": ("branch", "department", "service", "knowledge_folder"),
    "people": ("person", "operator"),
    "groups": ("operator_group", "membership"),
    "tickets": ("incident",),
    "knowledge": ("knowledge_item", "knowledge_links"),
}
"""The phases of a unit's load in their order, and the target kinds of each in theirs."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one kind as a source hands them over.

    `columns` are our field names; `key` is the index of the key column in every row. `raw` keeps,
    per row index, the text of values that could not be parsed (their cell is None). `types` says
    per column text, time, logical, number, duration or array; empty: all text. `skipped` counts
    records that were met and left out, each with a problem. `position` is where reading can go on
    behind this batch; only the source that gave it can read it, and empty means: from the start.
    """

    kind: str
    columns: tuple[str, ...]
    key: int
    rows: Sequence[Sequence[Any]]
    raw: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    types: tuple[str, ...] = ()
    skipped: int = 0
    position: str = ""


def marked(value: Any, words: Collection[str]) -> bool:
    """Whether a field's value, or one line of it, is one of these words, which are in lower case;
    `*` in a word stands for anything."""
    if value is None:
        return False
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    for line in str(whole).splitlines():
        text = line.strip().casefold()
        if text in words or any(
            "*" in word and _pattern(word).fullmatch(text) for word in words if text
        ):
            return True
    return False


@lru_cache(maxsize=1_000)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, word.split("*"))), re.DOTALL)


class JournalEntry(NamedTuple):
    """One entry of HPSM's journal text: `time` in GMT, None where that cannot be told, and `stamp`,
    what the text says of it, in its own `zone`. One without a `stamp` is text of which neither
    author nor time is known: all of a journal that could not be divided."""

    author: str = ""
    time: str | None = None
    zone: str = ""
    stamp: str = ""
    text: str = ""


class Member(NamedTuple):
    """One source record that belongs to an identity: (`incidents`, `IM10001`)."""

    kind: str
    key: str


class State(StrEnum):
    """The state of one operation in the journal; `state/buckets.py` orders them into buckets."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WAITING = "waiting"
    HELD = "held"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
    MISMATCH = "mismatch"
    UNDONE = "undone"
    KEPT = "kept"


class Ref(NamedTuple):
    """A reference by name inside a body, turned into a TOPdesk id just before sending.

    `kind` is a target kind (`person`, `operator`, `operator_group`, `branch`, `department`,
    `location`, `incident`, `knowledge_folder`, `knowledge_item`), or what is known of one in
    another way (`knowledge_status` by name, `address/knowledge_item` where people open it); `key`
    is that record's identity.
    """

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know of one record; the record still goes on."""

    code: str
    key: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a record is not sent (or not yet): one state aside, a code and words for a person.

    `state` is REJECTED, WAITING, HELD, SKIPPED or CONFLICT.
    """

    state: State
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a chain, in names.

    `body` is plain JSON data in which a value may be a `Ref`; `caller_fallback` in an incident's
    body is the `caller` to send when the person of `callerLookup` cannot be one. `marker` is the
    text by which the target can be asked whether this step was done (history parts, attachments);
    empty where the identity's own key answers that. `carries` are the notes (by their activity's
    id) whose text ends in it. `revision` counts the changes made to a record after it was loaded.
    `keeps` are fields of `body` that hold what a person wrote in the target, so that it stays.
    """

    name: str
    body: Mapping[str, Any]
    marker: str = ""
    carries: tuple[str, ...] = ()
    revision: int = 0
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the history of a loaded ticket says already, so that a delta tells only what is new:
    the notes it `carries`, and the numbers of the next parts (never an old one anew). `shown` are
    those of the notes that the caller can see there."""

    carries: frozenset[str]
    next_visible: int
    next_internal: int
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Chain:
    """What TOPdesk shall hold of one identity: its steps in order, or the verdict why not.

    `kind` is the target kind. `find` are the look-up keys in the order to try them, as
    (field, value); a kind that is *found first* (branches, departments, people) is created only
    where `create` is true. `uses` are the mapping entries that shaped it, as `file#entry`.
    `activities` counts the history rows that its steps carry, so that totals add up.
    """

    kind: str
    identity: str
    members: tuple[Member, ...]
    unit: str
    steps: tuple[Step, ...] = ()
    verdict: Verdict | None = None
    findings: tuple[Finding, ...] = ()
    find: tuple[tuple[str, str], ...] = ()
    create: bool = True
    uses: tuple[str, ...] = ()
    source_digest: str = ""
    activities: int = 0


@dataclass(frozen=True, slots=True)
class Bundle:
    """A ticket with everything that HPSM has of it, joined by `state`.

    `incident` is the work (IM), None for an interaction that nobody escalated; `interactions` are
    the calls (SD) tied to it by relations in either direction, oldest first. `activities` belong to
    any of them, in order of time; `attachments` are their files. `dangling` are related numbers of
    which no record exists, `related` counts those of other records, to which TOPdesk gets no link:
    a change, another incident; `shared` are numbers that a record of another ticket has as well, so
    that nobody can tell whose history is whose. `kind` is that of `incident`: a request that
    becomes one stands there too. `journals` are, by number, the entries of the journal texts that
    the activities do not tell, the oldest first. `digest` covers every row used. `bound`
    are the identities that the journal already holds for these members: none, one, or several (a
    conflict).
    Where an incident has several calls, it is a `major` call, and each call a bundle of its own
    that stands `under` the identity of that incident; `above` is the incident's row, and
    `below` are those of the calls that stand under a major call. `tasks` are those of the incident,
    by their numbers, where they go along with it. `beside` are calls that led to this work too and
    belong to another ticket: nothing of them is written here, but what shields them shields it.
    """

    key: str
    incident: Row | None
    interactions: tuple[Row, ...]
    activities: tuple[Row, ...]
    dangling: tuple[str, ...] = ()
    digest: str = ""
    bound: tuple[str, ...] = ()
    kind: str = "incidents"
    journals: Mapping[str, tuple[JournalEntry, ...]] = field(default_factory=dict)
    attachments: tuple[Row, ...] = ()
    major: bool = False
    under: str = ""
    above: Row | None = None
    below: tuple[Row, ...] = ()
    related: int = 0
    tasks: tuple[Row, ...] = ()
    shared: tuple[str, ...] = ()
    beside: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A knowledge document with its files, as `state` joins them. `digest` covers every row used.
    `status` is HPSM's code, empty where it is none that is known; `copy_of` the document of which
    it is a working copy; `external`: its body is a file."""

    id: str
    row: Row
    files: tuple[Row, ...] = ()
    digest: str = ""
    status: str = ""
    copy_of: str = ""
    external: bool = False


class OpKey(NamedTuple):
    """The journal's key of one operation within one target."""

    source: str
    kind: str
    identity: str
    step: str
    revision: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One request to the target, ids filled in. `parent_id` is the record a step works on; `gone`
    are the ids of records under the same key that an undo took back."""

    key: OpKey
    body: Mapping[str, Any]
    parent_id: str = ""
    marker: str = ""
    gone: frozenset[str] = frozenset()


class Answer(StrEnum):
    """What became of one request, by what the journal may conclude from it."""

    DONE = "done"
    REFUSED = "refused"  # the target said no, and did nothing
    NOT_SENT = "not_sent"  # certainly not processed: may be sent again
    IN_DOUBT = "in_doubt"  # sent, and no answer that can be believed
    OUTDATED = "outdated"  # nothing was sent: the record is not any more as it was planned for
    STOP = "stop"  # nothing of this kind can work until a person acts (credentials, address)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one operation; carries its key, so that it never is matched by position.

    `code` is a slug of `migrate.codes` where the answer is not DONE; `detail` names a field or a
    status, never a value. `wait` is what the target asked for, in seconds. `read` is what the
    target says the record looks like now (for field digests), `latency` in seconds.
    """

    key: OpKey
    answer: Answer
    target_id: str = ""
    number: str = ""
    code: str = ""
    detail: str = ""
    status: int = 0
    wait: float = 0.0
    latency: float = 0.0
    read: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A record in the target as a reader sees it; `fields` are TOPdesk's own names."""

    kind: str
    id: str
    name: str
    number: str = ""
    archived: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
