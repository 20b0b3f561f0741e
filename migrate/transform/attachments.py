"""How the files of a ticket become attachments of its incident, and what is said of the others.

HPSM copies a file from the call to the incident, and knows no visibility for it. A file is known by
its name and content: the same one is one attachment, however often the ticket has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from migrate.records import Finding, Row, Step, Told
from migrate.transform.policy import MB, AttachmentPolicy
from migrate.transform.source_digest import source_digest
from migrate.transform.text import field_text, one_line, shorten, to_html
from migrate.transform.times import shown, valid

_NAME = 150
_OLD_NAME = 100
_ENDING = 20
_UNNAMED = "vedlegg"
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_HEADING = "Vedlegg som ikke er overført:"
_AT_ONCE = 50


class _Left(NamedTuple):
    """A file that is not sent: its name, why in words for people, the finding's code, and by what
    a later delta knows that it was told."""

    name: str
    why: str
    code: str
    key: str


def attachment_steps(
    identity: str,
    rows: Sequence[Row],
    policy: AttachmentPolicy,
    zone: ZoneInfo,
    told: Told | None = None,
) -> tuple[list[Step], list[Finding]]:
    """The steps `left_out/<key>`, which name in the history what is not sent and why, and then
    `attachment/<key>`, one per file, oldest first.

    A file's marker, `[IM10001/a/<key>]`, begins its description. What was left out before, as
    `told` knows, is not said again.
    Findings, each with a count: `attachment-unreadable`, `attachment-empty`,
    `attachment-too-large`, `attachment-type-skipped`, `attachment-repeated`, `attachment-renamed`.
    """
    steps: dict[str, Step] = {}
    left: list[_Left] = []
    counts: Counter[str] = Counter()
    for row in sorted(rows, key=_in_time):
        given = one_line(field_text(row.get("filename")))
        name = file_name(given)
        if (reason := _reason(row, name, policy)) is not None:
            code, why = reason
            counts[code] += 1
            left.append(_Left(name, why, code, _key("f", row.get("topic"), row.get("uid"), code)))
            continue
        key = _key(name, row["sha256"])
        if key in steps:
            counts["attachment-repeated"] += 1
            continue
        counts["attachment-renamed"] += name != given
        steps[key] = _step(identity, row, key, name, given, policy, zone)
    findings = [Finding(code, identity, str(n)) for code, n in counts.items() if n]
    return [*_left_out(identity, left, told), *steps.values()], findings


def file_name(given: str) -> str:
    """The name under which a file can be kept anywhere: without the folders of whoever attached
    it, without characters that a file system refuses or that turn the text around, its ending
    kept where the name is too long."""
    name = re.split(r"[\\/]", unicodedata.normalize("NFC", given))[-1]
    name = "".join(c for c in name if unicodedata.category(c) != "Cf")
    name = _FORBIDDEN.sub("_", name).strip(" .")
    if len(name) > _NAME:
        stem, dot, ending = name.rpartition(".")
        fits = dot and len(ending) < _ENDING
        name = f"{stem[: _NAME - len(ending) - 1]}.{ending}" if fits else name[:_NAME]
    return name or _UNNAMED


def _reason(row: Row, name: str, policy: AttachmentPolicy) -> tuple[str, str] | None:
    """Why a file is not sent: the finding's code, and words for people."""
    if row.get("broken") or not row.get("sha256"):
        return "attachment-unreadable", "filen kunne ikke leses hel i HPSM"
    size = _size(row)
    if not size:
        return "attachment-empty", "filen er tom"
    if (limit := policy.limit) is not None and size > limit:
        return (
            "attachment-too-large",
            f"filen er på {size / MB:.1f} MB, og grensen er {policy.max_mb:g} MB",
        )
    if ending := next((e for e in policy.skip_extensions if name.lower().endswith(f".{e}")), ""):
        return "attachment-type-skipped", f"filtypen .{ending} tas ikke med"
    return None


def _step(
    identity: str,
    row: Row,
    key: str,
    name: str,
    given: str,
    policy: AttachmentPolicy,
    zone: ZoneInfo,
) -> Step:
    mark = f"[{identity}/a/{key}]"
    time, topic = valid(row.get("sysmodtime")), field_text(row.get("topic"))
    said = [
        shown(time, zone) if time else "",
        topic if topic != identity else "",
        shorten(given, _OLD_NAME) if given != name else "",
    ]
    body = {
        "name": name,
        "sha256": row["sha256"],
        "size": _size(row),
        # First, since nobody says how long a description may be, or what becomes of a longer one.
        "description": " · ".join(filter(None, (mark, *said))),
        "invisibleForCaller": not policy.visible,
    }
    return Step(f"attachment/{key}", body, mark, (key,))


def _left_out(identity: str, left: Iterable[_Left], told: Told | None) -> Iterator[Step]:
    """Named after what they say, and not numbered: where the policy changes, or a file is refused
    and then left out, that is told although the history was written before."""
    new = {file.key: file for file in left if told is None or file.key not in told.carries}
    files = list(new.values())
    for at in range(0, len(files), _AT_ONCE):
        part = files[at : at + _AT_ONCE]
        carries = tuple(file.key for file in part)
        key = _key(*carries)
        mark = f"[{identity}/f/{key}]"
        lines = [_HEADING, *(f"- {file.name}: {file.why}" for file in part), mark]
        body = {"action": to_html("\n".join(lines)), "actionInvisibleForCaller": True}
        yield Step(f"left_out/{key}", body, mark, carries)


def _size(row: Row) -> int:
    return int(row.get("content_size") or 0)


def _key(*values: object) -> str:
    return source_digest(*values)[:10]


def _in_time(row: Row) -> tuple[str, ...]:
    return tuple(field_text(row.get(name)) for name in ("sysmodtime", "topic", "uid", "type"))
