"""What is decided otherwise in one reading of the mappings than in another, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from migrate.transform.approve import FILES, ReviewedEntry, standing
from migrate.transform.mapping import Mappings
from migrate.transform.policy import Policy
from migrate.transform.saying import became, said

_REVIEWED = ("source", "decision", "review")

_UNSURE = {"en": "not known, says", "nb": "vet ikke, sier"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise. `file` is below the mappings; `source` the entry, value or
    key; `said` what became of it; `approval` what that means for the approval, or what became of
    the approval itself. `was` and `now` are for programs, None where there is nothing."""

    file: str
    source: str
    field: str
    said: str
    approval: str = ""
    was: Any = None
    now: Any = None

    @property
    def line(self) -> str:
        """`UB-UTLÅN-GLØS: map → merge into UB Utlån; the approval lapses`."""
        beside = f"; {self.approval}" if self.approval and self.field != "review" else ""
        return f"{self.source}: {self.said}{beside}"


def differences(
    before: Mappings, after: Mappings, units: Collection[str] | None = None, lang: str = "en"
) -> list[Difference]:
    """Every difference in what is decided, in the order of the files. Comments, order and the ways
    in which YAML can say the same are none. With `units`, only theirs."""
    found: list[Difference] = []
    for key in sorted({*before.units, *after.units}):
        if units is None or key in units:
            found += _unit(key, before, after, lang)
    if units is None:
        found += _shared(before, after)
    return found


def entry_differences(
    file: str,
    source: str,
    was: ReviewedEntry | None,
    now: ReviewedEntry | None,
    policy: Policy,
    lang: str = "en",
) -> list[Difference]:
    """What became of one entry: its decision, whether it is restricted, what is said beside it, and
    its approval."""
    old, new = _plain(was), _plain(now)
    approval = _approval(was, now, policy)
    found = []
    if was is None or now is None:
        decision = (new if was is None else old).get("decision")
        words = said(decision, lang)
        sign = "+" if was is None else "−"
        found.append(
            Difference(
                file, source, "entry", f"{sign} {words}", approval, was=old or None, now=new or None
            )
        )
        return found
    if old.get("decision") != new.get("decision"):
        words = became(old.get("decision"), new.get("decision"), lang)
        found.append(
            Difference(
                file, source, "decision", words, approval, old.get("decision"), new.get("decision")
            )
        )
    for name in dict.fromkeys([*old, *new]):
        if name not in _REVIEWED and old.get(name) != new.get(name):
            words = f"{name}: {_text(old.get(name))} → {_text(new.get(name))}"
            lapses = approval if name == "restricted" else ""
            found.append(
                Difference(file, source, name, words, lapses, old.get(name), new.get(name))
            )
    if now is not None and (unsure := _unsure(now)) and (was is None or _unsure(was) != unsure):
        words = f"{_UNSURE[lang]} {unsure}"
        found.append(Difference(file, source, "review", words, "", None, unsure))
    if not any(each.approval for each in found) and approval:
        found.append(
            Difference(
                file, source, "review", approval, approval, old.get("review"), new.get("review")
            )
        )
    return found


def _unit(key: str, before: Mappings, after: Mappings, lang: str) -> Iterator[Difference]:
    was, now = before.units.get(key), after.units.get(key)
    file = f"units/{key}/unit.yaml"
    yield from _flat(file, was.file if was else None, now.file if now else None)
    for name in FILES:
        old: Mapping[str, ReviewedEntry] = getattr(was, name) if was else {}
        new: Mapping[str, ReviewedEntry] = getattr(now, name) if now else {}
        for source in dict.fromkeys([*new, *old]):
            yield from entry_differences(
                f"units/{key}/{name}.yaml",
                source,
                old.get(source),
                new.get(source),
                after.policy,
                lang,
            )


def _shared(before: Mappings, after: Mappings) -> Iterator[Difference]:
    """What belongs to no unit: values, services, sprints, the policy."""
    for name in sorted({*before.values, *after.values}):
        yield from _table(
            f"values/{name}.yaml", before.values.get(name, {}), after.values.get(name, {})
        )
    yield from _table("values/service.yaml", before.services, after.services)
    yield from _table("sprints.yaml", before.sprints, after.sprints)
    yield from _flat("policy.yaml", before.policy, after.policy)


def _table(
    file: str, before: Mapping[str, BaseModel], after: Mapping[str, BaseModel]
) -> Iterator[Difference]:
    for key in dict.fromkeys([*after, *before]):
        was = before[key].model_dump(mode="json", exclude_defaults=True) if key in before else None
        now = after[key].model_dump(mode="json", exclude_defaults=True) if key in after else None
        if was != now:
            yield Difference(file, key, "value", f"{_text(was)} → {_text(now)}", "", was, now)


def _flat(file: str, before: BaseModel | None, after: BaseModel | None) -> Iterator[Difference]:
    """Key by key, each by its path; of a list what came and what went."""
    was = dict(_leaves(before.model_dump(mode="json"))) if before else {}
    now = dict(_leaves(after.model_dump(mode="json"))) if after else {}
    for key in dict.fromkeys([*now, *was]):
        old, new = was.get(key), now.get(key)
        if old == new:
            continue
        if isinstance(old, list | None) and isinstance(new, list | None):
            came = [f"+ {_text(each)}" for each in new or () if each not in (old or ())]
            went = [f"− {_text(each)}" for each in old or () if each not in (new or ())]
            words = ", ".join(came + went) or f"{_text(old)} → {_text(new)}"
        else:
            words = f"{_text(old)} → {_text(new)}"
        yield Difference(file, key, "key", words, "", old, new)


def _leaves(data: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _approval(was: ReviewedEntry | None, now: ReviewedEntry | None, policy: Policy) -> str:
    """What became of an approval, in words; nothing where it stands as it stood."""
    old = standing(was, None, policy).state if was else "missing"
    new = standing(now, None, policy).state if now else "missing"
    if now is not None and new in ("approved", "rejected"):
        same = was is not None and old == new and was.review == now.review
        return "" if same else f"{new} by {now.review.by}"
    if new == "edited":
        return "" if old == "edited" else "the approval lapses"
    return "the approval is gone" if old in ("approved", "edited") else ""


def _unsure(entry: ReviewedEntry) -> str:
    """Who has said that they do not know what is to become of an entry."""
    review = entry.review
    if entry.decision is not None or review.status != "proposed":
        return ""
    return review.by or ""


def _plain(entry: ReviewedEntry | None) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude_none=True) if entry is not None else {}


def _text(value: Any) -> str:
    if value in (None, "", {}, []):
        return "–"
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{key}: {_text(each)}" for key, each in value.items())
        case list():
            return ", ".join(map(_text, value))
    return str(value)
