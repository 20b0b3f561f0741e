"""The page itself: one HTML file in two languages, that loads nothing but the shards beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from migrate.report.concierge.links import Patterns
from migrate.report.concierge.wording import LANGUAGES, day, words

_HERE = "migrate.report.concierge"
_NOT_SHOWN = {"language", "months", "no_script"}


@dataclass(frozen=True, slots=True)
class Data:
    """Where the page finds its answers: `shards` scripts in `folder`, whose answers are places in
    `codes`; `prefixes` are the letters that numbers begin with; `as_of` is a day, YYYY-MM-DD;
    `ask` is, by language, what is said of a ticket that may not be shown."""

    folder: str
    shards: int
    codes: Sequence[str]
    prefixes: Sequence[str]
    links: Patterns
    ask: Mapping[str, str]
    as_of: str


def page(data: Data) -> str:
    """The page. The same data gives the same bytes."""
    environment = Environment(
        loader=PackageLoader(_HERE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates = files(_HERE).joinpath("templates")
    style = templates.joinpath("page.css").read_text(encoding="utf-8")
    script = templates.joinpath("page.js.j2").read_text(encoding="utf-8")
    said = {lang: _words(lang, data) for lang in LANGUAGES}
    return environment.get_template("page.html.j2").render(
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        words=said,
        page={
            "folder": data.folder,
            "shards": data.shards,
            "codes": list(data.codes),
            "prefixes": list(data.prefixes),
            "links": data.links,
            "words": {
                lang: {key: text for key, text in each.items() if key not in _NOT_SHOWN}
                for lang, each in said.items()
            },
        },
    )


def _words(lang: str, data: Data) -> dict[str, Any]:
    said = words(lang)
    answers = dict(said["answers"])
    if text := data.ask.get(lang, "").strip():
        answers["ask"] = text
    as_of = said["as_of"].format(date=day(data.as_of, lang))
    return {**said, "answers": answers, "as_of": as_of}
