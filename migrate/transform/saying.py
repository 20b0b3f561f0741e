"""Decisions in a few words, and what became of one: `map → merge into UB Utlån`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "map": ("map", "map to"),
        "merge": ("merge", "merge into"),
        "split": ("split", "split, the rest to"),
        "retire": ("retire", "retire"),
        "leave": ("leave", "leave"),
        "create": ("create", "create as"),
        "keep": ("keep", "keep"),
        "replace": ("replace", "replace by"),
        "remove": ("remove", "remove"),
        "build": ("build", "build"),
        "link": ("link", "link to"),
    },
    "nb": {
        "map": ("blir", "blir"),
        "merge": ("slås sammen", "slås sammen med"),
        "split": ("deles", "deles, resten til"),
        "retire": ("legges ned", "legges ned"),
        "leave": ("blir igjen", "blir igjen"),
        "create": ("opprettes", "opprettes som"),
        "keep": ("beholdes", "beholdes"),
        "replace": ("byttes ut", "byttes ut med"),
        "remove": ("fjernes", "fjernes"),
        "build": ("bygges", "bygges"),
        "link": ("lenkes", "lenkes til"),
    },
}
"""Language → action → the word alone, and the words before what it becomes."""

_FIELDS = {
    "en": {"open_tickets_to": "open tickets to", "line": "line", "reason": "reason", "was": "was"},
    "nb": {
        "open_tickets_to": "åpne saker til",
        "line": "linje",
        "reason": "begrunnelse",
        "was": "var",
    },
}

_NOTHING = {"en": "not decided", "nb": "ikke bestemt"}


def said(decision: Mapping[str, Any] | None, lang: str = "en") -> str:
    """A decision with all that it says: `map to UB Utlån (line: first)`."""
    if not decision or not decision.get("action"):
        return _NOTHING[lang]
    about = _target(decision)
    _, before = _action(decision, lang)
    words = f"{before} {about}" if about else _action(decision, lang)[0]
    rest = {k: v for k, v in decision.items() if k not in ("action", "target", "folder")}
    named = [f"{_FIELDS[lang].get(k, k)}: {_plain(v)}" for k, v in rest.items() if _plain(v)]
    return f"{words} ({', '.join(named)})" if named else words


def became(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, lang: str = "en") -> str:
    """What became of a decision; of one whose action is another, the old one by its word alone."""
    if was and now and was.get("action") != now.get("action"):
        old = _target(was)
        tail = f" ({_FIELDS[lang]['was']} {old})" if old and old != _target(now) else ""
        return f"{_action(was, lang)[0]} → {said(now, lang)}{tail}"
    return f"{said(was, lang)} → {said(now, lang)}"


def _plain(value: Any) -> str:
    """A value without brackets: `UB Lisenser, category: Utlån/*`, parts of a split with `;`."""
    match value:
        case None:
            return ""
        case list():
            parts = any(isinstance(each, dict) for each in value)
            return ("; " if parts else ", ").join(map(_plain, value))
        case dict():
            found = {key: _plain(each) for key, each in value.items()}
            rest = [f"{key}: {each}" for key, each in found.items() if each and key != "target"]
            return ", ".join(filter(None, [found.get("target"), *rest]))
    return str(value)


def _target(decision: Mapping[str, Any]) -> str:
    return str(decision.get("target") or decision.get("folder") or "")


def _action(decision: Mapping[str, Any], lang: str) -> tuple[str, str]:
    action = str(decision["action"])
    return _WORDS[lang].get(action, (action, action))
