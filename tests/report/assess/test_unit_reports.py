"""A unit's report holds nothing of another unit; restricted groups' tickets are only counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import orjson
import pytest
from hand_made import fill, look, of, ticket, unit
from invented_university import RESTRICTED, UNDECIDED, UNITS, WORLD, University, write_units

from migrate.report.assess.assess import Assessment, assess, document
from migrate.report.assess.page import page
from migrate.simulate.world import GROUPS
from migrate.state.snapshot import Snapshot
from migrate.workspace import Workspace

_WORD = re.compile(r"[\w/.-]+")


@pytest.fixture(scope="module")
def workspace(
    university: University, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """The university with mappings of three units."""
    folder = tmp_path_factory.mktemp("units") / "desk"
    copytree(university.folder, folder)
    write_units(folder)
    with Workspace(folder) as opened:
        yield opened


def told(found: Assessment) -> str:
    """All that the report's two files say."""
    return page(found, "nb") + orjson.dumps(document(found)).decode()


def tickets_of(snapshot: Snapshot, groups: set[str]) -> set[str]:
    """Numbers of the interactions and incidents whose ticket is with one of `groups`."""
    rows = snapshot.connection.execute(
        "SELECT t.assignment, t.key, p.interaction FROM tickets t"
        " LEFT JOIN pairs p ON p.incident = t.incident"
    )
    return {number for group, *numbers in rows if group in groups for number in numbers if number}


@pytest.mark.parametrize("key", UNITS)
def test_a_units_report_names_no_other_units_groups_people_or_tickets(
    workspace: Workspace, key: str
) -> None:
    text = told(assess(workspace.snapshot, workspace.question(key, None)))
    said = set(_WORD.findall(text))
    own = {group.name for group in GROUPS.values() if group.unit == key}
    others = set(GROUPS) - own
    assert [name for name in others if name in text and not _within(name, own)] == []
    everything = tickets_of(workspace.snapshot, set(GROUPS) | {None})  # type: ignore[arg-type]
    assert said & (everything - tickets_of(workspace.snapshot, own)) == set()
    members = {login for group in own for login in WORLD.members[group]}
    logins = {person.login for person in WORLD.people.operators}
    assert said & (logins - members) == set()
    assert [p.contact for p in WORLD.people.all if p.contact in text] == []


def _within(name: str, own: set[str]) -> bool:
    """Whether a group's name is a part of one of the unit's own."""
    return any(name in group for group in own)


@pytest.mark.parametrize("key", UNITS)
def test_a_units_report_does_not_change_with_what_others_do(
    workspace: Workspace, key: str, tmp_path: Path
) -> None:
    before = told(assess(workspace.snapshot, workspace.question(key, None)))
    own = {group.name for group in GROUPS.values() if group.unit == key}
    kept = tickets_of(workspace.snapshot, own)
    copy = tmp_path / "snapshot.db"
    copy.write_bytes(workspace.snapshot.path.read_bytes())
    with Snapshot(copy) as snapshot:
        marks = orjson.dumps(sorted(kept)).decode()
        for kind in ("interactions", "incidents"):
            snapshot.connection.execute(
                f"UPDATE {kind} SET title = 'Noe annet', status = 'Ny', priority = '9 - Ny',"
                " description = 'PÃ¥' WHERE _key NOT IN (SELECT value FROM json_each(?))",
                (marks,),
            )
        assert told(assess(snapshot, workspace.question(key, None))) == before


def test_the_units_reports_and_the_rest_add_up_to_everything(workspace: Workspace) -> None:
    whole = assess(workspace.snapshot, workspace.question(None, None))
    parts = [assess(workspace.snapshot, workspace.question(key, None)) for key in UNITS]
    of_units = whole.inventory.tickets[whole.inventory.tickets["unit"] != ""]
    assert sum(part.baseline.tickets for part in parts) == of_units["tickets"].sum()
    for family in ("end_before_start", "titles_long", "priorities_mixed", "national_ids"):
        counts = [of(part, family).count or 0 for part in parts]
        assert 0 < sum(counts) <= (of(whole, family).count or 0), family


@pytest.mark.parametrize("key", [None, "vakt-service", "it"])
def test_of_restricted_and_undecided_groups_no_ticket_is_named(
    workspace: Workspace, key: str | None
) -> None:
    found = assess(workspace.snapshot, workspace.question(key, None))
    text = told(found)
    hidden = tickets_of(workspace.snapshot, {*RESTRICTED, *UNDECIDED})
    assert hidden
    assert set(_WORD.findall(text)) & hidden == set()
    assert sum(finding.hits.hidden for finding in found.findings) > 0


def test_their_tickets_are_still_counted(workspace: Workspace, university: University) -> None:
    with_mappings = assess(workspace.snapshot, workspace.question(None, None))
    for finding in with_mappings.findings:
        if finding.family.id != "statuses_unknown":
            assert finding.count == of(university.found, finding.family.id).count


def _callers(number: int) -> str:
    return f"PERSON {number}"


def test_a_restricted_groups_titles_are_not_among_the_repeated_ones(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": "ÅPEN"}, {"name": "VARSLING"}, {"name": "NY"}],
        incidents=[
            ticket(
                f"IM{place}{n}",
                title=f"Sak til {group}",
                assignment=group,
                contact_name=_callers(n),
            )
            for place, group in enumerate(("ÅPEN", "VARSLING", "NY"))
            for n in range(8)
        ],
    )
    found = look(snapshot, restricted=frozenset(["VARSLING"]), undecided=frozenset(["NY"]))
    assert [each.title for each in found.baseline.titles] == ["sak til åpen"]


def test_a_call_from_a_restricted_group_stays_hidden_when_another_group_has_the_work(
    snapshot: Snapshot,
) -> None:
    fill(
        snapshot,
        groups=[{"name": "IT"}, {"name": "VARSLING"}],
        incidents=[ticket("IM1", title="Fra en som ringte", assignment="IT")],
        interactions=[ticket("SD1", title=" ", assignment="VARSLING"), ticket("SD2", title="x")],
        relations=[{"source": "IM1", "depend": "SD1"}],
    )
    hits = of(look(snapshot, restricted=frozenset(["VARSLING"])), "titles_empty").hits
    assert (hits.count, hits.hidden, hits.examples) == (1, 1, ())


def test_a_ticket_that_is_marked_is_only_counted_with_all_its_records(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": "IT"}],
        incidents=[ticket("IM1", title=" ", assignment="IT", rb_skjermet="Ja ")],
        interactions=[ticket("SD1", title=" ", assignment="IT"), ticket("SD2", title=" ")],
        relations=[{"source": "IM1", "depend": "SD1"}],
    )
    hits = of(look(snapshot, marks={"rb_skjermet": frozenset(["ja"])}), "titles_empty").hits
    assert (hits.count, hits.hidden, hits.examples) == (2, 1, ("SD2",))


def test_a_relation_across_units_names_neither_end_of_the_other(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": "IT"}, {"name": "HR"}],
        interactions=[ticket("SD1"), ticket("SD2")],
        incidents=[ticket("IM1", assignment="IT"), ticket("IM2", assignment="HR")],
        relations=[
            {"source": "SD1", "depend": "IM1"},
            {"source": "SD2", "depend": "IM1"},
            {"source": "SD2", "depend": "IM2"},
        ],
    )
    for one, own in (("IT", "IM1"), ("HR", "IM2")):
        text = told(look(snapshot, unit=unit(one.lower(), one)))
        assert ({"IM1", "IM2"} - {own}).pop() not in text


def test_a_ticket_without_group_goes_to_its_services_group(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": "IT"}],
        incidents=[
            ticket("IM1", service="Trådløst", title=""),
            ticket("IM2", title=""),
            ticket("IM3", title="Nett"),
        ],
    )
    found = look(snapshot, unit=unit("it", "IT"), default_groups={"Trådløst": "IT"})
    assert of(found, "titles_empty").hits.examples == ("IM1",)
