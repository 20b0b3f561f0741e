"""The audit: appended to by several at once, whole after a crash, and not to be changed unseen."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.errors import LookError
from migrate.state.audit import START, Audit

NOW = datetime(2019, 9, 20, 12, 0, tzinfo=UTC)

_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from migrate.state.audit import Audit
for number in range(20):
    Audit(Path(sys.argv[1])).append(sys.argv[2], "viewed", {"n": number}, datetime.now(UTC))
"""


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made = Audit(tmp_path / "state" / "audit.jsonl")
    for number in range(5):
        made.append("eier@example.no", "decided", {"entry": f"GRUPPE-{number}"}, NOW)
    return made


def test_what_was_appended_is_read_in_its_order(audit: Audit) -> None:
    events, position = audit.read()
    assert [event.about["entry"] for event in events] == [f"GRUPPE-{n}" for n in range(5)]
    assert events[0].at == "2019-09-20 12:00:00"
    audit.append("annen@example.no", "approved", {}, NOW)
    later, end = audit.read(position)
    assert [event.who for event in later] == ["annen@example.no"]
    assert audit.read(end) == ([], end)


def test_only_its_owner_can_read_it(audit: Audit) -> None:
    assert audit.path.stat().st_mode & 0o777 == 0o600


def test_an_audit_without_events_is_whole(tmp_path: Path) -> None:
    found = Audit(tmp_path / "state" / "audit.jsonl").verify()
    assert (found.events, found.head) == (0, START)


def test_processes_that_append_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "state" / "audit.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, path, f"{name}@example.no"])
        for name in ("a", "b", "c")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert Audit(path).verify().events == 60


@settings(max_examples=50, deadline=None)
@given(at=st.floats(0, 0.999), bit=st.integers(0, 7), data=st.data())
def test_no_bit_changes_and_no_line_goes_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, at: float, bit: int, data: st.DataObject
) -> None:
    audit = Audit(tmp_path_factory.mktemp("audit") / "audit.jsonl")
    for number in range(4):
        audit.append("eier@example.no", "decided", {"n": number}, NOW)
    head = audit.verify().head
    whole = audit.path.read_bytes()
    changed = bytearray(whole)
    changed[int(at * len(whole))] ^= 1 << bit
    lines = whole.splitlines(keepends=True)
    gone = data.draw(st.integers(0, 3))
    swapped = [lines[1], lines[0], *lines[2:]]
    for text in (bytes(changed), b"".join(lines[:gone] + lines[gone + 1 :]), b"".join(swapped)):
        audit.path.write_bytes(text)
        with pytest.raises(LookError) as error:
            audit.verify(head)
        assert error.value.problems[0].code == "audit-broken"


def test_an_end_that_was_cut_off_is_told_by_who_wrote_the_head_down(audit: Audit) -> None:
    head = audit.verify().head
    audit.append("eier@example.no", "approved", {}, NOW)
    assert audit.verify(head[:12]).events == 6
    lines = audit.path.read_bytes().splitlines(keepends=True)
    audit.path.write_bytes(b"".join(lines[:4]))
    assert audit.verify().events == 4
    with pytest.raises(LookError):
        audit.verify(head)


def test_half_a_line_that_a_crash_left_was_never_an_event(audit: Audit) -> None:
    with audit.path.open("ab") as file:
        file.write(b'{"n":6,"at":"2019')
    assert audit.verify().events == 5
    assert len(audit.read()[0]) == 5
    audit.append("eier@example.no", "approved", {}, NOW)
    assert audit.verify().events == 6


def test_nothing_is_appended_to_a_file_that_is_not_ours(audit: Audit) -> None:
    with audit.path.open("ab") as file:
        file.write(b"something else\n")
    with pytest.raises(LookError):
        audit.append("eier@example.no", "approved", {}, NOW)


def test_a_long_line_is_followed_by_the_next(audit: Audit) -> None:
    audit.append("eier@example.no", "viewed", {"tickets": ["IM10001"] * 30_000}, NOW)
    audit.append("eier@example.no", "viewed", {}, NOW)
    assert audit.verify().events == 7


@pytest.mark.parametrize("head", ["", "xyz", "3f2a", "3f2a9c1b7d40" * 9])
def test_a_head_that_is_no_digest_is_refused(audit: Audit, head: str) -> None:
    with pytest.raises(LookError):
        audit.verify(head)
