"""What every target promises (load/target.py), held against each one there is.

`world` is a target with a branch, nothing else, and a way to make it misbehave. A new target adds
one function to `WORLDS`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from migrate.config import TargetConfig
from migrate.errors import ConfigurationError, StoppedError
from migrate.load.http import Http
from migrate.load.keys import look_for
from migrate.load.target import Attached, Target
from migrate.load.topdesk.client import TopdeskTarget
from migrate.records import Answer, Operation, OpKey
from migrate.simulate.topdesk.faults import Fault
from migrate.simulate.topdesk.server import PASSWORD, Settings, TopdeskServer
from migrate.state.blobs import BlobStore


@dataclass
class World:
    target: Target
    connect: Callable[..., Target]
    misbehave: Callable[..., None]
    archive: Callable[[str, str], None]
    incidents: Callable[[], int]
    keep: Callable[[bytes], str]


@contextmanager
def topdesk(folder: Path) -> Iterator[World]:
    with TopdeskServer(Settings(folder / "topdesk.db", login_read_length=20)) as server:
        opened: list[Http] = []
        blobs = BlobStore(folder / "blobs")

        def connect(url: str = "", password: str = PASSWORD, **settings: object) -> Target:
            values = {"timeout": 0.5, "lookup_batch": 3, **settings}
            config = TargetConfig.model_validate({"url": url or server.url, **values})
            opened.append(Http(config, SecretStr(password), sleep=lambda seconds: None))
            return TopdeskTarget(opened[-1], config, blobs.open)

        def archive(kind: str, id: str) -> None:
            path = {"person": "persons", "operator_group": "operatorgroups"}.get(kind, f"{kind}s")
            url = f"{server.url}/tas/api/{path}/id/{id}/archive"
            requests.put(url, json={}, auth=server.auth, timeout=5).raise_for_status()

        def incidents() -> int:
            found = requests.get(
                f"{server.url}/tas/api/incidents?all=true&pageSize=1000",
                auth=server.auth,
                timeout=5,
            )
            return len(found.json()) if found.content else 0

        try:
            yield World(
                connect(),
                connect,
                server.misbehave,
                archive,
                incidents,
                lambda content: blobs.add([content]).sha256,
            )
        finally:
            for http in opened:
                http.close()


WORLDS = {"topdesk": topdesk}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with WORLDS[request.param](tmp_path) as made:
        yield made


def operation(kind, step, body, *, parent="", marker="", identity="1"):
    return Operation(OpKey("hpsm", kind, identity, step, 0), body, parent, marker)


def write(world, kind, step, body, **more):
    """Write one operation that must go well; returns the id."""
    outcome = world.target.write(operation(kind, step, body, **more))
    assert outcome.answer is Answer.DONE, (outcome.code, outcome.detail)
    return outcome.target_id


def branch_id(world):
    return next(world.target.index("branch")).id


def new_person(world, **fields):
    branch = {"id": branch_id(world)}
    return write(world, "person", "create", {"surName": "Øvrebø", "branch": branch, **fields})


def new_operator(world, login="kari"):
    body = {
        "surName": "Bøe",
        "branch": {"id": branch_id(world)},
        "linkedPerson": {"id": new_person(world)},
        "loginName": login,
        "firstLineCallOperator": True,
    }
    return write(world, "operator", "create", body)


def new_group(world, name="UB Utlån"):
    body = {"groupName": name, "branch": {"id": branch_id(world)}}
    return write(world, "operator_group", "create", body)


def new_incident(world, number="IM10001", **fields):
    body = {
        "externalNumber": number,
        "briefDescription": "Skriveren på lesesalen",
        "caller": {"dynamicName": "Åse Ødegård", "branch": {"id": branch_id(world)}},
        **fields,
    }
    return write(world, "incident", "create", body)


def updates(world):
    status = next(iter(world.target.lists().lists["processing_status"]))
    return [
        ("call_date", {"callDate": "2019-09-30T08:15:00.000+0200"}),
        ("hold", {"onHold": True, "processingStatus": {"name": status}}),
        ("close", {"closed": True, "closedDate": "2019-10-01T10:00:00.000+0200"}),
    ]


def new_file(world, incident, content=b"x", name="møte.pdf", **fields):
    """Attach a file; returns its marker."""
    digest = world.keep(content)
    marker = f"[IM10001/a/{digest[:10]}]"
    body = {
        "name": name,
        "sha256": digest,
        "size": len(content),
        "description": f"fra HPSM {marker}",
        "invisibleForCaller": True,
        **fields,
    }
    write(world, "incident", f"attachment/{digest[:10]}", body, parent=incident, marker=marker)
    return marker


class TestFiles:
    def test_a_file_comes_back_as_it_was_sent(self, world):
        incident = new_incident(world)
        contents = [b"", b"\r\n--x\r\n", bytes(range(256)) * 2000]
        for content in contents:
            new_file(world, incident, content)
        new_file(world, incident, b"synlig", invisibleForCaller=False)
        files = world.target.attachments(incident)
        assert [(f.name, f.size, f.invisible) for f in files] == [
            *(("møte.pdf", len(content), True) for content in contents),
            ("møte.pdf", 6, False),
        ]
        assert [world.target.digest(incident, f) for f in files] == [
            sha256(content).hexdigest() for content in (*contents, b"synlig")
        ]

    def test_every_page_of_files_is_listed(self, world):
        incident = new_incident(world)
        for n in range(103):
            new_file(world, incident, b"%d" % n)
        assert len(world.target.attachments(incident)) == 103

    def test_a_file_is_found_by_its_marker(self, world):
        incident = new_incident(world)
        one, two = new_file(world, incident, b"1"), new_file(world, incident, b"2")
        for marker in (one, two):
            asked = operation("incident", "attachment/1", {}, parent=incident, marker=marker)
            assert len(look_for(world.target, asked)) == 1
        asked = operation("incident", "attachment/1", {}, parent=incident, marker="[IM10001/a/0]")
        assert look_for(world.target, asked) == []

    def test_what_is_not_there_has_no_files_and_no_content(self, world):
        incident, nobody = new_incident(world), "00000000-0000-4000-8000-000000000000"
        assert world.target.attachments(incident) == world.target.attachments(nobody) == []
        gone = Attached(nobody, "x", 1, "", True)
        assert world.target.digest(incident, gone) == ""

    def test_an_answer_that_is_lost_leaves_a_doubt_and_one_file(self, world):
        incident = new_incident(world)
        body = {"name": "a", "sha256": world.keep(b"x"), "size": 1, "description": "d"}
        body["invisibleForCaller"] = True
        world.misbehave(Fault("answer-lost", count=1))
        sent = operation("incident", "attachment/1", body, parent=incident, marker="d")
        assert world.target.write(sent).answer is Answer.IN_DOUBT
        assert len(look_for(world.target, sent)) == 1

    def test_a_content_that_is_lost_or_cut_is_never_sent(self, world):
        incident = new_incident(world)
        body = {"name": "a", "description": "d", "invisibleForCaller": True}
        for lost in ({"sha256": "0" * 64, "size": 1}, {"sha256": world.keep(b"x"), "size": 2}):
            outcome = world.target.write(
                operation("incident", "attachment/1", {**body, **lost}, parent=incident)
            )
            assert (outcome.answer, outcome.code) == (
                Answer.REFUSED,
                "attachment-content-missing",
            )
        assert world.target.attachments(incident) == []


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

    def test_find_compares_exactly_whatever_the_targets_filter_does(self, world):
        ours = new_person(world, employeeNumber="abc1", email="ab@uib.no")
        new_person(world, employeeNumber="ABC1")
        new_person(world, employeeNumber="abc12")
        assert [p.id for p in world.target.find("person", "employeeNumber", ["abc1"])] == [ours]
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
