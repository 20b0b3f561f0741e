from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ticket_world import activity, chain, codes, everybody, incident, interaction, mappings

from migrate.records import Chain, JournalEntry, Row, Told
from migrate.transform.history import history_steps, tell
from migrate.transform.policy import History
from migrate.transform.text import clean, plain

OSLO = ZoneInfo("Europe/Oslo")


def trail(made: Chain) -> dict[str, str]:
    """Step name → what a reader sees of it."""
    return {s.name: plain(s.body["action"]) for s in made.steps if s.name.startswith("history/")}


def entries(*activities: Row, im: dict[str, Any] | None = None, **policy: Any) -> dict[str, str]:
    to = mappings({"history": policy})
    return trail(chain(incident(**im or {}), activities=activities, to=to))


def test_history_is_folded_by_visibility_oldest_first() -> None:
    made = chain(
        incident(),
        activities=(
            activity(1, "Hei", type="Open"),
            activity(2, "Internt", visible=False),
            activity(3, "Svar", operator="ukjent"),
        ),
    )

    assert trail(made) == {
        "history/v/1": "2019-09-12 10:01 +02:00 · Kari Holm · Open\nHei\n\n"
        "2019-09-12 10:03 +02:00 · ukjent · Update\nSvar\n[IM10001/v/1]",
        "history/i/1": "2019-09-12 10:02 +02:00 · Kari Holm · Update\nInternt\n[IM10001/i/1]",
    }
    steps = [step for step in made.steps if step.marker]
    assert [s.body["actionInvisibleForCaller"] for s in steps] == [False, True]
    assert [s.marker for s in steps] == ["[IM10001/v/1]", "[IM10001/i/1]"]
    assert [s.carries for s in steps] == [("A1", "A3"), ("A2",)]
    assert made.activities == 3


def test_a_note_of_unknown_visibility_is_internal_and_counted() -> None:
    made = chain(incident(), activities=(activity(1, visible=None), activity(2, visible=None)))

    assert list(trail(made)) == ["history/i/1"]
    assert [(f.code, f.detail) for f in made.findings if f.code == "visibility-unknown"] == [
        ("visibility-unknown", "2")
    ]


def test_entries_are_one_per_activity_in_the_order_of_time() -> None:
    made = entries(
        activity(1), activity(2, visible=False), activity(3), style="entries", part_chars=500
    )

    assert list(made) == ["history/v/1", "history/i/1", "history/v/2"]
    assert made["history/v/2"].endswith("[IM10001/v/2]")


def test_folded_history_breaks_between_activities() -> None:
    made = entries(*(activity(n, "x" * 150) for n in range(1, 6)), part_chars=500)

    assert list(made) == ["history/v/1", "history/v/2", "history/v/3"]
    assert all(text.startswith("2019-09-12 10:0") for text in made.values())


def test_an_activity_of_the_interaction_says_so() -> None:
    made = chain(incident(), interaction(), activities=(activity(1, number="SD10001"),))

    assert "· Update · SD10001\n" in trail(made)["history/v/1"]


def test_types_that_the_policy_skips_are_counted() -> None:
    to = mappings({"history": {"skip_types": ["Clock"]}})
    made = chain(incident(), activities=(activity(1), activity(2, type="Clock")), to=to)

    assert made.activities == 1
    assert "activities-skipped" in codes(made)


def test_an_activity_without_a_text_or_a_real_time_still_stands_in_the_trail() -> None:
    made = entries(activity(1, None, time="4000-01-01 00:00:00", operator=None, type="Closed"))

    assert made == {"history/v/1": "Closed\n[IM10001/v/1]"}


def test_the_journal_is_the_fallback_of_a_record_without_activities() -> None:
    made = chain(
        incident(journal="gammelt om saken"),
        interaction(journal="gammelt om samtalen"),
        activities=(activity(1),),
    )

    assert trail(made)["history/i/1"] == "SD10001\ngammelt om samtalen\n[IM10001/i/1]"
    assert [(f.code, f.detail) for f in made.findings if f.code == "journal-fallback"] == [
        ("journal-fallback", "SD10001")
    ]


def journal(*told: JournalEntry, **policy: Any) -> Chain:
    return chain(
        incident(journal="09/13/19 …"), journals={"IM10001": told}, to=mappings({"history": policy})
    )


def test_a_journal_that_was_divided_is_told_by_its_entries_and_to_nobody_else() -> None:
    made = journal(
        JournalEntry("karih", "2019-09-12 08:15:00", "MET", "09/12/19 10:15:00 MET", "Sett på"),
        JournalEntry("ukjent", None, "Midgard", "09/13/19 10:15:00 Midgard", "Byttet toner"),
        JournalEntry(text="Overført"),
    )

    assert trail(made) == {
        "history/i/1": "2019-09-12 10:15 +02:00 · Kari Holm\nSett på\n\n"
        "09/13/19 10:15:00 Midgard · ukjent\nByttet toner\n\n"
        "Overført\n[IM10001/i/1]"
    }
    found = {f.code: f.detail for f in made.findings if f.code.startswith("journal")}
    assert found == {"journal-fallback": "IM10001", "journal-time-unread": "1"}
    assert made.activities == 0


def test_an_undivided_journal_is_told_whole() -> None:
    made = journal(JournalEntry(text="09/13/19 …"))

    assert trail(made) == {"history/i/1": "IM10001\n09/13/19 …\n[IM10001/i/1]"}
    assert {"journal-fallback", "journal-undivided"} <= set(codes(made))


def test_a_delta_tells_a_journals_new_entries_only() -> None:
    old = JournalEntry("karih", "2019-09-12 08:15:00", "MET", "09/12/19 10:15:00 MET", "Sett på")
    new = JournalEntry("karih", "2019-09-13 08:15:00", "MET", "09/13/19 10:15:00 MET", "Byttet")
    [before] = [step for step in journal(old).steps if step.marker]
    row = incident(journal="…")
    story = tell("IM10001", [row], [], everybody(), History(), OSLO, {"IM10001": (old, new)})
    told = Told(frozenset(before.carries), 1, 2)
    [step] = history_steps("IM10001", story.notes, History(), told)

    assert (step.name, plain(step.body["action"])) == (
        "history/i/2",
        "2019-09-13 10:15 +02:00 · Kari Holm\nByttet\n[IM10001/i/2]",
    )


def test_what_a_journal_says_beyond_the_activities_comes_among_them_by_its_time() -> None:
    said = JournalEntry("karih", "2019-09-12 08:15:00", "MET", "09/12/19", "Sett på")
    made = chain(
        incident(journal="…"),
        activities=(
            activity(1, "Hei", visible=False, time="2019-09-12 08:00:00"),
            activity(2, "Ferdig", visible=False, time="2019-09-12 09:00:00"),
        ),
        journals={"IM10001": (said, JournalEntry("ola", None, "X", "09/12/19 X", "Uten tid"))},
    )
    text = trail(made)["history/i/1"]
    assert [word for word in text.split() if word in ("Hei", "på", "tid", "Ferdig")] == [
        *("Hei", "på", "tid", "Ferdig")
    ]
    found = {f.code: f.detail for f in made.findings if f.code.startswith("journal")}
    assert found == {"journal-beyond-activities": "IM10001", "journal-time-unread": "1"}
    assert made.activities == 2


def test_a_journal_that_says_nothing_more_is_not_told_beside_activities() -> None:
    made = chain(incident(journal="Hei"), activities=(activity(1, "Hei"),))

    assert str(trail(made)).count("Hei") == 1
    assert not [code for code in codes(made) if code.startswith("journal")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Ny toner", "Løsning\nNy toner\n[IM10001/i/1]"),
        ("Byttet.\nNy toner", None),
    ],
)
def test_the_resolution_comes_last_unless_an_activity_has_it(
    said: str, expected: str | None
) -> None:
    resolution = "Ny toner"
    made = entries(activity(1, said if expected is None else "noe"), im={"resolution": resolution})

    assert made.get("history/i/1") == expected


_texts = st.text("abc <>&\nÃ¥ø ", max_size=1200)
_activities = st.lists(st.tuples(_texts, st.sampled_from([True, False, None])), max_size=6)


@given(_activities, st.sampled_from(["folded", "entries"]), st.integers(500, 900))
@settings(max_examples=60, deadline=None)
def test_nothing_of_any_activity_is_lost_and_no_part_is_too_long(
    texts: list[tuple[str, bool | None]], style: Any, limit: int
) -> None:
    policy = History(style=style, part_chars=limit)
    rows = [activity(n, text, visible=visible) for n, (text, visible) in enumerate(texts)]
    story = tell("IM10001", [], rows, everybody(), policy, OSLO)
    steps = list(history_steps("IM10001", story.notes, policy))

    assert steps == list(history_steps("IM10001", story.notes, policy))
    assert all(len(step.body["action"]) <= limit + 30 for step in steps)
    assert len({step.name for step in steps}) == len(steps)
    assert {key for step in steps for key in step.carries} == {row["activity_id"] for row in rows}
    for visible in (True, False):
        sent = "".join(
            letter
            for step in steps
            if step.body["actionInvisibleForCaller"] is not visible
            for line in plain(step.body["action"]).split("\n")
            if " · " not in line and not line.startswith("[IM10001/")
            for letter in line
            if not letter.isspace()
        )
        meant = [clean(text.strip()) for text, seen in texts if (seen is True) is visible]
        assert sent == "".join("".join(text.split()) for text in meant)
