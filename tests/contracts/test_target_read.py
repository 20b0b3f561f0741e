"""What every target promises to a reader (load/target.py): where it is, what it has, how a thing is
found.
"""

import pytest
from target_world import (
    branch_id,
    new_group,
    new_incident,
    new_operator,
    new_person,
    operation,
    updates,
    write,
)

from migrate.errors import ConfigurationError, StoppedError
from migrate.load.keys import look_for
from migrate.records import Answer
from migrate.simulate.topdesk.faults import Fault


class TestAddress:
    def test_the_target_says_who_and_what_it_is(self, world):
        info = world.target.describe()
        assert info.version
        assert info.operator == "migrate"
        assert info.fingerprint == world.connect().describe().fingerprint

    def test_wrong_credentials_are_told_apart_from_a_wrong_address(self, world):
        with pytest.raises(ConfigurationError) as refused:
            world.connect(password="wrong").describe()
        assert refused.value.problems[0].code == "credentials-refused"
        elsewhere = f"{world.target.describe().fingerprint}/not/there"
        with pytest.raises(ConfigurationError) as lost:
            world.connect(elsewhere).describe()
        assert lost.value.problems[0].code == "target-address"

    def test_a_target_that_is_away_stops_a_reader_and_not_a_writer(self, world):
        away = world.connect("http://127.0.0.1:1")
        with pytest.raises(StoppedError) as stopped:
            away.describe()
        assert stopped.value.problems[0].code == "target-unreachable"
        outcome = away.write(operation("department", "create", {"name": "Jus"}))
        assert (outcome.answer, outcome.code) == (Answer.NOT_SENT, "target-unreachable")


class TestReading:
    def test_lists_are_names_and_ids(self, world):
        found = world.target.lists()
        assert set(found.lists) == {
            *("call_type", "category", "closure_code", "duration", "entry_type"),
            *("impact", "priority", "processing_status", "urgency"),
        }
        assert all(found.lists.values())
        assert {category for category, _ in found.subcategories} <= set(found.lists["category"])

    def test_an_index_has_every_record_of_several_pages_archived_ones_too(self, world):
        names = {f"Gruppe {n:03}" for n in range(103)}
        ids = {new_group(world, name): name for name in names}
        archived = next(iter(ids))
        world.archive("operator_group", archived)
        found = list(world.target.index("operator_group"))
        assert sorted(group.id for group in found) == sorted(ids)
        assert {group.name for group in found} == names
        assert [group.id for group in found if group.archived] == [archived]

    @pytest.mark.parametrize("kind", ["branch", "department", "location", "person", "operator"])
    def test_every_directory_kind_can_be_listed(self, world, kind):
        write(world, "department", "create", {"name": "Realfag"})
        new_operator(world)
        found = list(world.target.index(kind))
        assert all(record.id and record.name and record.kind == kind for record in found)
        assert bool(found) is (kind != "location")

    def test_find_compares_whole_values_in_any_case_whatever_the_targets_filter_does(self, world):
        ours = new_person(world, employeeNumber="abc1", email="ab@uib.no")
        alike = new_person(world, employeeNumber="ABC1")
        new_person(world, employeeNumber="abc12")
        found = world.target.find("person", "employeeNumber", ["abc1"])
        assert {person.id for person in found} == {ours, alike}
        assert not list(world.target.find("person", "employeeNumber", ["ab*", "", "*"]))

    def test_find_takes_any_number_of_values_and_any_characters(self, world):
        odd = ["IM 1", "SD/2", 'a"b', "c'd", "e,f", "g;h", "(i)", "ÆØÅ", "null", "back\\slash", "*"]
        ids = {new_incident(world, number): number for number in odd}
        found = world.target.find("incident", "externalNumber", [*odd, "IM404", "SD404"])
        assert {incident.id: incident.fields["externalNumber"] for incident in found} == ids

    def test_several_records_may_share_a_value(self, world):
        twins = {new_incident(world, "IM1"), new_incident(world, "IM1")}
        found = world.target.find("incident", "externalNumber", ["IM1"])
        assert {incident.id for incident in found} == twins

    def test_archived_records_are_found_and_marked(self, world):
        incident = new_incident(world, closed=True)
        group, person = new_group(world), new_person(world, employeeNumber="7")
        world.archive("incident", incident)
        world.archive("operator_group", group)
        world.archive("person", person)
        found = [
            *world.target.find("incident", "externalNumber", ["IM10001"]),
            *world.target.find("operator_group", "groupName", ["UB Utlån"]),
            *world.target.find("person", "employeeNumber", ["7"]),
        ]
        assert [record.id for record in found] == [incident, group, person]
        assert all(record.archived for record in found)

    def test_get_gives_a_record_or_none(self, world):
        incident = new_incident(world)
        found = world.target.get("incident", incident)
        assert found is not None
        assert found.fields["briefDescription"] == "Skriveren på lesesalen"
        assert found.number
        assert world.target.get("incident", "0" * 8 + "-0000-4000-8000-" + "0" * 12) is None
        assert world.target.get("person", new_person(world)) is not None

    def test_the_whole_trail_is_read(self, world):
        incident = new_incident(world)
        texts = {f"[IM10001/public/{n}] Ærlig talt & <b>viktig</b>" for n in range(104)}
        for text in texts:
            body = {
                "action": text,
                "actionInvisibleForCaller": text.startswith("[IM10001/public/7]"),
            }
            write(world, "incident", "history", body, parent=incident)
        entries = world.target.trail(incident)
        assert len(entries) == 104
        assert sum(entry.invisible for entry in entries) == 1

    def test_reading_outlasts_a_storm(self, world):
        new_incident(world)
        world.misbehave(Fault("503-before", count=2), Fault("429", count=2, retry_after=1))
        assert len(list(world.target.find("incident", "externalNumber", ["IM10001"]))) == 1


class TestLookingFor:
    """What a request would have left behind can be found again, once it is there and not before."""

    def test_creates(self, world):
        branch = {"id": branch_id(world)}
        person = {"surName": "Øvrebø", "branch": branch, "employeeNumber": "123"}
        cases = [
            operation("branch", "create", {"name": "UB Ås", "branchType": "independentBranch"}),
            operation("department", "create", {"name": "Realfag, avd. 2"}),
            operation("person", "create", person),
            operation("operator_group", "create", {"groupName": "UB (lån)", "branch": branch}),
            operation(
                "incident", "create", {"externalNumber": "SD1", "caller": {"dynamicName": "Å"}}
            ),
        ]
        for create in cases:
            assert look_for(world.target, create) == []
            id = world.target.write(create).target_id
            assert [found.id for found in look_for(world.target, create)] == [id]

    def test_operators_by_login_and_members_by_group(self, world):
        group, operator = new_group(world), new_operator(world, "kari.nordmann")
        join = operation("membership", "add", {"group": group, "operator": operator})
        create = operation("operator", "create", {"loginName": "kari.nordmann"})
        assert [found.id for found in look_for(world.target, create)] == [operator]
        assert look_for(world.target, join) == []
        world.target.write(join)
        assert [found.id for found in look_for(world.target, join)] == [operator]

    def test_a_group_of_the_same_name_in_another_branch_is_not_ours(self, world):
        new_group(world, "Brukerstøtte")
        other = write(world, "branch", "create", {"name": "B", "branchType": "independentBranch"})
        body = {"groupName": "Brukerstøtte", "branch": {"id": other}}
        assert look_for(world.target, operation("operator_group", "create", body)) == []

    def test_a_login_that_is_shown_cut_counts_with_its_surname(self, world):
        login = "et.veldig.langt.brukernavn@uib.no"
        mine = new_person(world, networkLoginName=login)
        same = {"surName": "Øvrebø", "networkLoginName": login}
        other = {"surName": "Ås", "networkLoginName": login[:20] + "annet"}
        found = look_for(world.target, operation("person", "create", same))
        assert [person.id for person in found] == [mine]
        assert look_for(world.target, operation("person", "create", other)) == []

    def test_history_by_its_marker(self, world):
        incident = new_incident(world)
        marker = "[IM10001/public/1]"
        body = {"action": f"{marker} Ola &amp; Kari:<br>ferdig", "actionInvisibleForCaller": False}
        part = operation("incident", "history/1", body, parent=incident, marker=marker)
        later = operation(
            "incident", "history/2", body, parent=incident, marker="[IM10001/public/10]"
        )
        assert look_for(world.target, part) == []
        world.target.write(part)
        assert len(look_for(world.target, part)) == 1
        assert look_for(world.target, later) == []

    def test_updates_by_the_values_that_were_sent(self, world):
        incident, group = new_incident(world), new_group(world)
        branch = {"id": branch_id(world)}
        tasks = {"branch": branch, "groupName": "UB Utlån", "secondLineCallOperator": True}
        cases = [operation("incident", *step, parent=incident) for step in updates(world)]
        cases.append(operation("operator_group", "tasks", tasks, parent=group))
        for update in cases:
            assert look_for(world.target, update) == []
            assert world.target.write(update).answer is Answer.DONE
            assert [found.id for found in look_for(world.target, update)] == [update.parent_id]

    def test_what_has_no_key_cannot_be_looked_for(self, world):
        with pytest.raises(LookupError):
            look_for(world.target, operation("person", "create", {"surName": "Ås"}))
