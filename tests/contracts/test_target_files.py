"""What every target promises of a ticket's files (load/target.py)."""

from hashlib import sha256

from target_world import new_file, new_incident, operation

from migrate.load.keys import look_for
from migrate.load.target import Attached
from migrate.records import Answer
from migrate.simulate.topdesk.faults import Fault


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
