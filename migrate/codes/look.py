"""A person must look: in doubt, conflict, differences."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "no-answer": (
        "A request got no answer in time",
        "Settled by asking TOPdesk; run `migrate status`.",
    ),
    "connection-cut": (
        "The connection broke while a request was under way",
        "Settled by asking TOPdesk; run `migrate status`.",
    ),
    "answer-unclear": (
        "The answer does not say whether the request was done",
        "Settled by asking TOPdesk; run `migrate status`.",
    ),
    "target-duplicate": (
        "TOPdesk has such a record already",
        "Map to the one that is there, or rename.",
    ),
    "target-record-missing": (
        "A record is gone from TOPdesk",
        "See who removed it, or what it names, and plan again.",
    ),
    "members-of-two-records": (
        "Two loaded records would become one",
        "Look at both in TOPdesk, decide which one stays, and undo the other.",
    ),
    "error-budget": (
        "Too many records failed",
        "Run `migrate status --reasons`, mend the cause, then `migrate retry`.",
    ),
    "stop-line": (
        "A load went over its stop-line",
        "See `migrate failures` and the plan; go on with `migrate load --looked NAME`.",
    ),
    "probe-mailed": (
        "TOPdesk sent mails about the probe ticket",
        "Switch TOPdesk's rules off and type the same command: it makes another probe ticket.",
    ),
    "probe-differs": (
        "The probe ticket is not as it was sent",
        "See in TOPdesk what changed it (a rule, a mandatory field), then the same command.",
    ),
    "probe-not-found": (
        "A look-up does not find the probe ticket, and would find no other",
        "See that the account has no filters and that target.settle_window is long enough.",
    ),
    "doubles-in-target": (
        "TOPdesk has this record more than once",
        "Compare the candidates in TOPdesk and archive the wrong ones.",
    ),
    "late-in-target": (
        "TOPdesk has what was believed lost",
        "Run `migrate retry` and `migrate load`: it is looked up before anything is sent again.",
    ),
    "undecidable": (
        "Nobody can tell whether this was done",
        "Look in TOPdesk, then mend the record by hand.",
    ),
    "several-in-target": (
        "The key fits several records in TOPdesk",
        "Make the key unique in TOPdesk, then plan again.",
    ),
    "article-edited": (
        "An article's text was changed in TOPdesk before ours, or its links, were written",
        "Write what is missing there by hand; the text of whoever changed it stays.",
    ),
    "edited-in-target": (
        "Changed in HPSM and by a person in TOPdesk",
        "Run `migrate conflicts`, read both texts, and decide which one holds.",
    ),
    "edited-since": (
        "A person has worked on it since it was loaded",
        "Nothing to do: it stays in TOPdesk, and the unit owner takes it from the list.",
    ),
    "undo-still-used": (
        "Something else in TOPdesk refers to it",
        "Nothing to do: it stays. Move or close what refers to it, then type undo again.",
    ),
    "undo-impossible": (
        "TOPdesk has no interface to take it back",
        "Remove it by hand in TOPdesk, if it must go.",
    ),
    "in-doubt": (
        "Nobody knows yet whether it is in TOPdesk",
        "Run `migrate load`, which settles it, then `migrate undo` again.",
    ),
    "gone": (
        "What was loaded is not in TOPdesk any more",
        "Look in TOPdesk whether it was removed, then decide.",
    ),
    "differs": (
        "TOPdesk shows something else than was sent",
        "Look at the named fields; a person may have changed them.",
    ),
    "audit-broken": (
        "The audit was changed, or its end is gone",
        "Keep the file, compare it with a backup, and find out who had access.",
    ),
}
"""Code → its title, and the remedy in one sentence."""
