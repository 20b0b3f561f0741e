"""Knowledge documents with their files, standard texts and catalogue items: what a unit has besides
its tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from hashlib import blake2b

from migrate.records import Article, Row
from migrate.state.database import quoted
from migrate.state.mirror import Mirror
from migrate.state.snapshot import Snapshot, json_list

_CHUNK = 200


def rows_of(
    snapshot: Snapshot, kind: str, keys: Collection[str] | None = None
) -> Iterator[tuple[Row, str]]:
    """The current records of `kind`, or those with these keys, with the digest of each, in the
    order of their keys."""
    mirror = Mirror(snapshot.connection, kind)
    if not mirror.exists:
        return
    where, values = "until_run IS NULL", list[str]()
    if keys is not None:
        where += " AND _key IN (SELECT value FROM json_each(?))"
        values = [json_list(keys)]
    rows = snapshot.connection.execute(
        f"SELECT _hash, {mirror.select()} FROM {mirror.name} WHERE {where} ORDER BY _key", values
    )
    for digest, *fields in rows:
        yield mirror.row(fields), digest.hex()


def columns_of(snapshot: Snapshot, kind: str, names: Collection[str]) -> Iterator[Row]:
    """These fields of every current record of `kind`; None for those that it does not have."""
    mirror = Mirror(snapshot.connection, kind)
    if not mirror.exists:
        return
    there = [name for name in names if name in mirror.columns]
    rows = snapshot.connection.execute(
        f"SELECT {', '.join(map(quoted, there)) or 'NULL'} FROM {mirror.name}"
        " WHERE until_run IS NULL ORDER BY _key"
    )
    for values in rows:
        yield {**dict.fromkeys(names), **dict(zip(there, values, strict=False))}


def articles(snapshot: Snapshot, ids: Collection[str]) -> Iterator[Article]:
    """The documents with these ids, each with its files, in the order of their ids."""
    wanted = sorted(ids)
    for at in range(0, len(wanted), _CHUNK):
        some = wanted[at : at + _CHUNK]
        files = _files(snapshot, some)
        for row, digest in rows_of(snapshot, "knowledge", some):
            id_ = str(row["id"])
            whole = blake2b(digest.encode(), digest_size=16)
            for _, of_file in files[id_]:
                whole.update(of_file.encode())
            yield Article(id_, row, tuple(file for file, _ in files[id_]), whole.hexdigest())


def _files(snapshot: Snapshot, ids: Collection[str]) -> defaultdict[str, list[tuple[Row, str]]]:
    """Document → its files, in the order of their keys."""
    found: defaultdict[str, list[tuple[Row, str]]] = defaultdict(list)
    mirror = Mirror(snapshot.connection, "attachments")
    if "topic" not in mirror.columns:
        return found
    rows = snapshot.connection.execute(
        f"SELECT topic, _hash, {mirror.select()} FROM {mirror.name}"
        " WHERE until_run IS NULL AND topic IN (SELECT value FROM json_each(?))"
        " ORDER BY topic, _key",
        (json_list(ids),),
    )
    for topic, digest, *fields in rows:
        found[topic].append((mirror.row(fields), digest.hex()))
    return found


def present(snapshot: Snapshot) -> str:
    """The newest time (GMT, as rows have it) at which anything was changed in HPSM, as far as that
    is not after the last reading; empty where nothing was read."""
    runs = snapshot.runs()
    newest = ""
    for kind in ("interactions", "incidents", "activities", "knowledge"):
        mirror = Mirror(snapshot.connection, kind)
        name = "time" if kind == "activities" else "sysmodtime"
        if name in mirror.columns and runs:
            (found,) = snapshot.connection.execute(
                f"SELECT max({quoted(name)}) FROM {mirror.name}"
                f" WHERE until_run IS NULL AND {quoted(name)} <= ?",
                (runs[-1].started,),
            ).fetchone()
            newest = max(newest, found or "")
    return newest
