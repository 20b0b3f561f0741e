"""What a workbook (.xlsx) is made of: its sheets, its texts, and which of its styles are dates.

The one place that knows what openpyxl keeps to itself.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Container, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from datetime import datetime
from io import BufferedIOBase, StringIO
from typing import IO, Any, cast

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import SHARED_STRINGS

from migrate.errors import ConfigurationError, Problem
from migrate.extract.handed import ZIP, Broken, Handed, Unpacked, looks_like, member
from migrate.extract.layout import near
from migrate.extract.workbook_strings import Strings

_MB = 1 << 20
_IN_MEMORY = 8 * _MB
_TEXTS_SHARE = 8
_SHEETS, _TEXTS = "xl/worksheets/", "sharedStrings.xml"
_MEMBERS = 10_000
_DIGITS = re.compile(r'(?P<before>(?:"[^"]*"|\\.)*)(?P<zeros>0+)')
_PREFIX = re.compile("[A-Z]{0,5}-?")  # of a record's number; "kr " is none
_PARTS = re.compile(r'"[^"]*"|\\.')
_OTHERS = {
    "xl/workbook.bin": "is a binary workbook of Excel (.xlsb)",
    "content.xml": "is a document of another office program (.ods)",
    "word/document.xml": "is a document of Word",
}


class Parts:
    """An open workbook, and the sheet of it that the configuration names. `others` are the names of
    its other sheets. Styles go by their number: `dates` and `durations` are those that show a
    number as such, `digits` → the text before a whole number, and how many digits it is filled up
    to with zeros."""

    def __init__(self, file: Handed, archive: zipfile.ZipFile, reader: _Reader) -> None:
        self._file = file
        self._archive = archive
        book: Any = reader.wb
        sheets = reader.sheets
        name = file.form.sheet
        if not sheets or (name is not None and name not in sheets):
            alike = near(name or "", sheets) or tuple(sheets)
            message = f"has no sheet {name}" if name else "has no sheet"
            raise ConfigurationError(
                file.wrong(message, "sheet", alike[0] if alike else "", expected=", ".join(sheets))
            )
        self.title = next(iter(sheets)) if name is None else name
        self.others = [title for title in sheets if title != self.title]
        self._part = sheets[self.title]
        self.strings: Strings = reader.strings
        self.epoch: datetime = book.epoch
        self.dates: Container[int] = book._date_formats
        self.durations: Container[int] = book._timedelta_formats
        self.digits: Mapping[int, tuple[str, int]] = {
            style: (_unquoted(shown["before"]), len(shown["zeros"]))
            for style, cell in enumerate(book._cell_styles)
            if (shown := _DIGITS.fullmatch(_code(book._number_formats, cell.numFmtId)))
            and shown[0] != "0"
            and _PREFIX.fullmatch(_unquoted(shown["before"]))
        }

    @contextmanager
    def sheet(self) -> Iterator[Unpacked]:
        """The bytes of the sheet. Raises Broken where they do not begin to unpack."""
        try:
            part = member(self._archive, self._part)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
            # the last two are zipfile's, of a compression it has not and of an encrypted member
            raise Broken("does not unpack") from None
        with part as stream:
            yield Unpacked(stream, self._file.path)


@contextmanager
def opened(file: Handed) -> Iterator[Parts]:
    """Raises ConfigurationError where the file is no such workbook or has no such sheet, or where
    it becomes too large when it is unpacked."""
    with ExitStack() as open_:
        stream = open_.enter_context(file.raw())
        begins = stream.read(512)
        stream.seek(0)
        if not begins.startswith(ZIP):
            raise ConfigurationError(_no_workbook(file, begins))
        try:
            archive = open_.enter_context(zipfile.ZipFile(stream))
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            # the last is zipfile's, of a directory in a later version's form
            raise file.broken(0, "is no whole workbook") from None
        _measure(file, archive)
        stream.seek(0)
        yield Parts(file, archive, _read(file, stream, archive))


class _Reader(ExcelReader):
    """openpyxl's reader, with texts and sheets that are read when they are asked for: it would look
    through every sheet for its size."""

    strings: Strings
    sheets: Mapping[str, str]

    def read_strings(self) -> None:
        package: Any = self.package
        part = package.find(SHARED_STRINGS)
        name = part.PartName.removeprefix("/") if part is not None else None
        self.strings = Strings(self.archive, name)

    def read_worksheets(self) -> None:
        self.sheets = {
            sheet.name: relation.target
            for sheet, relation in self.parser.find_sheets()
            if relation.target in self.valid_files and "chartsheet" not in relation.Type
        }


def _read(file: Handed, stream: BufferedIOBase, archive: zipfile.ZipFile) -> _Reader:
    """Anything may be wrong in a file that somebody made, and openpyxl raises whatever that leads
    to."""
    names = set(archive.namelist())
    if other := next((said for name, said in _OTHERS.items() if name in names), None):
        raise ConfigurationError(file.wrong(other, remedy="Save it as .xlsx."))
    try:
        # It warns of what it leaves out (filters, pictures, macros), and prints what is wrong with
        # styles: neither may get into the answer of a command.
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            reader = _Reader(
                cast(IO[bytes], stream), read_only=True, data_only=True, keep_links=False
            )
            reader.read_manifest()
            reader.read_strings()
            reader.read_workbook()
            apply_stylesheet(reader.archive, reader.wb)
            reader.read_worksheets()
    except Exception as error:
        why = f"is no workbook that can be read ({type(error).__name__})"
        raise file.broken(0, why) from None
    return reader


def _measure(file: Handed, archive: zipfile.ZipFile) -> None:
    """A small file can hold any amount of zeros; its directory says how many, and Python's zipfile
    gives no byte more than that."""
    members = archive.infolist()
    limit = file.form.unpacked_mb * _MB
    total = sum(member.file_size for member in members)
    texts = sum(m.file_size for m in members if m.filename.endswith(_TEXTS))
    rest = [m for m in members if not m.filename.startswith(_SHEETS) and _is_read(m.filename)]
    if len(members) > _MEMBERS or any(member.file_size > _IN_MEMORY for member in rest):
        raise ConfigurationError(file.wrong("is packed as no workbook is"))
    if total > limit or texts > limit // _TEXTS_SHARE:
        raise ConfigurationError(
            file.wrong(
                f"becomes {total // _MB:,} MB when it is unpacked, {texts // _MB:,} MB of it texts",
                expected=f"{limit // _MB:,} MB, an eighth of it texts",
                remedy="If it is no mistake, export it as CSV, or set "
                f"source.files.{file.name}.unpacked_mb in migrate.yaml.",
            )
        )


def _is_read(name: str) -> bool:
    return name.endswith((".xml", ".rels")) and not name.endswith(_TEXTS)


def _no_workbook(file: Handed, begins: bytes) -> Problem:
    match looks_like(begins):
        case "xls":
            return file.wrong(
                "is a workbook of Excel before 2007, or one with a password",
                remedy="Save it as .xlsx without a password.",
            )
        case "html":
            return file.wrong(
                "is a page of HTML, whatever its name says",
                remedy="Open it in Excel and save it as .xlsx.",
            )
        case "xml":
            return file.wrong("is XML, whatever its name says", "format", "xml")
    return file.wrong("is no workbook, whatever its name says", "format", "csv")


def _unquoted(text: str) -> str:
    """`"IM"` and `\\I\\M` of a style are IM."""
    return "".join(part[1:-1] if part[0] == '"' else part[1] for part in _PARTS.findall(text))


def _code(formats: list[str], number: int) -> str:
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, ""))
    place = number - BUILTIN_FORMATS_MAX_SIZE
    return formats[place] if place < len(formats) else ""
