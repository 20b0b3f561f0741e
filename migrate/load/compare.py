"""What was sent beside what the target shows: one canonical form, field by field, as digests.

The journal keeps digests and no texts, so that a later comparison can say *which* field differs
without any store but the two systems holding what stands in it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson

_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

TEXTS = frozenset({"language", "title", "content", "commentsForOperators", "keywords"})
"""Fields of one translation of a knowledge item."""
_TEXT = frozenset({"request", "action", "content", "description", "commentsForOperators"})
_DATES = frozenset(
    {
        "callDate",
        "completedDate",
        "closedDate",
        "targetDate",
        "responseDate",
        "sspVisibleFrom",
        "sspVisibleUntil",
    }
)
_BY_NAME = frozenset(
    {
        "category",
        "subcategory",
        "callType",
        "entryType",
        "impact",
        "urgency",
        "priority",
        "duration",
        "processingStatus",
        "closureCode",
        "archivingReason",
    }
)
_CASELESS = frozenset({"loginName", "networkLoginName", "tasLoginName", "email"})
_STAMP = re.compile(r"\s*\d{1,4}[-./]\d{1,2}[-./]\d{1,4},? \d{1,2}:\d{2}[^\n]{0,150}:[ \t]*\r?\n")
"""When and by whom a request was written, as a line of its own before it. The published API says
"without any formatting"; the cards of TOPdesk show the line, and so may a TOPdesk's answer."""
TRAIL = frozenset({"action", "actionInvisibleForCaller"})
"""Fields of a request that the record itself does not show: they stand in the progress trail."""


def plain(text: str) -> str:
    """A text as a person reads it: no tags, entities as characters, white space folded. The
    target may lay out a text anew, and that is no difference; nor whether it gives it back as HTML
    or as plain text, so that what looks like a tag in a ticket's own words is left out too."""
    before = ""
    while text != before:
        before = text
        if "<" in text:
            text = _TAG.sub("", _BREAK.sub(" ", text))
        if "&" in text:
            text = html.unescape(text)
    return _folded(text)


def canonical(body: Mapping[str, Any]) -> dict[str, str]:
    """The fields that a request sets, each in the form in which it can be compared."""
    fields: dict[str, str] = {}
    for name, value in body.items():
        if value is None:
            continue
        if name == "callerLookup":
            fields["caller"] = str(value.get("id", ""))
        elif name == "caller":
            fields["caller"] = str(value.get("dynamicName", ""))
        elif name.startswith("optionalFields"):
            fields.update({f"{name}.{k}": str(v) for k, v in value.items()})
        else:
            fields[name] = _value(name, value)
    return fields


def shown(sent: Mapping[str, str], read: Mapping[str, Any]) -> dict[str, str]:
    """The same fields as `sent`, as the target shows them; without those of the trail."""
    return {name: _shown(name, text, read) for name, text in sent.items() if name not in TRAIL}


def trail_digests(text: str, invisible: bool) -> dict[str, str]:
    """A trail entry in the form in which a history step was sent."""
    return digests({"action": plain(text), "actionInvisibleForCaller": _value("", invisible)})


def digests(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: _digest(value) for name, value in fields.items()}


def _digest(value: str) -> str:
    return blake2b(value.encode(errors="surrogatepass"), digest_size=6).hexdigest()


def pack(
    sent: Mapping[str, str],
    read: Mapping[str, Any] | None = None,
    aside: Mapping[str, str] | None = None,
) -> str:
    """What the journal keeps of an operation: field → [digest as sent, digest as then shown].
    `aside` are fields that it changed without sending them: nothing is sent of these. What shows as
    sent in one of its forms is noted so: the line over a request may read otherwise another time.
    """
    before, read = digests(sent), read or {}
    after = {
        name: before[name] if sent[name] in (text, *forms(name, read)) else _digest(text)
        for name, text in (shown(sent, read) if read else {}).items()
    }
    pairs = {name: [digest, after.get(name, "")] for name, digest in before.items()}
    pairs.update({name: ["", _digest(text)] for name, text in (aside or {}).items()})
    return orjson.dumps(pairs).decode()


def unpack(fields: str | None) -> dict[str, str]:
    """The digests as sent, from what `pack` made."""
    pairs = orjson.loads(fields) if fields else {}
    return {name: pair[0] for name, pair in pairs.items() if pair[0]}


def expected(packed: Iterable[str | None]) -> dict[str, str]:
    """The digests that the target should show after these requests, given in the order sent: a
    ticket that was opened again has no date of completion."""
    sent: dict[str, str] = {}
    for fields in packed:
        sent.update(unpack(fields))
    for flag, date in (("completed", "completedDate"), ("closed", "closedDate")):
        if sent.get(flag) == _digest("false"):
            sent.pop(date, None)
    return sent


def differing(sent: Mapping[str, str], fields: Mapping[str, Any]) -> list[str]:
    """The names of the fields (given by their digests as sent) that the target shows otherwise.

    A caller is compared as the id or as the text, whichever was sent. An external link that the
    target does not show is no difference: what has one was found by it.
    """
    wrong = []
    for name, digest in sent.items():
        if name in TRAIL or (name == "externalLink" and not fields.get(name)):
            continue
        if digest not in map(_digest, forms(name, fields)):
            wrong.append(name)
    return wrong


def forms(name: str, read: Mapping[str, Any]) -> tuple[str, ...]:
    """What the target shows of a field. A caller has two forms: the id, where there is one, and the
    text; so has what is the same in any case, and a request under a line that says who wrote it."""
    if name in _CASELESS:
        # What was sent before case counted for nothing was noted as it stood.
        return tuple(dict.fromkeys((_shown(name, "", read), _folded(str(read.get(name) or "")))))
    if name == "request" and (stamp := _STAMP.match(str(read.get(name) or ""))):
        return (_shown(name, "", read), plain(str(read[name])[stamp.end() :]))
    if name != "caller":
        return (_shown(name, "", read),)
    caller = read.get("caller") or {}
    texts = [str(caller[part]) for part in ("id", "dynamicName") if caller.get(part)]
    return tuple(texts) or ("",)


def _shown(name: str, sent: str, read: Mapping[str, Any]) -> str:
    if name == "caller":
        caller = read.get("caller") or {}
        return str(caller.get("id") if caller.get("id") == sent else caller.get("dynamicName", ""))
    if "." in name:
        group, field = name.split(".", 1)
        return str((read.get(group) or {}).get(field) or "")
    if name == "status" and not isinstance(read.get("status"), Mapping):
        return str(read.get("status") or "").removesuffix("Archived")
    value = read.get(name)
    return "" if value is None else _value(name, value)


def _value(name: str, value: Any) -> str:
    if name in _DATES:
        return _instant(str(value))
    if name in _TEXT:
        return plain(str(value))
    if isinstance(value, Mapping):
        if name in _BY_NAME and value.get("name") is not None:
            return str(value["name"])
        return str(value.get("id") or value.get("name") or "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _folded(value).casefold() if name in _CASELESS else _folded(value)
    return str(value)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _instant(text: str) -> str:
    """A date as seconds in UTC, whichever of TOPdesk's forms it has; as it is where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return str(int(moment.timestamp()))
