"""How a standard text of HPSM becomes a knowledge item that only operators see."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

from migrate.records import Chain, Finding, Member, Ref, Row, State, Step, Verdict
from migrate.transform.content_mapping import TextEntry
from migrate.transform.knowledge import LETTERS, TITLE
from migrate.transform.mapping import Mappings, Unit, entry_id
from migrate.transform.text import clean, field_text, one_line, shorten

EVERYBODY = "*"
"""What an entry is about that decides on the texts of no group."""


def text_key(row: Row) -> str:
    return field_text(row.get("name"))


def text_owner(row: Row, mappings: Mappings) -> Unit | None:
    """The unit of a standard text: of its group; of one that is everybody's, that of the policy."""
    group = field_text(row.get("assignment"))
    if group:
        return mappings.unit_of_group(group)
    common = mappings.policy.knowledge.common_texts
    return mappings.units.get(common) if common else None


def text_chains(rows: Iterable[tuple[Row, str]], mappings: Mappings, unit: Unit) -> Iterator[Chain]:
    """A chain of kind `knowledge_item` for each of these texts (with the digest of its row).

    Verdicts: `text-undecided` (waiting), `text-retired`, `text-left-behind`, `text-empty`
    (skipped); those of a group that is restricted, or of which nobody has said so, are held.
    """
    for row, digest in rows:
        name = text_key(row)
        group = field_text(row.get("assignment")) or EVERYBODY
        entry = unit.texts.get(name) or unit.texts.get(group)
        verdict = _held(row, unit) or _verdict(row, entry)
        title = one_line(field_text(row.get("title"))) or name
        uses = (entry_id(unit.key, "texts", entry.source),) if entry else ()
        findings = (Finding("article-title-long", name, "1"),) if len(title) > TITLE else ()
        yield Chain(
            "knowledge_item",
            f"text:{name}",
            (Member("texts", name),),
            unit.key,
            steps=() if verdict or entry is None else tuple(_steps(row, title, entry, mappings)),
            verdict=verdict,
            findings=() if verdict else findings,
            find=(("externalLink.id", f"text:{name}"),),
            create=verdict is None,
            uses=uses,
            source_digest=digest,
        )


def _held(row: Row, unit: Unit) -> Verdict | None:
    group = field_text(row.get("assignment"))
    if not group:
        return None
    entry = unit.groups.get(group)
    if entry is not None and entry.restricted is True:
        return Verdict(State.HELD, "article-restricted", "the text of a restricted group")
    if entry is None or entry.restricted == "unknown":
        reason = "nobody has said whether its group is restricted"
        return Verdict(State.HELD, "article-restriction-unknown", reason)
    return None


def _verdict(row: Row, entry: TextEntry | None) -> Verdict | None:
    if entry is None or entry.decision is None:
        return Verdict(State.WAITING, "text-undecided", "nobody decided on the standard text")
    decision = entry.decision
    if decision.action == "retire":
        return Verdict(State.SKIPPED, "text-retired", decision.reason or "the text is retired")
    if decision.action == "leave":
        reason = decision.reason or "the unit leaves it behind"
        return Verdict(State.SKIPPED, "text-left-behind", reason)
    if not field_text(row.get("text")):
        return Verdict(State.SKIPPED, "text-empty", "there is nothing in it")
    return None


def _steps(row: Row, title: str, entry: TextEntry, mappings: Mappings) -> Iterator[Step]:
    policy, decision = mappings.policy.knowledge, entry.decision
    folder = ((decision.folder if decision else None) or "").strip("/ ")
    language = (decision.language if decision else None) or policy.language
    name = text_key(row)
    create = {
        "parent": {"id": Ref("knowledge_folder", folder)},
        "language": language,
        "title": shorten(title, TITLE),
        "externalLink": {"id": f"text:{name}", "type": policy.link_type},
    }
    yield Step("create", create)
    hide = {
        "sspVisibility": "NOT_VISIBLE",
        "sspVisibilityFilteredOnBranches": False,
        "operatorVisibilityFilteredOnBranches": False,
    }
    yield Step("hide", hide)
    text = clean(field_text(row.get("text")))
    if len(title) > TITLE:
        text = f"{title}\n\n{text}"
    body = {
        "language": language,
        "title": shorten(title, TITLE),
        "content": html.escape(text[:LETTERS], quote=False).replace("\n", "<br>"),
        "commentsForOperators": html.escape(
            f"Fra HP Service Manager: {name}" + _rest(text), quote=False
        ),
        "keywords": name.replace(" ", "_"),
    }
    yield Step(f"content/{language}", body)


def _rest(text: str) -> str:
    """What the content does not hold; no text that people type is so long."""
    return f"\n{text[LETTERS:]}" if len(text) > LETTERS else ""
