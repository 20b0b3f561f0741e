from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stores import Places

from migrate.errors import ConfigurationError
from migrate.records import Member, OpKey, State
from migrate.state.journal import Journal, Record
from migrate.state.place import Postgres

Open = Callable[..., Journal]


@pytest.fixture
def open_journal(places: Places) -> Iterator[Open]:
    opened: list[Journal] = []

    def make(source: str = "hpsm") -> Journal:
        opened.append(Journal(places("journal"), source))
        return opened[-1]

    yield make
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(open_journal: Open) -> Journal:
    return open_journal()


def key(identity: str = "IM1", step: str = "create", revision: int = 0) -> OpKey:
    return OpKey("hpsm", "incident", identity, step, revision)


def begin(journal: Journal, identity: str = "IM1", unit: str = "ub", digest: str = "d") -> None:
    record = Record("incident", identity, unit, "pilot", "", "", digest)
    journal.begin(record, [Member("incidents", identity)])


def intend(journal: Journal, op: OpKey, run: int = 1, carries: str = "[]") -> bool:
    return journal.intend(op, 0, "", carries, False, "{}", run, 100.0)


def state(journal: Journal, op: OpKey) -> State:
    (entry,) = [e for e in journal.entries(op.kind, [op.identity])[op.identity] if e.key == op]
    return entry.state


def test_the_file_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state" / "journal.db", "hpsm")
    journal.close()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / "journal.db").stat().st_mode) == 0o600


def test_a_state_is_bound_to_the_first_target_that_it_meets(open_journal: Open) -> None:
    open_journal().bind_target("https://prod.example")
    again = open_journal()
    again.bind_target("https://prod.example")
    with pytest.raises(ConfigurationError) as refused:
        again.bind_target("https://test.example")
    assert refused.value.problems[0].code == "state-other-target"


def test_processes_that_open_a_new_journal_at_once_all_get_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from migrate.state.journal import Journal\n"
        "j = Journal(Path(sys.argv[1]), 'hpsm'); j.bind_target('https://x.example'); j.close()"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "journal.db")]
    processes = [subprocess.Popen(arguments, stderr=subprocess.PIPE) for _ in range(6)]
    told = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, told


def test_an_intent_is_there_for_others_only_once_it_is_committed(open_journal: Open) -> None:
    journal, other = open_journal(), open_journal()
    begin(journal)
    intend(journal, key())
    assert other.entries("incident", ["IM1"]) == {}
    journal.commit()
    assert state(other, key()) is State.SENDING


@pytest.mark.parametrize("there", list(State))
def test_only_what_is_planned_can_be_claimed(journal: Journal, there: State) -> None:
    begin(journal)
    assert intend(journal, key())
    journal.note(key(), there, 101.0)
    journal.commit()
    assert intend(journal, key(), run=2) is (there is State.PLANNED)
    journal.commit()
    assert state(journal, key()) is (State.SENDING if there is State.PLANNED else there)


def test_of_two_loads_that_claim_an_operation_one_gets_it(open_journal: Open) -> None:
    claimed: list[bool] = []

    def claim(run: int) -> None:
        journal = open_journal()
        for n in range(50):
            begin(journal, f"IM{n}")
            claimed.append(intend(journal, key(f"IM{n}"), run))
            journal.commit()

    threads = [threading.Thread(target=claim, args=(run,)) for run in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (claimed.count(True), claimed.count(False)) == (50, 50)


def test_what_was_once_in_doubt_stays_marked(journal: Journal) -> None:
    begin(journal)
    intend(journal, key())
    journal.note(key(), State.IN_DOUBT, 101.0, sent_at=101.0)
    journal.note(key(), State.PLANNED, 102.0)
    assert intend(journal, key())
    journal.note(key(), State.DONE, 103.0)
    journal.commit()
    (entry,) = journal.entries("incident", ["IM1"])["IM1"]
    assert (entry.doubted, entry.attempts, entry.state) == (True, 2, State.DONE)


def test_what_a_dead_load_was_sending_is_in_doubt_from_now_on_in_its_unit_alone(
    journal: Journal,
) -> None:
    for identity, unit in (("IM1", "ub"), ("IM2", "it")):
        begin(journal, identity, unit)
        intend(journal, key(identity))
    journal.commit()
    assert journal.recover("ub", 500.0) == 1
    (entry,) = journal.entries("incident", ["IM1"])["IM1"]
    assert (entry.state, entry.sent_at, entry.doubted) == (State.IN_DOUBT, 500.0, True)
    assert state(journal, key("IM2")) is State.SENDING
    assert [r.identity for r in journal.in_doubt("incident", "it")] == ["IM2"]


def test_a_source_record_belongs_to_one_identity_for_good(journal: Journal) -> None:
    begin(journal, "SD1")
    journal.join("incident", "SD1", [Member("incidents", "IM7")])
    journal.join("incident", "IM7", [Member("incidents", "IM7"), Member("incidents", "IM8")])
    journal.commit()
    members = [Member("incidents", n) for n in ("IM7", "IM8", "IM9")]
    assert journal.bound(members) == {members[0]: "SD1", members[1]: "IM7"}
    assert journal.members_of("incident", "SD1") == [
        Member("incidents", "IM7"),
        Member("incidents", "SD1"),
    ]


def test_a_number_is_found_under_every_source_record_of_its_identity(journal: Journal) -> None:
    begin(journal, "SD1")
    journal.join("incident", "SD1", [Member("incidents", "IM7")])
    journal.identify("incident", "SD1", "id-1", "I 1909 001")
    journal.identify("incident", "SD1", "id-1", "")
    journal.commit()
    for number in ("SD1", "IM7"):
        assert [r.number for r in journal.lookup(number)] == ["I 1909 001"]
    assert journal.lookup("IM8") == []


def test_another_source_shares_nothing(open_journal: Open) -> None:
    journal, other = open_journal(), open_journal("hpsm-old")
    begin(journal)
    journal.commit()
    assert other.lookup("IM1") == []
    assert other.records("incident", ["IM1"]) == {}
    assert other.bound([Member("incidents", "IM1")]) == {}


def test_a_record_is_whole_only_when_it_was_said_to_be(journal: Journal) -> None:
    begin(journal)
    assert intend(journal, key())
    journal.note(key(), State.DONE, 101.0)
    journal.commit()
    assert not journal.records("incident", ["IM1"])["IM1"].whole
    journal.completed("incident", "IM1", "it", "new")
    journal.commit()
    record = journal.records("incident", ["IM1"])["IM1"]
    assert (record.whole, record.unit, record.digest) == (True, "it", "new")


def test_history_that_arrived_is_told_and_what_was_believed_lost_is_not(journal: Journal) -> None:
    begin(journal, digest="old")
    journal.identify("incident", "IM1", "id", "")
    for step, carries, now in (
        ("history/v/1", '["a"]', State.DONE),
        ("history/v/2", '["b"]', State.PLANNED),
        ("history/i/1", '["c"]', State.SKIPPED),
        ("history/i/2", '["d"]', State.MISMATCH),
        ("create", '["text e"]', State.DONE),
    ):
        intend(journal, key(step=step), carries=carries)
        journal.note(key(step=step), now, 101.0)
    aside = key(step="create")._replace(revision=1)
    journal.set_aside(aside, State.KEPT, 1, 102.0, code="", detail="")  # carries nothing
    journal.commit()
    told = journal.told("IM1", "new")
    assert told is not None
    assert told.carries == {"a", "d", "text e"}
    assert told.shown == {"a"}
    assert (told.next_visible, told.next_internal) == (3, 3)
    assert journal.told("IM1", "old") is None
    assert journal.told("IM2", "new") is None


def test_retry_opens_exactly_what_failed_with_that_code_in_that_unit(journal: Journal) -> None:
    failed = [("IM1", "ub", "person-missing"), ("IM2", "ub", "refused"), ("IM3", "it", "refused")]
    for identity, unit, code in failed:
        begin(journal, identity, unit)
        intend(journal, key(identity))
        journal.note(key(identity), State.FAILED, 101.0, code=code)
    begin(journal, "IM4")
    intend(journal, key("IM4"))
    journal.note(key("IM4"), State.DONE, 101.0)
    journal.commit()
    assert journal.reopen("ub", (State.FAILED,), "refused", 102.0) == 1
    states = [state(journal, key(f"IM{n}")) for n in range(1, 5)]
    assert states == [State.FAILED, State.PLANNED, State.FAILED, State.DONE]


def test_pages_of_a_unit_hold_every_record_once(journal: Journal) -> None:
    for n in range(7):
        begin(journal, f"IM{n}")
    begin(journal, "IM9", "it")
    journal.commit()
    found, after = [], ""
    while page := journal.unit_records("incident", "ub", after, limit=3):
        found += [record.identity for record in page]
        after = page[-1].identity
    assert found == [f"IM{n}" for n in range(7)]


def test_a_commit_is_synced_to_the_disk(places: Places, journal: Journal) -> None:
    if isinstance(places("journal"), Postgres):
        assert journal._write.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        return
    assert journal._write.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    assert journal._write.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_the_copy_of_a_journal_file_has_all_of_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db", "hpsm")
    begin(journal)
    journal.commit()
    copied = journal.backup()
    journal.close()
    assert copied
    copy = sqlite3.connect(copied)
    assert copy.execute("SELECT identity FROM records").fetchall() == [("IM1",)]
    copy.close()


def test_one_that_was_made_is_named_and_no_probe_ticket(journal: Journal) -> None:
    assert journal.one_made("incident") is None
    for identity, unit in (("IM0", "it"), ("PROBE-1", "~probe"), ("SD1", "it")):
        begin(journal, identity, unit)
    journal.identify("incident", "PROBE-1", "id-0", "")
    journal.commit()
    assert journal.one_made("incident") is None
    journal.identify("incident", "SD1", "id-1", "")
    journal.commit()
    assert journal.one_made("incident") == ("SD1", "id-1")
    assert journal.one_made("person") is None
