"""What every part of a mapping file has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """A part of a mapping file; unknown keys are problems, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
