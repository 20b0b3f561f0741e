"""What every source promises (extract/source.py), held against each way into one world.

The same world read through each way gives the same records, except for what `describe` declares out
of reach and what the way itself declares to lose (hpsm_ways.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hpsm_ways import PASSWORD, WAYS, Hpsm, Way, make

from migrate.extract.defaults import DEFAULTS
from migrate.extract.source import KindInfo
from migrate.records import SOURCE_KINDS, Batch

Records = dict[str, dict[str, Any]]

COMPARED_APART = {"attachments"}
"""Kinds whose fields differ by nature between the ways: files, of which the content counts."""


@pytest.fixture(scope="module")
def hpsm(tmp_path_factory: pytest.TempPathFactory) -> Hpsm:
    return make(tmp_path_factory.mktemp("hpsm"))


@pytest.fixture(scope="module", params=WAYS)
def way(
    request: pytest.FixtureRequest, hpsm: Hpsm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Way]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HPSM_PASSWORD", PASSWORD)
        with WAYS[request.param](hpsm, tmp_path_factory.mktemp("way")) as opened:
            yield opened


@pytest.fixture(scope="module")
def infos(way: Way, tmp_path_factory: pytest.TempPathFactory) -> dict[str, KindInfo]:
    source = way.open(tmp_path_factory.mktemp("blobs"))
    return {info.kind: info for info in source.describe()}


@pytest.fixture(scope="module")
def found(way: Way, infos: dict[str, KindInfo], blobs: Path) -> dict[str, Records]:
    return _everything(way, infos, blobs)


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blobs")


@pytest.fixture(scope="module")
def truth(hpsm: Hpsm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Records]:
    """What the database holds, read by the alias table."""
    with WAYS["sql"](hpsm, tmp_path_factory.mktemp("truth")) as way:
        source = way.open(tmp_path_factory.mktemp("blobs"))
        return _everything(way, {info.kind: info for info in source.describe()}, source=source)


def _everything(
    way: Way, infos: dict[str, KindInfo], blobs: Path = Path(), source: Any = None
) -> dict[str, Records]:
    opened = source or way.open(blobs)
    return {kind: _records(opened.read(kind)) for kind, info in infos.items() if not info.absent}


def _records(batches: Iterator[Batch]) -> Records:
    """Key → field → value, with its type; the first of a key counts, as in the snapshot."""
    records: Records = {}
    for batch in batches:
        types = batch.types or ("text",) * len(batch.columns)
        for row in batch.rows:
            record = {
                name: (type_, value)
                for name, type_, value in zip(batch.columns, types, row, strict=True)
            }
            records.setdefault(row[batch.key], record)
    return records


def test_nothing_is_wrong_with_the_configuration(way: Way, tmp_path: Path) -> None:
    assert [p for p in way.open(tmp_path).check() if not p.warning] == []


def test_every_kind_is_described_once_and_in_order(infos: dict[str, KindInfo]) -> None:
    assert list(infos) == [kind for kind in SOURCE_KINDS if kind in infos]


def test_a_kind_is_there_or_it_is_said_why_not(
    infos: dict[str, KindInfo], truth: dict[str, Records]
) -> None:
    for kind in truth:
        assert kind in infos
        assert bool(infos[kind].absent) != bool(infos[kind].fields), kind


def _expected(
    kind: str, way: Way, hpsm: Hpsm, infos: dict[str, KindInfo], truth: dict[str, Records]
) -> Records:
    """The records of `kind` that this way can give: those of whole tables that it declares out of
    reach are left out, and files of records that are gone where it has none."""
    tables = [name for name, _ in infos[kind].missing if name in DEFAULTS]
    left_out = {key for table in tables for key in hpsm.keys(table)}
    if kind == "attachments" and not way.gone:
        there = {key for records in truth.values() for key in records}
        left_out |= {k for k, r in truth[kind].items() if r["topic"][1] not in there}
    return {
        way.value("text", key): record for key, record in truth[kind].items() if key not in left_out
    }


def test_the_same_records_come_by_every_way(
    way: Way,
    hpsm: Hpsm,
    infos: dict[str, KindInfo],
    found: dict[str, Records],
    truth: dict[str, Records],
) -> None:
    for kind in found:
        assert set(_expected(kind, way, hpsm, infos, truth)) == set(found[kind]), kind


def test_the_differences_are_exactly_those_that_were_declared(
    way: Way,
    hpsm: Hpsm,
    infos: dict[str, KindInfo],
    found: dict[str, Records],
    truth: dict[str, Records],
) -> None:
    differing = []
    for kind in found.keys() - COMPARED_APART:
        fields = {name for record in truth[kind].values() for name in record} - {"key"}
        given = set(infos[kind].fields)
        assert fields - given <= dict(infos[kind].missing).keys() | way.nulled(kind), kind
        for key, record in _expected(kind, way, hpsm, infos, truth).items():
            for name in fields & given:
                here, there = found[kind][key][name][1], way.value(*record[name])
                if here != there:
                    differing.append((kind, key, name, there, here))
    assert differing == []


def test_files_are_the_same_by_their_content(
    way: Way,
    hpsm: Hpsm,
    infos: dict[str, KindInfo],
    found: dict[str, Records],
    truth: dict[str, Records],
) -> None:
    if infos["attachments"].absent:
        pytest.skip("this way has no files, and says so")
    expected = _expected("attachments", way, hpsm, infos, truth)
    for key, record in expected.items():
        here = found["attachments"][key]
        for name in ("sha256", "content_size", "filename", "size"):
            assert here[name][1] == record[name][1], (key, name)
        assert bool(here["broken"][1]) == bool(record["broken"][1]), key


def test_reading_twice_gives_the_same(way: Way, found: dict[str, Records], blobs: Path) -> None:
    again = _records(way.open(blobs).read("incidents"))
    assert again == found["incidents"]


def test_batches_are_bounded_and_their_key_is_a_text(way: Way, blobs: Path) -> None:
    for batch in way.open(blobs, batch=50).read("incidents"):
        assert len(batch.rows) <= 50 or way.config.type in ("rest", "soap")
        assert all(isinstance(row[batch.key], str) for row in batch.rows)


def test_a_delta_holds_all_that_was_modified_since(
    way: Way, found: dict[str, Records], blobs: Path
) -> None:
    times = sorted(r["sysmodtime"][1] for r in found["incidents"].values() if r["sysmodtime"][1])
    middle = times[len(times) // 2]
    since = datetime.fromisoformat(middle).replace(tzinfo=UTC)
    given = _records(way.open(blobs).read("incidents", since))
    expected = {
        key
        for key, record in found["incidents"].items()
        if record["sysmodtime"][1] is None or record["sysmodtime"][1] >= middle
    }
    assert expected <= set(given)
    assert way.delta == (len(given) < len(found["incidents"]))


def test_reading_goes_on_behind_any_batch(way: Way, found: dict[str, Records], blobs: Path) -> None:
    if not way.resumes:
        pytest.skip("this way is read from its start again")
    batches = list(way.open(blobs, batch=40).read("incidents"))
    assert len(batches) > 1 or way.config.type in ("rest", "soap")
    for n, batch in enumerate(batches):
        assert batch.position
        rest = _records(way.open(blobs, batch=40).read("incidents", None, batch.position))
        before = _records(iter(batches[: n + 1]))
        assert {**rest, **before} == found["incidents"]
        assert not rest.keys() & before.keys()
