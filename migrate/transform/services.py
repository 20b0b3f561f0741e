"""Which services TOPdesk shall have, by what was decided of HPSM's catalogue.

TOPdesk's API makes a service and can neither change nor remove one (services API 1.3.7): it is
found by its name first, and made only where `policy.yaml` says so and somebody confirmed it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from migrate.records import Chain, Member, Row, State, Step, Verdict
from migrate.transform.content_mapping import ServiceEntry
from migrate.transform.mapping import Mappings, Unit, entry_id
from migrate.transform.source_digest import source_digest
from migrate.transform.text import field_text, label

NAME = 100


def item_key(row: Row) -> str:
    return field_text(row.get("name"))


def service_chains(
    rows: Iterable[tuple[Row, str]], mappings: Mappings, unit: Unit
) -> Iterator[Chain]:
    """A chain of kind `service` for each TOPdesk service that the unit's catalogue items become,
    and one for each item that becomes none.

    Verdicts: `service-undecided` (waiting), `name-too-long` (rejected), `service-retired`,
    `service-left-behind`, `service-is-category` (skipped).
    """
    becoming: dict[str, list[tuple[str, ServiceEntry, str]]] = defaultdict(list)
    for row, digest in rows:
        name = item_key(row)
        entry = unit.services.get(name)
        verdict = _verdict(row, entry)
        if verdict is None and entry is not None and entry.decision is not None:
            target = label(entry.decision.target or name)
            becoming[target].append((name, entry, digest))
            continue
        yield Chain(
            "service",
            f"catalogue:{name}",
            (Member("catalogue", name),),
            unit.key,
            verdict=verdict,
            create=False,
            uses=(entry_id(unit.key, "services", name),) if entry else (),
            source_digest=digest,
        )
    for target, items in sorted(becoming.items()):
        create = any(e.decision is not None and e.decision.action == "create" for _, e, _ in items)
        yield Chain(
            "service",
            target,
            tuple(Member("catalogue", name) for name, _, _ in items),
            unit.key,
            steps=(Step("create", {"name": target}),),
            find=(("name", target),),
            create=create and mappings.policy.services.may_create,
            uses=tuple(entry_id(unit.key, "services", name) for name, _, _ in items),
            source_digest=source_digest(target, *(digest for _, _, digest in items)),
        )


def _verdict(row: Row, entry: ServiceEntry | None) -> Verdict | None:
    if field_text(row.get("type")) == "category":
        reason = "a heading of the catalogue, and nothing to order"
        return Verdict(State.SKIPPED, "service-is-category", reason)
    if entry is None or entry.decision is None:
        return Verdict(State.WAITING, "service-undecided", "nobody decided on the catalogue item")
    decision = entry.decision
    if decision.action == "retire":
        return Verdict(State.SKIPPED, "service-retired", decision.reason or "the item is retired")
    if decision.action == "leave":
        reason = decision.reason or "the unit leaves it behind"
        return Verdict(State.SKIPPED, "service-left-behind", reason)
    if len(label(decision.target or item_key(row))) > NAME:
        reason = f"the service's name has more than {NAME} characters"
        return Verdict(State.REJECTED, "name-too-long", reason)
    return None
