"""What an export wrote, and the migrate.yaml that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Progress = Callable[[str, int], None]
"""Called with the name of a list and the rows of it that are written."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One list in one file. `alias` is the name of the alias table that reads it: `name`, but where
    a list has several files. `fields` is our field → its column there, `form` what the
    configuration says of the file."""

    alias: str
    name: str
    fields: Mapping[str, str | Mapping[str, str]]
    form: Mapping[str, Any]
    rows: int


@dataclass(frozen=True, slots=True)
class Export:
    """All lists in one format. `lost` says in words what they do not have of HPSM."""

    format: str
    files: tuple[Exported, ...]
    lost: tuple[str, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Name of the list → rows, over all its files."""
        found: dict[str, int] = {}
        for file in self.files:
            found[file.name] = found.get(file.name, 0) + file.rows
        return found

    def source(self) -> str:
        """The `source:` section that reads these files, with what is lost in comments."""
        lost = "".join(f"#   {line}\n" for line in self.lost)
        section = {"source": {"type": "exports", "tables": self._tables(), "files": self._files()}}
        text = yaml.safe_dump(section, sort_keys=False, allow_unicode=True, width=100)
        return f"# Not in these files, though HPSM has it:\n{lost}{text}"

    def _tables(self) -> dict[str, Any]:
        tables: dict[str, Any] = {}
        for file in self.files:
            tables[file.alias] = {"fields": dict(file.fields)}
            if file.alias != file.name:
                more = {"kind": _KINDS.get(file.name, file.name), "like": file.name}
                tables[file.alias] = {**more, **tables[file.alias]}
        return tables

    def _files(self) -> dict[str, Any]:
        return {file.alias: dict(file.form) for file in self.files}


_KINDS = {
    "interaction_activities": "activities",
    **dict.fromkeys(("change_tasks", "problem_tasks", "incident_tasks", "request_tasks"), "tasks"),
}
"""Alias table → its kind, where that is called otherwise."""
