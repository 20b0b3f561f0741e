from __future__ import annotations

from collections.abc import Sequence

import pytest

from migrate.extract.journal_text import JournalForm, entries, zones
from migrate.records import JournalEntry
from migrate.transform.journal_rest import beyond

FORM = JournalForm({"99/99/99 99:99:99 ZONE (OPERATOR):": "dmy"})
JOURNAL = """\
13/09/19 12:00:00 GMT (ola):
Byttet toner, og skriveren
virker igjen.
12/09/19 08:00:00 GMT (kari):
OK
"""
TOLD = ["Byttet toner, og skriveren virker igjen.", "ok"]


def read(journal: str) -> Sequence[JournalEntry]:
    return entries(journal, FORM, zones({}))


def never(journal: str) -> Sequence[JournalEntry]:
    raise AssertionError("nothing is missing, and nothing need be divided")


def test_what_the_activities_say_is_not_said_again_however_it_is_broken_into_lines() -> None:
    assert beyond(JOURNAL, TOLD, never) == ()
    assert beyond(JOURNAL, ["Byttet toner, og skriver\nen virker igjen.", "OK"], never) == ()


@pytest.mark.parametrize("told", [TOLD[:1], [TOLD[0], ""], [TOLD[0], "Look at it"]])
def test_an_entry_that_no_activity_has_is_left(told: list[str]) -> None:
    [entry] = beyond(JOURNAL, told, read)
    assert (entry.author, entry.time, entry.text) == ("kari", "2019-09-12 08:00:00", "OK")


def test_of_a_journal_that_cannot_be_divided_the_lines_that_are_nowhere_are_left() -> None:
    undivided = "[2019-09-13] Ola:\nByttet toner\n[2019-09-12] Kari:\nRingte brukeren"
    form = JournalForm({})
    [entry] = beyond(undivided, ["Byttet toner"], lambda text: entries(text, form, zones({})))
    assert entry.text == "[2019-09-13] Ola:\n[2019-09-12] Kari:\nRingte brukeren"
    told = ["Byttet toner", "Ringte brukeren"]
    assert beyond(undivided, told, never) == ()


def test_a_text_on_the_line_of_its_header_counts() -> None:
    journal = "13/09/19 12:00:00 (ola): Byttet toner"
    whole = JournalEntry(text=journal)
    assert beyond(journal, ["Byttet toner"], never) == ()
    assert beyond(journal, ["noe annet"], lambda text: [whole]) == (whole,)
