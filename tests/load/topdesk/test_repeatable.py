from migrate.load.keys import key_for
from migrate.load.policy import Kind
from migrate.load.topdesk.client import request_kind
from migrate.records import Operation, OpKey


def test_a_change_that_carries_an_action_is_not_repeatable():
    key = OpKey("hpsm", "incident", "1", "close", 0)
    close = Operation(key, {"closed": True}, "i")
    noted = Operation(key, {"closed": True, "action": "Ferdig"}, "i")
    assert key_for(close).repeatable
    assert request_kind(close) is Kind.UPDATE
    assert request_kind(noted) is Kind.APPEND
