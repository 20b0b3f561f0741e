"""The two pages that list every option and every key list every one, and their examples hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from migrate.config import Config
from migrate.transform.content_mapping import (
    FormEntry,
    KnowledgeEntry,
    LinkEntry,
    ServiceEntry,
    TextEntry,
)
from migrate.transform.mapping import (
    GroupEntry,
    OperatorEntry,
    ServiceValue,
    Sprint,
    UnitFile,
    Value,
)
from migrate.transform.policy import Policy

DOCS = Path(__file__).parents[1] / "docs"
MAPPINGS = (
    *(UnitFile, GroupEntry, OperatorEntry, KnowledgeEntry, TextEntry, ServiceEntry, FormEntry),
    *(LinkEntry, Value, ServiceValue, Sprint, Policy),
)
WRITTEN_BY_THE_TOOL = {"status", "digest", "said", "saw"}


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """Every model that a type is made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from _models(field.annotation)
    for part in get_args(kind):
        yield from _models(part)


def _keys(*roots: type[BaseModel]) -> set[str]:
    """What may be typed as a key, in the words of the files."""
    found = set()
    for model in {each for root in roots for each in _models(root)}:
        for name, field in model.model_fields.items():
            alias = field.validation_alias
            choices = getattr(alias, "choices", [field.alias or name])
            found.add(str(choices[0]))
    return found


def _missing(page: str, keys: set[str]) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    plain, *rest = re.split(r"^ *```", text, flags=re.MULTILINE)
    shown = "\n".join(
        [*rest[::2], *re.findall(r"`[^`]+`|^## .*", plain + "".join(rest[1::2]), re.M)]
    )
    words = set(re.findall(r"\w+", shown))
    return sorted(keys - words)


def test_every_option_of_migrate_yaml_is_in_its_page() -> None:
    assert _missing("configuration.md", _keys(Config) - {"folder"}) == []


def test_every_key_of_the_mappings_is_in_their_page() -> None:
    assert _missing("mappings.md", _keys(*MAPPINGS) - WRITTEN_BY_THE_TOOL) == []


def _examples() -> list[Any]:
    text = (DOCS / "mappings.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [yaml.safe_load(block) for _, block in blocks]


@pytest.mark.parametrize(
    ("number", "model"), list(enumerate([UnitFile, Sprint, GroupEntry, OperatorEntry]))
)
def test_the_examples_of_the_page_are_what_the_files_take(
    number: int, model: type[BaseModel]
) -> None:
    example = _examples()[number]
    for entry in example if isinstance(example, list) else [example]:
        model.model_validate(entry)
