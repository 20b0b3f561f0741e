from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from attachment_rows import rows

from migrate.config import SourceConfig
from migrate.extract.sql import SqlSource
from migrate.records import Batch

pytestmark = pytest.mark.postgres

# pairs of uids that differ in their case alone
FILES = {
    f"{number // 2:03}{'aA'[number % 2]}": Random(number).randbytes(number * 40)
    for number in range(250)
}
DAMAGED = "003a"
TABLES = (
    "CREATE SCHEMA hpsm",
    """CREATE TABLE hpsm."SYSATTACHMEM1" (
        "APPLICATION" varchar(60), "TOPIC" varchar(60), "UID" varchar(60), "TYPE" float,
        "SEGMENT" float, "FILENAME" text, "MIME_TYPE" text, "SIZE" float, "COMPRESSED" char(1),
        "COMPRESSED_SIZE" float, "DATA" bytea, "SYSMODTIME" timestamp)""",
    f"""CREATE FUNCTION hpsm.contents(uid text, data bytea) RETURNS bytea
        IMMUTABLE LANGUAGE plpgsql AS $$
    BEGIN
        IF uid = '{DAMAGED}' THEN RAISE data_corrupted; END IF;
        RETURN data;
    END $$""",
    """CREATE VIEW hpsm."FILES" AS SELECT "APPLICATION", "TOPIC", "UID", "TYPE", "SEGMENT",
        "FILENAME", "MIME_TYPE", "SIZE", "COMPRESSED", "COMPRESSED_SIZE",
        hpsm.contents("UID", "DATA") AS "DATA", "SYSMODTIME" FROM hpsm."SYSATTACHMEM1\"""",
)


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    """The files, their rows in no order."""
    writing = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"))
    made: list[dict[str, Any]] = [
        row
        for place, (uid, content) in enumerate(FILES.items())
        for row in rows(content, uid, segment=900, APPLICATION=(None, "cm3r")[place % 4 // 2])
    ]
    Random(1).shuffle(made)
    names = list(rows(b"")[0])
    with writing.begin() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            f"""INSERT INTO hpsm."SYSATTACHMEM1" ({", ".join(f'"{name}"' for name in names)})
            VALUES ({", ".join(f"%({name})s" for name in names)})""",
            [{name: row.get(name) for name in names} for row in made],
        )
    yield postgres_url
    writing.dispose()


def read(url: str, table: str = "SYSATTACHMEM1", after: str = "") -> list[Batch]:
    tables = {"attachments": {"table": table}}
    config = {"type": "sql", "url": url, "schema": "hpsm", "kinds": ["attachments"], "batch": 70}
    source = SqlSource(SourceConfig.model_validate({**config, "tables": tables}), Path())
    return list(source.read("attachments", after=after))


def records(batches: Sequence[Batch]) -> dict[str, dict[str, Any]]:
    found = [dict(zip(b.columns, row, strict=True)) for b in batches for row in b.rows]
    return {record["uid"]: record for record in found}


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {uid: sha256(content).hexdigest() for uid, content in files.items()}


def test_files_come_whole_from_a_real_server(url: str) -> None:
    batches = read(url)
    assert sum(len(batch.rows) for batch in batches) == len(FILES)
    found = records(batches)
    assert {uid: record["sha256"] for uid, record in found.items()} == digests(FILES)
    assert found["124A"]["type"] == "5"


def test_reading_goes_on_behind_any_batch(url: str) -> None:
    batches = read(url)
    assert [len(batch.rows) for batch in batches] == [100, 100, 50]
    for place, batch in enumerate(batches):
        rest = read(url, after=batch.position)
        assert [b.rows for b in rest] == [b.rows for b in batches[place + 1 :]]


def test_a_damaged_content_breaks_its_own_file_only(url: str) -> None:
    found = records(read(url, "FILES"))
    assert found.pop(DAMAGED)["broken"] == "unreadable in the database"
    whole = {uid: content for uid, content in FILES.items() if uid != DAMAGED}
    assert {uid: record["sha256"] for uid, record in found.items()} == digests(whole)
