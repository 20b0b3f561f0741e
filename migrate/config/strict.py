"""What every part of `migrate.yaml` has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A model that refuses unknown keys, so that a typing error is found and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
