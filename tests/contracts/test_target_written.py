"""What every target promises to a writer (load/target.py): one request, and a true outcome."""

import time

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

from migrate.load.keys import look_for
from migrate.records import Answer
from migrate.simulate.topdesk.faults import Fault


class TestWriting:
    def test_a_whole_unit_can_be_written(self, world):
        branch = write(world, "branch", "create", {"name": "UB", "branchType": "independentBranch"})
        group, operator = new_group(world), new_operator(world)
        tasks = {"branch": {"id": branch}, "groupName": "UB Utlån", "firstLineCallOperator": True}
        assert write(world, "operator_group", "tasks", tasks, parent=group) == group
        write(world, "membership", "add", {"group": group, "operator": operator})
        assert world.target.members(group) == {operator}
        found = world.target.get("operator_group", group)
        assert found is not None
        assert found.fields["firstLineCallOperator"] is True

    def test_a_ticket_is_written_step_by_step(self, world):
        incident = new_incident(world)
        entry = {"action": "[IM10001/public/1] Ringte", "actionInvisibleForCaller": False}
        steps = [*updates(world), ("history/1", entry)]
        for step, body in steps:
            outcome = world.target.write(operation("incident", step, body, parent=incident))
            assert (outcome.answer, outcome.target_id) == (Answer.DONE, incident)
            assert outcome.read is not None
            assert outcome.number
        fields = world.target.get("incident", incident).fields
        assert fields["closed"] is True
        assert len(world.target.trail(incident)) == 1

    def test_a_ticket_changes_line_for_the_reason_that_the_configuration_names(self, world):
        incident = new_incident(world, status="firstLine")
        for step, reason in (("escalate", "Krever spesialist"), ("deescalate", "Feil gruppe")):
            setting = f"{step[:-1]}ion_reason"
            asked = operation("incident", step, {}, parent=incident)
            unknown = world.connect(**{setting: "Finnes ikke"}).write(asked)
            assert unknown.answer is Answer.REFUSED
            assert world.connect(**{setting: reason}).write(asked).answer is Answer.DONE

    @pytest.mark.parametrize(
        ("sort", "name"),
        [
            ("permission_group", "Saksbehandler"),
            ("branch_filter", "Bare egen enhet"),
            ("category_filter", "Bare IT"),
            ("operator_filter", "Bare egne saker"),
        ],
    )
    def test_a_right_is_given_once_and_found_again(self, world, sort, name):
        operator = new_operator(world)
        given = operation(
            "operator", f"right/{sort}/1", {"name": name}, parent=operator, marker=name
        )
        assert look_for(world.target, given) == []
        world.misbehave(Fault("answer-lost", path=operator, count=1))
        assert world.target.write(given).answer is Answer.IN_DOUBT
        assert [found.id for found in look_for(world.target, given)] == [operator]
        assert world.target.write(given).answer is Answer.DONE
        [held] = world.target.rights_of(operator, sort)
        assert world.target.rights(sort)[name] == held

    def test_a_right_that_is_not_there_is_refused_and_nothing_sent(self, world):
        operator = new_operator(world)
        asked = operation(
            *("operator", "right/permission_group/1", {"name": "Alt"}),
            parent=operator,
            marker="Alt",
        )
        outcome = world.target.write(asked)
        assert (outcome.answer, outcome.code) == (Answer.REFUSED, "right-unknown")
        assert world.target.rights_of(operator, "permission_group") == frozenset()

    def test_a_refusal_names_the_field_and_no_value(self, world):
        body = {"briefDescription": "Hemmelig " * 20, "caller": {"dynamicName": "Åse"}}
        outcome = world.target.write(operation("incident", "create", body))
        assert outcome.answer is Answer.REFUSED
        assert outcome.code == "target-value-too-long"
        assert outcome.detail == "briefDescription, status 400"
        assert "Hemmelig" not in repr(outcome)
        assert world.incidents() == 0

    def test_a_text_that_cannot_be_sent_is_refused_and_not_raised(self, world):
        outcome = world.target.write(operation("department", "create", {"name": "\udc80"}))
        assert (outcome.answer, outcome.code) == (Answer.REFUSED, "value-not-sendable")

    def test_a_refused_moment_is_not_sent_and_says_how_long_to_wait(self, world):
        world.misbehave(Fault("429", retry_after=3))
        outcome = world.target.write(operation("department", "create", {"name": "Jus"}))
        assert (outcome.answer, outcome.code, outcome.wait) == (Answer.NOT_SENT, "target-busy", 3.0)

    def test_503_is_believed_only_where_the_configuration_says_so(self, world):
        world.misbehave(Fault("503-before"))
        create = operation("department", "create", {"name": "Jus"})
        assert world.target.write(create).answer is Answer.IN_DOUBT
        refusing = world.connect(refuses_with_503=True)
        assert refusing.write(create).answer is Answer.NOT_SENT

    @pytest.mark.parametrize(
        "fault",
        ["answer-lost", "garbage", "wrong-length", "500-after", "503-after", "late", "slow-drip"],
    )
    def test_what_was_done_without_a_good_answer_is_in_doubt_and_sent_once(self, world, fault):
        body = {"externalNumber": "IM1", "caller": {"dynamicName": "Åse"}}
        create = operation("incident", "create", body)
        world.misbehave(Fault(fault, method="POST", delay=0.7))
        assert world.target.write(create).answer is Answer.IN_DOUBT
        world.misbehave()
        for _ in range(100):
            if found := look_for(world.target, create):
                break
            time.sleep(0.02)
        assert [record.fields["externalNumber"] for record in found] == ["IM1"]
        assert world.incidents() == 1

    def test_wrong_credentials_stop(self, world):
        outcome = world.connect(password="wrong").write(
            operation("department", "create", {"name": "Jus"})
        )
        assert (outcome.answer, outcome.code) == (Answer.STOP, "credentials-refused")


ARCHIVED = {
    "branch": lambda world: branch_id(world),
    "department": lambda world: write(world, "department", "create", {"name": "UB Drift"}),
    "incident": new_incident,
    "operator": new_operator,
    "operator_group": new_group,
    "person": new_person,
}


def remove(world, kind, id, body=None):
    return world.target.remove(operation(kind, "undo", body or {}, parent=id, marker=id))


class TestTakingBack:
    @pytest.mark.parametrize("kind", ARCHIVED)
    def test_what_is_taken_back_is_archived_and_there_no_more(self, world, kind):
        id = ARCHIVED[kind](world)
        outcome = remove(world, kind, id)
        assert outcome.answer is Answer.DONE, (outcome.code, outcome.detail)
        found = world.target.get(kind, id)
        assert found is None or found.archived

    def test_a_reason_is_given_by_its_id(self, world):
        reasons = world.target.archiving_reasons()
        outcome = remove(
            world, "incident", new_incident(world), {"id": next(iter(reasons.values()))}
        )
        assert outcome.answer is Answer.DONE

    def test_what_is_archived_already_is_refused(self, world):
        id = new_incident(world)
        remove(world, "incident", id)
        assert remove(world, "incident", id).answer is Answer.REFUSED

    @pytest.mark.parametrize("kind", [kind for kind in ARCHIVED if kind != "incident"])
    def test_a_card_is_brought_back_as_it_was(self, world, kind):
        id = ARCHIVED[kind](world)
        remove(world, kind, id)
        write(world, kind, "restore", {}, parent=id)
        found = world.target.get(kind, id)
        assert found is not None
        assert not found.archived

    def test_a_member_is_taken_out_of_one_group_and_stays_in_another(self, world):
        operator, one, two = new_operator(world), new_group(world), new_group(world, "UB Arkiv")
        for group in (one, two):
            write(world, "membership", "add", {"operator": operator, "group": group})
        assert world.target.groups_of(operator) == {one, two}
        outcome = remove(world, "membership", "", {"operator": operator, "group": one})
        assert outcome.answer is Answer.DONE
        assert world.target.groups_of(operator) == {two}
        assert world.target.members(one) == frozenset()

    def test_an_answer_that_is_lost_leaves_a_doubt_and_the_record_archived(self, world):
        id = new_incident(world)
        world.misbehave(Fault("answer-lost", count=1, method="PUT"))
        assert remove(world, "incident", id).answer is Answer.IN_DOUBT
        assert world.target.get("incident", id).archived

    def test_what_cannot_be_taken_back_is_a_mistake_of_ours(self, world):
        with pytest.raises(KeyError):
            remove(world, "service", "00000000-0000-4000-8000-000000000000")

    @pytest.mark.parametrize("kind", ["person", "operator", "operator_group"])
    def test_a_card_is_changed_in_the_fields_that_are_named(self, world, kind):
        id = ARCHIVED[kind](world)
        branch = {"branch": {"id": branch_id(world)}}
        body = {
            "person": {"jobTitle": "Rektor"},
            "operator": {"email": "kari@example.no"},
            "operator_group": {**branch, "groupName": "UB Utlån", "secondLineCallOperator": True},
        }[kind]
        assert write(world, kind, "update", body, parent=id) == id
        found = world.target.get(kind, id)
        name, value = list(body.items())[-1]
        assert found.fields[name] == value
