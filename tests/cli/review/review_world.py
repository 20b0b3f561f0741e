"""A workspace in which some is decided and some is not, and its page on a port of this machine."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import requests
from service_desk import CONFIG

from migrate.cli.review.access import Access
from migrate.cli.review.serving import serve
from migrate.state.audit import Audit, Event
from migrate.transform.mapping import Mappings
from migrate.transform.mapping_files import read_mappings
from migrate.workspace import Workspace

OWNER = "eier@example.no"
DEPUTY = "vara@example.no"
PROXY = "127.0.0.2"

SHOWN, HIDDEN, UNDECIDED = "IT-BRUKERSTØTTE", "IT-NETT", "IT-KLIENTDRIFT"
"""Groups of the unit `it`: of which somebody said that it is not restricted, that it is, and of
which nobody has said anything."""

ELSEWHERE = "KOM-WEB OG INNSIDA"
"""A group of the other unit."""

_MARK = re.compile(r'name="(form|version)" value="([^"]*)"')


@dataclass
class Session:
    """Somebody at the page without a browser; every request is made by hand."""

    base: str
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.http.trust_env = False

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.http.get(self.base + path, headers=headers, timeout=20, allow_redirects=False)

    def post(self, path: str, data: object = None, **headers: str) -> requests.Response:
        sent = {"Origin": self.base, **headers}
        return self.http.post(
            self.base + path, data=data, headers=sent, timeout=20, allow_redirects=False
        )

    def enter(self, token: str) -> Session:
        assert self.get(f"/enter?token={token}").status_code == 303
        return self

    def form(self, path: str) -> dict[str, str]:
        """What a page's form carries."""
        return dict(_MARK.findall(self.get(path).text))


@dataclass
class Page:
    """The page while it is served."""

    folder: Path
    address: str
    access: Access

    def token(self, who: str = OWNER, unit: str = "it", days: float = 1) -> str:
        return self.access.token(who, [unit], days)

    def link(self, who: str = OWNER, unit: str = "it") -> str:
        return f"{self.address}/enter?token={self.token(who, unit)}"

    def visitor(self) -> Session:
        """Somebody whom nobody knows."""
        return Session(self.address)

    def person(self, who: str = OWNER, unit: str = "it") -> Session:
        return self.visitor().enter(self.token(who, unit))

    @property
    def mappings(self) -> Mappings:
        found, problems = read_mappings(self.folder / "mappings")
        assert problems == []
        return found

    @property
    def audit(self) -> list[Event]:
        audit = Audit(self.folder / "state" / "audit.jsonl")
        audit.verify()
        return audit.read()[0]

    def tickets(self, group: str) -> list[str]:
        """The keys of the tickets that a group has."""
        with sqlite3.connect(self.folder / "state" / "snapshot.db") as snapshot:
            rows = snapshot.execute("SELECT key FROM tickets WHERE assignment = ?", (group,))
            return [row[0] for row in rows]


def entry(group: str, unit: str = "it", file: str = "groups") -> str:
    """The address of one entry."""
    return f"/u/{unit}/{file}/e/{quote(group, safe='')}"


def copy_of(prepared: Path, folder: Path, review: str = "") -> Path:
    """A workspace of its own: one group restricted, one undecided, approvals taken away."""
    shutil.copytree(prepared, folder)
    config = CONFIG.format(folder=folder, url="http://127.0.0.1:9")
    (folder / "migrate.yaml").write_text(config + review, encoding="utf-8")
    for unit in ("it", "kommunikasjon"):
        file = folder / "mappings" / "units" / unit / "unit.yaml"
        file.write_text(file.read_text("utf-8") + f"owners: [{OWNER}]\n", encoding="utf-8")
        for name in ("groups", "operators"):
            file = folder / "mappings" / "units" / unit / f"{name}.yaml"
            text = re.sub(r"  review: \{status: approved.*\n", "", file.read_text("utf-8"))
            file.write_text(text, encoding="utf-8")
        groups = file.with_name("groups.yaml")
        text = groups.read_text("utf-8")
        for group, answer in ((HIDDEN, "true"), (UNDECIDED, "unknown")):
            text = re.sub(
                rf"(source: {group}\n(?:  .*\n)*?  restricted: )false", rf"\g<1>{answer}", text
            )
        groups.write_text(text, encoding="utf-8")
    return folder


@contextmanager
def served(folder: Path) -> Iterator[Page]:
    """The page of a workspace, on any free port."""
    with Workspace(folder) as workspace, serve(workspace, 0) as serving:
        yield Page(folder, serving.address, serving.access)
