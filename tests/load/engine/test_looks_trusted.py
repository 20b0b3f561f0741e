"""A look-up that finds nothing is not believed where it does not find what is there either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loading import Desk, incident, stopped, whole

from migrate.errors import ConfigurationError
from migrate.load.topdesk.client import TopdeskTarget
from migrate.records import Answer, Found, Operation, Outcome, State

FIRST, SECOND = incident("IM1"), incident("IM2")


class Blind:
    """A target whose answer to the second ticket is lost, and whose search finds no ticket."""

    def __init__(self, target: TopdeskTarget, *, made: bool) -> None:
        self._target, self._made = target, made

    def write(self, operation: Operation) -> Outcome:
        key = operation.key
        if (key.identity, key.step) != ("IM2", "create"):
            return self._target.write(operation)
        if self._made:
            self._target.write(operation)
        return Outcome(key, Answer.IN_DOUBT, code="no-answer")

    def find(self, kind: str, field: str, values: Sequence[str]) -> Iterator[Found]:
        if kind != "incident":
            yield from self._target.find(kind, field, values)

    def __getattr__(self, name: str) -> object:
        return getattr(self._target, name)


def test_a_search_that_finds_no_ticket_does_not_say_that_one_was_not_made(desk: Desk) -> None:
    desk.window, desk.connections, target = 0.2, 1, desk.target
    desk.plan(FIRST, SECOND)
    desk.target = Blind(target, made=True)  # type: ignore[assignment]
    error = stopped(desk.load)
    assert isinstance(error, ConfigurationError)
    assert error.problems[0].code == "lookup-refused"
    assert desk.states("IM2") == {"create": State.IN_DOUBT}
    assert isinstance(stopped(desk.load), ConfigurationError)  # nor does another run believe it
    desk.target = target
    desk.load()
    whole(desk, FIRST, SECOND)


def test_a_ticket_that_somebody_archived_proves_nothing(desk: Desk) -> None:
    desk.window, desk.connections, target = 0.2, 1, desk.target
    desk.plan(FIRST, SECOND)
    blind = Blind(target, made=False)
    blind.get = lambda kind, id: None  # type: ignore[attr-defined]
    desk.target = blind  # type: ignore[assignment]
    desk.load()
    assert desk.states("IM2") == {"create": State.FAILED}
