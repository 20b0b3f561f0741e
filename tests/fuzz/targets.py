"""What is fuzzed: each reader with good inputs to spoil, and what may come of a spoiled one.

A target reads an input to its end. It returns how that went in a word, and raises when the reader
broke a promise: anything else than one of our errors, or one that does not say where.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import seeds
from mutated_documents import JSON, XLSX, XML
from mutations import CSV, RC, TEXT, Mutation
from requests import Response

from migrate.config import ExportFile, SourceConfig
from migrate.errors import MigrateError, Problem
from migrate.extract import dbdict, rc, rest_answers
from migrate.extract.attachments import Files
from migrate.extract.catalogue import options
from migrate.extract.definitions import Definitions
from migrate.extract.exports import ExportSource
from migrate.extract.journal_text import JournalForm, Order, entries, find, zones
from migrate.extract.knowledge import body
from migrate.extract.multipart import parts, root_part
from migrate.extract.paging import Chunk, Mark
from migrate.extract.problems import ProblemLog
from migrate.extract.rc import RcError
from migrate.extract.rc_cells import cells
from migrate.extract.soap_stream import events
from migrate.extract.soap_wsdl import objects
from migrate.extract.soap_xml import NotXml, cleaned, parse_list
from migrate.extract.source import Source
from migrate.extract.unload import UnloadSource
from migrate.extract.unload_file import DBDICT, Flaw, records
from migrate.extract.web import Unread
from migrate.extract.web_shape import RecordShaper
from migrate.extract.web_tables import web_tables
from migrate.records import Batch

WHOLE = {
    *("source-format", "source-table-missing", "source-column-missing", "file-broken"),
    *("text-encoding", "record-undefined", "record-superseded"),
}
"""Codes that may be said of a file or table as a whole."""

_WHERE = re.compile(r":\d+|byte \d+|\S\s+\S")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_SINCE = datetime(2019, 9, 1)  # noqa: DTZ001 - GMT


class Broken(AssertionError):
    """A reader broke a promise."""


@dataclass(frozen=True)
class Target:
    """`seeds` are good inputs; `read` gets a spoiled one and a folder of its own. `share` is how
    many of a hundred inputs go to it; `ways` are the ways to spoil it by its form, beside which it
    is spoiled `blind`ly now and then."""

    name: str
    share: int
    ways: tuple[Mutation, ...]
    blind: float
    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[bytes, Path], str]


def _rc(data: bytes, room: Path) -> str:
    """Decoding never reads behind the data, skipping agrees with it, and encoding comes back."""
    try:
        value, end = rc.decode(data)
    except RcError as error:
        _within(error.offset, data)
        try:
            rc.skip(data)
        except RcError as skipped:
            _within(skipped.offset, data)
        return "refused"
    if rc.skip(data) != end or not 0 < end <= len(data):
        raise Broken("skip ends elsewhere than decode")
    again = rc.encode(value)
    if rc.encode(rc.decode(again)[0]) != again:
        raise Broken("encode does not come back")
    rc.plain(value)
    try:
        dbdict.parse(value)
    except ValueError:
        return "value"
    return "dbdict"


def _blob(data: bytes, room: Path) -> str:
    try:
        rc.unwrap(data)
    except RcError as error:
        _within(error.offset, data)
        return "refused"
    return "value"


def _within(offset: int, data: bytes) -> None:
    if not 0 <= offset <= len(data):
        raise Broken(f"offset {offset} of {len(data)} bytes")


def _unload(data: bytes, room: Path) -> str:
    """Records and flaws stand one behind the other, and cover the file to its last byte."""
    at, flaws = 0, 0
    for found in records(io.BytesIO(data)):
        if found.offset != at or found.end < at or found.end > len(data):
            raise Broken(f"from {at} on: {found.offset} to {found.end} of {len(data)}")
        if isinstance(found, Flaw):
            flaws += 1
            at = found.end if found.lost else at
            continue
        at = found.end
        try:
            value, _ = rc.decode(found.data)
            if found.kind == DBDICT:
                dbdict.build(dbdict.parse(value))
        except RcError as error:
            _within(error.offset, found.data)
            flaws += 1
        except ValueError:
            flaws += 1
    if at != len(data):
        raise Broken(f"ends at {at} of {len(data)}")
    return "flaws" if flaws else "whole"


def _attachment(data: bytes, room: Path) -> str:
    """The first bytes say what the record says of the file, the rest are its segments."""
    head, body = data[:4].ljust(4, b"\0"), data[4:]
    cuts = 1 + head[0] % 5
    step = max(1, len(body) // cuts)
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    said = (None, 0, 180, len(body), 2**40, -1)
    stored = Files(None, ceiling=32 << 20).keep(
        parts,
        wrapped=bool(head[1] & 1),
        compressed=(None, True, False)[head[1] % 3],
        size=said[head[2] % len(said)],
        compressed_size=said[head[3] % len(said)],
    )
    if bool(stored.sha256) == bool(stored.broken):
        raise Broken("neither kept nor broken, or both")
    return stored.broken or "kept"


def _rest(data: bytes, room: Path) -> str:
    response = Response()
    response.status_code = 200
    html = data[:1] == b"<"
    response.headers["Content-Type"] = "text/html" if html else "application/json;charset=utf-8"
    try:
        found = rest_answers.understood(response, data)
    except Unread as error:
        return type(error).__name__
    rest_answers.total_of(found.data)
    rows = rest_answers.records_of(found.data, "Incident")
    return "no list" if rows is None else _shaped(rows)


def _shaped(rows: Sequence[Mapping[str, Any]]) -> str:
    """Records of a web service as batches of the kinds that they might be of."""
    log = ProblemLog()
    told = "other captions"
    for name in ("incidents", "changes"):
        table = web_tables(SourceConfig(type="rest"), Definitions())[name]
        try:
            shaper = RecordShaper(table, log, _SINCE)
            list(_batches([shaper.batch(Chunk(list(rows), 0, Mark()))]))
            told = "records"
        except MigrateError:
            continue
    for problem in log.all():
        _placed(problem)
    return told


def _source(source: Source) -> str:
    """Everything that a source can be asked; what it refuses must be told with its place."""
    problems = list(source.check())
    kinds = [info.kind for info in source.describe() if not info.absent]
    rows = 0
    for kind in kinds:
        try:
            for batch in _batches(source.read(kind)):
                rows += len(batch.rows)
        except MigrateError as error:
            problems += error.problems
    problems += source.problems()
    for problem in problems:
        _placed(problem)
    return f"{'rows' if rows else 'nothing'}{' and problems' if problems else ''}"


def _batches(found: Iterable[Batch]) -> Iterable[Batch]:
    for batch in found:
        if any(len(row) != len(batch.columns) for row in batch.rows):
            raise Broken("a row of another width than its columns")
        yield batch


def _placed(problem: Problem) -> None:
    if problem.message.endswith("more of the same"):
        return
    if problem.code not in WHOLE and not _WHERE.search(problem.place):
        raise Broken(f"{problem.code} does not say where: {problem.place}")
    problem.to_json()


def _unloaded(data: bytes, room: Path) -> str:
    (room / "all.unl").write_bytes(data)
    config = SourceConfig(type="unload", unload=["all.unl"])
    try:
        return _source(UnloadSource(config, room))
    except MigrateError as error:
        return _refused(error)


def _soap(data: bytes, room: Path) -> str:
    """As a list of records, and as a stream of files."""
    told = "list"
    content = data
    if data.startswith(b"--b"):
        try:
            content = root_part('multipart/related; boundary="b"', data)
            for _, pieces in parts([data[at : at + 999] for at in range(0, len(data), 999)], b"b"):
                list(pieces)
        except Unread:
            return "no parts"
    try:
        answer = parse_list(content, "Incident")
    except NotXml:
        try:
            answer = parse_list(cleaned(content, "cp1252"), "Incident")
            told = "cleaned"
        except NotXml:
            return _streamed(content)
    answer.situation(200)
    return f"{told}, {_shaped(answer.records)}, {_streamed(content)}"


def _streamed(content: bytes) -> str:
    try:
        found = [event.what for event in events([content], "cp1252")]
    except NotXml:
        return "not XML"
    return "files" if "data" in found else "no files"


def _wsdl(data: bytes, room: Path) -> str:
    return "objects" if objects(data) else "none"


def _catalogue(data: bytes, room: Path) -> str:
    """Every form is read or said to be broken, and keeps its XML where anything is left out."""
    form = options(data)
    if form.broken and form.fields:
        raise Broken("broken, and yet it has fields")
    if (form.broken or form.unknown) and data.strip() and not form.raw:
        raise Broken("what was left out is not kept")
    options(data.decode("utf-8", "replace"))
    return "broken" if form.broken else "fields" if form.fields else "nothing"


def _journal(data: bytes, room: Path) -> str:
    """Nothing of a journal is lost but blank lines and the marks of its headers."""
    text = data.decode("utf-8", "replace")
    shapes: dict[str, Order | None] = {header.shape: "mdy" for header in find(text)}
    found = entries(text, JournalForm(shapes), zones({"MET": "Europe/Oslo"}))
    kept = "\n".join(part or "" for entry in found for part in entry)
    missing = set(_WORDS.findall(text)) - set(_WORDS.findall(kept))
    if missing:
        raise Broken(f"{len(missing)} words of a journal are lost")
    return "entries" if len(found) > 1 else "one"


def _knowledge(data: bytes, room: Path) -> str:
    found = body(data.decode("utf-8", "replace"), ("https://hpsm.example.no",))
    return "cut" if found.cut else "links" if found.links else "none"


def _cells(data: bytes, room: Path) -> str:
    """A blob of a column: converted, or told as unread, for every type a field may have."""
    unread: list[str] = []
    for type_ in ("text", "time", "logical", "number", "duration", "array"):
        for is_rc in (True, False):
            cells(type_, is_rc=is_rc)([data, None], lambda row, text: unread.append(text))
    return "unread" if unread else "read"


def _refused(error: MigrateError) -> str:
    for problem in error.problems:
        _placed(problem)
    return "refused"


def _exported(form: str, **settings: Any) -> Callable[[bytes, Path], str]:
    def read(data: bytes, room: Path) -> str:
        file = room / f"list.{form}"
        file.write_bytes(data)
        config = SourceConfig(
            type="exports",
            files={"incidents": ExportFile(path=file.name, format=form, **settings)},  # type: ignore[arg-type]
            tables=seeds.EXPORT_TABLES,
        )
        try:
            return _source(ExportSource(config, room))
        except MigrateError as error:
            return _refused(error)

    return read


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("rc", 14, RC, 0.4, seeds.rc_values, _rc),
        Target("blob", 4, RC, 0.4, seeds.blobs, _blob),
        Target("cells", 6, RC, 0.4, seeds.blobs, _cells),
        Target("records", 10, RC, 0.4, seeds.unload_files, _unload),
        Target("unload", 12, RC, 0.4, seeds.unload_files, _unloaded),
        Target("attachment", 10, RC, 0.4, seeds.attachments, _attachment),
        Target("rest", 10, JSON, 0.15, seeds.rest_answers, _rest),
        Target("soap", 8, XML, 0.25, seeds.soap_answers, _soap),
        Target("wsdl", 2, XML, 0.25, seeds.wsdls, _wsdl),
        Target("csv", 8, CSV, 0.4, seeds.csv_files, _exported("csv")),
        Target("xml", 8, XML, 0.25, seeds.xml_files, _exported("xml", dates="iso")),
        Target("xlsx", 4, XLSX, 0.2, seeds.workbooks, _exported("xlsx")),
        Target("catalogue", 4, XML, 0.25, seeds.catalogues, _catalogue),
        Target("journal", 2, TEXT, 0.3, seeds.journals, _journal),
        Target("knowledge", 2, (*XML, *TEXT), 0.3, seeds.articles, _knowledge),
    )
}
