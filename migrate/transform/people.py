"""Who is who: one person for HPSM's contact and operator, and the rule that says so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from migrate.records import Finding, Member, Row
from migrate.transform.source_digest import source_digest
from migrate.transform.text import clean, field_text, is_email, label

RULES = ("user_id", "email", "contact_name", "name")
"""The rules by which a contact and an operator are one person, strongest first.

`user_id`: the login is the contact's user id or operator id. `contact_name`: the operator names the
contact's key. `name`: the full names are the same.
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A human being as HPSM knows them. Texts are cleaned, unknown ones empty.

    `identity` is the user id or login in lower case, else the e-mail, else the contact's key.
    `shared` names the keys that people of other names have too: nobody is looked for by them.
    `rule` is the rule that joined contact and operator, empty where there was nothing to join.
    `left`: inactive as contact or as operator. `members` are the contact, then the operators.
    """

    identity: str
    rule: str
    members: tuple[Member, ...]
    first_name: str
    last_name: str
    email: str
    employee_number: str
    login: str
    phone: str
    mobile: str
    job_title: str
    department: str
    left: bool
    digest: str
    shared: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def key(self, name: str) -> str:
        """The value of one of TOPdesk's keys for persons, empty where unknown or shared."""
        return "" if name in self.shared else self.keys[name]

    @property
    def keys(self) -> dict[str, str]:
        """All of them, as HPSM has them."""
        return {
            "employeeNumber": self.employee_number,
            "networkLoginName": self.login,
            "email": self.email,
        }


@dataclass(frozen=True)
class People:
    """Everybody, by identity in order, and the look-ups: trimmed, as it is written, else without
    regard to case. A key that several have is nobody's."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    contacts: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    mails: Mapping[str, str] = field(default_factory=dict)

    def by_contact(self, key: str) -> Person | None:
        return self.persons.get(_looked_up(self.contacts, key))

    def by_login(self, login: str) -> Person | None:
        """The person behind an operator's login."""
        return self.persons.get(_looked_up(self.logins, login))

    def by_user(self, user_id: str) -> Person | None:
        return self.persons.get(self.users.get(fold(user_id), ""))

    def named(self, text: str) -> Person | None:
        """The person that a ticket's field names, by whichever key it uses."""
        return (
            self.by_contact(text)
            or self.by_login(text)
            or self.by_user(text)
            or self.persons.get(self.mails.get(fold(text), ""))
        )


def fold(text: str) -> str:
    return text.strip().casefold()


_EXACT = "\0"
"""Stands before a key that is looked up as it is written."""


def _looked_up(index: Mapping[str, str], text: str) -> str:
    return next(filter(None, (index.get(key) for key in _spellings(text))), "")


def _spellings(text: str) -> tuple[str, str, str]:
    """A key as it is written, without regard to case, and with one blank between its words too."""
    return _EXACT + text.strip(), fold(text), " ".join(fold(text).split())


def _enter(index: dict[str, str], text: str, identity: str) -> None:
    for key in set(_spellings(text)):
        index[key] = identity if index.get(key, identity) == identity else ""


def build_people(
    contacts: Iterable[Row], operators: Iterable[Row], namesakes: Collection[str] = ()
) -> People:
    """One person per contact, joined with the operator that certainly is the same. A key of
    contacts that several people have (`namesakes`) names none of them.

    Rules are tried strongest first. Where a rule has several candidates nobody is joined, and a
    finding (`person-ambiguous`) names the operator: many is a question for a person, never a guess.
    What cannot be a mail address is left out (`email-invalid`).
    """
    contact_rows = sorted(contacts, key=lambda row: field_text(row["contact_name"]))
    operator_rows = sorted(operators, key=lambda row: field_text(row["name"]))
    joined, ambiguous = _join(contact_rows, operator_rows)

    of_contact: dict[int, list[int]] = defaultdict(list)
    for operator, (contact, _) in sorted(joined.items()):
        of_contact[contact].append(operator)
    groups = [
        (row, [operator_rows[i] for i in of_contact[n]], _rule(joined, of_contact[n]))
        for n, row in enumerate(contact_rows)
    ] + [(None, [row], "") for n, row in enumerate(operator_rows) if n not in joined]

    persons: dict[str, Person] = {}
    lookups: tuple[dict[str, str], dict[str, str], dict[str, str]] = ({}, {}, {})
    for identity, (contact_row, operators_of, rule) in sorted(
        zip(_identities(groups), groups, strict=True), key=lambda pair: pair[0]
    ):
        persons[identity] = _person(identity, contact_row, operators_of, rule)
        _index(lookups, identity, contact_row, operators_of)
    for key in namesakes:
        lookups[0].update(dict.fromkeys(_spellings(key), ""))
    findings = [
        Finding("person-ambiguous", field_text(operator_rows[n]["name"]), rule)
        for n, rule in sorted(ambiguous.items())
    ]
    findings += [
        Finding("email-invalid", field_text(row[key]))
        for rows, key in ((contact_rows, "contact_name"), (operator_rows, "name"))
        for row in rows
        if (email := label(field_text(row.get("email")))) and not is_email(email)
    ]
    mails: dict[str, str] = {}
    for person in persons.values():
        if mail := fold(person.email):
            mails[mail] = "" if mail in mails else person.identity
    return People(_with_shared(persons), tuple(findings), *lookups, mails)


def _with_shared(persons: Mapping[str, Person]) -> dict[str, Person]:
    """A mail address of a whole office names none of those who have it. The same name twice, or
    with a name or an initial more, is one human being who stands in HPSM twice."""
    names: dict[tuple[str, str], set[frozenset[str]]] = defaultdict(set)
    for person in persons.values():
        for key in person.keys.items():
            names[key[0], fold(key[1])].add(_words(person.name))
    found = {}
    for identity, person in persons.items():
        shared = {
            k for k, value in person.keys.items() if value and _several(names[k, fold(value)])
        }
        found[identity] = replace(person, shared=frozenset(shared)) if shared else person
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(fold(name).replace(".", " ").split())


def _several(names: set[frozenset[str]]) -> bool:
    """Whether these are names of different people."""
    longest = max(names, key=len)
    return any(name != longest and (len(name) < 2 or not name < longest) for name in names)


_Keys = Callable[[Row], Iterable[str]]


def _values(*fields: str) -> _Keys:
    return lambda row: [text for name in fields if (text := fold(field_text(row.get(name))))]


_NAMED = _values("contact_name")

_CONTACT_KEYS: dict[str, _Keys] = {
    "user_id": _values("user_id", "operator_id"),
    "email": _values("email"),
    "contact_name": _NAMED,
    "name": _values("full_name"),
}
_OPERATOR_KEYS: dict[str, _Keys] = {
    "user_id": _values("name"),
    "email": _values("email"),
    "contact_name": _NAMED,
    "name": _values("full_name"),
}


def _join(
    contacts: Sequence[Row], operators: Sequence[Row]
) -> tuple[dict[int, tuple[int, str]], dict[int, str]]:
    """Operator → (contact, rule), and operator → the rule that could not decide."""
    joined: dict[int, tuple[int, str]] = {}
    ambiguous: dict[int, str] = {}
    taken: set[int] = set()
    indexes = {rule: _indexed(contacts, _CONTACT_KEYS[rule]) for rule in RULES}
    for rule in RULES:
        index = indexes[rule]
        wanted: dict[int, list[int]] = defaultdict(list)
        for n, row in enumerate(operators):
            if n in joined or n in ambiguous:
                continue
            found = {c for key in _OPERATOR_KEYS[rule](row) for c in index.get(key, ())}
            own = {c for key in _NAMED(row) for c in indexes["contact_name"].get(key, ())}
            if len(found) > 1 and (named := found & own):
                found = named  # of several, the one whose key the operator names itself
            if len(found) == 1:
                wanted[found.pop()].append(n)
            elif found:
                ambiguous[n] = rule
        for contact, wanting in wanted.items():
            # Several logins may be one contact's own; several mail addresses or names may not.
            if rule == "user_id" or (len(wanting) == 1 and contact not in taken):
                joined.update((n, (contact, rule)) for n in wanting)
                taken.add(contact)
            else:
                ambiguous.update((n, rule) for n in wanting)
    return joined, ambiguous


def _indexed(rows: Sequence[Row], keys: _Keys) -> dict[str, set[int]]:
    """Key → the places of the rows that have it."""
    index: dict[str, set[int]] = defaultdict(set)
    for n, row in enumerate(rows):
        for key in keys(row):
            index[key].add(n)
    return index


def _rule(joined: Mapping[int, tuple[int, str]], operators: Sequence[int]) -> str:
    return min((joined[n][1] for n in operators), key=RULES.index, default="")


_Group = tuple[Row | None, list[Row], str]


def _identities(groups: Sequence[_Group]) -> list[str]:
    """An identity for each: the first of its keys that nobody else has."""
    wishes = [list(_wishes(contact, operators)) for contact, operators, _ in groups]
    claims = Counter(key for keys in wishes for key in set(keys))
    return [next((key for key in keys if claims[key] == 1), keys[-1]) for keys in wishes]


def _wishes(contact: Row | None, operators: Sequence[Row]) -> Iterator[str]:
    rows = [contact] if contact is not None else []
    for row, name in [
        *((row, "user_id") for row in rows),
        *((row, "name") for row in operators),
        *((row, "email") for row in (*rows, *operators)),
        *((row, "contact_name") for row in rows),
    ]:
        if text := fold(clean(field_text(row.get(name)))):
            yield text
    # The snapshot's own key is unique, whatever the rest looks like.
    if contact is not None:
        yield f"contacts:{contact['contact_name']}"
    else:
        yield f"operators:{operators[0]['name']}"


def _index(
    lookups: tuple[dict[str, str], dict[str, str], dict[str, str]],
    identity: str,
    contact: Row | None,
    operators: Sequence[Row],
) -> None:
    by_contact, by_login, by_user = lookups
    users = []
    if contact is not None:
        _enter(by_contact, field_text(contact["contact_name"]), identity)
        users.append(fold(field_text(contact.get("user_id"))))
    for row in operators:
        _enter(by_login, field_text(row["name"]), identity)
        users.append(fold(field_text(row["name"])))
    for user in filter(None, users):
        # A user id that two people claim is nobody's.
        by_user[user] = identity if by_user.get(user, identity) == identity else ""


def _person(identity: str, contact: Row | None, operators: Sequence[Row], rule: str) -> Person:
    rows = [*([contact] if contact is not None else []), *operators]

    def first(*names: str) -> str:
        return next(
            (label(text) for name in names for row in rows if (text := field_text(row.get(name)))),
            "",
        )

    email = first("email")
    first_name, last_name = first("first_name"), first("last_name")
    if not last_name:
        login = field_text(operators[0]["name"]) if operators else ""
        parts = _split_name(first("contact_name", "full_name") or login)
        first_name, last_name = first_name or parts[0], parts[1]
    members = [Member("contacts", contact["contact_name"])] if contact is not None else []
    members += [Member("operators", row["name"]) for row in operators]
    return Person(
        identity=identity,
        rule=rule,
        members=tuple(members),
        first_name=first_name,
        last_name=last_name,
        email=email if is_email(email) else "",
        employee_number=first("employee_id"),
        login=first("user_id") or (field_text(operators[0]["name"]) if operators else ""),
        phone=first("phone"),
        mobile=first("mobile"),
        job_title=first("title"),
        department=first("dept_name", "dept"),
        left=any(row.get("inactive") is True for row in rows),
        digest=source_digest([dict(row) for row in rows]),
    )


def _split_name(text: str) -> tuple[str, str]:
    """First and last name of "LAST, FIRST" (HPSM's contact keys) or "First Last"."""
    if "," in text:
        last, _, first = text.partition(",")
    else:
        first, _, last = text.rpartition(" ")
    names = (first.strip(), last.strip()) if last.strip() else ("", first.strip())
    # Contact keys are upper case because they are keys; nobody writes their own name so.
    return (names[0].title(), names[1].title()) if text.isupper() else names
