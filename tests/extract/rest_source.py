"""An HPSM over REST as a source, and what its tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hpsm_rest import RestHpsm

from migrate.extract.rest import RestSource

HTML = {"Content-Type": "text/html"}
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "rest"

# what this installation does not show, so that nothing is told of it
UNSHOWN = ("contact_name",)
FIELDS: dict[str, Any] = dict.fromkeys(UNSHOWN)


def source(hpsm: RestHpsm, *kinds: str, **more: Any) -> RestSource:
    more.setdefault("tables", {"incidents": {"fields": FIELDS}})
    return RestSource(hpsm.config(kinds=list(kinds or ("incidents",)), **more), Path())
