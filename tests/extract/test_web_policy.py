"""The table of answers, row by row."""

from __future__ import annotations

import pytest

from migrate.extract.web_policy import RULES, Action, Form, Situation, decide

BUSY = ("unavailable because some other user or process has the resource locked",)


@pytest.mark.parametrize(
    ("situation", "action"),
    [
        (Situation(200, 0), Action.READ),
        (Situation(200, None), Action.READ),
        (Situation(200, 3, BUSY[0]), Action.WAIT),
        (Situation(400, 3, BUSY[0]), Action.WAIT),
        (Situation(500, 3, BUSY[0]), Action.WAIT),
        (Situation(500, -1), Action.WAIT),
        (Situation(200, -1), Action.WAIT),
        (Situation(400, -1), Action.REFUSED),
        (Situation(401, -4, "Not Authorized"), Action.CREDENTIALS),
        (Situation(401, -4, "NOT AUTHORIZED."), Action.CREDENTIALS),
        (Situation(401, -4, "Too many threads"), Action.WAIT),
        (Situation(401, None), Action.CREDENTIALS),
        (Situation(401, None, "Too many threads"), Action.WAIT),
        (Situation(401, None, form=Form.HTML), Action.CREDENTIALS),
        (Situation(401, 3), Action.CREDENTIALS),
        (Situation(403), Action.FORBIDDEN),
        (Situation(404, 9), Action.NOTHING),
        (Situation(404, None), Action.WAIT),
        (Situation(404, None, form=Form.HTML), Action.WAIT),
        (Situation(404, None, form=Form.GARBLED), Action.WAIT),
        (Situation(404, -4), Action.WAIT),
        (Situation(200, 9), Action.NOTHING),
        (Situation(200, 28), Action.FORBIDDEN),
        (Situation(400, 28), Action.FORBIDDEN),
        (Situation(500, 28), Action.FORBIDDEN),
        (Situation(400, 66), Action.QUERY),
        (Situation(500, 66), Action.QUERY),
        (Situation(200, 51), Action.WAIT),
        (Situation(200, 52), Action.NOTHING),
        (Situation(400, 71), Action.REFUSED),
        (Situation(200, 71), Action.REFUSED),
        (Situation(200, form=Form.HTML), Action.WAIT),
        (Situation(503, form=Form.HTML), Action.WAIT),
        (Situation(200, form=Form.GARBLED), Action.GARBLED),
        (Situation(400, form=Form.GARBLED), Action.GARBLED),
        (Situation(500, form=Form.GARBLED), Action.WAIT),
        (Situation(500, form=Form.FAULT), Action.REFUSED),
        (Situation(500), Action.WAIT),
        (Situation(502), Action.WAIT),
        (Situation(503), Action.WAIT),
        (Situation(504), Action.WAIT),
        (Situation(408), Action.WAIT),
        (Situation(429), Action.WAIT),
        (Situation(302), Action.ADDRESS),
        (Situation(307, form=Form.HTML), Action.ADDRESS),
        (Situation(407), Action.ADDRESS),
        (Situation(405), Action.REFUSED),
        (Situation(400), Action.REFUSED),
    ],
)
def test_an_answer_means(situation: Situation, action: Action) -> None:
    assert decide(situation) is action


def test_no_rule_is_hidden_by_those_before_it() -> None:
    """Each has an answer that it is the first to match."""
    codes = (None, 0, -1, -4, 3, 9, 28, 51, 52, 66)
    statuses = (200, 302, 400, 401, 403, 404, 407, 408, 425, 429, 500)
    first = {
        next((rule for rule in RULES if rule.matches(situation)), None)
        for status in statuses
        for code in codes
        for said in ("", "Not Authorized", "Too many threads")
        for form in Form
        for situation in [Situation(status, code, said, form)]
    }
    assert set(RULES) <= first
