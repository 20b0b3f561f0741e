"""Changes that leave what was approved as it is, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from approval_changes import Change, Mutation, dump, entries, in_file, pick
from approved_world import (
    LOGINS,
    UNITS,
    Scene,
    with_about,
    with_group,
    with_operator,
)

from migrate.transform.facts import GroupFacts, OperatorFacts, TargetGroup


def comments(draw: Random, scene: Scene) -> Change:
    unit, file = draw.choice(UNITS), draw.choice(("groups", "operators", "unit"))
    in_file(scene, unit, file, lambda text: _commented(draw, text))
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
    path, data = entries(scene, unit, file)
    flow, width = draw.choice((True, False)), draw.choice((40, 100, 1000))
    dump(path, data, default_flow_style=flow, width=width, indent=draw.choice((2, 4)))
    return Change(scene, {})


def order(draw: Random, scene: Scene) -> Change:
    unit, file = draw.choice(UNITS), draw.choice(("groups", "operators"))
    path, data = entries(scene, unit, file)
    draw.shuffle(data)
    shuffled = [_shuffled(draw, entry) for entry in data]
    dump(path, shuffled)
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
    in_file(scene, unit, file, change)
    return Change(scene, {})


def note(draw: Random, scene: Scene) -> Change:
    unit, _, name = pick(draw)
    path, data = entries(scene, unit, "groups")
    for entry in data:
        if entry["source"] == name:
            entry[draw.choice(("note", "refused"))] = "sett på dette"
            entry["refused"] = ["UB Et annet"]
    dump(path, data)
    return Change(scene, {})


def figures_within(draw: Random, scene: Scene) -> Change:
    _, _, name = pick(draw)
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
        in_file(
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
    in_file(
        scene,
        unit,
        "unit",
        lambda text: text.replace(
            "owners: [eier@example.no]", "owners: [ny@example.no]\nformer: [eier@example.no]"
        ),
    )
    return Change(scene, {})


COSMETIC: tuple[Mutation, ...] = (
    *(comments, layout, order, line_ends, note, figures_within, logins_spelled),
    *(others_changed, made_by_the_load, other_files, owner_changed),
)
