"""Build sheets: what must be built of each form of HPSM's catalogue, since no API of TOPdesk does.

Pure: forms come as their XML was read, decisions as people made them. What HPSM does not say (the
second language, what an unknown element means) is a remark, never a guess.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from migrate.records import Row
from migrate.transform.conditions import Named
from migrate.transform.content_mapping import FormDecision, FormEntry, FormLabel
from migrate.transform.mapping import Mappings, Unit
from migrate.transform.text import field_text

Remark = Literal[
    "broken",
    "no-fields",
    "unknown-element",
    "repeated-id",
    "unknown-type",
    "no-label",
    "not-translated",
    "no-choices",
    "empty-choice",
    "looked-up",
    "no-group",
    "no-audience",
]
"""What whoever builds the form has to find out."""

TITLE = "title"
"""The name under which an entry's `labels` hold the form's own title."""


class Choice(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...


class Option(Protocol):
    """One option of a form, as HPSM's XML says it."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def choices(self) -> Sequence[Choice]: ...
    @property
    def style(self) -> str: ...
    @property
    def multiple(self) -> bool: ...
    @property
    def mandatory(self) -> str: ...
    @property
    def visible(self) -> str: ...
    @property
    def validation(self) -> str: ...
    @property
    def default(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def more(self) -> Mapping[str, str]: ...


class Form(Protocol):
    """A form, as HPSM's XML says it; `broken` says why it says nothing."""

    @property
    def fields(self) -> Sequence[Option]: ...
    @property
    def instructions(self) -> str: ...
    @property
    def unknown(self) -> Sequence[str]: ...
    @property
    def repeated(self) -> Sequence[str]: ...
    @property
    def broken(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages; empty where nobody has written it yet."""

    nb: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class SheetField:
    """One field to build. `mandatory` and `visible` are HPSM's own conditions; `of` is the form
    that it comes from. `more` is what its element says besides."""

    id: str
    label: Text
    type: str
    choices: tuple[tuple[str, str], ...]
    style: str
    multiple: bool
    mandatory: str
    visible: str
    validation: str
    default: str
    group: str
    more: Mapping[str, str]
    of: str
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What becomes of one form. `service`, `group` and `audience` are TOPdesk's words, empty where
    nobody has said them. `named` is how its options are called within conditions."""

    source: str
    unit: str
    decision: FormDecision | None
    active: bool
    title: Text
    description: str
    instructions: str
    service: str
    group: str
    audience: str
    fields: tuple[SheetField, ...] = ()
    remarks: tuple[tuple[Remark, str], ...] = ()
    merged: tuple[str, ...] = ()
    built: str = ""
    named: Named = field(default_factory=Named)

    @property
    def action(self) -> str:
        return self.decision.action if self.decision else "undecided"


def form_sheets(
    rows: Iterable[Row], mappings: Mappings, unit: Unit, read: Callable[[str], Form]
) -> Iterator[Sheet]:
    """A sheet for each form of the unit, by name: what HPSM's catalogue assigns to its groups, and
    what its `forms.yaml` names. `read` reads the XML of an item's options.

    The fields of a form that is merged stand at the end of the form it is merged into.
    """
    mine = {group.casefold() for group in unit.file.groups}
    sheets: dict[str, Sheet] = {}
    for row in rows:
        source = field_text(row.get("name"))
        entry = unit.forms.get(source)
        group = field_text(row.get("assignment"))
        options = row.get("options")
        is_form = bool(options) and field_text(row.get("type")) != "category"
        if source and (entry is not None or (is_form and group.casefold() in mine)):
            form = read(str(options)) if options else None
            sheets[source] = _sheet(row, form, mappings, unit, entry)
    merged: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets.values():
        if sheet.decision and sheet.decision.action == "merge" and sheet.decision.target in sheets:
            merged[sheet.decision.target].append(sheet)
    for source, sheet in sorted(sheets.items()):
        yield _with(sheet, merged[source]) if source in merged else sheet


def _sheet(
    row: Row, form: Form | None, mappings: Mappings, unit: Unit, entry: FormEntry | None
) -> Sheet:
    source = field_text(row.get("name"))
    decision = entry.decision if entry else None
    labels = entry.labels if entry else {}
    shown = field_text(row.get("display_name")) or source
    group = (decision.group if decision else None) or _group(row, mappings)
    audience = (decision.audience if decision else None) or ""
    fields = tuple(_fields(form, source, labels)) if form else ()
    remarks = list(_remarks(form))
    if decision and decision.action == "build" and not group:
        remarks.append(("no-group", ""))
    if decision and decision.action == "build" and not audience:
        remarks.append(("no-audience", ""))
    title = _text(shown, labels.get(TITLE))
    if not title.en:
        remarks.append(("not-translated", TITLE))
    return Sheet(
        source=source,
        unit=unit.key,
        decision=decision,
        active=row.get("active") is not False,
        title=title,
        description=field_text(row.get("description")),
        instructions=form.instructions if form else "",
        service=(decision.service if decision else None) or _service(source, unit),
        group=group,
        audience=audience,
        fields=fields,
        remarks=tuple(remarks),
        built=f"{entry.built.by} {entry.built.at}" if entry and entry.built else "",
        named=_named(fields),
    )


def _fields(form: Form, source: str, labels: Mapping[str, FormLabel]) -> Iterator[SheetField]:
    for option in form.fields:
        label = _text(option.label, labels.get(option.id))
        yield SheetField(
            id=option.id,
            label=label,
            type=option.type,
            choices=tuple((choice.id, choice.label) for choice in option.choices),
            style=option.style,
            multiple=option.multiple,
            mandatory=option.mandatory,
            visible=option.visible,
            validation=option.validation,
            default=option.default,
            group=option.group,
            more=option.more,
            of=source,
            remarks=tuple(_wanting(option, label)),
        )


def _wanting(option: Option, label: Text) -> Iterator[Remark]:
    if option.type == "unknown":
        yield "unknown-type"
    if not label.nb:
        yield "no-label"
    elif not label.en:
        yield "not-translated"
    if option.type == "select" and not option.choices:
        yield "no-choices"
    if any(not choice.id for choice in option.choices):
        yield "empty-choice"
    if option.validation:
        yield "looked-up"


def _remarks(form: Form | None) -> Iterator[tuple[Remark, str]]:
    if form is None or not (form.fields or form.broken):
        yield "no-fields", ""
    elif form.broken:
        yield "broken", form.broken
    if form:
        yield from (("unknown-element", name) for name in form.unknown)
        yield from (("repeated-id", id_) for id_ in form.repeated)


def _with(sheet: Sheet, merged: Sequence[Sheet]) -> Sheet:
    """`sheet` with the fields of others behind its own; an id that it has already stays its own."""
    fields = (*sheet.fields, *(each for other in merged for each in other.fields))
    counted = Counter(each.id for each in fields)
    known = {id_ for kind, id_ in sheet.remarks if kind == "repeated-id"}
    twice: list[tuple[Remark, str]] = [
        ("repeated-id", id_) for id_, count in counted.items() if count > 1 and id_ not in known
    ]
    theirs = [remark for other in merged for remark in other.remarks if _is_of_fields(remark)]
    return replace(
        sheet,
        fields=fields,
        merged=tuple(other.source for other in merged),
        remarks=(*sheet.remarks, *theirs, *twice),
        named=_named(fields),
    )


def _is_of_fields(remark: tuple[Remark, str]) -> bool:
    return remark[0] in ("broken", "unknown-element")


def _named(fields: Sequence[SheetField]) -> Named:
    """The first option of an id is the one that a condition means."""
    firsts = {each.id: each for each in reversed(fields)}
    return Named(
        {id_: each.label.nb for id_, each in firsts.items()},
        {id_: dict(each.choices) for id_, each in firsts.items()},
    )


def _text(shown: str, label: FormLabel | None) -> Text:
    return Text((label.nb if label else None) or shown, (label.en if label else None) or "")


def _group(row: Row, mappings: Mappings) -> str:
    """The TOPdesk group that the item's own group becomes."""
    entry = mappings.group(field_text(row.get("assignment")))
    decision = entry.decision if entry else None
    return (decision.target or "") if decision and decision.action in ("map", "merge") else ""


def _service(source: str, unit: Unit) -> str:
    """The TOPdesk service that the item becomes."""
    entry = unit.services.get(source)
    decision = entry.decision if entry else None
    if decision is None or decision.action not in ("map", "create"):
        return ""
    return decision.target or source
