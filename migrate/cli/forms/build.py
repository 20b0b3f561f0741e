"""The build sheets as files: a page and a YAML file for each form, and the checklist."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from ruamel.yaml import YAML

from migrate.cli.forms import wording
from migrate.state.database import unwritable_path
from migrate.transform.conditions import Lang
from migrate.transform.forms import Sheet, SheetField

_SHEETS = frozenset({"build", "link"})
"""What gets a page of its own; the rest stands in the checklist."""


@dataclass(frozen=True, slots=True)
class Written:
    """The checklist, and how many forms there are in each state and with each decision."""

    checklist: Path
    sheets: int
    states: dict[str, int]
    actions: dict[str, int]


def write_sheets(
    sheets: Sequence[Sheet], approved: Collection[tuple[str, str]], folder: Path, lang: Lang
) -> Written:
    """Write everything into `folder`, made where it is not there; sheets that nobody asks for any
    more go. `approved` are (unit, source) of the entries whose approval holds. The same sheets give
    the same bytes. Raises ConfigurationError where the folder cannot be written."""
    names = _names(sheets)
    environment = _environment()
    rows = []
    pages: dict[str, str] = {}
    for sheet in sheets:
        state = wording.state_of(sheet, (sheet.unit, sheet.source) in approved)
        page = names[sheet.unit, sheet.source] if sheet.action in _SHEETS else ""
        rows.append({"sheet": sheet, "state": state, "page": page})
        if page:
            template = environment.get_template("sheet.html.j2")
            pages[f"{page}.html"] = template.render(**_page(sheet, lang), state=state)
            pages[f"{page}.yaml"] = _yaml(sheet, lang)
    states = _counted([str(row["state"]) for row in rows])
    actions = _counted([sheet.action for sheet in sheets])
    pages["index.html"] = environment.get_template("checklist.html.j2").render(
        said=wording.words(lang), rows=rows, style=_style(), states=states, actions=actions
    )
    checklist = folder / "index.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*/*"):
            if old.suffix in (".html", ".yaml") and f"{old.parent.name}/{old.name}" not in pages:
                old.unlink()
        for name, text in pages.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable_path(folder, error) from None
    return Written(checklist, sum(name.endswith(".yaml") for name in pages), states, actions)


def _names(sheets: Sequence[Sheet]) -> dict[tuple[str, str], str]:
    """(unit, source) → a path without ending; two forms that would share one are numbered."""
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for sheet in sheets:
        letters = sheet.source.casefold().translate(str.maketrans("æøå", "eoa"))
        plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "form"
        name, count = f"{sheet.unit}/{slug}", 1
        while name in taken:
            count += 1
            name = f"{sheet.unit}/{slug}-{count}"
        taken.add(name)
        names[sheet.unit, sheet.source] = name
    return names


def _page(sheet: Sheet, lang: Lang) -> dict[str, Any]:
    return {
        "said": wording.words(lang),
        "sheet": sheet,
        "style": _style(),
        "remarks": list(wording.remarks_said(sheet, lang)),
        "fields": [_field(sheet, field, lang) for field in sheet.fields],
    }


def _field(sheet: Sheet, field: SheetField, lang: Lang) -> dict[str, Any]:
    said = wording.words(lang)
    return {
        "id": field.id,
        "label": field.label,
        "type": wording.type_said(field, lang),
        "mandatory": wording.mandatory_said(field, sheet.named, lang),
        "shown": wording.shown_said(field, sheet.named, lang),
        "choices": [label for id_, label in field.choices if id_],
        "prompt": next((label for id_, label in field.choices if not id_), ""),
        "default": field.default,
        "check": field.validation,
        "part": field.group,
        "more": dict(field.more),
        "of": field.of,
        "remarks": [str(said["remarks"][remark]) for remark in field.remarks],
    }


def _yaml(sheet: Sheet, lang: Lang) -> str:
    """The same as the page, for whoever builds by machine or compares two versions."""
    decision = sheet.decision
    data: dict[str, Any] = {
        "form": sheet.source,
        "decision": sheet.action,
        "title": {"nb": sheet.title.nb, "en": sheet.title.en or None},
        "service": sheet.service or None,
        "group": sheet.group or None,
        "audience": sheet.audience or None,
        "link": decision.target if decision and decision.action == "link" else None,
        "merged": list(sheet.merged) or None,
        "description": sheet.description or None,
        "instructions": sheet.instructions or None,
        "to_find_out": list(wording.remarks_said(sheet, lang)) or None,
        "fields": [
            _plain(sheet, field, _field(sheet, field, lang), number)
            for number, field in enumerate(sheet.fields, start=1)
        ],
    }
    stream = io.StringIO()
    dumper = YAML(pure=True)
    dumper.width = 100
    dumper.dump({name: value for name, value in data.items() if value is not None}, stream)
    return stream.getvalue()


def _plain(sheet: Sheet, field: SheetField, told: dict[str, Any], number: int) -> dict[str, Any]:
    data = {
        "number": number,
        "id": field.id,
        "of": field.of if field.of != sheet.source else None,
        "label": {"nb": field.label.nb or None, "en": field.label.en or None},
        "type": field.type,
        "type_said": told["type"],
        "mandatory": told["mandatory"],
        "mandatory_condition": field.mandatory or None,
        "shown": told["shown"],
        "visible_condition": field.visible or None,
        "choices": [{"id": id_, "label": label} for id_, label in field.choices] or None,
        "default": field.default or None,
        "check": field.validation or None,
        "part": field.group or None,
        "more": dict(field.more) or None,
        "to_find_out": told["remarks"] or None,
    }
    return {name: value for name, value in data.items() if value is not None}


def _counted(words: Sequence[str]) -> dict[str, int]:
    return {word: words.count(word) for word in dict.fromkeys(words)}


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("migrate.cli.forms", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style() -> Markup:
    style = files("migrate.cli.forms").joinpath("templates").joinpath("forms.css")
    return Markup(style.read_text(encoding="utf-8"))  # noqa: S704 - ours
