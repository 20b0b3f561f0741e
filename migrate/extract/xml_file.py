"""XML as HPSM's own exporters and others write it: an element per record, its fields as elements or
attributes by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import cached_property, partial

from migrate.errors import ConfigurationError, Problem
from migrate.extract.export_reader import Asked, Block, Tell
from migrate.extract.handed import Handed
from migrate.extract.values import Converter, Unread, Values
from migrate.extract.xml_cells import Cell, Cells
from migrate.extract.xml_head import Seen, encoding_problem, look
from migrate.extract.xml_parsing import local
from migrate.extract.xml_records import Records, lines_of
from migrate.extract.xml_text import put_back

_LISTED = 5


class XmlFile:
    """A `Reader` of XML; see `config.ExportFile` for its form."""

    sparse = True

    def __init__(self, file: Handed) -> None:
        self._file = file
        self.place = str(file.path)

    def names(self) -> list[str]:
        try:
            return self._seen.names
        except ConfigurationError:
            if (found := encoding_problem(self._file)) and not found.warning:
                raise ConfigurationError(found) from None  # in another one, nothing is XML
            raise

    def check(self) -> list[Problem]:
        """The encoding against the bytes and the prolog, and whether all records are of a sort."""
        if (found := encoding_problem(self._file)) and not found.warning:
            return [found]
        tags = [local(tag) for tag in self._seen.tags]
        mixed = self._file.wrong(
            "the children of its root are not all of one name",
            "record",
            expected=f"one of {', '.join(tags[:_LISTED])}",
        )
        return [*([found] if found else []), *([mixed] if len(tags) > 1 else [])]

    def beginning(self) -> list[list[str]]:
        return []

    def blocks(self, asked: Sequence[Asked], size: int, after: int, tell: Tell) -> Iterator[Block]:
        types = dict(asked) | {column: type_ for column, type_ in asked if type_ == "array"}
        places = [list(types).index(column) for column, _ in asked]
        cells = Cells(types, self._seen.names)
        records = Records(self._file, self._seen.root, self._seen.wanted)
        met = 0
        rows: list[list[Cell]] = []
        lines: list[int] = []

        def block() -> Block:
            columns: list[Sequence[Cell]] = list(zip(*rows, strict=True))
            if records.stand_ins:
                columns = list(map(put_back, columns))
            place = partial(_place, self._file, lines)
            return Block([columns[i] for i in places], len(rows), place, met)

        broken: ConfigurationError | None = None
        groups = records.groups(partial(self._undecodable, tell))
        try:
            for group in groups:
                behind = group[max(0, after - met) :]
                met += len(group) - len(behind)
                while behind:
                    now, behind = behind[: size - len(rows)], behind[size - len(rows) :]
                    rows += cells.of(now, records.above)
                    lines += lines_of(now)
                    met += len(now)
                    if len(rows) == size:
                        yield block()
                        rows, lines = [], []
        except ConfigurationError as error:
            broken = error
        if rows:
            yield block()
        if broken:
            raise broken

    def converter(
        self, asked: Asked, identifies: bool, convert: Converter, tell: Tell
    ) -> Converter:
        """In an indented file, white space around a value is none of it, and a text of nothing else
        is none."""
        said = self._seen.types.get(asked.column, set())
        plain = _PLAIN.get(next(iter(said))) if asked.type == "text" and len(said) == 1 else None
        bare = identifies or asked.type not in ("text", "array")

        def converted(values: Values, unread: Unread) -> Values:
            if self._seen.indented:
                values = [_bared(value, bare) for value in values]
            if plain:
                values = [value and plain(value.strip()) for value in values]
            return convert(values, unread)

        return converted

    @cached_property
    def _seen(self) -> Seen:
        return look(self._file)

    def _undecodable(self, tell: Tell, line: int) -> None:
        message = "has bytes that the encoding does not know"
        expected = self._file.form.encoding
        problem = self._file.wrong(message, "encoding", line=line, expected=expected)
        tell(problem, f"{self._file.path} encoding")


def _bared(value: str | None, bare: bool) -> str | None:
    stripped = value and value.strip()
    return stripped if bare or not stripped else value


def _number(value: str) -> str:
    """A number in a field of text, as a database's driver would give it: 3.0 is 3."""
    try:
        return format(Decimal(value).normalize(), "f")
    except InvalidOperation:
        return value


def _logical(value: str) -> str:
    """A logical in a field of text, as HPSM stores it."""
    return {"true": "t", "false": "f"}.get(value.casefold(), value)


_PLAIN: dict[str, Callable[[str], str]] = {"Decimal": _number, "Boolean": _logical}


def _place(file: Handed, lines: list[int], index: int) -> str:
    return file.at(lines[index])
