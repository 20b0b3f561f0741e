from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from simulated_hpsm import Hpsm

from migrate.config import load_config
from migrate.errors import ConfigurationError
from migrate.extract import rc
from migrate.extract.dbdict import Dbdict, parse, record, service
from migrate.simulate.hpsm import make_database
from migrate.simulate.hpsm.unload import ALL, DEFINITIONS, FOLDER, write_unload
from migrate.simulate.hpsm.web.extaccess import EXTACCESS
from migrate.simulate.world import Dirt, World

DBDICT, DATA = 0xFF, 0xFB


@pytest.fixture(scope="module")
def folder(hpsm: Hpsm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("unload")
    write_unload(hpsm.url, made)
    return made


def values(path: Path) -> Iterator[tuple[int, Any]]:
    """Kind and value of every record, by the documented frame, to the last byte."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        assert data[at : at + 3] == b"\x00\x02\x19"
        kind, size, at = data[at + 3], int.from_bytes(data[at + 4 : at + 6], "big"), at + 6
        if size == 0xFFFF:
            size, at = int.from_bytes(data[at : at + 4], "big"), at + 4
        value, end = rc.decode(data, at)
        assert end == at + size
        yield kind, value
        at = end


def unloaded(path: Path) -> tuple[dict[str, Dbdict], dict[str, list[dict[str, Any]]]]:
    dbdicts: dict[str, Dbdict] = {}
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    current: Dbdict | None = None
    for kind, value in values(path):
        if kind == DBDICT:
            current = parse(value)
            dbdicts[current.file] = current
        else:
            assert kind == DATA
            assert current is not None
            found[current.file].append(record(current, value))
    return dbdicts, dict(found)


def stored(value: Any) -> Any:
    """As the classic tables have it."""
    value = rc.plain(value)
    if isinstance(value, list):
        return None if value == [None] else "\n".join(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    return value.isoformat(" ") if hasattr(value, "isoformat") else value


def test_every_record_and_every_field_is_in_the_one_big_file(hpsm: Hpsm, folder: Path) -> None:
    dbdicts, found = unloaded(folder / ALL)
    for name, dbdict in dbdicts.items():
        if name in ("extaccess", "SYSATTACHMENTS"):
            continue
        main = dbdict.table("m1")
        with closing(sqlite3.connect(hpsm.path)) as connection:
            connection.row_factory = sqlite3.Row
            expected = [dict(row) for row in connection.execute(f'SELECT * FROM "{main}"')]
        columns = {
            node.field.name: entry.column
            for node in dbdict.top
            for entry in node.columns
            if entry.column and entry.alias == "m1"
        }
        got = [
            {columns[field]: stored(value) for field, value in row.items() if field in columns}
            for row in found[name]
        ]
        assert got == expected, name
    assert set(dbdicts) == set(found)


def test_members_are_an_array_of_their_group(hpsm: Hpsm, folder: Path) -> None:
    _, found = unloaded(folder / FOLDER / "assignment.unl")
    members = {(row["name"], login) for row in found["assignment"] for login in row["operators"]}
    expected = set(hpsm.ask("SELECT NAME, OPERATORS FROM ASSIGNMENTA1"))
    empty = {(name, rc.Null.TEXT) for name in hpsm.counts.examples[Dirt.GROUP_EMPTY]}
    assert members == expected | empty


def test_files_are_unwrapped_but_for_those_whose_header_is_bad(hpsm: Hpsm, folder: Path) -> None:
    _, found = unloaded(folder / FOLDER / "SYSATTACHMENTS.unl")
    bad = {key.split("|")[2] for key in hpsm.counts.examples[Dirt.FILE_HEADER_BAD]}
    wrapped = set()
    for row in found["SYSATTACHMENTS"]:
        data = row["data"]
        raw = data.raw if isinstance(data, rc.Foreign) else str(data).encode()
        if raw.startswith(rc.MAGIC):
            wrapped.add(row["uid"])
    assert wrapped == bad


def test_the_files_of_one_hand_over_hold_what_the_big_one_does(folder: Path) -> None:
    parts = sorted((folder / FOLDER).glob("*.unl"))
    together = [value for path in parts for value in values(path)]
    assert len(together) == sum(1 for _ in values(folder / ALL))
    assert sum(path.stat().st_size for path in parts) == (folder / ALL).stat().st_size


def test_logicals_are_also_null_and_neither(folder: Path) -> None:
    _, found = unloaded(folder / FOLDER / "activity.unl")
    states = {row["cust.visible"] for row in found["activity"]}
    assert states == {True, False, rc.Null.LOGICAL, rc.UNKNOWN}


def test_a_text_of_200_kb_is_one_record(folder: Path) -> None:
    _, found = unloaded(folder / ALL)
    longest = max(
        sum(len(str(line)) for line in row.get(field, []))
        for file, field in (("probsummary", "action"), ("incidents", "description"))
        for row in found[file]
    )
    assert longest > 150_000


def test_extaccess_has_the_captions_of_the_web_services(folder: Path) -> None:
    _, found = unloaded(folder / DEFINITIONS)
    services = [service(row) for row in found["extaccess"]]
    assert [(s.file, s.service, s.object, s.collection) for s in services if s] == [
        (shown.file, shown.service, shown.object, shown.collection) for shown in EXTACCESS
    ]
    incidents = next(s for s in services if s and s.file == "probsummary")
    assert incidents.captions["brief.description"] == "Title"
    assert incidents.captions["number"] == "IncidentID"
    assert incidents.keys == ("number",)
    assert incidents.rest is True
    assert incidents.attachments is True
    assert incidents.max_records == 1_000


def test_the_configuration_beside_it_names_the_files(folder: Path) -> None:
    source = load_config(folder).source
    assert source.type == "unload"
    assert [list(folder.glob(pattern)) for pattern in source.unload] != [[]]


def test_the_same_database_gives_the_same_bytes(hpsm: Hpsm, folder: Path, tmp_path: Path) -> None:
    write_unload(hpsm.url, tmp_path)
    assert (tmp_path / ALL).read_bytes() == (folder / ALL).read_bytes()


def test_progress_goes_up_to_the_total_of_each_file(hpsm: Hpsm, tmp_path: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}

    def told(name: str, done: int, total: int) -> None:
        assert done >= seen.get(name, (0, 0))[0]
        seen[name] = (done, total)

    written = write_unload(hpsm.url, tmp_path, progress=told)
    assert all(done == total == written[name] for name, (done, total) in seen.items())


def test_what_is_no_simulated_hpsm_is_refused_and_nothing_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        write_unload(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "unl")
    assert refused.value.problems[0].code == "usage"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_postgresql_is_unloaded_to_the_same_records(
    folder: Path, tmp_path: Path, postgres_url: str
) -> None:
    make_database(postgres_url, World(7, "test"))
    write_unload(postgres_url, tmp_path)
    for path in (folder / FOLDER).glob("*.unl"):
        theirs = values(tmp_path / FOLDER / path.name)
        assert Counter(map(repr, theirs)) == Counter(map(repr, values(path))), path.name
