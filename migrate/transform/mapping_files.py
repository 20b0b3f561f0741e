"""Reads the folder `mappings/`: every file, every problem, every line number."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from migrate.errors import Problem
from migrate.transform import yaml_lines
from migrate.transform.content_mapping import (
    FormEntry,
    KnowledgeEntry,
    LinkEntry,
    ServiceEntry,
    TextEntry,
)
from migrate.transform.mapping import (
    VALUE_LISTS,
    GroupEntry,
    Mappings,
    OperatorEntry,
    ServiceValue,
    Sprint,
    Unit,
    UnitFile,
    Value,
)
from migrate.transform.names import near
from migrate.transform.policy import Policy
from migrate.transform.yaml_lines import Document

Model = TypeVar("Model", bound=BaseModel)

_TOP = ("policy.yaml", "sprints.yaml")
_UNIT = (
    "unit.yaml",
    "groups.yaml",
    "operators.yaml",
    "knowledge.yaml",
    "texts.yaml",
    "services.yaml",
    "forms.yaml",
    "links.yaml",
)
_VALUES = (*(f"{name}.yaml" for name in VALUE_LISTS), "service.yaml")


def read_mappings(folder: Path) -> tuple[Mappings, list[Problem]]:
    """Everything under `folder`, and everything that is wrong with its form, ordered by place.

    What cannot be used is left out and is a problem; the rest is there, so that one bad file never
    hides what is wrong in another. `sprints.yaml` may stand in the folder or beside it. Places are
    `mappings/units/ub/groups.yaml:12`, from the folder's own name on. Generated `*.seen.yaml` and
    files that are not YAML are not read.
    """
    reader = _Reader(folder)
    mappings = Mappings(
        policy=reader.policy(),
        values={name: reader.values(name) for name in VALUE_LISTS},
        services=reader.services(),
        units=reader.units(),
        sprints=reader.sprints(),
        places=reader.places,
    )
    reader.unknown_files()
    return mappings, sorted(reader.problems, key=by_place)


def by_place(problem: Problem) -> tuple[str, int, str]:
    """A sort key: file, line as a number, code."""
    file, _, line = problem.place.rpartition(":")
    return (file, int(line), problem.code) if line.isdigit() else (problem.place, 0, problem.code)


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.places: dict[str, str] = {}

    def policy(self) -> Policy:
        document = self._document("policy.yaml")
        if document is None or document.data is None:
            return Policy()
        for path in document.lines:
            self.places["policy.yaml#" + ".".join(map(str, path))] = document.at(path)
        return self._model(document, (), document.data, Policy) or Policy()

    def values(self, name: str) -> dict[str, Value]:
        return self._table(f"values/{name}.yaml", Value, bare="target")

    def services(self) -> dict[str, ServiceValue]:
        return self._table("values/service.yaml", ServiceValue, bare="category")

    def units(self) -> dict[str, Unit]:
        folder = self.folder / "units"
        keys = (
            sorted(path.name for path in folder.iterdir() if path.is_dir())
            if folder.is_dir()
            else []
        )
        return {key: unit for key in keys if (unit := self._unit(key)) is not None}

    def sprints(self) -> dict[str, Sprint]:
        beside = self.folder.parent / "sprints.yaml"
        inside = self.folder / "sprints.yaml"
        if inside.is_file() and beside.is_file():
            self._problem(
                "mapping-form", "sprints.yaml:1", f"stands also as {self._place('sprints.yaml')}"
            )
        file = "sprints.yaml" if inside.is_file() else "../sprints.yaml"
        return self._entries(file, Sprint, "name")

    def unknown_files(self) -> None:
        """Every YAML file that nothing above reads."""
        for path in sorted(self.folder.rglob("*.y*ml")):
            parts = path.relative_to(self.folder).parts
            if path.name.endswith(".seen.yaml") or any(part.startswith(".") for part in parts):
                continue
            legal: Iterable[str] = ()
            match parts:
                case (_,):
                    legal = _TOP
                case ("values", _):
                    legal = _VALUES
                case ("units", _, _):
                    legal = _UNIT
            if path.name not in legal:
                self._problem(
                    "mapping-file-unknown",
                    f"{self._place(path.relative_to(self.folder).as_posix())}:1",
                    "nothing reads a file of this name here",
                    expected=", ".join(legal),
                    near=near(path.name, legal),
                )

    def _unit(self, key: str) -> Unit | None:
        file = f"units/{key}/unit.yaml"
        document = self._document(file)
        groups = self._entries(f"units/{key}/groups.yaml", GroupEntry, "source")
        operators = self._entries(f"units/{key}/operators.yaml", OperatorEntry, "source")
        knowledge = self._entries(f"units/{key}/knowledge.yaml", KnowledgeEntry, "source")
        texts = self._entries(f"units/{key}/texts.yaml", TextEntry, "source")
        services = self._entries(f"units/{key}/services.yaml", ServiceEntry, "source")
        forms = self._entries(f"units/{key}/forms.yaml", FormEntry, "source")
        links = self._entries(f"units/{key}/links.yaml", LinkEntry, "source")
        if document is None:
            if not (self.folder / file).is_file():
                self._problem(
                    "mapping-missing", f"{self._place(file)}:1", "the unit has no unit.yaml"
                )
            return None
        self.places[f"{file}@branch"] = document.at(("branch",))
        self.places[f"{file}@knowledge"] = document.at(("knowledge",))
        unit = self._model(document, (), document.data, UnitFile)
        if unit is None:
            return None
        for at, group in enumerate(unit.groups):
            if unit.groups.index(group) == at:
                self.places[f"{file}#{group}"] = document.at(("groups", at))
            else:
                self._twice(document, ("groups", at), group, f"{file}#{group}")
        return Unit(key, unit, groups, operators, knowledge, texts, services, forms, links)

    def _entries(self, file: str, model: type[Model], name: str) -> dict[str, Model]:
        """A file that is a list of entries, by the name of each."""
        document = self._document(file)
        if document is None or document.data is None:
            return {}
        if not isinstance(document.data, list):
            self._problem("mapping-form", document.at(()), "not a list", expected=f"- {name}: …")
            return {}
        entries: dict[str, Model] = {}
        for at, data in enumerate(document.data):
            entry = self._model(document, (at,), data, model)
            key = data.get(name) if isinstance(data, dict) else None
            if not isinstance(key, str):
                continue
            place = f"{file.removeprefix('../')}#{key}"
            if place in self.places:
                self._twice(document, (at,), key, place)
                continue
            self.places[place] = document.at((at,))
            if entry is not None:
                entries[key] = entry
        return entries

    def _table(self, file: str, model: type[Model], bare: str) -> dict[str, Model]:
        """A file that is `HPSM value: entry`; a bare text, or nothing, is the field `bare`."""
        document = self._document(file)
        if document is None or document.data is None:
            return {}
        if not isinstance(document.data, dict):
            self._problem(
                "mapping-form", document.at(()), "not a table", expected="HPSM value: TOPdesk value"
            )
            return {}
        table: dict[str, Model] = {}
        for key, data in document.data.items():
            self.places[f"{file}#{key}"] = document.at((key,))
            full = data if isinstance(data, dict) else {bare: data}
            if (value := self._model(document, (key,), full, model)) is not None:
                table[key] = value
        return table

    def _document(self, file: str) -> Document | None:
        path = self.folder / file
        place = self._place(file)
        self.places[file.removeprefix("../")] = f"{place}:1"
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._problem("mapping-yaml", f"{place}:1", f"cannot be read: {error.strerror}")
            return None
        document, problems = yaml_lines.parse(raw, place)
        self.problems += problems
        return document

    def _model(
        self, document: Document, path: yaml_lines.Path, data: Any, model: type[Model]
    ) -> Model | None:
        try:
            return model.model_validate(data, strict=True)
        except ValidationError as error:
            issues = {_loc(issue): issue for issue in error.errors(include_url=False)}
            self.problems += (_issue(document, path, model, issue) for issue in issues.values())
            return None

    def _twice(self, document: Document, path: yaml_lines.Path, key: str, first: str) -> None:
        line = self.places[first].rpartition(":")[2]
        self._problem("mapping-twice", document.at(path), f'"{key}" stands here and on line {line}')

    def _place(self, file: str) -> str:
        if file.startswith("../"):
            return file.removeprefix("../")
        return f"{self.folder.name}/{file}"

    def _problem(
        self, code: str, place: str, message: str, expected: str = "", near: tuple[str, ...] = ()
    ) -> None:
        self.problems.append(Problem(code, place, message, expected, near=near))


_TYPES = {
    "string_type": "a text (put it in quotes)",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "date_type": "a day: 2019-09-30",
    "datetime_type": "a time: 2019-09-27 16:00",
}


def _loc(issue: Any) -> yaml_lines.Path:
    """Where an issue is; a field that is a day or a time is one place, not two."""
    return tuple(part for part in issue["loc"] if part not in ("date", "datetime"))


def _issue(
    document: Document, path: yaml_lines.Path, model: type[BaseModel], issue: Any
) -> Problem:
    """One finding of pydantic's in a unit owner's words."""
    loc = _loc(issue)
    where, kind = ".".join(map(str, loc)), issue["type"]
    context = issue.get("ctx") or {}
    expected = _TYPES.get(kind, "")
    candidates: tuple[str, ...] = ()
    if kind == "extra_forbidden":
        legal = tuple(_fields(model, loc[:-1]))
        message, expected = f"{where}: there is no such key", ", ".join(legal)
        candidates = near(str(loc[-1]), legal)
    elif kind == "missing":
        message = f"{where} is missing"
    elif kind == "literal_error":
        expected = context["expected"].replace("True, False", "true, false")
        message = f"{where}: {str(issue['input'])!r} is not one of the values"
        candidates = near(
            str(issue["input"]), expected.replace("'", "").replace(" or ", ", ").split(", ")
        )
    else:
        message = f"{where or 'the entry'}: {issue['msg']}"
    return Problem("mapping-form", document.at((*path, *loc)), message, expected, near=candidates)


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that are legal at `loc` of `model`."""
    at: Any = model
    for part in loc:
        fields = getattr(at, "model_fields", {})
        if part in fields:
            at = _models_in(fields[part].annotation)
    return list(getattr(at, "model_fields", {}))


def _models_in(annotation: Any) -> Any:
    """The model inside `Model | None`, `list[Model]` or `dict[str, Model]`."""
    if isinstance(annotation, types.GenericAlias | types.UnionType) or typing.get_origin(
        annotation
    ):
        for inner in typing.get_args(annotation):
            if (found := _models_in(inner)) is not None:
                return found
        return None
    return (
        annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    )
