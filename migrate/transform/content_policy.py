"""Choices of `policy.yaml` for knowledge, standard texts, services, forms and old numbers."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

Kept = Literal["leave", "operators"]
Code = Literal["triage", "revise", "review", "internal", "external", "conclude"]
"""HPSM's own codes of a knowledge document's status."""


class _Choices(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KnowledgePolicy(_Choices):
    """Choices that hold for every article and standard text.

    `link_type` is the type of the external link by which our records are known again in TOPdesk: a
    whole number of our own. `language` is that of articles of which nobody has said another one, as
    TOPdesk's list of languages names it. `drafts` are articles in triage, in revision, in review,
    or in a status that nobody knows; `concluded` those that are withdrawn; `expired` those whose
    time is over: left behind, or kept for operators alone. `external_documents`: an article whose
    body is a file becomes an item with that file attached. `long_text`: what TOPdesk's 50,000
    characters do not hold is attached, whole, as a page. `codes` is what an installation calls a
    status itself → HPSM's code for it, in letters of any case. `statuses` are HPSM's codes →
    TOPdesk's knowledge statuses. `old_hosts` are the host names of HPSM's own pages.
    `common_texts` is the unit that gets the standard texts of no group.
    """

    link_type: str = "4711"
    language: str = "nb"
    drafts: Kept = "leave"
    concluded: Kept = "leave"
    expired: Kept = "operators"
    external_documents: Literal["attach", "leave"] = "attach"
    long_text: Literal["attachment"] = "attachment"
    long_title: Literal["content"] = "content"
    codes: dict[str, Code] = {}
    statuses: dict[str, str] = {}
    old_hosts: list[str] = []
    common_texts: str | None = None

    @field_validator("link_type")
    @classmethod
    def _whole(cls, value: str) -> str:
        if not re.fullmatch(r"-?[1-9]\d{0,8}", value):
            raise ValueError("a whole number other than 0, in quotes")
        return value

    def code(self, status: str) -> str:
        """HPSM's code of one of the installation's own words; empty for any other."""
        words = {word.strip().casefold(): code for word, code in self.codes.items()}
        return words.get(status.strip().casefold(), "")


class Confirmed(_Choices):
    """Who says that something which cannot be taken back may be done, and when."""

    by: str
    at: date | datetime


class ServicePolicy(_Choices):
    """TOPdesk's API can make a service, and neither change nor remove one: none is made unless
    `create` says so and somebody has `confirmed` it."""

    create: bool = False
    confirmed: Confirmed | None = None

    @property
    def may_create(self) -> bool:
        return self.create and self.confirmed is not None


class FormPolicy(_Choices):
    """`elsewhere`: words in a form's name → the address of the other system that it belongs to,
    such as the payroll's own self-service. Such a form is proposed as a link."""

    elsewhere: dict[str, str] = {}


class Ask(_Choices):
    """What people read who ask for a ticket that may not be shown: whom to ask. Without a text,
    the unit that they turned to. Name a role, no person and no group: everybody can read it."""

    nb: str | None = None
    en: str | None = None


class ConciergePolicy(_Choices):
    """What the page that answers old numbers says."""

    ask: Ask = Ask()
