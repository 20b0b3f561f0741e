"""Names and people that are probably one: near, and not only a little alike.

Pure. A university has hundreds of groups whose names differ in one code, and many people of one
name; what is told apart there must stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy
from rapidfuzz import fuzz, process

_NAME = 88
"""Of 100: names of people that may be one name, written differently or mistyped."""

_WORD = 80
"""Of 100: words that may be one word. Shorter than four letters they are codes, and must agree."""

_CROWD = 12
"""More people than this do not share a telephone or a mailbox as one person's own."""

_BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person's record. `label` is what may be shown of it, `name` is folded. `own` are values
    that no two people share (login), `shared` some that two may (telephone, a common mailbox), both
    by field. `place` is where they belong."""

    label: str
    name: str
    own: Mapping[str, str]
    shared: Mapping[str, str]
    place: str

    def differs(self, other: Somebody) -> bool:
        """Whether a value of their own tells them apart."""
        return any(other.own.get(field, value) != value for field, value in self.own.items())


def alike_names(
    names: Sequence[str], spelled_out: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Pairs of names that are one once case, order, dashes, abbreviations and a mistyped letter are
    set aside. Names that differ in a code (`IDI`, `IIK`), a number or a whole word are not."""
    plain = [spelled_out(name) for name in names]
    if not plain:
        return
    scores = process.cdist(plain, plain, scorer=fuzz.token_sort_ratio, score_cutoff=70, workers=1)
    for row, column in numpy.argwhere(numpy.triu(scores, 1) > 0):
        if _same_words(plain[row].split(), plain[column].split()):
            yield names[row], names[column]


def _same_words(one: list[str], other: list[str]) -> bool:
    """Whether every word has its like on the other side."""
    left, right = list(one), list(other)
    for word in one:
        if word in right:
            right.remove(word)
            left.remove(word)
    if len(left) != len(right):
        return "".join(one) == "".join(other)
    return all(_same_word(a, b) for a, b in zip(left, right, strict=True))


def _same_word(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 4 or any(c.isdigit() for c in one + other):
        return False
    begins = one.startswith(other) or other.startswith(one)
    return begins or fuzz.ratio(one, other) >= _WORD


def one_person(people: Sequence[Somebody]) -> list[list[int]]:
    """Which of `people` are certainly one: a value of their own agrees, or a shared one and the
    name, and nothing of their own differs. Each list has the places of one person's records, two or
    more."""
    parent = list(range(len(people)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = place = parent[parent[place]]
        return place

    for own in (True, False):
        blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, person in enumerate(people):
            for value in (person.own if own else person.shared).items():
                blocks[value].append(place)
        for block in blocks.values():
            for at, one in enumerate(block if len(block) <= _CROWD else ()):
                for other in block[at + 1 :]:
                    if own or _same_name(people[one], people[other]):
                        parent[root(other)] = root(one)
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(len(people)):
        found[root(place)].append(place)
    return [places for places in found.values() if len(places) > 1]


def _same_name(one: Somebody, other: Somebody) -> bool:
    alike = fuzz.token_sort_ratio(one.name, other.name) >= _NAME
    return alike and not one.differs(other)


def perhaps_one(people: Sequence[Somebody]) -> Iterator[tuple[int, int]]:
    """Pairs whose names are alike in the same place, and that nothing tells apart: at least one of
    them has no value of its own, and no shared one differs.

    Compared place by place, in a large place letter by letter, so that it takes seconds for tens
    of thousands.
    """
    blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
    crowded = _crowded(person.place for person in people)
    for at, person in enumerate(people):
        if person.place and person.name:
            letter = person.name[0] if person.place in crowded else ""
            blocks[person.place, letter].append(at)
    for block in blocks.values():
        vague = [at for at in block if not people[at].own]
        for start in range(0, len(vague), _BLOCK):
            some = vague[start : start + _BLOCK]
            scores = process.cdist(
                [people[at].name for at in some],
                [people[at].name for at in block],
                scorer=fuzz.token_sort_ratio,
                score_cutoff=_NAME,
                workers=1,
            )
            for row, column in numpy.argwhere(scores > 0):
                one, other = some[row], block[column]
                once = one < other or (one != other and people[other].own)
                if once and not _told_apart(people[one], people[other]):
                    yield one, other


def _told_apart(one: Somebody, other: Somebody) -> bool:
    return any(other.shared.get(field, value) != value for field, value in one.shared.items())


def _crowded(places: Iterable[str]) -> set[str]:
    count: dict[str, int] = defaultdict(int)
    for place in places:
        count[place] += 1
    return {place for place, people in count.items() if people > _BLOCK}
