"""What people decide of knowledge, standard texts, services, forms and links, entry by entry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from migrate.transform.entry import Entry
from migrate.transform.mapping import Review, Tri


class KnowledgeDecision(Entry):
    """What becomes of the articles of a category, or of one article.

    `folder` is the path of TOPdesk's folder, with `/`. `audience`: whom published external articles
    are for; without it nobody has said, and only operators see them. `manager` is an operator group
    of TOPdesk with the task *knowledge base manager*. `translation_of` is the article of which this
    one is the translation into `language`.
    """

    action: Literal["map", "retire", "leave"]
    folder: str | None = None
    audience: Literal["portal", "operators"] | None = None
    language: str | None = None
    manager: str | None = None
    translation_of: str | None = None
    reason: str | None = None


class KnowledgeEntry(Entry):
    """One entry of `knowledge.yaml`; `source` is a category (with what is below it) or an article's
    id. Articles of a category that is restricted, or of which nobody has said whether it is, are
    held."""

    source: str
    decision: KnowledgeDecision | None = None
    restricted: Tri = "unknown"
    review: Review = Review()
    note: str | None = None


class TextDecision(Entry):
    """What becomes of the standard texts of a group, or of one text: an item for operators."""

    action: Literal["map", "retire", "leave"]
    folder: str | None = None
    language: str | None = None
    reason: str | None = None


class TextEntry(Entry):
    """One entry of `texts.yaml`; `source` is a HPSM group, `*` for the texts of no group, or a
    text's name, which goes first."""

    source: str
    decision: TextDecision | None = None
    review: Review = Review()
    note: str | None = None


class ServiceDecision(Entry):
    """What becomes of an item of HPSM's catalogue. `target` is the TOPdesk service: `map` finds it,
    `create` makes it where it is not there and the policy allows it."""

    action: Literal["map", "create", "retire", "leave"]
    target: str | None = None
    reason: str | None = None


class ServiceEntry(Entry):
    """One entry of `services.yaml`; `source` is the item's name in HPSM's catalogue."""

    source: str
    decision: ServiceDecision | None = None
    review: Review = Review()
    note: str | None = None


class FormDecision(Entry):
    """What becomes of a form of HPSM's catalogue. TOPdesk's API makes no form: what is to be built
    here gets a build sheet.

    `build`: under `service`, received by `group` (both as TOPdesk names them; without them what the
    item's own service and group become), for `audience`. `link`: it belongs to another system, at
    the address `target`. `merge`: its fields go into the sheet of the form `target`.
    """

    action: Literal["build", "link", "merge", "retire", "leave"]
    target: str | None = None
    service: str | None = None
    group: str | None = None
    audience: str | None = None
    reason: str | None = None


class FormLabel(Entry):
    """A text of a form in the two languages, where HPSM's own is not what shall be read."""

    nb: str | None = None
    en: str | None = None


class FormBuilt(Entry):
    """Who built the form in TOPdesk, and when."""

    by: str
    at: date | datetime


class FormEntry(Entry):
    """One entry of `forms.yaml`; `source` is the item's name in HPSM's catalogue. `labels` are the
    texts of its fields by their id; the form's own title stands under `title`."""

    source: str
    decision: FormDecision | None = None
    labels: dict[str, FormLabel] = Field(default_factory=dict)
    built: FormBuilt | None = None
    review: Review = Review()
    note: str | None = None


class LinkDecision(Entry):
    """What becomes of links to an address: kept, replaced by `target` (where `source` ends in `*`
    and `target` does too, the rest of the address is kept), or removed, their text staying."""

    action: Literal["keep", "replace", "remove"]
    target: str | None = None
    reason: str | None = None


class LinkEntry(Entry):
    """One entry of `links.yaml`; `source` is an address, or the beginning of several with `*`."""

    source: str
    decision: LinkDecision | None = None
    review: Review = Review()
    note: str | None = None


ContentEntry = KnowledgeEntry | TextEntry | ServiceEntry | FormEntry | LinkEntry
ContentDecision = KnowledgeDecision | TextDecision | ServiceDecision | FormDecision | LinkDecision
