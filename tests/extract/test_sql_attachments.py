from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import hpsm_tables as hpsm
import pytest
import sqlalchemy as sa
from attachment_rows import MAGIC, rows, wrap
from sqlalchemy.dialects import mssql, oracle
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import quoted_name

from migrate.extract.sql import SqlSource
from migrate.extract.sql_catalog import Catalog
from migrate.extract.sql_segments import by_key, by_place
from migrate.records import Batch
from migrate.state.blobs import BlobStore

CONTENT = Random(1).randbytes(3_500)
TABLE = "SYSATTACHMEM1"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "hpsm.db"
    hpsm.create(path)
    return path


def source(path: Path, **more: Any) -> SqlSource:
    blobs = BlobStore(path.parent / "blobs")
    return SqlSource(hpsm.config(path, kinds=["attachments"], **more), path.parent, blobs)


def records(batches: Sequence[Batch]) -> dict[str, dict[str, Any]]:
    """uid → the record; each of them once."""
    read = [dict(zip(b.columns, row, strict=True)) for b in batches for row in b.rows]
    by_uid = {record["uid"]: record for record in read}
    assert len(by_uid) == len(read)
    return by_uid


def read(path: Path, **more: Any) -> dict[str, dict[str, Any]]:
    return records(list(source(path, **more).read("attachments")))


def broken(path: Path) -> dict[str, str | None]:
    return {uid: record["broken"] for uid, record in read(path).items()}


def content(path: Path, record: dict[str, Any]) -> bytes:
    with BlobStore(path.parent / "blobs").open(record["sha256"]) as file:
        return file.read()


def test_a_file_of_several_segments_is_one_record(database: Path) -> None:
    hpsm.insert(database, TABLE, *reversed(rows(CONTENT)))
    assert read(database) == {
        "a1": {
            "key": "probsummary|IM10001|a1|5",
            "application": "probsummary",
            "topic": "IM10001",
            "uid": "a1",
            "type": "5",
            "filename": "søknad.pdf",
            "mime_type": "application/pdf",
            "size": 3_500,
            "compressed": True,
            "compressed_size": 3_511,
            "sysmodtime": "2019-09-01 10:00:00",
            "sha256": sha256(CONTENT).hexdigest(),
            "content_size": 3_500,
            "segments": 4,
            "broken": None,
        }
    }
    [record] = read(database).values()
    assert content(database, record) == CONTENT


def test_files_are_described_and_not_their_segments(database: Path) -> None:
    hpsm.insert(database, TABLE, *rows(CONTENT), *rows(CONTENT, "a2"))
    [info] = source(database).describe()
    assert (info.rows, info.modified) == (2, "sysmodtime")
    [batch] = source(database).read("attachments")
    assert ("key", *info.fields) == batch.columns
    assert len(batch.types) == len(batch.columns)


def test_a_table_that_is_not_there_is_no_problem(database: Path) -> None:
    hpsm.execute(database, f"DROP TABLE {TABLE}")
    [info] = source(database).describe()
    assert info.absent
    assert source(database).check() == []


def test_a_table_without_contents_says_which_column_it_lacks(database: Path) -> None:
    hpsm.execute(database, f"ALTER TABLE {TABLE} RENAME COLUMN DATA TO BYTES")
    [problem] = source(database).check()
    assert (problem.code, problem.warning) == ("source-column-missing", False)
    hpsm.insert(database, TABLE, *({"BYTES": r.pop("DATA"), **r} for r in rows(CONTENT)))
    assert read(database, tables={"attachments": {"fields": {"data": "BYTES"}}})["a1"]["sha256"]


def test_what_is_wrong_with_segments_is_told_and_the_others_go_on(database: Path) -> None:
    def file(uid: str) -> list[dict[str, Any]]:
        return rows(CONTENT, uid, compressed=False)

    missing, first, last, twice, same = map(file, ["missing", "first", "last", "twice", "same"])
    unnumbered, header, none = map(file, ["unnumbered", "header", "none"])
    header[1]["DATA"] = MAGIC + b"\x1d\x08" + bytes(8)
    unnumbered[1]["SEGMENT"] = None
    for row in none:
        row["DATA"] = None
    hpsm.insert(database, TABLE, *missing[:1], *missing[2:], *first[1:], *last[:-1], *header)
    hpsm.insert(database, TABLE, *twice, {**twice[1], "DATA": wrap(bytes(1_000))})
    hpsm.insert(database, TABLE, *same, same[2], *unnumbered, *none, *file("good"))
    hp = source(database)
    found = records(list(hp.read("attachments")))
    assert {uid: record["broken"] for uid, record in found.items()} == {
        "missing": "segment missing",
        "first": "segment missing",
        "last": "truncated",
        "twice": "segment twice",
        "same": None,
        "unnumbered": "segment missing",
        "header": "no RC header",
        "none": "no content",
        "good": None,
    }
    assert found["missing"]["sha256"] is found["missing"]["content_size"] is None
    assert found["missing"]["segments"] == 3
    told = {p.place: (p.code, p.message, p.warning) for p in hp.problems()}
    assert told["probsummary IM10001 last"] == (
        "attachment-broken",
        "the file cannot be read whole: truncated",
        False,
    )
    assert told["probsummary IM10001 same"] == (
        "attachment-odd",
        "the file is whole, and its record wrong: segment twice",
        True,
    )
    assert len(told) == 8
    assert "søknad" not in repr(hp.problems())


@pytest.mark.parametrize("collation", ["BINARY", "NOCASE", "RTRIM"])
def test_keys_that_a_collation_takes_for_the_same_are_two_files(
    database: Path, collation: str
) -> None:
    hpsm.execute(
        database,
        f"DROP TABLE {TABLE}",
        f"CREATE TABLE {TABLE} (APPLICATION, TOPIC, UID TEXT COLLATE {collation}, TYPE, SEGMENT,"
        " FILENAME, MIME_TYPE, SIZE, COMPRESSED, COMPRESSED_SIZE, DATA, SYSMODTIME)",
    )
    files = {uid: Random(uid).randbytes(2_600) for uid in ("ab", "AB", "aB", "b", "B")}
    mixed = [row for uid, each in files.items() for row in rows(each, uid)]
    Random(1).shuffle(mixed)
    hpsm.insert(database, TABLE, *mixed)
    found = read(database)
    assert {uid: record["sha256"] for uid, record in found.items()} == {
        uid: sha256(each).hexdigest() for uid, each in files.items()
    }


def test_segments_are_numbered_whatever_the_type_of_the_number(database: Path) -> None:
    content = Random(2).randbytes(12_000)
    hpsm.insert(database, TABLE, *({**r, "SEGMENT": str(int(r["SEGMENT"]))} for r in rows(content)))
    hpsm.insert(database, TABLE, *rows(CONTENT, "a2"))
    assert broken(database) == {"a1": None, "a2": None}


def test_padded_keys_are_one_file(database: Path) -> None:
    file = rows(CONTENT)
    hpsm.insert(
        database, TABLE, *({**r, "UID": "a1 " * (i % 2) or "a1"} for i, r in enumerate(file))
    )
    hpsm.execute(database, f"UPDATE {TABLE} SET UID = 'a1  ' WHERE SEGMENT = 1")
    hpsm.execute(database, f"UPDATE {TABLE} SET UID = 'a1' WHERE SEGMENT > 1")
    assert broken(database) == {"a1": None}


def test_an_empty_file_may_have_no_content_at_all(database: Path) -> None:
    for uid, data in {
        "null": None,
        "text": "",
        "wrapped": wrap(b""),
        "rc null": b"_RCFM*=\x2f",
    }.items():
        hpsm.insert(database, TABLE, *rows(b"", uid, compressed=False, parts=[data]))  # type: ignore[list-item]
    assert {r["sha256"] for r in read(database).values()} == {sha256().hexdigest()}


def test_a_content_that_is_no_bytes_is_told(database: Path) -> None:
    hpsm.execute(database, f"DROP TABLE {TABLE}")
    hpsm.execute(
        database,
        f"CREATE TABLE {TABLE} (APPLICATION, TOPIC, UID, TYPE, SEGMENT, FILENAME, MIME_TYPE, SIZE,"
        " COMPRESSED, COMPRESSED_SIZE, DATA, SYSMODTIME)",
    )
    hpsm.insert(database, TABLE, *rows(CONTENT, "number", parts=[17]))  # type: ignore[list-item]
    hpsm.insert(database, TABLE, *rows(CONTENT, "text", parts=["blåbær"]))  # type: ignore[list-item]
    hpsm.execute(database, f"UPDATE {TABLE} SET DATA = CAST(x'e9ff' AS TEXT) WHERE UID = 'number'")
    assert broken(database) == {"number": "no zlib stream", "text": "no zlib stream"}


def test_a_large_segment_is_never_held_whole(database: Path) -> None:
    large = Random(5).randbytes(40 << 20)
    hpsm.insert(database, TABLE, *rows(large, segment=len(large) * 2))
    tracemalloc.start()
    try:
        assert broken(database) == {"a1": None}
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_files_without_a_key_are_left_out_and_told(database: Path) -> None:
    hpsm.insert(database, TABLE, *rows(CONTENT), *rows(CONTENT, "a2", TOPIC=None))
    hpsm.insert(database, TABLE, *rows(CONTENT, "a3", APPLICATION=None, TYPE=None))
    hp = source(database)
    [batch] = hp.read("attachments")
    assert batch.skipped == 1
    assert records([batch]).keys() == {"a1", "a3"}
    assert [p.code for p in hp.problems()] == ["record-key-empty"]


def test_a_file_of_a_record_that_does_not_exist_is_kept(database: Path) -> None:
    hpsm.insert(database, TABLE, *rows(CONTENT, APPLICATION="cm3r", TOPIC="C404"))
    assert read(database)["a1"]["sha256"]


@pytest.mark.parametrize(
    "made",
    [
        f"CREATE VIEW FILES AS SELECT * FROM {TABLE}",
        "CREATE TABLE FILES (APPLICATION, TOPIC, UID, TYPE, SEGMENT, FILENAME, MIME_TYPE, SIZE,"
        " COMPRESSED, COMPRESSED_SIZE, DATA, SYSMODTIME,"
        " PRIMARY KEY (APPLICATION, TOPIC, UID, TYPE, SEGMENT)) WITHOUT ROWID",
    ],
)
def test_contents_are_asked_for_by_key_where_rows_have_no_place(database: Path, made: str) -> None:
    hpsm.insert(database, TABLE, *rows(CONTENT), *rows(CONTENT[:40], "a2", compressed=False))
    hpsm.execute(database, made)
    if "TABLE FILES" in made:
        names = ", ".join(rows(CONTENT)[0])
        hpsm.execute(database, f"INSERT INTO FILES ({names}) SELECT {names} FROM {TABLE}")
    found = read(database, tables={"attachments": {"table": "FILES"}})
    assert [r["sha256"] for r in found.values()] == [
        sha256(CONTENT).hexdigest(),
        sha256(CONTENT[:40]).hexdigest(),
    ]


def test_by_key_two_contents_of_one_segment_must_be_the_same(database: Path) -> None:
    same, other = rows(CONTENT, "same", compressed=False), rows(CONTENT, "other", compressed=False)
    hpsm.insert(database, TABLE, *same, same[1], *other, {**other[1], "DATA": wrap(bytes(1_000))})
    hpsm.execute(database, f"CREATE VIEW FILES AS SELECT * FROM {TABLE}")
    found = read(database, tables={"attachments": {"table": "FILES"}})
    assert {uid: r["broken"] for uid, r in found.items()} == {
        "same": None,
        "other": "segment twice",
    }


def test_a_second_table_is_read_behind_the_first(database: Path) -> None:
    hpsm.execute(database, f"CREATE TABLE OLDFILES AS SELECT * FROM {TABLE}")
    hpsm.insert(database, TABLE, *rows(CONTENT))
    hpsm.insert(database, "OLDFILES", *rows(CONTENT, "old"))
    tables = {"old": {"kind": "attachments", "table": "OLDFILES"}}
    first, second = source(database, tables=tables).read("attachments")
    assert records([first, second]).keys() == {"a1", "old"}
    again = source(database, tables=tables)
    assert list(again.read("attachments", after=first.position)) == [second]
    assert list(again.read("attachments", after=second.position)) == []


def test_a_delta_reads_a_file_whole_when_one_segment_changed(database: Path) -> None:
    hpsm.insert(database, TABLE, *rows(CONTENT), *rows(CONTENT, "a2"), *rows(CONTENT, "a3"))
    hpsm.execute(
        database,
        f"UPDATE {TABLE} SET SYSMODTIME = '2019-10-01 10:00:00' WHERE UID = 'a2' AND SEGMENT = 3",
        f"UPDATE {TABLE} SET SYSMODTIME = NULL WHERE UID = 'a3' AND SEGMENT = 0",
    )
    since = datetime(2019, 9, 15, tzinfo=UTC)
    found = records(list(source(database).read("attachments", since)))
    assert {uid: (r["segments"], r["broken"]) for uid, r in found.items()} == {
        "a2": (4, None),
        "a3": (4, None),
    }


def test_reading_goes_on_behind_any_batch(database: Path) -> None:
    draw = Random(3)
    for number in range(450):
        application = draw.choice([None, "", "cm3r", "incidents"])
        uid = f"{draw.getrandbits(12):03x}"
        uid = draw.choice([uid, uid.upper()]) + str(number)
        topic = f"IM{draw.randrange(8)}"
        hpsm.insert(
            database,
            TABLE,
            *rows(draw.randbytes(60), uid, segment=30, APPLICATION=application, TOPIC=topic),
        )
    batches = list(source(database).read("attachments"))
    assert [len(batch.rows) for batch in batches] == [100, 100, 100, 100, 50]
    for place, batch in enumerate(batches):
        with sqlite3.connect(database) as connection:  # what was last read may be gone by then
            last = dict(zip(batch.columns, batch.rows[-1], strict=True))
            connection.execute(f"DELETE FROM {TABLE} WHERE UID = ?", (last["uid"],))
        rest = list(source(database).read("attachments", after=batch.position))
        assert [b.rows for b in rest] == [b.rows for b in batches[place + 1 :]]


def test_a_damaged_page_breaks_one_file_only(database: Path) -> None:
    hpsm.insert(database, TABLE, *rows(CONTENT, "a1"))
    large = Random(4).randbytes(400_000)
    hpsm.insert(database, TABLE, *rows(large, "a2", segment=400_000), *rows(CONTENT, "a3"))
    stored = database.read_bytes()
    at = stored.index(large[200_000:200_100])
    page = at - at % 4096
    database.write_bytes(stored[:page] + b"\xff" * 4 + stored[page + 4 :])  # the chain of pages
    assert broken(database) == {"a1": None, "a2": "unreadable in the database", "a3": None}


def test_a_content_is_asked_for_as_each_database_can() -> None:
    data, uid, type_ = (
        sa.column(quoted_name(name, True), of)
        for name, of in (("DATA", sa.BLOB()), ("UID", sa.VARCHAR(60)), ("TYPE", sa.Float()))
    )
    table = sa.table(quoted_name(TABLE, True), data, uid, type_)

    def sql(select: sa.Select[Any], dialect: Dialect) -> str:
        return " ".join(str(select.compile(dialect=dialect)).replace(f"[{TABLE}].", "").split())

    assert sql(by_place(data, table, "ROWID"), oracle.dialect()) == (
        'SELECT "SYSATTACHMEM1"."DATA" FROM "SYSATTACHMEM1" WHERE ROWID = :at'
    )
    catalog = Catalog(mssql.dialect(), [], lambda _: {})
    key = [sa.type_coerce(column, sa.types.NULLTYPE) for column in (uid, type_)]
    assert sql(by_key(catalog, sa.select(data), key, ["a1", None]), mssql.dialect()) == (
        "SELECT [DATA] FROM [SYSATTACHMEM1]"
        " WHERE [UID] = CAST(:param_1 AS VARCHAR(60)) AND [TYPE] IS NULL"
    )
