"""One change of facts or files at a time, each with what it must do to approvals.

What lapses is said by hand beside each change, and is not asked of the code under test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import yaml
from approved_world import (
    GROUPS,
    LOGINS,
    UNITS,
    Scene,
    target_of,
    with_about,
    with_group,
    with_operator,
)

from migrate.transform.facts import TargetGroup

FIELDS = ("source", "decision", "restricted", "review", "note")


@dataclass(frozen=True)
class Change:
    """What was done (the files in place, facts in `scene`), the entries that it concerns, by id,
    and a piece of what each must say."""

    scene: Scene
    lapses: dict[str, str]


Mutation = Callable[[Random, Scene], Change]


def _group(unit: str, n: int) -> str:
    return f"units/{unit}/groups.yaml#{GROUPS[unit][n]}"


def _operator(login: str) -> str:
    return f"units/{login[:2]}/operators.yaml#{login}"


def pick(draw: Random, among: Iterable[int] = range(8)) -> tuple[str, int, str]:
    unit, n = draw.choice(UNITS), draw.choice(list(among))
    return unit, n, GROUPS[unit][n]


def in_file(scene: Scene, unit: str, file: str, change: Callable[[str], str]) -> None:
    path = scene.folder / "units" / unit / f"{file}.yaml"
    before = path.read_bytes().decode()
    after = change(before)
    assert after != before, "the change changed nothing"
    path.write_bytes(after.encode())


def entries(scene: Scene, unit: str, file: str) -> tuple[Path, list[dict[str, object]]]:
    path = scene.folder / "units" / unit / f"{file}.yaml"
    return path, yaml.safe_load(path.read_text("utf-8"))


def dump(path: Path, data: object, **style: object) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, **style)  # type: ignore[call-overload]
    path.write_text(text, "utf-8")


# Facts of HPSM


def member_left(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    gone = draw.choice(sorted(scene.facts.members[name]))
    members = {**scene.facts.members, name: scene.facts.members[name] - {gone}}
    seen = scene.facts.groups[name]
    facts = with_group(scene.facts, name, replace(seen, members=seen.members - 1))
    facts = replace(facts, members=members)
    return Change(replace(scene, facts=facts), {_group(unit, n): f"left: {gone}"})


def member_swapped(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    inside = scene.facts.members[name]
    gone = draw.choice(sorted(inside))
    new = draw.choice(sorted({each for u in UNITS for each in LOGINS[u]} - inside))
    members = {**scene.facts.members, name: inside - {gone} | {new}}
    scene = replace(scene, facts=replace(scene.facts, members=members))
    return Change(scene, {_group(unit, n): f"left: {gone}; new: {new}"})


def tickets_grew(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    seen = scene.facts.groups[name]
    many = seen.tickets + max(20, int(seen.tickets * 0.1)) + draw.randrange(1, 500)
    facts = with_group(scene.facts, name, replace(seen, tickets=many))
    return Change(
        replace(scene, facts=facts), {_group(unit, n): f"tickets: {seen.tickets} → {many}"}
    )


def open_moved(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    seen = scene.facts.groups[name]
    edge = max(5, int(seen.open * 0.25)) + 1
    many = seen.open + draw.choice((edge, edge + 9, -edge))
    facts = with_group(scene.facts, name, replace(seen, open=many))
    return Change(replace(scene, facts=facts), {_group(unit, n): f"open: {seen.open} → {many}"})


def group_gone(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    scene = replace(scene, facts=with_group(scene.facts, name, None))
    return Change(scene, {_group(unit, n): "HPSM no longer has it"})


def operator_stopped(draw: Random, scene: Scene) -> Change:
    login = draw.choice(LOGINS[draw.choice(UNITS)])
    seen = replace(scene.facts.operators[login], active=False)
    lapses = {_operator(login): "active: yes → no"}
    for unit in UNITS:
        for n, name in enumerate(GROUPS[unit]):
            if login in scene.facts.members[name]:
                lapses[_group(unit, n)] = f"left: {login}"
    return Change(replace(scene, facts=with_operator(scene.facts, login, seen)), lapses)


def operator_gone(draw: Random, scene: Scene) -> Change:
    login = draw.choice(LOGINS[draw.choice(UNITS)])
    scene = replace(scene, facts=with_operator(scene.facts, login, None))
    return Change(scene, {_operator(login): "HPSM no longer has it"})


# Facts of TOPdesk


def group_renamed(draw: Random, scene: Scene) -> Change:
    unit, n, _ = pick(draw, (0, 1, 2, 4))
    about = dict(scene.target.about)
    about[f"Omdøpt {n}"] = about.pop(target_of(unit, n))
    lapses = _of_target(unit, n, f"renamed in TOPdesk: now Omdøpt {n}")
    return Change(replace(scene, target=with_about(scene.target, about)), lapses)


def group_archived(draw: Random, scene: Scene) -> Change:
    unit, n, _ = pick(draw, (0, 1, 2, 4))
    about = dict(scene.target.about)
    del about[target_of(unit, n)]
    lapses = _of_target(unit, n, "TOPdesk no longer has it")
    return Change(replace(scene, target=with_about(scene.target, about)), lapses)


def group_made_anew(draw: Random, scene: Scene) -> Change:
    unit, n, _ = pick(draw, (0, 1, 2, 4))
    about = {**scene.target.about, target_of(unit, n): TargetGroup("id-other", unit.upper())}
    lapses = _of_target(unit, n, "another one has this name")
    return Change(replace(scene, target=with_about(scene.target, about)), lapses)


def operator_renamed(draw: Random, scene: Scene) -> Change:
    login = draw.choice(LOGINS[draw.choice(UNITS)])
    operators = dict(scene.target.operators)
    operators[f"{login}.ny"] = operators.pop(login)
    scene = replace(scene, target=replace(scene.target, operators=operators))
    return Change(scene, {_operator(login): f"renamed in TOPdesk: now {login}.ny"})


def _of_target(unit: str, n: int, said: str) -> dict[str, str]:
    """Whoever becomes the group, is merged into it, or leaves it open tickets."""
    others = {4: (4, 5), 0: (0, 6)}.get(n, (n,))
    return {_group(unit, each): said for each in others}


# Files


def target_edited(draw: Random, scene: Scene) -> Change:
    unit, n, _ = pick(draw, (0, 1, 2))
    old = target_of(unit, n)
    in_file(scene, unit, "groups", lambda text: text.replace(old, f"{old}x", 1))
    return Change(scene, {_group(unit, n): f"target: {old} → {old}x"})


def line_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw, (0, 1, 2, 4))
    _of_entry(scene, unit, name, "line: second", draw.choice(("line: first", "line: null")))
    return Change(scene, {_group(unit, n): "line: second → "})


def action_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw, (0, 1, 2, 3, 4))
    to = draw.choice(("merge", "leave", "retire"))
    _of_entry(scene, unit, name, "action: map", f"action: {to}")
    return Change(scene, {_group(unit, n): f"action: map → {to}"})


def heir_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw, (6,))
    _of_entry(scene, unit, name, target_of(unit, 0), target_of(unit, 1))
    return Change(scene, {_group(unit, n): "open_tickets_to: "})


def reason_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw, (7,))
    _of_entry(scene, unit, name, "gammelt system", "et annet system")
    return Change(scene, {_group(unit, n): "reason: "})


def restricted_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    now = "true" if n == 2 else "false"
    to = draw.choice(("unknown", "false" if n == 2 else "true"))
    _of_entry(scene, unit, name, f"restricted: {now}", f"restricted: {to}")
    return Change(scene, {_group(unit, n): "restricted: "})


def figure_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    figure = draw.choice(("members", "open", "tickets"))
    was = getattr(scene.facts.groups[name], figure)
    _of_entry(scene, unit, name, f"{figure}: {was}", f"{figure}: {was + 1}")
    return Change(scene, {_group(unit, n): "saw was changed after the approval"})


def said_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw, (0, 1, 2))
    old = target_of(unit, n)
    _of_entry(scene, unit, name, old, f"{old} X", last=True)
    return Change(scene, {_group(unit, n): "target: "})


def seal_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = pick(draw)
    what, to = draw.choice(
        (
            (r"status: approved", "status: proposed"),
            (r"status: approved", "status: rejected"),
            (r"by: [^,]+", "by: null"),
            (r"at: [^,]+", "at: null"),
            (r"digest: [^,]+", "digest: null"),
            (r"digest: [^,]+", "digest: 0123456789abcdef"),
        )
    )
    _of_entry(scene, unit, name, what, to, pattern=True)
    return Change(scene, {_group(unit, n): ""})


def by_edited(draw: Random, scene: Scene) -> Change:
    """Somebody else than an owner stands as who said yes: it is checking that finds this."""
    unit, n, name = pick(draw)
    _of_entry(scene, unit, name, "by: eier@example.no", "by: en.annen@example.no")
    return Change(scene, {_group(unit, n): "en.annen@example.no"})


def operator_edited(draw: Random, scene: Scene) -> Change:
    login = draw.choice(LOGINS[draw.choice(UNITS)])
    to = draw.choice(("action: create", "action: leave"))
    _of_entry(scene, login[:2], login, "action: map", to, file="operators")
    return Change(scene, {_operator(login): "action: map → "})


def tolerance_tightened(draw: Random, scene: Scene) -> Change:
    """What had moved within the tolerance does no longer, once the rule is another."""
    unit, n, name = pick(draw)
    seen = scene.facts.groups[name]
    facts = with_group(scene.facts, name, replace(seen, tickets=seen.tickets + 15))
    policy = scene.folder / "policy.yaml"
    policy.write_text(f"{policy.read_text()}tolerance: {{tickets: {{absolute: 3, share: 0.0}}}}\n")
    return Change(replace(scene, facts=facts), {_group(unit, n): "tickets: "})


def _of_entry(
    scene: Scene,
    unit: str,
    source: str,
    old: str,
    new: str,
    *,
    file: str = "groups",
    pattern: bool = False,
    last: bool = False,
) -> None:
    """Change the first (or last) place within one entry of a file."""

    def change(text: str) -> str:
        start = text.index(f"- source: {source}\n")
        end = text.find("\n- source:", start + 1)
        end = len(text) if end < 0 else end
        entry = text[start:end]
        if pattern:
            entry = re.sub(old, new, entry, count=1)
        elif last:
            entry = new.join(entry.rsplit(old, 1))
        else:
            entry = entry.replace(old, new, 1)
        return text[:start] + entry + text[end:]

    in_file(scene, unit, file, change)


# Knowledge and services


def articles_moved(draw: Random, scene: Scene) -> Change:
    unit, many = draw.choice(UNITS), draw.choice((30, 46, 99))
    content = scene.facts.content
    categories = {**content.categories, f"Kunnskap {unit}": many}
    facts = replace(scene.facts, content=replace(content, categories=categories))
    lapses = {f"units/{unit}/knowledge.yaml#Kunnskap {unit}": f"articles: 40 → {many}"}
    return Change(replace(scene, facts=facts), lapses)


def item_ended(draw: Random, scene: Scene) -> Change:
    unit, content = draw.choice(UNITS), scene.facts.content
    items = {**content.items, f"Tjeneste {unit}": False}
    said = "active: yes → no"
    if draw.random() < 0.5:
        del items[f"Tjeneste {unit}"]
        said = "HPSM no longer has it"
    facts = replace(scene.facts, content=replace(content, items=items))
    lapses = {f"units/{unit}/services.yaml#Tjeneste {unit}": said}
    return Change(replace(scene, facts=facts), lapses)


def audience_edited(draw: Random, scene: Scene) -> Change:
    unit, name = draw.choice(UNITS), "knowledge"
    old, new = draw.choice(
        (("audience: portal", "audience: operators"), ("restricted: false", "restricted: true"))
    )
    _of_entry(scene, unit, f"Kunnskap {unit}", old, new, file=name)
    said = f"{old.partition(':')[0]}: "
    return Change(scene, {f"units/{unit}/knowledge.yaml#Kunnskap {unit}": said})


# What changes nothing that was decided or seen


MEANING: tuple[Mutation, ...] = (
    *(member_left, member_swapped, tickets_grew, open_moved, group_gone),
    *(operator_stopped, operator_gone),
    *(group_renamed, group_archived, group_made_anew, operator_renamed),
    *(target_edited, line_edited, action_edited, heir_edited, reason_edited, restricted_edited),
    *(articles_moved, item_ended, audience_edited),
    *(figure_edited, said_edited, seal_edited, by_edited, operator_edited, tolerance_tightened),
)
