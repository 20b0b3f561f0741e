"""Standard answers that operators insert: a group's own, or everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from migrate.simulate.world.dirt import Dirt, Tally
from migrate.simulate.world.organisation import GROUPS, Shape
from migrate.simulate.world.rota import Rota
from migrate.simulate.world.scale import PRESENT
from migrate.simulate.world.spoil import DELETED_GROUPS
from migrate.simulate.world.texts import Texts

if TYPE_CHECKING:
    from migrate.simulate.world.world import World

TEXTS = 70
_DAY = 86_400
_PURPOSES = ("Purring", "Kvittering", "Avslutning", "Viderehenvisning", "Ber om opplysninger")
_DIRT = (Dirt.TEXT_EMPTY, Dirt.TEXT_GROUP_UNKNOWN)


@dataclass(frozen=True, slots=True)
class StandardText:
    """One text; without a `group` it is everybody's."""

    name: str
    title: str
    text: str | None
    group: str | None
    updated: int


def standard_texts(world: World, tally: Tally) -> Iterator[StandardText]:
    """The same at every scale; dirt is counted in `tally`."""
    draw = Random(f"{world.seed}/standard texts")
    pool = Texts(world.seed)
    rota = Rota(_DIRT, 8)
    groups = [group.name for group in GROUPS.values() if group.shape is Shape.NORMAL]
    for place in range(TEXTS):
        group = None if place % 7 == 0 else draw.choice(groups)
        purpose = _PURPOSES[place % len(_PURPOSES)]
        greeting = "Hei ${contact.name},"
        lines = (
            draw.choice(pool.answers),
            draw.choice(pool.questions),
            "",
            "Vennlig hilsen",
            "${operator}",
        )
        made = StandardText(
            name=f"{(group or 'FELLES')[:20]} {place + 1:03d}",
            title=f"{purpose}: {draw.choice(pool.answers)}"[:60],
            text="\n".join((greeting, "", *lines)),
            group=group,
            updated=PRESENT - int(draw.random() * 1_500 * _DAY),
        )
        kind, turn = rota.next()
        if kind is Dirt.TEXT_EMPTY:
            made = replace(made, text=(None, "", "\n\n")[turn % 3])
        elif kind is not None:
            made = replace(made, group=DELETED_GROUPS[turn % len(DELETED_GROUPS)])
        if kind is not None:
            tally.note(kind, made.name)
        yield made
