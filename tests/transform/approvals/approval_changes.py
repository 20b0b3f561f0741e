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

from migrate.transform.facts import GroupFacts, OperatorFacts, TargetGroup

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


def _pick(draw: Random, among: Iterable[int] = range(8)) -> tuple[str, int, str]:
    unit, n = draw.choice(UNITS), draw.choice(list(among))
    return unit, n, GROUPS[unit][n]


def _in_file(scene: Scene, unit: str, file: str, change: Callable[[str], str]) -> None:
    path = scene.folder / "units" / unit / f"{file}.yaml"
    before = path.read_bytes().decode()
    after = change(before)
    assert after != before, "the change changed nothing"
    path.write_bytes(after.encode())


def _entries(scene: Scene, unit: str, file: str) -> tuple[Path, list[dict[str, object]]]:
    path = scene.folder / "units" / unit / f"{file}.yaml"
    return path, yaml.safe_load(path.read_text("utf-8"))


def _dump(path: Path, data: object, **style: object) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, **style)  # type: ignore[call-overload]
    path.write_text(text, "utf-8")


# Facts of HPSM


def member_left(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
    gone = draw.choice(sorted(scene.facts.members[name]))
    members = {**scene.facts.members, name: scene.facts.members[name] - {gone}}
    seen = scene.facts.groups[name]
    facts = with_group(scene.facts, name, replace(seen, members=seen.members - 1))
    facts = replace(facts, members=members)
    return Change(replace(scene, facts=facts), {_group(unit, n): f"left: {gone}"})


def member_swapped(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
    inside = scene.facts.members[name]
    gone = draw.choice(sorted(inside))
    new = draw.choice(sorted({each for u in UNITS for each in LOGINS[u]} - inside))
    members = {**scene.facts.members, name: inside - {gone} | {new}}
    scene = replace(scene, facts=replace(scene.facts, members=members))
    return Change(scene, {_group(unit, n): f"left: {gone}; new: {new}"})


def tickets_grew(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
    seen = scene.facts.groups[name]
    many = seen.tickets + max(20, int(seen.tickets * 0.1)) + draw.randrange(1, 500)
    facts = with_group(scene.facts, name, replace(seen, tickets=many))
    return Change(
        replace(scene, facts=facts), {_group(unit, n): f"tickets: {seen.tickets} → {many}"}
    )


def open_moved(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
    seen = scene.facts.groups[name]
    edge = max(5, int(seen.open * 0.25)) + 1
    many = seen.open + draw.choice((edge, edge + 9, -edge))
    facts = with_group(scene.facts, name, replace(seen, open=many))
    return Change(replace(scene, facts=facts), {_group(unit, n): f"open: {seen.open} → {many}"})


def group_gone(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
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
    unit, n, _ = _pick(draw, (0, 1, 2, 4))
    about = dict(scene.target.about)
    about[f"Omdøpt {n}"] = about.pop(target_of(unit, n))
    lapses = _of_target(unit, n, f"renamed in TOPdesk: now Omdøpt {n}")
    return Change(replace(scene, target=with_about(scene.target, about)), lapses)


def group_archived(draw: Random, scene: Scene) -> Change:
    unit, n, _ = _pick(draw, (0, 1, 2, 4))
    about = dict(scene.target.about)
    del about[target_of(unit, n)]
    lapses = _of_target(unit, n, "TOPdesk no longer has it")
    return Change(replace(scene, target=with_about(scene.target, about)), lapses)


def group_made_anew(draw: Random, scene: Scene) -> Change:
    unit, n, _ = _pick(draw, (0, 1, 2, 4))
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
    unit, n, _ = _pick(draw, (0, 1, 2))
    old = target_of(unit, n)
    _in_file(scene, unit, "groups", lambda text: text.replace(old, f"{old}x", 1))
    return Change(scene, {_group(unit, n): f"target: {old} → {old}x"})


def line_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw, (0, 1, 2, 4))
    _of_entry(scene, unit, name, "line: second", draw.choice(("line: first", "line: null")))
    return Change(scene, {_group(unit, n): "line: second → "})


def action_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw, (0, 1, 2, 3, 4))
    to = draw.choice(("merge", "leave", "retire"))
    _of_entry(scene, unit, name, "action: map", f"action: {to}")
    return Change(scene, {_group(unit, n): f"action: map → {to}"})


def heir_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw, (6,))
    _of_entry(scene, unit, name, target_of(unit, 0), target_of(unit, 1))
    return Change(scene, {_group(unit, n): "open_tickets_to: "})


def reason_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw, (7,))
    _of_entry(scene, unit, name, "gammelt system", "et annet system")
    return Change(scene, {_group(unit, n): "reason: "})


def restricted_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
    now = "true" if n == 2 else "false"
    to = draw.choice(("unknown", "false" if n == 2 else "true"))
    _of_entry(scene, unit, name, f"restricted: {now}", f"restricted: {to}")
    return Change(scene, {_group(unit, n): "restricted: "})


def figure_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
    figure = draw.choice(("members", "open", "tickets"))
    was = getattr(scene.facts.groups[name], figure)
    _of_entry(scene, unit, name, f"{figure}: {was}", f"{figure}: {was + 1}")
    return Change(scene, {_group(unit, n): "saw was changed after the approval"})


def said_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw, (0, 1, 2))
    old = target_of(unit, n)
    _of_entry(scene, unit, name, old, f"{old} X", last=True)
    return Change(scene, {_group(unit, n): "target: "})


def seal_edited(draw: Random, scene: Scene) -> Change:
    unit, n, name = _pick(draw)
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
    unit, n, name = _pick(draw)
    _of_entry(scene, unit, name, "by: eier@example.no", "by: en.annen@example.no")
    return Change(scene, {_group(unit, n): "en.annen@example.no"})


def operator_edited(draw: Random, scene: Scene) -> Change:
    login = draw.choice(LOGINS[draw.choice(UNITS)])
    to = draw.choice(("action: create", "action: leave"))
    _of_entry(scene, login[:2], login, "action: map", to, file="operators")
    return Change(scene, {_operator(login): "action: map → "})


def tolerance_tightened(draw: Random, scene: Scene) -> Change:
    """What had moved within the tolerance does no longer, once the rule is another."""
    unit, n, name = _pick(draw)
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

    _in_file(scene, unit, file, change)


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


def comments(draw: Random, scene: Scene) -> Change:
    unit, file = draw.choice(UNITS), draw.choice(("groups", "operators", "unit"))
    _in_file(scene, unit, file, lambda text: _commented(draw, text))
    return Change(scene, {})


def _commented(draw: Random, text: str) -> str:
    lines = text.split("\n")
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(lines))
        if draw.random() < 0.5 and lines[at] and "#" not in lines[at]:
            lines[at] += "   # spør Kari"
        else:
            lines.insert(at, draw.choice(("# en merknad", "", "  # innrykket")))
    return "\n".join(lines)


def layout(draw: Random, scene: Scene) -> Change:
    unit, file = draw.choice(UNITS), draw.choice(("groups", "operators"))
    path, data = _entries(scene, unit, file)
    flow, width = draw.choice((True, False)), draw.choice((40, 100, 1000))
    _dump(path, data, default_flow_style=flow, width=width, indent=draw.choice((2, 4)))
    return Change(scene, {})


def order(draw: Random, scene: Scene) -> Change:
    unit, file = draw.choice(UNITS), draw.choice(("groups", "operators"))
    path, data = _entries(scene, unit, file)
    draw.shuffle(data)
    shuffled = [_shuffled(draw, entry) for entry in data]
    _dump(path, shuffled)
    return Change(scene, {})


def _shuffled(draw: Random, value: object) -> object:
    if not isinstance(value, dict):
        return value
    pairs = list(value.items())
    draw.shuffle(pairs)
    return {key: _shuffled(draw, each) for key, each in pairs}


def line_ends(draw: Random, scene: Scene) -> Change:
    unit, file = draw.choice(UNITS), draw.choice(("groups", "operators", "unit"))
    to = draw.choice(("crlf", "bom", "blanks"))
    change: Callable[[str], str] = {
        "crlf": lambda text: text.replace("\n", "\r\n"),
        "bom": lambda text: f"\ufeff{text}",
        "blanks": lambda text: text.replace("\n", "   \n"),
    }[to]
    _in_file(scene, unit, file, change)
    return Change(scene, {})


def note(draw: Random, scene: Scene) -> Change:
    unit, _, name = _pick(draw)
    path, data = _entries(scene, unit, "groups")
    for entry in data:
        if entry["source"] == name:
            entry[draw.choice(("note", "refused"))] = "sett på dette"
            entry["refused"] = ["UB Et annet"]
    _dump(path, data)
    return Change(scene, {})


def figures_within(draw: Random, scene: Scene) -> Change:
    _, _, name = _pick(draw)
    seen = scene.facts.groups[name]
    moved = replace(
        seen,
        open=seen.open + draw.randrange(-5, 6),
        tickets=seen.tickets + draw.randrange(-20, 21),
        last="2019-09-25",
        topics={"Klient": draw.randrange(1, 99)},
    )
    return Change(replace(scene, facts=with_group(scene.facts, name, moved)), {})


def logins_spelled(draw: Random, scene: Scene) -> Change:
    up = draw.choice((str.upper, str.title))
    members = {n: frozenset(f"{up(m)} " for m in found) for n, found in scene.facts.members.items()}
    operators = {up(login): seen for login, seen in scene.facts.operators.items()}
    return Change(
        replace(scene, facts=replace(scene.facts, members=members, operators=operators)), {}
    )


def others_changed(draw: Random, scene: Scene) -> Change:
    """Groups and people that nobody here decided on."""
    facts, target = scene.facts, scene.target
    kind = draw.randrange(4)
    if kind == 0:
        facts = with_group(facts, "XX-ANNEN", GroupFacts(draw.randrange(9), 3, 99))
    elif kind == 1:
        facts = with_operator(facts, "xxny", OperatorFacts("Ny Person", "", True))
    elif kind == 2:
        target = with_about(target, {**target.about, "Noe annet": TargetGroup("id-x", "UB")})
    else:
        login = draw.choice(LOGINS[draw.choice(UNITS)])
        seen = replace(facts.operators[login], name="Gift Navn", title="Sjef", unit="Annet")
        facts = with_operator(facts, login, seen)
    return Change(replace(scene, facts=facts, target=target), {})


def made_by_the_load(draw: Random, scene: Scene) -> Change:
    """What was not there at the approval is, since the tool made it."""
    unit = draw.choice(UNITS)
    made = {f"{unit.upper()} Helt ny": TargetGroup("id-made", unit.upper())}
    target = with_about(scene.target, {**scene.target.about, **made})
    return Change(replace(scene, target=target), {})


def other_files(draw: Random, scene: Scene) -> Change:
    unit = draw.choice(UNITS)
    kind = draw.randrange(4)
    if kind == 0:
        (scene.folder / "units" / unit / "groups.seen.yaml").unlink()
    elif kind == 1:
        _in_file(
            scene, unit, "unit", lambda text: text.replace("owners: [", "owners: [ny@example.no, ")
        )
    elif kind == 2:
        text = "Open: {target: null, state: open}\nNy: {target: null, state: open}\n"
        scene.folder.joinpath("values/status.yaml").write_text(text)
    else:
        text = "tolerance: {tickets: {absolute: 1, share: 0.0}}\n"
        scene.folder.joinpath("policy.yaml").write_text(text)
    return Change(scene, {})


def owner_changed(draw: Random, scene: Scene) -> Change:
    """The owner is another; what the one before approved stands, since unit.yaml names them."""
    unit = draw.choice(UNITS)
    _in_file(
        scene,
        unit,
        "unit",
        lambda text: text.replace(
            "owners: [eier@example.no]", "owners: [ny@example.no]\nformer: [eier@example.no]"
        ),
    )
    return Change(scene, {})


MEANING: tuple[Mutation, ...] = (
    *(member_left, member_swapped, tickets_grew, open_moved, group_gone),
    *(operator_stopped, operator_gone),
    *(group_renamed, group_archived, group_made_anew, operator_renamed),
    *(target_edited, line_edited, action_edited, heir_edited, reason_edited, restricted_edited),
    *(articles_moved, item_ended, audience_edited),
    *(figure_edited, said_edited, seal_edited, by_edited, operator_edited, tolerance_tightened),
)
COSMETIC: tuple[Mutation, ...] = (
    *(comments, layout, order, line_ends, note, figures_within, logins_spelled),
    *(others_changed, made_by_the_load, other_files, owner_changed),
)
