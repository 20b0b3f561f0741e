"""What is seen of an entry when somebody approves it, and what of that has changed since, in words.

Facts of HPSM come with every look; what TOPdesk has is compared only where TOPdesk was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrate.transform.content_facts import facts_of_content
from migrate.transform.content_mapping import ContentEntry, KnowledgeEntry
from migrate.transform.facts import SourceFacts, TargetFacts
from migrate.transform.mapping import GroupEntry, OperatorEntry
from migrate.transform.policy import Policy

ReviewedEntry = GroupEntry | OperatorEntry | ContentEntry
"""What is approved one by one."""

NAMED = 40
"""Members of a group that are named, each by login; of larger groups only the number is seen."""


def facts_of(
    entry: ReviewedEntry, facts: SourceFacts, target: TargetFacts | None = None
) -> dict[str, Any]:
    """What a person who approves `entry` sees of it now; empty when HPSM no longer has it."""
    if isinstance(entry, GroupEntry):
        saw = facts_of_group(entry.source, facts)
    elif isinstance(entry, OperatorEntry):
        saw = facts_of_operator(entry.source, facts)
    else:
        saw = facts_of_content(entry, facts.content)
    if saw and target is not None and (name := _target(entry)):
        saw["topdesk"] = _in_topdesk(entry, name, target)
    return saw


def to_seal(saw: dict[str, Any]) -> dict[str, Any]:
    """The facts as an approval keeps them: what has another name in TOPdesk now is not there."""
    renamed = isinstance(saw.get("topdesk"), Mapping)
    return {**saw, "topdesk": None} if renamed else saw


def facts_of_group(group: str, facts: SourceFacts) -> dict[str, Any]:
    """Its figures, and in groups that are not too large the logins of those who still work."""
    seen = facts.groups.get(group)
    if seen is None:
        return {}
    saw: dict[str, Any] = {"members": seen.members, "open": seen.open, "tickets": seen.tickets}
    who = sorted(login for login in facts.members.get(group, ()) if _works(login, facts))
    if who and len(who) <= NAMED:
        saw["who"] = who
    return saw


def facts_of_operator(login: str, facts: SourceFacts) -> dict[str, Any]:
    """Whether the operator is still there, and in how many groups; no name: files are shared."""
    seen = facts.operators.get(login.casefold())
    if seen is None:
        return {}
    return {"active": seen.active is not False, "groups": facts.groups_of(login.casefold())}


def said_of(entry: ReviewedEntry) -> dict[str, Any]:
    """What an entry decides, field by field, as plain data."""
    said: dict[str, Any] = (
        entry.decision.model_dump(mode="json", exclude_none=True) if entry.decision else {}
    )
    if isinstance(entry, GroupEntry | KnowledgeEntry):
        said["restricted"] = entry.restricted
    if isinstance(entry, GroupEntry) and entry.answers:
        said |= entry.answers.model_dump(mode="json", exclude_none=True)
    return said


def changes(saw: Mapping[str, Any], now: Mapping[str, Any], policy: Policy) -> Iterator[str]:
    """What is otherwise than it was seen, a sentence each. A number may move within the policy's
    tolerance; members may come and go by as many as that of `members` says."""
    who = _members(saw, now, policy)
    for fact, was in saw.items():
        if fact == "topdesk":
            if fact in now:
                yield from _topdesk(was, now[fact])
        elif fact == "who":
            yield from who
        elif not (fact == "members" and who) and not _within(fact, was, now.get(fact), policy):
            yield f"{fact}: {word(was)} → {word(now.get(fact))}"


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What is decided otherwise than somebody said yes to, field by field."""
    for field in dict.fromkeys([*was, *now]):
        if was.get(field) != now.get(field):
            yield f"{field}: {word(was.get(field))} → {word(now.get(field))}"


def word(value: Any) -> str:
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
    return str(value)


def _target(entry: ReviewedEntry) -> str | None:
    """The group or login of TOPdesk's that an entry names."""
    if entry.decision is None:
        return None
    if isinstance(entry, GroupEntry):
        decision = entry.decision
        return decision.open_tickets_to if decision.action == "retire" else decision.target
    if isinstance(entry, OperatorEntry) and entry.decision.action == "map":
        return entry.decision.target
    return None


def _in_topdesk(entry: ReviewedEntry, name: str, target: TargetFacts) -> Any:
    """The id of what has the name; where nothing has, and what was seen then has another name now,
    that name, in a table; else None."""
    ids: dict[str, str] = (
        {each: group.id for each, group in target.about.items()}
        if isinstance(entry, GroupEntry)
        else {each: there.id for each, there in target.operators.items()}
    )
    found = {each.casefold(): id for each, id in ids.items()}.get(name.casefold())
    seen = entry.review.saw.get("topdesk")
    if found is None and seen:
        renamed = next((each for each, id in ids.items() if id == seen), None)
        return {"now": renamed} if renamed else None
    return found or None


def _topdesk(was: Any, now: Any) -> Iterator[str]:
    if was is None or was == now:
        return  # what was not there yet is what the load makes
    if isinstance(now, Mapping):
        yield f"renamed in TOPdesk: now {now['now']}"
    elif now is None:
        yield "TOPdesk no longer has it"
    else:
        yield "in TOPdesk another one has this name now"


def _members(saw: Mapping[str, Any], now: Mapping[str, Any], policy: Policy) -> tuple[str, ...]:
    if "who" not in saw or "who" not in now:
        return ()
    was, are = set(saw["who"]), set(now["who"])
    left, joined = sorted(was - are), sorted(are - was)
    if len(left) + len(joined) <= policy.tolerance_of("members").absolute:
        return ()
    told = [
        f"{word}: {', '.join(logins)}"
        for word, logins in (("left", left), ("new", joined))
        if logins
    ]
    return (f"members {'; '.join(told)}",)


def _works(login: str, facts: SourceFacts) -> bool:
    operator = facts.operators.get(login)
    return operator is None or operator.active is not False


def _within(fact: str, was: Any, now: Any, policy: Policy) -> bool:
    if not _is_number(was) or not _is_number(now):
        return bool(was == now)
    tolerance = policy.tolerance_of(fact)
    return bool(abs(now - was) <= max(tolerance.absolute, tolerance.share * was))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
