"""Plants dirt into finished matters, each kind as often as `dirt.AMOUNTS` says, and counts it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING

from migrate.simulate.world.dirt import AMOUNTS, Dirt, Tally
from migrate.simulate.world.matter import Incident, Interaction, Matter, Relation, Ticket
from migrate.simulate.world.organisation import GROUPS
from migrate.simulate.world.services import SERVICES

if TYPE_CHECKING:
    from migrate.simulate.world.tickets import Maker
    from migrate.simulate.world.world import World

JUNK_TIME = 64_060_588_800
"""4000-01-01 00:00:00, where HPSM counts durations from, in seconds since 1970."""

UNKNOWN_STATUSES = ("Til fakturering", "Avventer KS", "Work in prgress", "Lukket (auto)")
DELETED_GROUPS = ("HIST-IT-DRIFT", "SENTRALADM-ARKIV", "PROSJEKT SKRIV UT")
UNKNOWN_CALLERS = ("UKJENT, INNMELDER", "TESTBRUKER, IKT", "EKSTERN, LEVERANDØR")

_MATTERS_PER_TICKET = 0.74
_BIG_LINE = "2019-02-01 10:15:32 WARN  kø-behandler: forsøk {n} feilet, prøver igjen om 30 s\n"


class Spoiler:
    """Spoils at most one thing per matter, so that every example shows its kind and no other.

    Kinds come due at even distances; one that does not fit the matter at hand waits for the next.
    """

    def __init__(self, world: World, maker: Maker, tally: Tally) -> None:
        self._maker = maker
        self._tally = tally
        self._left = [person for person in world.people.callers if person.left]
        self._left_operators = [person for person in world.people.operators if person.left]
        self._callers = [person for person in world.people.callers if not person.left]
        self._gone = 9_000_000
        self._slash = 0
        self._round = 0
        self._seen = 0
        self._big_text = "".join(_BIG_LINE.format(n=n) for n in range(2_700))
        matters = world.tickets * _MATTERS_PER_TICKET
        self._stride: dict[Dirt, float] = {}
        self._due: list[tuple[float, str, Dirt]] = []
        for place, (kind, amount) in enumerate(AMOUNTS.items()):
            count = min(max(int(matters * amount.share), amount.least), amount.most)
            self._stride[kind] = stride = matters / (count + 1)
            heapq.heappush(self._due, (stride * (0.5 + place / (2 * len(AMOUNTS))), kind, kind))

    def spoil(self, matter: Matter) -> None:
        self._seen += 1
        waiting = []
        while self._due[0][0] <= self._seen:
            due, name, kind = heapq.heappop(self._due)
            if key := self._plant(kind, matter):
                self._tally.note(kind, key)
                waiting.append((due + self._stride[kind], name, kind))
                break
            waiting.append((due, name, kind))
            if not self._due:
                break
        for entry in waiting:
            heapq.heappush(self._due, entry)

    def _plant(self, kind: Dirt, matter: Matter) -> str | None:
        """Plants one kind; the key to count it under, None where it does not fit."""
        self._round = self._tally.counts[kind]
        return _PLANTERS[kind](self, matter)

    def _turn(self, options: tuple[str, ...]) -> str:
        return options[self._round % len(options)]

    def _mojibake(self, matter: Matter) -> str | None:
        encoding = self._turn(("cp1252", "latin-1"))
        for ticket in matter.tickets:
            ticket.title = _misread(f"{ticket.title[:60]} på rommet", encoding)
            ticket.description = _misread(f"{ticket.description}\nBlåbærgrøt", encoding)
        return matter.main.number

    def _control_characters(self, matter: Matter) -> str | None:
        for ticket in matter.tickets:
            ticket.description = (
                "\x02" + ticket.description.replace(".", ".\x0b\x1b[0m", 1) + "\x07"
            )
        return matter.main.number

    def _text_200_kb(self, matter: Matter) -> str | None:
        matter.main.description += f"\nLogg fra {matter.main.number}:\n{self._big_text}"
        return matter.main.number

    def _title_long(self, matter: Matter) -> str | None:
        for ticket in matter.tickets:
            ticket.title = f"{ticket.title} - gjelder også kollegene i {ticket.department} og alle "
            ticket.title += (
                "som sitter i samme korridor; haster, siden vi har besøk i morgen tidlig"
            )
        return matter.main.number

    def _title_empty(self, matter: Matter) -> str | None:
        for ticket in matter.tickets:
            ticket.title = ""
        return matter.main.number

    def _national_id(self, matter: Matter) -> str | None:
        for ticket in matter.tickets:
            ticket.description += f"\nFødselsnummer: {national_id(self._seen)}"
        return matter.main.number

    def _unknown_status(self, matter: Matter) -> str | None:
        matter.main.status = self._turn(UNKNOWN_STATUSES)
        return matter.main.number

    def _without_reason(self, matter: Matter) -> str | None:
        return self._on_hold(matter, "pending_code")

    def _without_date(self, matter: Matter) -> str | None:
        return self._on_hold(matter, "pending_until")

    def _on_hold(self, matter: Matter, lacks: str) -> str | None:
        incident = matter.open_incident
        if incident is None or incident.resolved is not None:
            return None
        if incident.pending_code is None:
            self._maker.hold(incident)
        setattr(incident, lacks, None)
        return incident.number

    def _end_before_start(self, matter: Matter) -> str | None:
        if matter.main.closed is None:
            return None
        matter.main.closed = matter.main.opened - 3_600 * (1 + self._round % 5)
        return matter.main.number

    def _time_4000(self, matter: Matter) -> str | None:
        if not matter.incidents:
            return None
        incident = matter.incidents[0]
        field = self._turn(("updated", "reopened"))
        setattr(incident, field, JUNK_TIME)
        return incident.number

    def _slash_number(self, matter: Matter) -> str | None:
        self._slash += 1
        ticket: Ticket = matter.interactions[0] if matter.interactions else matter.incidents[0]
        letters = "IN" if matter.interactions else "HD"
        old, ticket.number = ticket.number, f"{letters}/1802-{self._slash:06d}"
        for activity in ticket.history:
            activity.number = ticket.number
        matter.relations = [
            relation._replace(
                source=ticket.number if relation.source == old else relation.source,
                depend=ticket.number if relation.depend == old else relation.depend,
            )
            for relation in matter.relations
        ]
        return ticket.number

    def _without_group(self, matter: Matter) -> str | None:
        return self._set_group(matter, None)

    def _unknown_group(self, matter: Matter) -> str | None:
        return self._set_group(matter, self._turn(DELETED_GROUPS))

    def _set_group(self, matter: Matter, group: str | None) -> str:
        for ticket in matter.tickets:
            ticket.group = group
            if isinstance(ticket, Incident):
                ticket.assignee = None
        return matter.main.number

    def _gone_relation(self, matter: Matter) -> str | None:
        self._gone += 1
        number = matter.main.number
        file = "problem" if matter.incidents else "incidents"
        other = ("incidents", "SD") if matter.incidents else ("problem", "IM")
        gone = Relation(f"{other[1]}{self._gone}", other[0], number, file)
        if self._round % 2:
            gone = Relation(gone.depend, gone.depend_file, gone.source, gone.source_file)
        matter.relations.append(gone)
        return number

    def _several_interactions(self, matter: Matter) -> str | None:
        if not (matter.incidents and matter.interactions):
            return None
        first, incident = matter.interactions[0], matter.incidents[0]
        for place in range(1 + self._round % 3):
            more = self._call_again(first, incident, 60 * (place + 1))
            matter.interactions.append(more)
            matter.relations += self._maker.relate(more, incident)
        return incident.number

    def _call_again(self, first: Interaction, incident: Incident, later: int) -> Interaction:
        return self._maker.interaction(
            first.opened + later,
            GROUPS[first.group or ""],
            SERVICES[first.service],
            self._maker.pick(self._callers),
            incident,
        )

    def _two_incidents(self, matter: Matter) -> str | None:
        if len(matter.incidents) != 1 or not matter.interactions:
            return None
        first, interaction = matter.incidents[0], matter.interactions[0]
        group, service = GROUPS[first.group or ""], SERVICES[first.service]
        caller = self._maker.pick(self._callers)
        second = self._maker.incident(first.opened + 60, group, service, caller)
        second.caller, second.title = first.caller, first.title
        matter.incidents.append(second)
        matter.relations += self._maker.relate(interaction, second)
        return interaction.number

    def _no_visibility(self, matter: Matter) -> str | None:
        for ticket in matter.tickets:
            for activity in ticket.history:
                activity.visible = None
        return matter.main.number

    def _stray_activity(self, matter: Matter) -> str | None:
        self._gone += 1
        model = matter.main.history[-1]
        stray = self._maker.log(
            f"IM{self._gone}", model.time, "Update", model.operator, model.text, False
        )
        matter.stray.append(stray)
        return stray.id

    def _caller_left(self, matter: Matter) -> str | None:
        person = self._maker.pick(self._left)
        for ticket in matter.tickets:
            ticket.caller = person.contact
        for interaction in matter.interactions:
            interaction.email = person.email
        return matter.main.number

    def _caller_unknown(self, matter: Matter) -> str | None:
        caller = self._turn(UNKNOWN_CALLERS)
        for ticket in matter.tickets:
            ticket.caller = caller
        for interaction in matter.interactions:
            interaction.email = None
        return matter.main.number

    def _assignee_left(self, matter: Matter) -> str | None:
        incident = matter.open_incident
        if incident is None or incident.resolved is not None:
            return None
        incident.assignee = self._maker.pick(self._left_operators).login
        return incident.number

    def _trailing_blanks(self, matter: Matter) -> str | None:
        for ticket in matter.tickets:
            ticket.caller += "  "
            ticket.group = f"{ticket.group} "
        return matter.main.number


_PLANTERS: dict[Dirt, Callable[[Spoiler, Matter], str | None]] = {
    Dirt.MOJIBAKE: Spoiler._mojibake,
    Dirt.CONTROL_CHARACTERS: Spoiler._control_characters,
    Dirt.TEXT_200_KB: Spoiler._text_200_kb,
    Dirt.TITLE_LONG: Spoiler._title_long,
    Dirt.TITLE_EMPTY: Spoiler._title_empty,
    Dirt.NATIONAL_ID: Spoiler._national_id,
    Dirt.UNKNOWN_STATUS: Spoiler._unknown_status,
    Dirt.ON_HOLD_WITHOUT_REASON: Spoiler._without_reason,
    Dirt.ON_HOLD_WITHOUT_DATE: Spoiler._without_date,
    Dirt.END_BEFORE_START: Spoiler._end_before_start,
    Dirt.TIME_4000: Spoiler._time_4000,
    Dirt.NUMBER_WITH_SLASH: Spoiler._slash_number,
    Dirt.WITHOUT_GROUP: Spoiler._without_group,
    Dirt.UNKNOWN_GROUP: Spoiler._unknown_group,
    Dirt.RELATION_TO_GONE: Spoiler._gone_relation,
    Dirt.SEVERAL_INTERACTIONS: Spoiler._several_interactions,
    Dirt.TWO_INCIDENTS: Spoiler._two_incidents,
    Dirt.VISIBILITY_UNKNOWN: Spoiler._no_visibility,
    Dirt.ACTIVITY_OF_NO_TICKET: Spoiler._stray_activity,
    Dirt.CALLER_LEFT: Spoiler._caller_left,
    Dirt.CALLER_UNKNOWN: Spoiler._caller_unknown,
    Dirt.ASSIGNEE_LEFT: Spoiler._assignee_left,
    Dirt.KEY_TRAILING_BLANKS: Spoiler._trailing_blanks,
}


def _misread(text: str, encoding: str) -> str:
    """UTF-8 read as something else; what cp1252 does not define stays as latin-1 has it."""
    data = text.encode()
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def national_id(n: int) -> str:
    """A national identity number with valid check digits, of somebody born in 1890-1899: nobody
    alive has it (an individual number of 500-749 with a year from 54 says the 19th century)."""
    while True:
        digits = f"{n % 28 + 1:02d}{n % 12 + 1:02d}{90 + n % 10}{500 + n % 250}"
        first = (
            -sum(int(d) * w for d, w in zip(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2), strict=True)) % 11
        )
        if first < 10:
            weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
            both = f"{digits}{first}"
            second = -sum(int(d) * w for d, w in zip(both, weights, strict=True)) % 11
            if second < 10:
                return f"{both}{second}"
        n += 1
