"""What there is adds up: by kind, by unit and by year."""

from __future__ import annotations

from hand_made import fill, look, ticket, unit
from invented_university import University

from migrate.records import SOURCE_KINDS
from migrate.state.snapshot import Snapshot


def test_every_kind_has_as_many_records_as_the_snapshot(university: University) -> None:
    kinds = dict(university.found.inventory.kinds[["kind", "records"]].itertuples(index=False))
    with Snapshot(university.folder / "state" / "snapshot.db") as snapshot:
        assert kinds == snapshot.counts()
    assert list(kinds) == [kind for kind in SOURCE_KINDS if kind in kinds]


def test_the_years_of_a_kind_add_up(university: University) -> None:
    volumes = university.found.inventory.volumes
    tables = {"incidents": "PROBSUMMARYM1", "interactions": "INCIDENTSM1"}
    for kind, table in tables.items():
        own = volumes[volumes["kind"] == kind].groupby("year")["records"].sum()
        expected = university.hpsm(
            f"SELECT substr(OPEN_TIME, 1, 4), count(*) FROM {table} GROUP BY 1"
        )
        assert own.to_dict() == dict(expected)


def test_activities_are_counted_by_type_and_year(university: University) -> None:
    inventory = university.found.inventory
    union = (
        "SELECT TYPE, DATESTAMP FROM ACTIVITYM1 UNION ALL SELECT TYPE, DATESTAMP FROM ACTSVCMGTM1"
    )
    types = university.hpsm(f"SELECT TYPE, count(*) FROM ({union}) GROUP BY 1")
    assert dict(inventory.types.itertuples(index=False)) == dict(types)
    years = university.hpsm(f"SELECT substr(DATESTAMP, 1, 4), count(*) FROM ({union}) GROUP BY 1")
    own = inventory.volumes[inventory.volumes["kind"] == "activities"]
    assert own.groupby("year")["records"].sum().to_dict() == dict(years)


def test_groups_hold_all_tickets_but_those_without_one(university: University) -> None:
    found = university.found
    without = sum(university.hits(f"{state}_without_group").count for state in ("open", "closed"))
    assert found.inventory.groups["tickets"].sum() + without == found.baseline.tickets


def test_a_person_in_two_units_counts_in_both_and_once_in_all(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": "IT"}, {"name": "HR"}],
        operators=[{"name": "kari"}, {"name": "ola"}, {"name": "per"}],
        members=[
            {"group": "IT", "operator": "kari"},
            {"group": "HR", "operator": "KARI"},
            {"group": "HR", "operator": "ola"},
        ],
        incidents=[ticket("IM1")],
    )
    inventory = look(snapshot, units=(unit("it", "IT"), unit("hr", "HR"))).inventory
    operators = inventory.volumes[inventory.volumes["kind"] == "operators"]
    assert operators.set_index("unit")["records"].to_dict() == {"": 1, "hr": 2, "it": 1}
    kinds = dict(inventory.kinds[["kind", "records"]].itertuples(index=False))
    assert kinds["operators"] == 3


def test_what_hangs_on_a_record_belongs_to_its_unit(snapshot: Snapshot) -> None:
    fill(
        snapshot,
        groups=[{"name": "IT"}, {"name": "HR"}],
        operators=[{"name": "kari"}],
        members=[{"group": "IT", "operator": "kari"}],
        incidents=[ticket("IM1", assignment="IT"), ticket("IM2", assignment="HR")],
        interactions=[ticket("SD1")],
        relations=[{"source": "SD1", "depend": "IM1"}],
        knowledge=[{"id": "KM1", "owner": "Kari"}, {"id": "KM2", "owner": "ola"}],
        changes=[{"number": "C1", "assignment": "HR"}],
        attachments=[
            {"uid": uid, "topic": topic, "size": size}
            for uid, topic, size in [("a", "IM1", 5), ("b", "KM1", 7), ("c", "C1", 11)]
        ],
        activities=[{"activity_id": "1", "number": "SD1", "time": "2019-09-02 09:00:00"}],
    )
    found = look(snapshot, unit=unit("it", "IT"), units=(unit("it", "IT"), unit("hr", "HR")))
    kinds = dict(found.inventory.kinds[["kind", "records"]].itertuples(index=False))
    assert kinds == {
        "operators": 1,
        "groups": 1,
        "members": 1,
        "interactions": 1,
        "incidents": 1,
        "activities": 1,
        "relations": 1,
        "attachments": 2,
        "knowledge": 1,
        "changes": 0,
    }
    assert found.inventory.bytes == 12
