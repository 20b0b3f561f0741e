"""Which files of a ticket in the target are those that a step of ours put there.

The marker in a file's description says so. The contract makes descriptions optional (incident API
4.2.6, Attachment): where the target shows none, a file is ours that has the name, the size and the
content of what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from migrate.load.compare import canonical, digests
from migrate.load.target import Attached, TargetReader


def ours(
    reader: TargetReader,
    incident_id: str,
    there: Sequence[Attached],
    marker: str,
    sent: Mapping[str, str],
) -> list[Attached]:
    """Those `there` that the step with this marker sent; `sent` are the digests of its fields.

    Raises what the reader raises, where a content must be read.
    """
    marked = [file for file in there if marker in file.description]
    if marked:
        return marked
    alike = [file for file in there if not file.described and _as_sent(file_fields(file), sent)]
    return [file for file in alike if _as_sent({"sha256": reader.digest(incident_id, file)}, sent)]


def file_fields(attached: Attached) -> dict[str, object]:
    """A file in the words of the step that sent it."""
    return {
        "name": attached.name,
        "size": attached.size,
        "invisibleForCaller": attached.invisible,
    }


def wrong_fields(shown: Mapping[str, object], sent: Mapping[str, str]) -> list[str]:
    """The names of what a file shows otherwise than it was sent."""
    now = digests(canonical(dict(shown)))
    return [name for name in now if sent.get(name, now[name]) != now[name]]


def _as_sent(shown: Mapping[str, object], sent: Mapping[str, str]) -> bool:
    names = [name for name in shown if name in sent]
    return bool(names) and not set(wrong_fields(shown, sent)) - {"invisibleForCaller"}
