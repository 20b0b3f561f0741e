"""Knowledge by hand: a folder, items with a picture and a file, and links between them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from loading import Desk

from migrate.load.resolve import Resolver
from migrate.load.shelf import Shelf
from migrate.load.work import Tally
from migrate.records import Chain, Member, Ref, State, Step
from migrate.simulate.topdesk.server import Settings, TopdeskServer

HIDDEN = {
    "sspVisibility": "NOT_VISIBLE",
    "sspVisibilityFilteredOnBranches": False,
    "operatorVisibilityFilteredOnBranches": False,
}
KINDS = ("knowledge_folder", "knowledge_item", "knowledge_links")


def folder(path: str = "Kunnskap") -> Chain:
    above, _, title = path.rpartition("/")
    parent = {"parent": {"id": Ref("knowledge_folder", above)}} if above else {}
    link = {"id": f"folder:{path}", "type": "4711"}
    create = {**parent, "language": "nb", "title": title, "externalLink": link}
    return Chain(
        "knowledge_folder",
        path,
        (),
        "",
        steps=(
            Step("create", create),
            Step("publish", {**HIDDEN, "sspVisibility": "VISIBLE"}),
        ),
        find=(("externalLink.id", f"folder:{path}"), ("path", path)),
        source_digest=path,
    )


def carried(content: bytes) -> dict[str, Any]:
    return {
        "sha256": sha256(content).hexdigest(),
        "size": len(content),
        "data": base64.b64encode(content).decode(),
    }


def item(id: str = "KM1", text: str = "Slik gjør du") -> Chain:
    """With every step there is: its picture, its file, two languages, shown to everybody."""
    mark = f"[{id}/a/0a]"
    shown = '<img src="0a.png" width="2" height="1"><br>'
    told = {"language": "nb", "title": f"Tittel {id}", "content": f"{shown}{text}"}
    steps = (
        Step(
            "create",
            {
                "parent": {"id": Ref("knowledge_folder", "Kunnskap")},
                "language": "nb",
                "title": f"Tittel {id}",
                "externalLink": {"id": id, "type": "4711"},
            },
        ),
        Step("hide", HIDDEN),
        Step("image/0a", {"name": "0a.png", **carried(b"bilde")}, "0a.png"),
        Step("attachment/0a", {"name": "x.doc", "description": mark, **carried(b"ord")}, mark),
        Step("content/nb", told),
        Step("translation/en", {"language": "en", "title": f"Title {id}", "content": "How to"}),
        Step("publish", {**HIDDEN, "sspVisibility": "VISIBLE"}),
    )
    return Chain(
        "knowledge_item",
        id,
        (Member("knowledge", id),),
        "it",
        steps=steps,
        find=(("externalLink.id", id),),
        source_digest=f"digest of {id}",
    )


def links(id: str = "KM1", to: str = "KM2", text: str = "Slik gjør du") -> Chain:
    """The second pass over an item made with the same text, of which every word is a link."""
    content = f'<img src="0a.png" width="2" height="1"><br><a href="#migrate-0">{text}</a>'
    body = {
        "item": Ref("whole/knowledge_item", id),
        "language": "nb",
        "content": content,
        "address/0": Ref("address/knowledge_item", to),
    }
    return Chain(
        "knowledge_links",
        id,
        (),
        "it",
        steps=(Step("links/nb", body),),
        source_digest=f"digest of {id}",
    )


def load(desk: Desk, *kinds: str) -> Tally:
    """Load as a unit's load does, each kind with what it refers to."""
    tally = Tally()
    for kind in kinds or KINDS:
        ids = desk.resolver().ids
        if kind != "knowledge_folder":
            ids |= Shelf(desk.journal, desk.store, desk.target).known("it", kind)
        tally = desk.load(kind, resolver=Resolver(ids))
    return tally


def states(desk: Desk, id: str = "KM1") -> dict[str, State]:
    return {
        **desk.states(id, "knowledge_item"),
        **{f"{name} (2)": state for name, state in desk.states(id, "knowledge_links").items()},
    }


def found(desk: Desk, id: str, language: str = "nb") -> Any:
    """The only item in the target that carries this key, with one of its texts."""
    (record,) = list(desk.target.find("knowledge_item", "externalLink.id", [id]))
    return desk.target.knowledge.item(record.id, language)


def once(desk: Desk, *ids: str) -> None:
    """Everything is in the target once and whole, and verify agrees."""
    assert desk.doubles() == {}
    for id in ids:
        there = found(desk, id)
        assert there.fields["sspVisibility"] == "VISIBLE"
        assert desk.target.knowledge.images(there.id) == {"0a.png"}
        assert [file.name for file in desk.target.knowledge.files(there.id)] == ["x.doc"]
        assert found(desk, id, "en").fields["title"] == f"Title {id}"
        assert set(desk.states(id, "knowledge_item").values()) == {State.DONE}
    assert desk.count("knowledge_file") == 2 * len(ids)
    verified = desk.verify()
    assert (verified.compared["knowledge_item"], verified.differences) == (len(ids), [])


CHAINS = (folder(), folder("Kunnskap/IT"), item(), item("KM2"), links())


def prepared(desk: Desk) -> Desk:
    """The folders are there; the items are planned."""
    desk.plan(*CHAINS)
    load(desk, "knowledge_folder")
    load(desk, "knowledge_folder")  # a folder waits for the one above it
    return desk


@contextmanager
def knowledge_base(folder: Path, migrated: bool) -> Iterator[TopdeskServer]:
    """A TOPdesk with one form of the knowledge base."""
    with TopdeskServer(Settings(folder / "topdesk.db", migrated=migrated)) as running:
        yield running
