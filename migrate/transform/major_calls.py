"""Several calls on one incident: the incident becomes a major call, each call an incident under it.

That is TOPdesk's way to say "I have this problem too": the caller keeps an incident of their own,
and the work is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from migrate.records import Bundle, Member, Row


def parts(bundle: Bundle, identities: Mapping[Member, str]) -> list[Bundle]:
    """The bundle itself, or the major call and then the calls under it, each with what is its own.

    `identities` are those that the journal holds for its members. A call that was loaded together
    with the incident stays part of it; any other that is loaded keeps its own record. A bundle with
    a call that belongs to somebody else's record stays whole: that is a conflict for a person.
    """
    work = bundle.incident
    if work is None or len(bundle.interactions) < 2:
        return [bundle]
    number = str(work["number"])
    main = identities.get(Member(bundle.kind, number), number)
    own, under = [], []
    for call in bundle.interactions:
        identity = identities.get(Member("interactions", call["number"]), str(call["number"]))
        if identity == main:
            own.append(call)
        elif identity == call["number"]:
            under.append(call)
        else:
            return [bundle]
    if not under:
        return [bundle]
    known = set(identities.values())
    calls = [
        _of(
            replace(
                bundle,
                incident=None,
                dangling=(),
                related=0,
                under=main,
                above=work,
                tasks=(),
                beside=(),
            ),
            (call,),
            key,
            known,
        )
        for call in under
        if (key := str(call["number"]))
    ]
    major = replace(bundle, major=True, below=tuple(under))
    return [_of(major, tuple(own), main, known), *calls]


def _of(bundle: Bundle, calls: tuple[Row, ...], identity: str, known: set[str]) -> Bundle:
    """What of the bundle belongs to its incident and these calls."""
    work = () if bundle.incident is None else (bundle.incident,)
    numbers = {str(row["number"]) for row in (*work, *calls)}
    return replace(
        bundle,
        key=identity,
        interactions=calls,
        activities=tuple(row for row in bundle.activities if row["number"] in numbers),
        attachments=tuple(row for row in bundle.attachments if row.get("topic") in numbers),
        journals={number: told for number, told in bundle.journals.items() if number in numbers},
        bound=(identity,) if identity in known else (),
    )
