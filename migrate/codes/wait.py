"""Wait, or type the same command again."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "source-lost": (
        "The source went away while it was read",
        "Type the same command again when the source answers.",
    ),
    "source-busy": (
        "HPSM is busy or has something locked",
        "Type the same command again; if it happens often, lower source.web.workers.",
    ),
    "source-garbled": (
        "HPSM sends what cannot be read",
        "Look at HPSM's log and at proxies before it, then type the same command again.",
    ),
    "source-incomplete": (
        "HPSM gives fewer records than it counts",
        "Type the same command again; if it stays so, see what the user may not read.",
    ),
    "target-unreachable": (
        "TOPdesk does not answer",
        "Type the same command again when TOPdesk answers; if it never has, look at target.url.",
    ),
    "target-failing": (
        "TOPdesk answers, but nothing that can be used",
        "Look at TOPdesk or the proxy before it, then type the same command again.",
    ),
    "target-busy": (
        "TOPdesk asks for patience",
        "Nothing to do: it is sent again when TOPdesk is ready.",
    ),
    "record-in-use": (
        "Somebody has the record open in TOPdesk",
        "Type `migrate retry` when it is closed.",
    ),
    "group-restricted": (
        "Tickets of a restricted group are held",
        "Confirm TOPdesk's filters for the group by name and date; nothing is sent before.",
    ),
    "ticket-confidential": (
        "A ticket that is marked as confidential in HPSM is held",
        "Nothing, if it shall stay in HPSM; else take the mark off there and extract again.",
    ),
    "unit-not-moved": (
        "A ticket belongs to a unit that has not moved",
        "Give the unit a folder under mappings/units, or wait for its sprint.",
    ),
    "major-call": (
        "Several interactions belong to one incident",
        "Set tickets.several_calls in policy.yaml to major_call, or leave them in HPSM.",
    ),
    "state-unwritable": (
        "The state cannot be written",
        "Make room on the disk, or give the right to write there; then the same command again.",
    ),
    "state-unreachable": (
        "The database of the state does not answer",
        "See that the database answers and the network holds, then type the same command again.",
    ),
    "plan-outdated": (
        "The unit must be planned anew before a worker loads it",
        "Queue it again: `migrate queue --unit U` plans it, and shows the plan.",
    ),
    "lease-lost": (
        "This load was cut off from the state, and another one has taken over",
        "Nothing to do: what was sent is settled by whoever goes on. Type the same command later.",
    ),
    "mappings-changed": (
        "Somebody changed the files while this command wrote",
        "Type the same command again; it merges with what is there now.",
    ),
    "unit-locked": (
        "Another load is at work on this unit",
        "Wait for it to end, then type the same command again.",
    ),
    "outside-quiet-hours": (
        "It is not one of the quiet hours",
        "Type the same command in the quiet hours; with `outside_quiet_hours: wait` it waits.",
    ),
    "stopped": (
        "The run was stopped by hand",
        "Type the same command again; it goes on.",
    ),
    "article-restricted": (
        "The articles of a restricted category, or the texts of a restricted group, are held",
        "Nothing of them is sent; see the runbook.",
    ),
    "parent-missing": (
        "A record waits for one that is not in TOPdesk yet",
        "Load or mend what it waits for, then type the same command again.",
    ),
}
"""Code → its title, and the remedy in one sentence."""
