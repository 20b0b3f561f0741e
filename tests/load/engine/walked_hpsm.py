"""A small HPSM that changes: what a walk has to move, as the chains that the transform gives."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from knowledge_chains import folder, item, links
from loading import Desk, group, incident, person
from sent_files import attachment

from migrate.load.sprint import Needs
from migrate.records import Chain, Member, Ref, Step

TICKETS = ("IM1", "IM2")
PEOPLE = ("kari", "ola")
ARTICLES = ("KM1", "KM2")
HEAD = {"id": Ref("branch", "Hovedkontoret")}
END = "2019-05-07T10:00:00.000+0200"


@dataclass
class Matter:
    """A ticket: `notes` are (text, visible); `ends` is "", hold, close or archive."""

    title: str = "Skriveren"
    room: str = "Rom 0"
    impact: str = "Person"
    notes: list[tuple[str, bool]] = field(default_factory=lambda: [("Note 0", True)])
    files: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)
    ends: str = ""


@dataclass
class Hpsm:
    """`left` are (kind, identity) that HPSM does not have (any more). `versions` count changes, so
    that a value which comes back is another version still."""

    desk: Desk
    tickets: dict[str, Matter] = field(default_factory=lambda: {n: Matter() for n in TICKETS})
    people: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PEOPLE, "Bibliotekar"))
    operator: str = "Kari"
    line: bool = True
    articles: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ARTICLES, "Slik"))
    left: set[tuple[str, str]] = field(default_factory=set)

    def basis(self, unit: str, sprint: str) -> str:
        told = (self.tickets, self.people, self.operator, self.line, self.articles)
        return repr((told, sorted(self.left)))

    def _here(self, *chains: Chain) -> Iterator[Chain]:
        return (chain for chain in chains if (chain.kind, chain.identity) not in self.left)

    def tickets_of(self) -> list[Chain]:
        return list(self.tickets_now("it", "pilot"))

    def tickets_now(self, unit: str, sprint: str) -> Iterator[Chain]:
        return self._here(*(self.ticket(number) for number in self.tickets))

    def groups(self, unit: str) -> Iterator[Chain]:
        made = group("Nett")
        create, tasks = made.steps
        tasks = replace(tasks, body={**tasks.body, "firstLineCallOperator": self.line})
        yield from self._here(
            replace(made, steps=(create, tasks), source_digest=f"Nett {self.line}"),
            Chain(
                "membership",
                "Nett|kari",
                (Member("members", "Nett|KARI"),),
                "it",
                steps=(
                    Step(
                        "add",
                        {
                            "group": Ref("operator_group", "Nett"),
                            "operator": Ref("operator", "kari"),
                        },
                    ),
                ),
                source_digest="Nett|kari",
            ),
        )

    def operators(self, unit: str) -> Iterator[Chain]:
        body = {
            "surName": self.operator,
            "loginName": "kari",
            "branch": HEAD,
            "linkedPerson": {"id": Ref("person", "kari")},
            "firstLineCallOperator": True,
            "secondLineCallOperator": True,
        }
        yield from self._here(
            Chain(
                "operator",
                "kari",
                (Member("operators", "KARI"),),
                "it",
                steps=(
                    Step("create", body),
                    Step("right/permission_group/1", {"name": "Saksbehandler"}, "Saksbehandler"),
                ),
                find=(("loginName", "kari"),),
                source_digest=f"kari {self.operator}",
            )
        )

    def persons(self, unit: str, identities: Collection[str]) -> Iterator[Chain]:
        for login, job in self.people.items():
            made = person(login)
            body = {
                **made.steps[0].body,
                "jobTitle": job,
                "branch": {
                    "id": Ref("branch", "Avdeling øst" if login == "ola" else HEAD["id"].key)
                },
                "department": {"id": Ref("department", "IT drift")},
            }
            yield from self._here(
                replace(made, steps=(Step("create", body),), source_digest=f"{login} {job}")
            )

    def foundation(self, unit: str, needs: Needs) -> Iterator[Chain]:
        for kind, name, body in (
            ("branch", "Hovedkontoret", {"branchType": "independentBranch"}),
            ("branch", "Avdeling øst", {"branchType": "independentBranch"}),
            ("department", "IT drift", {}),
            ("service", "E-post", {}),
        ):
            yield from self._here(
                Chain(
                    kind,
                    name,
                    (),
                    "",
                    steps=(Step("create", {"name": name, **body}),),
                    find=(("name", name),),
                    source_digest=name,
                )
            )
        yield from self._here(folder(), folder("Kunnskap/IT"))

    def knowledge(self, unit: str) -> Iterator[Chain]:
        for id, text in self.articles.items():
            made = item(id, text)
            yield from self._here(replace(made, source_digest=f"{id} {text}"))
        first, second = ARTICLES
        for id, to in ((first, second), (second, first)):
            made = links(id, to, self.articles[id])
            if ("knowledge_item", id) not in self.left:
                yield from self._here(replace(made, source_digest=f"{id} {self.articles[id]}"))

    def ticket(self, number: str) -> Chain:
        """What the transform gives of a ticket now: of its history what was not told before."""
        matter = self.tickets[number]
        digest = f"{number} {orjson.dumps(matter.__dict__).decode()}"
        chain = incident(number, parts=0)
        create, call_date, _ = chain.steps
        body = {
            **{k: v for k, v in create.body.items() if k != "caller"},
            "briefDescription": matter.title,
            "callerLookup": {"id": Ref("person", "kari" if number == "IM1" else "ola")},
            "caller_fallback": create.body["caller"],
            "operatorGroup": {"id": Ref("operator_group", "Nett")},
            "impact": {"name": matter.impact},
            "optionalFields2": {"text1": matter.room},
        }
        if number == "IM1" and ("membership", "Nett|kari") not in self.left:
            # TOPdesk takes an operator only with a group that they are a member of.
            body["operator"] = {"id": Ref("operator", "kari")}
        steps = [replace(create, body=body), call_date, *self._history(number, matter, digest)]
        steps += [attachment(number, name, name.encode()) for name in matter.files]
        for name in matter.files:
            self.desk.blobs.add([name.encode()])
        steps += [_time(number, key) for key in matter.times]
        steps += [_task(number, task, text) for task, text in matter.tasks.items()]
        if matter.ends == "hold":
            steps.append(Step("hold", {"onHold": True}))
        elif matter.ends:
            closed = {"closed": True, "closedDate": END}
            steps.append(Step("close", {"completed": True, "completedDate": END, **closed}))
        if matter.ends == "archive":
            steps.append(Step("archive", {"archivingReason": {"name": "Avsluttet"}}))
        return replace(chain, steps=tuple(steps), source_digest=digest)

    def _history(self, number: str, matter: Matter, digest: str) -> Iterator[Step]:
        told = self.desk.journal.told(number, digest)
        following = {True: 1, False: 1}
        if told is not None:
            following = {True: told.next_visible, False: told.next_internal}
        for text, visible in matter.notes:
            if told is None or text not in told.carries:
                where = "v" if visible else "i"
                part = following[visible]
                following[visible] += 1
                mark = f"[{number}/{where}/{part}]"
                action = {"action": f"{text}<br>{mark}", "actionInvisibleForCaller": not visible}
                yield Step(f"history/{where}/{part}", action, mark, (text,))


class Chains:
    """The same as a load's command gets it."""

    def __init__(self, hpsm: Hpsm) -> None:
        self._hpsm = hpsm

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hpsm, "tickets_now" if name == "tickets" else name)


def _time(number: str, key: str) -> Step:
    mark = f"[{number}/t/{key}]"
    body = {"timeSpent": 5, "notes": f"{mark} · Kari", "entryDate": "2019-05-06T10:00:00.000+0200"}
    return Step(f"time_spent/{key}", body, mark, (key,))


def _task(number: str, task: str, text: str) -> Step:
    body = {
        "status": "partial",
        "externalNumber": task,
        "briefDescription": text,
        "request": "Bytt valse",
    }
    return Step(f"partial/{task}", body, f"[{number}/p/{task}]")
