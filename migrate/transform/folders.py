"""Which folders of the knowledge base TOPdesk shall have: those that decisions name, and above."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from migrate.records import Chain, Ref, State, Step, Verdict
from migrate.transform.library import within
from migrate.transform.mapping import Mappings, entry_id
from migrate.transform.source_digest import source_digest

TITLE = 80


def folder_chains(mappings: Mappings, paths: Collection[str]) -> Iterator[Chain]:
    """A chain of kind `knowledge_folder` for each of these paths and every folder above it, the
    upper ones first. They belong to no unit.

    A folder that is there already is taken as it is. One that is made shows in the portal only
    where a decision puts articles into it, or below, that do.
    Verdicts: `name-too-long` (rejected).
    """
    every = {"/".join(path.split("/")[:depth]) for path in paths if path for depth in _depths(path)}
    public, uses = _decided(mappings)
    for path in sorted(every, key=lambda path: (path.count("/"), path)):
        shown = any(within(folder, path) for folder in public)
        names = sorted(use for folder, use in uses if within(folder, path))
        yield _chain(mappings, path, shown, tuple(names))


def _depths(path: str) -> range:
    return range(1, path.count("/") + 2)


def _decided(mappings: Mappings) -> tuple[set[str], set[tuple[str, str]]]:
    """The folders of articles for everybody, and (folder, entry) of every decision."""
    public: set[str] = set()
    uses: set[tuple[str, str]] = set()
    for key, unit in mappings.units.items():
        for name, entry in unit.knowledge.items():
            decision = entry.decision
            if decision is None or decision.action != "map" or not decision.folder:
                continue
            folder = decision.folder.strip("/ ")
            uses.add((folder, entry_id(key, "knowledge", name)))
            if decision.audience == "portal" and entry.restricted is not True:
                public.add(folder)
    return public, uses


def _chain(mappings: Mappings, path: str, shown: bool, uses: tuple[str, ...]) -> Chain:
    policy = mappings.policy.knowledge
    above, _, title = path.rpartition("/")
    verdict = None
    if len(title) > TITLE:
        reason = f"the folder's title has {len(title)} characters, {TITLE} fit"
        verdict = Verdict(State.REJECTED, "name-too-long", reason)
    create = {
        **({"parent": {"id": Ref("knowledge_folder", above)}} if above else {}),
        "language": policy.language,
        "title": title,
        "externalLink": {"id": external_id(path), "type": policy.link_type},
    }
    publish = {
        "sspVisibility": "VISIBLE" if shown else "NOT_VISIBLE",
        "sspVisibilityFilteredOnBranches": False,
        "operatorVisibilityFilteredOnBranches": False,
    }
    return Chain(
        "knowledge_folder",
        path,
        (),
        unit="",
        steps=() if verdict else (Step("create", create), Step("publish", publish)),
        verdict=verdict,
        find=(("externalLink.id", external_id(path)), ("path", path)),
        uses=uses,
        source_digest=source_digest(path),
    )


def external_id(path: str) -> str:
    """The id of the external link by which a folder of ours is known again."""
    return f"folder:{path}"
