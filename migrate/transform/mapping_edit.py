"""Edits mapping files the way a careful person would: only what was decided changes.

A key's own text is taken out, changed by ruamel.yaml (which keeps comments, quotes and order) and
put back, so that every other byte of the file stays, and an edit costs one entry, not the file.
Files are replaced whole (written beside, then renamed): a reader never sees half of one.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from migrate.errors import BugError, MappingError, Problem
from migrate.transform import yaml_lines
from migrate.transform.content_mapping import ContentDecision, ContentEntry, KnowledgeEntry
from migrate.transform.entry import Entry
from migrate.transform.mapping import (
    GroupDecision,
    GroupEntry,
    OperatorDecision,
    OperatorEntry,
    Review,
    ServiceValue,
    Value,
)

_PLAIN = re.compile(r"\w([\w ./()@+-]*[\w.)])?")
"""Texts that every reader takes for a text; what looks like a number ruamel.yaml quotes itself."""

_ORDER = (
    "source",
    "decision",
    "restricted",
    "confirmed",
    "answers",
    "labels",
    "built",
    "review",
    "refused",
    "note",
)
"""The order of an entry's keys, so that a diff shows decisions and nothing else."""

_STAMP = re.compile(r" +# \[[^\[\]#\n]+ \d{4}-\d\d-\d\d\]$")
"""What `stamp` makes, where it ends a line."""

_REMARK = re.compile(r"""(?:[^'"#]|(?<=\S)#|'[^']*'|"(?:[^"\\]|\\.)*")*?(?:^|(?<=\s))(#.*?)\s*""")
"""A line, and the comment at its end."""

_REVIEWED = GroupEntry | OperatorEntry | ContentEntry

Change = Mapping[str, Any]
"""Key of an entry → its new value as plain data."""


def stamp(who: str, day: date) -> str:
    """Who changed a line, and when, as it stands behind that line: `[kari@example.no 2019-10-02]`.
    The next change of the line replaces it."""
    name = " ".join(re.sub(r"[^\w@.+-]+", " ", who).split())
    return f"[{name or '?'} {day:%Y-%m-%d}]"


def set_decision(
    file: Path, source: str, decision: GroupDecision | OperatorDecision | ContentDecision | None
) -> None:
    """Write what becomes of `source`. Raises MappingError where the file or entry is not there."""
    change_entries(file, {source: {"decision": _plain(decision) if decision else None}})


def set_review(file: Path, source: str, review: Review) -> None:
    """Write who said what about `source`. Raises MappingError where it is not there."""
    change_entries(file, {source: {"review": _plain(review)}})


def set_restricted(file: Path, source: str, restricted: bool | str) -> None:
    """Write whether a group is restricted. Raises MappingError where it is not there."""
    change_entries(file, {source: {"restricted": restricted}})


def change_entries(file: Path, changes: Mapping[str, Change], by: str = "") -> None:
    """Change keys of several entries of one list file in one write, each line with the `stamp` of
    who did it, where one is given.

    Raises MappingError when the file cannot be read or an entry is not in it; nothing is written
    then.
    """
    text = _Text(file)
    items = text.items()
    missing = [source for source in changes if source not in items]
    if missing:
        raise MappingError(
            Problem("entry-missing", f"{file}:1", f'there is no entry "{source}"')
            for source in missing
        )
    # From the end, so that what comes before keeps its place.
    for source in sorted(changes, key=lambda name: items[name].start_mark.index, reverse=True):
        text.change(items[source], changes[source], by)
    text.save([{**data, **changes.get(data.get("source", ""), {})} for data in text.data or []])


def add_entries(
    file: Path, entries: Sequence[GroupEntry | OperatorEntry | ContentEntry], by: str = ""
) -> None:
    """Put entries at the end of a list file, which is made if need be; with the `stamp` of who did
    it behind the first line of each, where one is given.

    Raises MappingError when the file cannot be read or is not a list.
    """
    plain = [_plain(entry) for entry in entries]
    text = _Text(file)
    text.append([_styled(data) for data in plain], plain, list, by)


def add_values(file: Path, values: Mapping[str, Value | ServiceValue]) -> None:
    """Put lines at the end of a file under `values/`, which is made if need be.

    Raises MappingError when the file cannot be read or is not a table.
    """
    plain = {key: _bare(_plain(value)) for key, value in values.items()}
    text = _Text(file)
    quoted = {DoubleQuotedScalarString(key): value for key, value in plain.items()}
    text.append(_styled(quoted), plain, dict)


def write_whole(file: Path, content: str) -> None:
    """Replace a file in one step, its rights kept."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode())
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(file.stat().st_mode & 0o777 if file.exists() else 0o644)
        beside.replace(file)
    except BaseException:  # also Ctrl-C: no half of a file is left beside it
        beside.unlink(missing_ok=True)
        raise


class _Text:
    """A file's text while it is edited, and what it said before."""

    def __init__(self, file: Path) -> None:
        self.file = file
        raw = file.read_bytes() if file.is_file() else b""
        document, problems = yaml_lines.parse(raw, str(file))
        if document is None or problems:
            raise MappingError(problems)
        whole = raw.decode()
        self.mark = "\ufeff" if whole.startswith("\ufeff") else ""
        self.newline = "\r\n" if "\r\n" in whole else "\n"
        self.text = whole.removeprefix("\ufeff").replace("\r\n", "\n")
        self.data = document.data
        self.root = yaml_lines.compose(self.text)

    def items(self) -> dict[str, Any]:
        """The nodes of a list file's entries by `source`."""
        nodes = self.root.value if isinstance(self.root, yaml.SequenceNode) else []
        found: dict[str, Any] = {}
        for node in nodes:
            for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
                if key.value != "source":
                    continue
                source = unicodedata.normalize("NFC", value.value)
                if source in found:
                    place = f"{self.file}:{node.start_mark.line + 1}"
                    raise MappingError(
                        Problem("mapping-twice", place, f'"{source}" stands here again')
                    )
                found[source] = node
        return found

    def change(self, node: Any, change: Change, by: str = "") -> None:
        if node.flow_style:
            end = node.end_mark.index
            edited = _edited(self.text[node.start_mark.index : end], node.start_mark.column, change)
            line_end = self._line_end(end)
            rest = _STAMP.sub("", self.text[end:line_end]) + (f"  # {by}" if by else "")
            self._replace(node.start_mark.index, line_end, edited + rest)
            return
        pairs = {key.value: (key, value) for key, value in node.value}
        for name in sorted(change, key=_ORDER.index, reverse=True):
            column = node.start_mark.column
            if name in pairs:
                key, value = pairs[name]
                start, end = key.start_mark.index, self._line_end(_last(value))
                head, line, rest = self.text[start:end].partition("\n")
                bare = _STAMP.sub("", head) + line + rest
                edited = _edited(bare, column, {name: change[name]})
                edited = _remarked(edited, bare, value)
                self._replace(start, end, _stamped(name, edited, by))
                continue
            before = max(
                (_last(value) for key, (_, value) in pairs.items() if _precedes(key, name)),
                default=_last(pairs["source"][1]),
            )
            end = self._line_end(before)
            lines = _stamped(name, _indented(_dumped(_styled({name: change[name]})), column), by)
            self._replace(end, end, "\n" + " " * column + lines)

    def append(
        self,
        styled: Any,
        plain: Any,
        form: type[list[Any]] | type[dict[str, Any]],
        by: str = "",
    ) -> None:
        if self.data is None or self.data == form():
            if (empty := self.root) is not None:
                end = empty.end_mark.index
                self._replace(empty.start_mark.index, end + (self.text[end : end + 1] == "\n"), "")
            column, data = 0, form()
        elif isinstance(self.data, form) and not self.root.flow_style:
            column, data = self.root.start_mark.column, self.data
        else:
            raise MappingError(
                Problem("mapping-form", f"{self.file}:1", "not a list or table, one entry per line")
            )
        if not plain:
            return
        if self.text.strip() and not self.text.endswith("\n"):
            self.text += "\n"
        dumped = _dumped(styled)
        if by:
            dumped = re.sub(r"^- .*$", rf"\g<0>  # {by}", dumped, flags=re.MULTILINE)
        self.text += " " * column + _indented(dumped, column) + "\n"
        self.save(data + plain if isinstance(data, list) else {**data, **plain})

    def save(self, meant: Any) -> None:
        """Write the text, after a look whether it says what was meant and nothing else."""
        document, problems = yaml_lines.parse(self.text.encode(), str(self.file))
        if document is None or problems or document.data != meant:
            raise BugError(
                Problem("bug", f"{self.file}:1", "the edit would change more than was decided")
            )
        write_whole(self.file, self.mark + self.text.replace("\n", self.newline))

    def _replace(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]

    def _line_end(self, index: int) -> int:
        """The end of the line that `index` is on, or before which it is the very start."""
        if index and self.text[index - 1] == "\n":
            return index - 1
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end


def _last(node: Any) -> int:
    """Where the text of a node ends; PyYAML ends a block only where the next thing begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _last(last[1] if isinstance(last, tuple) else last)


def _remarked(text: str, before: str, value: Any) -> str:
    """A key's text with the comments that went with a part of its value: on its first line."""
    if isinstance(value, yaml.ScalarNode):
        before = before.partition("\n")[0]  # further lines of a text are no comments
    gone = [remark for remark in _remarks(before) if remark not in text]
    head, line, rest = text.partition("\n")
    return "".join([head, *(f"  {remark}" for remark in gone), line, rest])


def _remarks(text: str) -> list[str]:
    """The comments of a piece of YAML without block texts."""
    found = (_REMARK.fullmatch(line) for line in text.split("\n"))
    return [remark[1] for remark in found if remark]


def _stamped(name: str, text: str, by: str) -> str:
    """A key's text with who wrote it; who reviewed stands in `review` itself."""
    head, line, rest = text.partition("\n")
    return f"{head}  # {by}{line}{rest}" if by and name != "review" else text


def _precedes(key: str, name: str) -> bool:
    return key in _ORDER and _ORDER.index(key) < _ORDER.index(name)


def _edited(text: str, column: int, change: Change) -> str:
    """A piece of a file that begins at `column`, with its keys changed by ruamel.yaml."""
    data = _yaml().load("\n".join(_outdented(text, column)))
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(data.get(key), CommentedMap):
            _update(data[key], value)
        else:
            data[key] = _styled(value, depth=1)
    return _indented(_dumped(data), column)


def _update(old: CommentedMap, new: Mapping[str, Any]) -> None:
    for key in [key for key in old if key not in new]:
        del old[key]
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(key), CommentedMap):
            _update(old[key], value)
        elif key not in old or old[key] != value:
            old[key] = _styled(value, depth=1)


def _outdented(text: str, column: int) -> list[str]:
    first, *rest = text.split("\n")
    return [first, *(line[column:] if line[:column].isspace() else line for line in rest)]


def _indented(text: str, column: int) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * column + line if line else line for line in rest)])


class _Representer(RoundTripRepresenter):
    """ruamel.yaml's, but an empty value is written as `null`, so that it is seen to be meant."""


_Representer.add_representer(
    type(None),
    lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null"),
)


def _yaml() -> YAML:
    """ruamel.yaml's round trip, never folding a line."""
    setup = YAML()
    setup.Representer = _Representer
    setup.preserve_quotes = True
    setup.width = 1_000_000
    setup.indent(mapping=2, sequence=2, offset=0)
    return setup


def _dumped(data: Any) -> str:
    stream = io.StringIO()
    _yaml().dump(data, stream)
    return stream.getvalue().rstrip("\n")


def _styled(data: Any, depth: int = 0) -> Any:
    """Plain data as we write it: an entry's keys one per line, what is inside them on that line."""
    if isinstance(data, str) and not _PLAIN.fullmatch(data):
        # ruamel.yaml leaves `{target: :0}` bare, which libyaml reads otherwise.
        return DoubleQuotedScalarString(data)
    if isinstance(data, list):
        return [_styled(item, depth) for item in data]
    if not isinstance(data, dict):
        return data
    result = CommentedMap((key, _styled(value, depth + 1)) for key, value in data.items())
    if depth:
        result.fa.set_flow_style()
    return result


def _plain(model: Entry) -> dict[str, Any]:
    """What of a model is worth writing: keys in the model's order, nothing empty."""
    data = model.model_dump(exclude_none=True, exclude_defaults=not isinstance(model, Review))
    if isinstance(model, _REVIEWED):
        data = {"source": model.source, "decision": None, **data}
        if isinstance(model, GroupEntry | KnowledgeEntry):
            data["restricted"] = model.restricted
        data["review"] = _plain(model.review)
        data = {key: data[key] for key in _ORDER if key in data}
    for name in ("said", "saw") if isinstance(model, Review) else ():
        if not data[name]:
            del data[name]
    return data


def _bare(value: dict[str, Any]) -> Any:
    """A TOPdesk value alone, where nothing else is said."""
    return value.get("target") if set(value) <= {"target"} else value
