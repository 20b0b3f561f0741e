"""The service catalogue: what can be ordered, and the options that a form asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.files import File, FileMaker
from migrate.simulate.world.options import CONDITIONAL, SHAPES, broken, twice, unknown
from migrate.simulate.world.rota import Rota
from migrate.simulate.world.scale import PRESENT
from migrate.simulate.world.services import CATEGORIES, SERVICES
from migrate.simulate.world.spoil import DELETED_GROUPS

if TYPE_CHECKING:
    from migrate.simulate.world.world import World

_DAY = 86_400
_DIRT = (
    Dirt.ITEM_OPTIONS_UNKNOWN,
    Dirt.ITEM_OPTIONS_BROKEN,
    Dirt.ITEM_INACTIVE,
    Dirt.ITEM_GROUP_UNKNOWN,
    Dirt.ITEM_OPTION_TWICE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the catalogue; `options` is the XML of its form, None where it has none. A
    category is an entry too, and the `parent` of its items."""

    name: str
    type: str
    parent: str | None
    active: bool | None
    group: str | None
    description: str
    options: str | None
    updated: int
    files: tuple[File, ...] = ()


def catalogue(world: World, files: FileMaker, tally: Tally) -> Iterator[Item]:
    """The categories, then what can be ordered; dirt is counted in `tally`."""
    draw = Random(f"{world.seed}/catalogue")
    for category in CATEGORIES:
        updated = PRESENT - int((300 + draw.random() * 900) * _DAY)
        yield Item(category, "category", None, True, None, f"Alt om {category}", None, updated)
    rota = Rota(_DIRT, 3)
    for place, service in enumerate(SERVICES.values()):
        item = Item(
            name=service.name,
            type="bundle" if place % 9 == 4 else "subitem",
            parent=service.category,
            active=None if place % 11 == 7 else True,
            group=service.group,
            description=f"Bestilling: {service.name}\nSkjemaet går til {service.group}.",
            options=None if place % 6 == 5 else SHAPES[place % len(SHAPES)](draw, service),
            updated=PRESENT - int(draw.random() * 900 * _DAY),
        )
        if place % 10 == 3:
            document = files.document("svcCatalog", item.name, item.updated, "falcon")
            item = replace(item, files=(document,))
        kind, turn = rota.next()
        if kind is not None:
            item = _spoiled(item, kind, turn)
            tally.note(kind, item.name)
        if item.options and any(condition in item.options for condition in CONDITIONAL):
            tally.note(Dirt.ITEM_OPTIONS_CONDITION, item.name)
        yield item


def _spoiled(item: Item, kind: Dirt, turn: int) -> Item:
    if kind is Dirt.ITEM_INACTIVE:
        return replace(item, active=False)
    if kind is Dirt.ITEM_GROUP_UNKNOWN:
        return replace(item, group=DELETED_GROUPS[turn % len(DELETED_GROUPS)])
    spoil = {
        Dirt.ITEM_OPTIONS_UNKNOWN: unknown,
        Dirt.ITEM_OPTIONS_BROKEN: broken,
        Dirt.ITEM_OPTION_TWICE: twice,
    }[kind]
    return replace(item, options=spoil(turn))
