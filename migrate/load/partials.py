"""The partial incidents of a ticket, as the target has them: found, compared, and told from those
that people made.

Each was made by one step of its ticket, `partial/NUMBER`, and may have been changed by later ones,
`partial_update/NUMBER`. It is known by its number and by the incident that it stands under: TOPdesk
gives one that a person makes the number of that incident (incident API 4.2.6, `externalNumber`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from migrate.load.baseline import ARRIVED
from migrate.load.believed import SENT, given_up
from migrate.load.compare import TRAIL, canonical, differing, digests, expected, forms
from migrate.load.directory import is_partial
from migrate.load.fiql import folded
from migrate.load.resolve import Resolver
from migrate.load.target import TargetReader
from migrate.records import Chain, Found, Step
from migrate.state.journal import Entry

STEP = "partial"
UPDATE = "partial_update"
_AT_FIRST = digests({"completed": "false", "completedDate": ""})
"""What one shows that nobody has completed."""
_BOTH = frozenset({"operator", "operatorGroup"})


def number_of(step: str) -> str:
    """The number of a step's partial incident."""
    return step.partition("/")[2]


def is_of_partial(step: str) -> bool:
    return step.partition("/")[0] in (STEP, UPDATE)


def partials(reader: TargetReader, numbers: Sequence[str], main: str) -> dict[str, list[Found]]:
    """Number → the partial incidents under the incident with the id `main` that have it."""
    there: dict[str, list[Found]] = {number: [] for number in numbers}
    alike = {folded(number): number for number in numbers}
    for found in reader.find("incident", "externalNumber", numbers) if numbers else ():
        above = str((found.fields.get("mainIncident") or {}).get("id") or main)
        number = alike.get(folded(str(found.fields.get("externalNumber") or "")))
        if number is not None and above == main and is_partial(found):
            there[number].append(found)
    return there


def wrong_partials(
    reader: TargetReader, main: str, known: Sequence[Entry]
) -> list[tuple[str, str]]:
    """A code and a detail for each that is gone, doubled, otherwise than it was sent, or there
    although its request was believed lost."""
    made = [entry for entry in known if entry.key.step.startswith(f"{STEP}/")]
    if not made or not main:
        return []
    there = partials(reader, _numbers(made), main)
    problems: list[tuple[str, str]] = []
    for number, here in there.items():
        mine = _of(number, known)
        if not any(entry.state in SENT for entry in mine):
            if here and any(map(given_up, mine)):
                problems.append(("late-in-target", f"{STEP}/{number}"))
        elif len(here) != 1:
            code = "doubles-in-target" if here else "gone"
            problems.append((code, f"{STEP}/{number} ({len(here)} partial incidents)"))
        elif names := _changed(mine, here[0]):
            problems.append(("differs", f"{STEP}/{number}: {', '.join(names)}"))
    return problems


def untouched(reader: TargetReader, main: str, known: Sequence[Entry]) -> frozenset[str]:
    """The ids of those of ours that nobody changed, wrote on or put a file into."""
    made = [e for e in known if e.key.step.startswith(f"{STEP}/") and e.state in ARRIVED]
    ours = set()
    for number, here in partials(reader, _numbers(made), main).items() if made else ():
        mine = _of(number, known)
        told = any("action" in expected([entry.fields]) for entry in mine)
        for found in here:
            written = len(reader.trail(found.id)) > told or reader.attachments(found.id)
            if not (_changed(mine, found) or written or found.archived):
                ours.add(found.id)
    return frozenset(ours)


def changes(
    chain: Chain,
    known: Sequence[Entry],
    there: Mapping[str, Sequence[Found]],
    resolver: Resolver,
    revision: int,
) -> tuple[list[Step], dict[str, list[str]]]:
    """A step `partial_update/NUMBER` for each partial incident that was made and of which HPSM has
    something else by now; and those of which a person changed the same, with the names of the
    fields: they stay as they are. What is told in words is told once."""
    steps: list[Step] = []
    stays: dict[str, list[str]] = {}
    for step in chain.steps:
        number = number_of(step.name)
        if not step.name.startswith(f"{STEP}/") or not (changed := _news(step, known, resolver)):
            continue
        here = there.get(number, ())
        wanted = digests(canonical(resolver.resolve(chain.kind, step.body).body))
        news = {name: wanted[name] for name in changed}
        names = edited(news, left_below(known).get(number, {}), here[0]) if len(here) == 1 else []
        if len(here) != 1:
            stays[number] = ["gone"]
        elif names:
            stays[number] = names
        else:
            names_sent = {*changed, *(_BOTH if _BOTH & set(changed) else ())}
            body = {name: value for name, value in step.body.items() if name in names_sent}
            steps.append(Step(f"{UPDATE}/{number}", body, step.marker, revision=revision))
    return steps, stays


def edited(wanted: Mapping[str, str], before: Mapping[str, str], found: Found) -> list[str]:
    """The fields (their digests as `wanted`) that a person changed since they were left as
    `before`; all that is archived."""
    if found.archived:
        return ["archived"]
    left = {**_AT_FIRST, **before}
    return [
        name
        for name, digest in wanted.items()
        if name not in TRAIL and name in left and not {left[name], digest} & _shows(name, found)
    ]


def left_below(known: Sequence[Entry]) -> dict[str, dict[str, str]]:
    """Number → field → the digest that a partial incident was left with."""
    arrived = [e for e in known if e.state in ARRIVED and is_of_partial(e.key.step)]
    return {
        number: expected(e.fields for e in _of(number, arrived)) for number in _numbers(arrived)
    }


def changed_numbers(chain: Chain, known: Sequence[Entry], resolver: Resolver) -> list[str]:
    """The numbers of those that `changes` must see."""
    return [
        number_of(step.name)
        for step in chain.steps
        if step.name.startswith(f"{STEP}/") and _news(step, known, resolver)
    ]


def _news(step: Step, known: Sequence[Entry], resolver: Resolver) -> list[str]:
    """The fields of which HPSM has something else than was sent; none where nothing was."""
    mine = _of(number_of(step.name), known)
    if not any(e.key.step == step.name and e.state in ARRIVED for e in mine):
        return []
    before = {**_AT_FIRST, **expected(e.fields for e in mine if e.state in ARRIVED)}
    wanted = digests(canonical(resolver.resolve("incident", step.body).body))
    words = {*TRAIL, "request"}
    return [n for n, digest in wanted.items() if n not in words and before.get(n) != digest]


def _changed(mine: Iterable[Entry], found: Found) -> list[str]:
    """The fields that the target shows otherwise than they were sent."""
    return differing(expected(e.fields for e in mine if e.state in ARRIVED), found.fields)


def _shows(name: str, found: Found) -> set[str]:
    texts = forms(name, found.fields)
    return set(digests({str(n): text for n, text in enumerate(texts)}).values())


def _of(number: str, known: Iterable[Entry]) -> list[Entry]:
    return [e for e in known if is_of_partial(e.key.step) and number_of(e.key.step) == number]


def _numbers(entries: Collection[Entry]) -> list[str]:
    return list(dict.fromkeys(number_of(entry.key.step) for entry in entries))
