"""A build sheet in words, in the language of whoever builds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrate.transform.conditions import Lang, Named, in_words
from migrate.transform.forms import Sheet, SheetField
from migrate.words import worded

LANGUAGES: tuple[Lang, ...] = ("nb", "en")


def words(lang: Lang) -> Mapping[str, Any]:
    """Everything that sheets and checklist say in `lang`."""
    return worded(__package__, lang, "words.yaml")


def type_said(field: SheetField, lang: Lang) -> str:
    """What sort of field to build."""
    kind = field.type
    if kind == "select" and field.multiple:
        kind = "several"
    elif kind == "select" and field.style.casefold() == "radio":
        kind = "radio"
    return str(words(lang)["types"][kind])


def condition_said(condition: str, named: Named, lang: Lang, *, always: str, never: str) -> str:
    """A condition as the answer to when; `never` where there is none."""
    said = words(lang)
    if not condition.strip():
        return never
    spoken = in_words(condition, named, lang)
    if spoken is None:
        return str(said["as_written"]).format(condition.strip())
    answers = {"alltid": always, "always": always, "aldri": never, "never": never}
    return answers.get(spoken) or str(said["when"]).format(spoken)


def mandatory_said(field: SheetField, named: Named, lang: Lang) -> str:
    said = words(lang)
    return condition_said(field.mandatory, named, lang, always=said["yes"], never=said["no"])


def shown_said(field: SheetField, named: Named, lang: Lang) -> str:
    said = words(lang)
    if not field.visible.strip():
        return str(said["always"])
    return condition_said(field.visible, named, lang, always=said["always"], never=said["no"])


def remarks_said(sheet: Sheet, lang: Lang) -> Iterator[str]:
    """What whoever builds the form has to find out, of the form as a whole."""
    for remark, about in sheet.remarks:
        yield str(words(lang)["remarks"][remark]).format(about)


def state_of(sheet: Sheet, approved: bool) -> str:
    """Which of the checklist's `states` a form is in."""
    if sheet.action != "build":
        return "none"
    if sheet.built:
        return "built"
    return "to_do" if approved else "unapproved"
