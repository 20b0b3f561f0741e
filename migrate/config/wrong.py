"""What pydantic finds wrong with `migrate.yaml`, as problems in the words of whoever wrote it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from migrate.errors import Problem


def problems(
    error: ValidationError, model: type[BaseModel], node: Any, file: object
) -> Iterator[Problem]:
    """Each finding with its line in `node`, the document as YAML composed it."""
    for issue in _issues(error):
        loc = issue["loc"]
        message = issue["msg"].removeprefix("Value error, ").removeprefix("Input ")
        expected = ""
        near: tuple[str, ...] = ()
        if issue["type"] == "extra_forbidden":
            legal = _options(model, loc[:-1])
            message, expected = "there is no such option", ", ".join(legal)
            near = tuple(get_close_matches(str(loc[-1]), legal))
        elif issue["type"] == "missing":
            message = "is missing"
        where = f"{file}:{_line(node, loc)}"
        yield Problem("config-invalid", where, f"{_path(loc)}: {message}", expected, near=near)


def _issues(error: ValidationError) -> list[Any]:
    """What is wrong, without what only says that something might have been a text instead."""
    every: list[Any] = error.errors(include_input=False, include_url=False)
    own = [issue["loc"] for issue in every if issue["loc"][-1:] != ("str",)]
    within = {loc[:n] for loc in own for n in range(len(loc))}
    return [i for i in every if i["loc"] in own or i["loc"][:-1] not in within]


def _path(loc: tuple[int | str, ...]) -> str:
    """Where in the document an issue is, without pydantic's names of what it tried there."""
    parts = [str(part) for part in loc]
    return ".".join(part for part in parts if "[" not in part)


def _line(node: Any, path: tuple[int | str, ...]) -> int:
    """The line of the deepest node on `path` that exists in the document."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if not isinstance(node, yaml.MappingNode):
            break
        for key, value in node.value:
            if key.value == str(part):
                line, node = key.start_mark.line + 1, value
                break
        else:
            break
    return line


def _options(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """What may stand at `loc` of `model`, as it is written; nothing where no model says so."""
    at: type[BaseModel] | None = model
    for part in loc:
        if at is None:
            return []
        named = {_written(name, field): field for name, field in at.model_fields.items()}
        if (field := named.get(str(part))) is not None:
            at = _within(field.annotation)
    return (
        [_written(*pair) for pair in at.model_fields.items() if pair[0] != "folder"] if at else []
    )


def _written(name: str, field: FieldInfo) -> str:
    """What YAML calls a field."""
    if isinstance(field.validation_alias, AliasChoices):
        return str(field.validation_alias.choices[0])
    return field.alias or name


def _within(annotation: Any) -> type[BaseModel] | None:
    """The model inside `Model | None`, `list[Model]` or `dict[str, Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_within, typing.get_args(annotation))), None)
