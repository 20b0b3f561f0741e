"""The words of a ticket: its title, its request, and where the rest goes that does not fit."""

from __future__ import annotations

from typing import Any

from migrate.records import Row, Told
from migrate.transform.history import Note, marker
from migrate.transform.source_digest import source_digest
from migrate.transform.text import clean, field_text, html_length, label, one_line, shorten, to_html
from migrate.transform.ticket_fields import Draft

_TITLE = 80  # incident API 4.2.6, briefDescription
_NUMBERS = 100  # optionalFields1.text1
_LONG = "Teksten er lang og står i historikken:"
_GROUP = "HPSM-gruppe:"
_LATER = "Ny beskrivelse i HPSM"
_KEY = "text "


def text_fields(
    draft: Draft, numbers: list[str], lost_group: str
) -> tuple[dict[str, Any], list[Note]]:
    """briefDescription, request and the field for further numbers; and the notes that must open
    the history because they are too long for their field.

    `lost_group` is an HPSM group that TOPdesk has no counterpart of.
    Findings: `title-missing`, `title-too-long`, `numbers-too-long`, `text-too-long`.
    """
    policy = draft.mappings.policy.tickets
    fields: dict[str, Any] = {}
    lines: list[str] = []
    notes: list[Note] = []

    if numbers:
        _place_numbers(draft, ", ".join(numbers), fields, lines)
    if lost_group:
        lines.append(f"{_GROUP} {label(lost_group)}")

    titles = _titles(draft.work)
    descriptions = _descriptions(draft.calls)
    title = titles[0] if titles else ""
    if not title:
        draft.note("title-missing")
        title = shorten(one_line(descriptions[0]) if descriptions else draft.identity, _TITLE)
    if len(title) > _TITLE:
        draft.note("title-too-long", str(len(title)))
        if policy.long_title == "request":
            lines.append(title)
        else:
            notes.append(Note(True, "", title))
    fields["briefDescription"] = shorten(title, _TITLE)
    lines += titles[1:]

    request = "\n\n".join(["\n".join(lines), *descriptions] if lines else descriptions)
    if html_length(request) > policy.request_chars:
        draft.note("text-too-long", str(len(request)))
        notes += [Note(True, "", text) for text in descriptions]
        request = "\n".join([*lines, f"{_LONG} {marker(draft.identity, True, 1)}"])
    if request:
        fields["request"] = to_html(request)
    return fields, notes


def texts_of(draft: Draft) -> dict[str, Note]:
    """The descriptions of the ticket's records, by what a step `carries` that tells them; each as
    the note that tells it where TOPdesk has a request already, to which nothing can be added."""
    found: dict[str, Note] = {}
    for row in draft.calls:
        if text := clean(field_text(row.get("description"))).strip():
            number = str(row["number"])
            key = f"{_KEY}{source_digest(text)[:12]}"
            head = f"{_LATER} · {number}" if number != draft.identity else _LATER
            found.setdefault(key, Note(False, head, text, key))
    return found


def told_later(draft: Draft, told: Told | None) -> list[Note]:
    """What the descriptions say that was not there when the ticket was loaded, such as that of the
    incident that a call became since. Internal, since nobody said whether the caller may see it."""
    if told is None or not any(key.startswith(_KEY) for key in told.carries):
        return []
    texts = texts_of(draft)
    known = [note.text for key, note in texts.items() if key in told.carries]
    return [
        note
        for key, note in texts.items()
        if key not in told.carries and not any(note.text in text for text in known)
    ]


def _place_numbers(draft: Draft, text: str, fields: dict[str, Any], lines: list[str]) -> None:
    where = draft.mappings.policy.tickets.further_numbers
    if where != "request" and len(text) > _NUMBERS:
        draft.note("numbers-too-long", str(len(text)))
        where = "request"
    if where == "request":
        lines.append(f"HPSM: {text}")
        return
    *path, last = where.split(".")
    inner = fields
    for part in path:
        inner = inner.setdefault(part, {})
    inner[last] = text


def _titles(records: tuple[Row, ...]) -> list[str]:
    """The different titles, the incident's first."""
    titles = (one_line(field_text(row.get("title"))) for row in records)
    return list(dict.fromkeys(title for title in titles if title))


def _descriptions(records: tuple[Row, ...]) -> list[str]:
    """The different descriptions, what the caller said first; none that another one contains."""
    texts = [clean(field_text(row.get("description"))).strip() for row in records]
    texts = list(dict.fromkeys(text for text in texts if text))
    return [
        text for text in texts if not any(text in other for other in texts if other is not text)
    ]
