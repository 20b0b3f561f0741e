"""What is wrong in free text: wrong encodings, control characters, length, identity numbers.

All texts are read once, in one pass; what leaves it are keys.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from stdnum.no import fodselsnummer

from migrate.report.assess.found import Family, Mender, Section, words
from migrate.report.assess.slim import OTHERS, TICKETS
from migrate.report.assess.view import Hits, View

LONG = 100_000
"""Characters: what the move puts into a ticket's request by default; longer texts go elsewhere."""

_CODED = words("""
    key number status alert_status contact_name callback_contact callback_type urgency priority
    impact owner assignment assignee opened_by closed_by resolved_by open_time update_time
    close_time resolved_time reopen_time category subcategory product_type problem_type service ci
    company dept location contact_email resolution_code cause_code alternate_contact pending_code
    pending_until sysmodtime activity_id time type operator id doctype created expires parent
    active application topic uid approval_status phase completion_code closure_code planned_start
    planned_end requested_time audience
""")
"""Fields that hold a key, a code or a time. All else is free text, also an installation's own
fields, whatever they are called."""

_CODED_OF_PEOPLE = words("contact_name user_id operator_id name phone mobile")

_SUSPECT = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9fÂÃâ]|\\d{5}")
"""What every look below needs at least: most texts have none of it, and are done with."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]")
_NATIONAL = re.compile(
    r"(?<!\d)(?=(\d{2}[ .]?\d{2}[ .]?\d{2}[ \u00a0]?[-.]?[ \u00a0]?\d{5})(?!\d))"
)
"""Eleven digits as people write them: the last five often apart, the date now and then in pairs."""

_APART = re.compile(r"\D")

_Found = dict[str, dict[str, tuple[bool, str]]]
"""Family → key → whether it is only to be counted, and the kind that the text is of."""


def holds_national_id(text: str) -> bool:
    """Whether a national identity number stands in `text`: eleven digits whose date and two check
    digits are right, D-numbers too. Of random eleven digits, one in eight hundred passes."""
    return any(_valid(_APART.sub("", match[1])) for match in _NATIONAL.finditer(text))


def free_text(view: View, kind: str) -> list[str]:
    """The fields of a kind that may hold what anybody wrote."""
    coded = _CODED_OF_PEOPLE if kind == "contacts" else _CODED
    return [
        name
        for name, type_ in view.columns(kind).items()
        if type_ == "TEXT" and name not in coded and not name.endswith("_time")
    ]


def _look(view: View, family: str) -> Hits:
    keys = view.once("texts", _scan)[family]
    return view.found((key, *of) for key, of in keys.items())


def _scan(view: View) -> _Found:
    found: _Found = defaultdict(dict)
    misread, suspect = view.question.borrowed.misread, _SUSPECT.search
    for key, hidden, kind, texts in _texts(view):
        for text in texts:
            if text and (len(text) > LONG or suspect(text)):
                for family in _wrong(text, misread, long=kind != "knowledge"):
                    before, label = found[family].get(key, (False, kind))
                    found[family][key] = (before or hidden, label)
    return found


def _wrong(text: str, misread: Callable[[str], bool], *, long: bool) -> Iterator[str]:
    if long and len(text) > LONG:
        yield "texts_long"
    if _CONTROL.search(text):
        yield "texts_control"
    if misread(text):
        yield "texts_misread"
    if holds_national_id(text):
        yield "national_ids"


def _texts(view: View) -> Iterator[tuple[str, bool, str, tuple[str | None, ...]]]:
    """Key, whether it is only to be counted, kind, and texts. What is said of an activity is said
    of its ticket; a contact is named by its login where it has one."""
    number = view.column("activities", "number", "t")
    sources = (
        *((k, "r.ticket", "assess_record", f"r.key = t._key AND r.kind = '{k}'") for k in TICKETS),
        ("activities", "r.ticket", "assess_record", f"r.key = {number}"),
        *((k, "r.key", "assess_other", f"r.key = t._key AND r.kind = '{k}'") for k in OTHERS),
        (
            *("contacts", view.shown("contacts", "t")),
            "(SELECT contact, 0 AS hidden FROM assess_contact WHERE own)",
            "r.contact = folded(t._key)",
        ),
    )
    for kind, key, table, on in sources:
        if fields := free_text(view, kind):
            columns = ", ".join(view.column(kind, name, "t") for name in fields)
            for row in view.select(
                f"SELECT {key}, r.hidden, {columns} FROM {view.rows(kind, 't')}"
                f" JOIN {table} r ON {on}"
            ):
                yield row[0], bool(row[1]), kind, row[2:]


@lru_cache(maxsize=4096)
def _valid(digits: str) -> bool:
    return bool(fodselsnummer.is_valid(digits))


def _family(id: str, mender: Mender, *, urgent: bool = False) -> Family:
    needs = ("incidents.description|interactions.description|activities.description",)
    look = partial(_look, family=id)
    return Family(Section.TEXTS, id, mender, "records", needs, look, urgent=urgent)


FAMILIES = (
    _family("national_ids", Mender.UNIT_OWNER, urgent=True),
    _family("texts_misread", Mender.PROJECT),
    _family("texts_control", Mender.PROJECT),
    _family("texts_long", Mender.PROJECT),
)
