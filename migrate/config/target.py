"""What `migrate.yaml` says of TOPdesk, and of how hard it may be worked."""

# ruff: noqa: RUF012 - pydantic gives every model a copy of its own
from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import (
    AliasChoices,
    Field,
    field_validator,
)

from migrate.config.strict import Strict


class LinkConfig(Strict):
    """Where people open a record of TOPdesk, for the number concierge: an address, or what stands
    behind `target.url`; `{id}` and `{number}` are filled in, null is no link.

    TOPdesk's published API does not speak of these. The defaults are those that integrations of
    several customers use: `incident` for operators, `portal` for callers. Try both on the tenant.
    """

    incident: str | None = "/tas/secure/incident?unid={id}"
    portal: str | None = "/tas/public/ssp/content/detail/incident?unid={id}"
    knowledge: str | None = None

    @field_validator("incident", "portal", "knowledge")
    @classmethod
    def _address(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        if not re.match(r"/|https?://", pattern):
            raise ValueError("an address begins with https://, or with / behind target.url")
        if not re.search(r"\{(id|number)\}", pattern) or re.search(
            r"[{}\s\"]", re.sub(r"\{(id|number)\}", "", pattern)
        ):
            raise ValueError(
                "an address holds {id} or {number}, and no blank, quote or other brace"
            )
        return pattern


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MINUTES_A_DAY = 24 * 60


class Hours(Strict):
    """A time of the week at which a load may run, in minutes of the day and the policy's zone.

    `from` and `to` are written as 18:00 (24:00 is the end of the day); where `to` is not later, it
    is of the day after. `days` are those on which it begins.
    """

    days: Annotated[list[Day], Field(min_length=1)] = list(get_args(Day))
    from_: Annotated[int, Field(alias="from")] = 0
    to: int = MINUTES_A_DAY

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _time_of_day(cls, value: object) -> int:
        # YAML 1.1 reads 18:00 as a number to base 60, which is minutes already.
        if isinstance(value, str) and (match := re.fullmatch(r"(\d\d?):([0-5]\d)", value)):
            value = int(match[1]) * 60 + int(match[2])
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MINUTES_A_DAY:
            return value
        raise ValueError("a time of the day is written as 18:00")


class StopLine(Strict):
    """Where a load stops by itself until a person has looked; `error_budget` is the share of the
    records of a kind that may fail, judged after `after` of them.

    `writes` is by how much the writes of a kind may be more than the plan states, as a share, and
    `slack` how many in any case. `archived_people` is how many people a load may archive.
    """

    after: Annotated[int, Field(ge=1)] = 50
    writes: Annotated[float, Field(ge=0)] = 0.1
    slack: Annotated[int, Field(ge=0)] = 20
    archived_people: Annotated[int, Field(ge=0)] = 0


class TargetConfig(Strict):
    """The TOPdesk side. Times in seconds.

    `settle_window` must be longer than the longest request the target may still be working on
    after we stopped waiting; a look-up that finds nothing is believed only after it.
    `patience` is how long nothing may be heard of the target before a load stops, safely.
    `refuses_with_503` says that this target answers 503 only before it works. `max_connections` is
    the most requests that are ever under way, and `max_rate` the most that start in a second; how
    many are best is found out. `quiet_hours` are when a load may run (without any: always), and
    `outside_quiet_hours` what it does at other times: wait for them, or stop. `links` is where
    people open a record. `archiving_reason` names the reason that an undo archives with; without
    it TOPdesk's default one. `escalation_reason` and `deescalation_reason` name those that a ticket
    which changed line is passed up or down with, where TOPdesk makes one mandatory. `languages` are
    those that knowledge is written and looked for in, as TOPdesk's list of languages has them.
    """

    url: str
    user: str = "migrate"
    password_env: str | None = "TOPDESK_PASSWORD"  # noqa: S105 - a variable's name
    keyring: str | None = None
    connections: Annotated[
        int, Field(ge=1, le=256, validation_alias=AliasChoices("max_connections", "connections"))
    ] = 16
    connect_timeout: Annotated[float, Field(gt=0)] = 10.0
    timeout: Annotated[float, Field(gt=0)] = 60.0
    settle_window: Annotated[float, Field(ge=0)] = 180.0
    patience: Annotated[float, Field(ge=0)] = 300.0
    refuses_with_503: bool = False
    max_rate: Annotated[float | None, Field(gt=0)] = None
    quiet_hours: list[Hours] = []
    outside_quiet_hours: Literal["wait", "stop"] = "wait"
    lookup_batch: Annotated[int, Field(ge=1, le=500)] = 100
    languages: Annotated[list[str], Field(min_length=1)] = ["nb", "en"]
    links: LinkConfig = LinkConfig()
    archiving_reason: str | None = None
    escalation_reason: str | None = None
    deescalation_reason: str | None = None

    @field_validator("url")
    @classmethod
    def _web(cls, url: str) -> str:
        if not re.match(r"https?://[^/\s?#]+[^\s?#]*$", url):
            raise ValueError("an address begins with https:// (or http://), and has no blank")
        return url
