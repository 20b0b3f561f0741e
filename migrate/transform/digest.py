"""The seal on an approval: it covers what was decided and what was seen, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from migrate.transform.content_mapping import ContentEntry, FormEntry, KnowledgeEntry
from migrate.transform.mapping import GroupEntry, OperatorEntry


def digest_of(entry: GroupEntry | OperatorEntry | ContentEntry, saw: Mapping[str, Any]) -> str:
    """16 hex digits over source, decision, restricted, what is confirmed, a form's
    labels and `saw`.

    The same for every way of writing the same entry: comments, quotes, order of keys and a key
    that is empty instead of absent do not count; nor do the note and who approved.
    """
    decision = entry.decision.model_dump(mode="json", exclude_none=True) if entry.decision else None
    sealed = {
        "source": entry.source,
        "decision": decision,
        "restricted": (
            entry.restricted if isinstance(entry, GroupEntry | KnowledgeEntry) else None
        ),
        "saw": dict(saw),
    }
    if isinstance(entry, GroupEntry) and entry.confirmed:
        sealed["confirmed"] = entry.confirmed.model_dump(mode="json")
    if isinstance(entry, GroupEntry) and entry.answers:
        sealed["answers"] = entry.answers.model_dump(mode="json", exclude_none=True)
    if isinstance(entry, FormEntry) and entry.labels:
        sealed["labels"] = {
            name: label.model_dump(exclude_none=True) for name, label in entry.labels.items()
        }
    text = json.dumps(sealed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
