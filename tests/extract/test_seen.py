from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.extract import seen
from migrate.extract.seen import Seen


@settings(max_examples=100)
@given(st.lists(st.lists(st.integers(0, 40).map(str), max_size=12), max_size=12))
def test_it_knows_what_was_added_and_nothing_else(batches: list[list[str]]) -> None:
    met, known = Seen(), set[str]()
    for batch in batches:
        expected = [
            place
            for place, id_ in enumerate(batch)
            if id_ not in known and id_ not in batch[:place]
        ]
        assert met.unknown(batch) == expected
        met.add(batch)
        known.update(batch)


def test_millions_take_little_more_than_their_hashes() -> None:
    met = Seen()
    for start in range(0, 400_000, 1000):
        met.add(f"IM{n:08}" for n in range(start, start + 1000))
    assert met.unknown(["IM00000007", "IM00399999", "IM00400000", "x", "x"]) == [2, 3]
    assert len(met._recent) < seen._BLOCK
    assert sum(map(len, met._sorted)) + len(met._recent) == 400_000
