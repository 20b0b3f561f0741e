"""What is wrong with people: those who have left, and those who are there twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from migrate.report.assess.alike import Somebody, one_person, perhaps_one
from migrate.report.assess.found import Family, Mender, Section
from migrate.report.assess.view import Hits, View

_FIELDS = ("user_id", "operator_id", "employee_id", "email", "phone", "mobile", "dept", "dept_name")
_NAMES = ("full_name", "first_name", "last_name")


def _contacts(view: View) -> list[Somebody]:
    return view.once("contacts", _read_contacts)


def _read_contacts(view: View) -> list[Somebody]:
    """The contacts that are asked for. A contact's key holds the name, and is shown only where no
    login says who is meant."""
    columns = ", ".join(view.column("contacts", name) for name in (*_FIELDS, *_NAMES))
    return [
        _contact(view, key, *values)
        for key, *values in view.select(
            f"SELECT r._key, {columns} FROM {view.rows('contacts')}"
            " JOIN assess_contact c ON c.contact = folded(r._key) WHERE c.own ORDER BY r._key"
        )
    ]


def _contact(view: View, key: str, *values: str | None) -> Somebody:
    user, operator, employee, email, phone, mobile, dept, dept_name, full, first, last = (
        (value or "").strip() for value in values
    )
    login = user or operator
    own = {"login": login.casefold(), "employee": employee}
    shared = {"email": email.casefold(), "phone": phone, "mobile": mobile}
    name = full or f"{first} {last}".strip() or key
    return Somebody(
        login or key,
        view.question.borrowed.folded(name),
        {field: value for field, value in own.items() if value},
        {field: value for field, value in shared.items() if value},
        dept or dept_name,
    )


def _operators(view: View) -> list[Somebody]:
    columns = ", ".join(
        view.column("operators", name) for name in ("contact_name", "email", "full_name")
    )
    folded = view.question.borrowed.folded
    return [
        Somebody(
            key,
            folded(full or ""),
            {"contact": contact.strip().casefold()} if contact and contact.strip() else {},
            {"email": email.strip().casefold()} if email and email.strip() else {},
            "",
        )
        for key, contact, email, full in view.select(
            f"SELECT r._key, {columns} FROM {view.rows('operators')}"
            " JOIN assess_login o ON o.login = folded(r._key) WHERE o.own ORDER BY r._key"
        )
    ]


def _twice(view: View, people: Sequence[Somebody]) -> Hits:
    """Counts the records that are too many. What is shown are those that belong together, logins
    before keys that are a name."""
    found = one_person(people)
    shown = {_together([people[at] for at in places]) for places in found}
    few = tuple(sorted(shown, key=lambda text: ("," in text, text))[: view.examples])
    return Hits(sum(len(places) - 1 for places in found), 0, few)


def _together(people: Sequence[Somebody]) -> str:
    labels = sorted({person.label for person in people})
    return f"{labels[0]} ×{len(people)}" if len(labels) == 1 else " = ".join(labels)


def _perhaps(view: View) -> Hits:
    people = _contacts(view)
    certain = {at: n for n, places in enumerate(one_person(people)) for at in places}
    pairs = sorted(_labels(people, certain))
    return Hits(len(pairs), 0, tuple(pairs[: view.examples]))


def _labels(people: Sequence[Somebody], certain: dict[int, int]) -> Iterator[str]:
    for one, other in perhaps_one(people):
        if one not in certain or certain[one] != certain.get(other):
            yield " ~ ".join(sorted((people[one].label, people[other].label)))


def _contacts_left(view: View) -> Hits:
    """A count: nobody is named who need not be."""
    return Hits(view.number("SELECT count(*) FROM assess_contact WHERE own AND gone"))


def _operators_left(view: View) -> Hits:
    return view.hits("SELECT spelled, 0 FROM assess_login WHERE own AND known AND gone")


_family = partial(Family, Section.PEOPLE)
FAMILIES = (
    _family(
        "operators_left",
        Mender.DIRECTORY,
        "operators",
        ("operators.inactive|operators.last_login|contacts.inactive", "operators"),
        _operators_left,
    ),
    _family("contacts_left", Mender.DIRECTORY, "contacts", ("contacts.inactive",), _contacts_left),
    _family(
        "contacts_twice",
        Mender.DIRECTORY,
        "contacts",
        ("contacts", "contacts.user_id|contacts.employee_id|contacts.email|contacts.phone"),
        lambda view: _twice(view, _contacts(view)),
    ),
    _family(
        "contacts_perhaps",
        Mender.DIRECTORY,
        "pairs",
        ("contacts", "contacts.dept|contacts.dept_name"),
        _perhaps,
    ),
    _family(
        "operators_twice",
        Mender.DIRECTORY,
        "operators",
        ("operators", "operators.email|operators.contact_name"),
        lambda view: _twice(view, _operators(view)),
    ),
)
