"""The probe ticket must be found as every ticket is looked for whose answer was lost."""

from collections.abc import Callable, Iterator

import pytest

from migrate.config import TargetConfig
from migrate.load.probe import Probe, Prober
from migrate.load.topdesk.client import TopdeskTarget
from migrate.state.journal import Journal

WINDOW = 10.0
PROBE = Probe("PROBE-1-pilot", "id-1", "I2609 001")
TICKET = {"id": "id-1", "externalNumber": "PROBE-1-pilot"}


@pytest.fixture
def findable(serve, connect, tmp_path) -> Iterator[Callable[..., tuple[bool, float]]]:
    """Whether the ticket is found where TOPdesk answers so, given the seconds since it was made,
    and when the look for it ended."""
    journals: list[Journal] = []

    def look(answer: Callable[[float], tuple[int, object]]) -> tuple[bool, float]:
        now = [0.0]
        server = serve(lambda request: answer(now[0]))
        config = TargetConfig(url=server.url)
        target = TopdeskTarget(connect(server.url), config, lambda sha256: pytest.fail(sha256))
        journals.append(Journal(tmp_path / "journal.db", "hpsm"))

        def sleep(seconds: float) -> None:
            now[0] += seconds

        prober = Prober(
            journals[-1],
            target,
            lambda *_: pytest.fail("nothing is loaded"),
            window=WINDOW,
            clock=lambda: now[0],
            sleep=sleep,
        )
        return prober.findable(PROBE), now[0]

    yield look
    for journal in journals:
        journal.close()


def test_a_ticket_that_a_search_shows_late_is_waited_for(findable):
    assert findable(lambda now: (200, [TICKET]) if now > 5 else (204, None)) == (True, 6.0)


@pytest.mark.parametrize("rows", [[], [{**TICKET, "id": "another"}]])
def test_a_search_that_does_not_show_it_is_believed_after_the_window(findable, rows):
    assert findable(lambda now: (200, rows)) == (False, WINDOW)
