"""A service desk with a handful of invented people, and a client that speaks plain HTTP to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from migrate.simulate.topdesk.seed import HEAD_BRANCH, Seed, card, card_id, lists
from migrate.simulate.topdesk.server import TopdeskServer

BRANCH = card_id("branch", HEAD_BRANCH)
OTHER_BRANCH = card_id("branch", "Fakultetet")
KARI = card_id("person", "karinor")
OLA = card_id("person", "olano")
GONE = card_id("person", "borte")
ANNE = card_id("operator", "anneop")
FIRST_ONLY = card_id("operator", "bareforste")
DESK = card_id("operator_group", "IT-BRUKERSTØTTE")
NET = card_id("operator_group", "IT-NETT")
IDLE = card_id("operator_group", "UTEN OPPGAVE")
NOBODY = "00000000-0000-4000-8000-000000000000"
BOTH_LINES = {"firstLineCallOperator": True, "secondLineCallOperator": True}


def seed() -> Seed:
    return Seed(
        branches=[
            card("branch", name, name=name, branchType="independentBranch")
            for name in (HEAD_BRANCH, "Fakultetet")
        ],
        departments=[card("department", "Bygg", name="Bygg")],
        persons=[
            _person("karinor", "Nordmann", "Kari", isCaller=True, employeeNumber="1001"),
            _person("olano", "Nordmann", "Ola", isCaller=False),
            _person("borte", "Borte", "Per", isCaller=True, archived=True),
            _person("anneop", "Ås", "Anne", isCaller=True, email="felles@example.no"),
            _person("bareforste", "Bø", "Geir", isCaller=True, email="felles@example.no"),
        ],
        operators=[
            _operator("anneop", "Ås", "Anne", **BOTH_LINES),
            _operator("bareforste", "Bø", "Geir", firstLineCallOperator=True),
        ],
        operator_groups=[
            card("operator_group", name, groupName=name, branch=BRANCH, **tasks)
            for name, tasks in (
                ("IT-BRUKERSTØTTE", BOTH_LINES),
                ("IT-NETT", BOTH_LINES),
                ("UTEN OPPGAVE", {}),
            )
        ],
        members=[(DESK, ANNE)],
        lists=lists(),
    )


def _person(login: str, sur_name: str, first_name: str, **values: Any) -> dict[str, Any]:
    given = {
        "surName": sur_name,
        "firstName": first_name,
        "networkLoginName": login,
        "email": f"{login}@example.no",
        "branch": BRANCH,
    }
    return card("person", login, **{**given, **values})


def _operator(login: str, sur_name: str, first_name: str, **values: Any) -> dict[str, Any]:
    return card(
        "operator",
        login,
        loginName=login,
        surName=sur_name,
        firstName=first_name,
        branch=BRANCH,
        linkedPerson=card_id("person", login),
        **values,
    )


@dataclass(frozen=True)
class Client:
    """Requests against one server; paths are below /tas/api/."""

    server: TopdeskServer
    session: requests.Session

    def __call__(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        url = f"{self.server.url}/tas/api/{path}"
        return self.session.request(method, url, json=json, timeout=10, **more)

    def incident(self, **body: Any) -> dict[str, Any]:
        response = self("POST", "incidents", body)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    def refused(self, method: str, path: str, json: Any = None, status: int = 400) -> str:
        """The message of a refusal in the list form."""
        response = self(method, path, json)
        assert response.status_code == status, response.text
        message: str = response.json()[0]["message"]
        return message

    def ids(self, path: str, query: str, **params: str) -> list[str]:
        response = self("GET", path, params={"query": query, **params})
        assert response.status_code in (200, 204, 206), response.text
        found = response.json() if response.content else []
        records = found["item"] if path == "persons" else found
        return [record["id"] for record in records]
