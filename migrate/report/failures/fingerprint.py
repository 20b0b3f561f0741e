"""The fingerprint of a failure: by what alike ones are known. It holds no text of a record."""

from __future__ import annotations

import re
from typing import NamedTuple

from migrate.records import State
from migrate.state.journal import Entry


class Fingerprint(NamedTuple):
    """`code` is a slug of `migrate.codes`, `status` HTTP's (0: there was none), `field` the field
    that TOPdesk named, `key` TOPdesk's own key of the error, or `passing` of one that says that it
    passes, `page` of what is none. `step` is without its number, and empty where nothing was sent,
    and where a comparison is of the whole record. `state` is the journal's, or the plan's."""

    state: State
    kind: str
    step: str
    code: str
    status: int = 0
    field: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        """What `--family` is given: from the code to the finest, as far as it goes."""
        doubt = "in-doubt" if self.state in (State.IN_DOUBT, State.SENDING) else ""
        parts = [doubt, self.code, self.kind, self.step, self.field]
        if self.status not in (0, 400):
            parts.append(str(self.status))
        return "/".join(part for part in (*parts, self.key) if part)

    @property
    def root(self) -> str:
        """The field at the top of a body: `operator.id` is of `operator`."""
        return self.field.partition(".")[0]


_STATUS = re.compile(r"status (\d{3})")
_FIELD = re.compile(r"[A-Za-z][\w.\[\]]*")
_KEY = re.compile(r"[a-z][a-z0-9_]*")


def of_entry(entry: Entry) -> Fingerprint:
    """The fingerprint of one operation, by what the journal noted: the code, and a detail such as
    `operator.id, status 400, not_found` or `server error, status 500, sent 4 times`."""
    status, field, key = 0, "", ""
    for part in entry.detail.split(", "):
        if match := _STATUS.fullmatch(part):
            status = int(match[1])
        elif status and _KEY.fullmatch(part):
            key = part
        elif not status and entry.code.startswith("target-") and _FIELD.fullmatch(part):
            field = part
    # A comparison marks every step of a record that is not as it was sent.
    compared = entry.state is State.MISMATCH
    step = "" if compared else entry.key.step.partition("/")[0]
    return Fingerprint(entry.state, entry.key.kind, step, entry.code, status, field, key)


def matches(name: str, family: str) -> bool:
    """Whether a `name` is `family`, or begins with it: `--family` may be the code alone."""
    return name == family or name.startswith(f"{family}/")
