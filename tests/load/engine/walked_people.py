"""People who work in TOPdesk during a walk, and what must stay of their work."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import requests
from loading import Desk
from walked_hpsm import ARTICLES, PEOPLE, TICKETS, Hpsm

from migrate.load.baseline import live
from migrate.records import PHASES, Found, Operation, OpKey, State

EDITS: dict[str, tuple[str, ...]] = {
    "incident": ("briefDescription", "optionalFields2.text1", "optionalFields2.text2"),
    "person": ("jobTitle", "mobileNumber"),
    "operator": ("surName", "telephone"),
    "operator_group": ("groupName",),
    "department": ("name",),
    "branch": ("name", "email"),
    "knowledge_item": ("content",),
    "knowledge_folder": ("title",),
}
_KNOWLEDGE = {"knowledge_item": "knowledgeItems", "knowledge_folder": "folders"}
_PATHS = {
    "incident": "incidents/id",
    "person": "persons/id",
    "operator": "operators/id",
    "operator_group": "operatorgroups/id",
    "department": "departments/id",
    "branch": "branches/id",
}
_NAMES = {
    "incident": TICKETS,
    "person": PEOPLE,
    "operator": ("kari",),
    "operator_group": ("Nett",),
    "department": ("IT drift",),
    "branch": ("Avdeling øst",),
    "knowledge_item": ARTICLES,
    "knowledge_folder": ("Kunnskap", "Kunnskap/IT"),
}
PERSON_V2 = {"Accept": "application/x.topdesk-person-v2+json"}
Place = tuple[str, str]
"""Kind and TOPdesk's id."""


class People:
    """`edits` is what they wrote, by place and field; `archived` what they put away; `touched` the
    (kind, identity) of all that they worked on; `made` the places of what they made by hand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._count = 0
        self.edits: dict[Place, dict[str, str]] = defaultdict(dict)
        self.entries: dict[str, list[str]] = defaultdict(list)
        self.archived: set[Place] = set()
        self.touched: set[tuple[str, str]] = set()
        self.made: set[Place] = set()
        self.by_hand: set[tuple[str, str]] = set()
        self.unlinked = False

    def do(self, what: str, i: int, j: int, hpsm: Hpsm) -> None:
        if what == "by_hand":
            self._by_hand(hpsm)
        elif what == "unlink":
            self._unlink()
        elif what == "task":
            self._task(i)
        elif what == "bring_back":
            self._bring_back(i)
        elif what == "unarchive":
            for kind, id in sorted(self.archived)[:1]:
                self._put_away(kind, id, back=True)
                self.archived.discard((kind, id))
        elif there := self._there("incident" if what == "entry" else None, i):
            identity, kind, id = there
            self.touched.add((kind, identity))
            self._count += 1
            if what == "edit":
                name = EDITS[kind][j % len(EDITS[kind])]
                self._edit(kind, id, name, f"Person {self._count}")
            elif what == "entry":
                text = f"Skrevet av en saksbehandler, {self._count}"
                self._ask("PATCH", f"incidents/id/{id}", {"action": text})
                self.entries[id].append(text)
            elif j % 3 == 0:
                self._put_away(kind, id)
                self.archived.add((kind, id))
                # TOPdesk archives the operator of a person with them.
                for _, login, operator in self._desk.journal.targets(["operator"]):
                    if kind == "person" and self.shown("operator", operator).archived:
                        self.archived.add(("operator", operator))
                        self.touched.add(("operator", login))

    def decided(self, id: str, name: str, side: str) -> None:
        if side == "hpsm":
            self.edits["incident", id].pop(name, None)

    def _there(self, kind: str | None, i: int) -> tuple[str, str, str] | None:
        """One of the records that a load made or found, and that are not archived."""
        records = [
            (identity, each, id)
            for each in EDITS
            if kind in (None, each)
            for each, identity, id in sorted(self._desk.journal.targets([each]))
            if (found := self._desk.target.get(each, id)) and not found.archived
        ]
        # Tickets and people more often than folders.
        records += [each for each in records if each[1] in ("incident", "person")]
        return records[i % len(records)] if records else None

    def _edit(self, kind: str, id: str, name: str, value: str) -> None:
        group, _, part = name.partition(".")
        body: dict[str, Any] = {group: {part: value}} if part else {name: value}
        if name == "email":
            value = body[name] = f"{value.replace(' ', '')}@example.no"
        if kind in _KNOWLEDGE:
            self._knowledge("PATCH", kind, f"{id}/translations/nb", body)
        elif kind == "person":
            self._ask("PATCH", f"persons/{id}", body, **PERSON_V2)
        else:
            if kind == "operator_group":
                body["branch"] = {"id": self.shown(kind, id).fields["branch"]["id"]}
            self._ask("PATCH", f"{_PATHS[kind]}/{id}", body)
        self.edits[kind, id][name] = value

    def _put_away(self, kind: str, id: str, *, back: bool = False) -> None:
        verb = "unarchive" if back else "archive"
        if kind in _KNOWLEDGE:
            self._knowledge("POST", kind, f"{id}/{verb}", None)
        else:
            more = PERSON_V2 if kind == "person" else {}
            method = "PATCH" if kind == "department" else "PUT"
            self._ask(method, f"{_PATHS[kind]}/{id}/{verb}", None if back else {}, **more)

    def _by_hand(self, hpsm: Hpsm) -> None:
        """Somebody makes the cards that were refused."""
        desk = self._desk
        resolver = desk.resolver()
        for entry in desk.journal.troubled("it", [State.FAILED]):
            kind, identity = entry.key.kind, entry.key.identity
            theirs = (kind, identity) in self.by_hand
            if entry.key.step != "create" or kind not in _PATHS or kind == "incident" or theirs:
                continue
            for page in (
                p for phase in PHASES for p in desk.store.records("it", phase, kind, steps=True)
            ):
                for planned in page:
                    steps = [s for s in planned.steps if s.name == "create"]
                    if planned.identity != identity or not steps:
                        continue
                    body = resolver.resolve(kind, steps[0].body)
                    if body.missing:
                        continue
                    key = OpKey("hpsm", kind, identity, "create", 99)
                    outcome = desk.target.write(Operation(key, body.body))
                    if outcome.target_id:
                        self.made.add((kind, outcome.target_id))
                        self.by_hand.add((kind, identity))
                        self.touched.add((kind, identity))

    def _task(self, i: int) -> None:
        """Somebody works on a partial incident of ours."""
        target = self._desk.target
        mains = self._desk.journal.targets(["incident"])
        for _, number, id in sorted(mains)[i % 2 :][:1]:
            found = target.get("incident", id)
            below = list(target.find("incident", "externalNumber", [f"{number}T0"]))
            for each in below:
                above = str((each.fields.get("mainIncident") or {}).get("id"))
                if above == id and found and not (found.archived or each.archived):
                    self._count += 1
                    self.touched.add(("incident", number))
                    self._edit("incident", each.id, "briefDescription", f"Person {self._count}")

    def _bring_back(self, i: int) -> None:
        """Somebody brings back what an undo of ours archived."""
        journal = self._desk.journal
        gone = [
            (kind, identity, id)
            for kind in EDITS
            for identity, ids in sorted(journal.taken_back(kind, _NAMES[kind]).items())
            for id in ids
            if (found := self._desk.target.get(kind, id)) and found.archived
            if (kind, id) not in self.archived and (kind != "incident" or self._unmade(identity))
        ]
        if gone:
            kind, identity, id = gone[i % len(gone)]
            self._put_away(kind, id, back=True)
            self.touched.add((kind, identity))
            # Done by hand where a load has begun the same, or its plan is about to, it is what the
            # load was about to do.
            known = journal.entries(kind, [identity])[identity]
            begun = any(e.key.step == "restore" and e.state is not State.UNDONE for e in known)
            if not begun and not self._planned_back(kind, identity):
                self.made.add((kind, id))

    def _planned_back(self, kind: str, identity: str) -> bool:
        store = self._desk.store
        return any(
            planned.identity == identity and any(step.name == "restore" for step in planned.steps)
            for phase in PHASES
            for page in store.records("it", phase, kind, steps=True)
            for planned in page
        )

    def _unmade(self, number: str) -> bool:
        """Whether no load has begun to make a ticket anew."""
        return not live(self._desk.journal.entries("incident", [number])[number])

    def _unlink(self) -> None:
        ids = {(kind, key): id for kind, key, id in self._desk.journal.targets(["operator_group"])}
        for (_, _), group in ids.items():
            found = self._desk.target.get("operator_group", group)
            for operator in self._desk.target.members(group) if found else ():
                self._ask("DELETE", f"operators/id/{operator}/operatorgroups", [{"id": group}])
                self.unlinked = True

    # TOPdesk as they see it.

    def shown(self, kind: str, id: str) -> Found:
        target = self._desk.target
        found = target.get(kind, id)
        if kind == "department" and found is None:
            return Found(kind, id, "", archived=True)  # no list shows it
        if kind == "knowledge_item" and found and (told := target.knowledge.item(id, "nb")):
            found = replace(found, fields=told.fields)
        assert found is not None, f"a {kind} is gone"
        return found

    def _ask(self, method: str, path: str, body: Any = None, **headers: str) -> None:
        self._sent(method, f"{self._desk.server.url}/tas/api/{path}", body, headers)

    def _knowledge(self, method: str, kind: str, path: str, body: Any) -> None:
        url = f"{self._desk.server.url}/services/knowledge-base-v1/{_KNOWLEDGE[kind]}/{path}"
        self._sent(method, url, body, {})

    def _sent(self, method: str, url: str, body: Any, headers: dict[str, str]) -> None:
        answer = requests.request(
            method, url, json=body, auth=self._desk.server.auth, headers=headers, timeout=10
        )
        assert answer.ok, (method, url.rpartition("/")[2], answer.text)
