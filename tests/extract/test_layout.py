"""A column that is missing is proposed by what looks like it, and never where another field is."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.extract.layout import lay_out
from migrate.extract.table import Column, Table


def _remedies(fields: dict[str, str], has: Sequence[str]) -> dict[str, str]:
    """Field → what is proposed for it, of columns that are all missing."""
    table = Table(
        "interactions", "T", ("number",), {ours: Column(theirs) for ours, theirs in fields.items()}
    )
    found = {}
    for problem in lay_out("interactions", table, lambda _: None, has, "a.csv:1").problems:
        ours = problem.message.rpartition(".")[2]
        found[ours] = problem.remedy.partition(f"`{ours}: ")[2].partition("`")[0]
    return found


def test_a_column_that_is_called_as_our_field_is_proposed_before_one_like_hpsms() -> None:
    proposed = _remedies({"number": "INCIDENT_ID", "status": "OPEN"}, ["Opened", "Status"])
    assert proposed["status"] == "Status"


def test_no_column_is_proposed_where_it_looks_more_like_another_field() -> None:
    fields = {
        "number": "NUMBER",
        "contact_name": "CONTACT_NAME",
        "phone": "CONTACT_PHONE",
        "open_time": "OPEN_TIME",
        "reopen_time": "REOPEN_TIME",
    }
    proposed = _remedies(fields, ["Contact Name", "Open Time", "Number"])
    assert proposed == {
        "number": "Number",
        "contact_name": "Contact Name",
        "phone": "NAME OF THE COLUMN",
        "open_time": "Open Time",
        "reopen_time": "NAME OF THE COLUMN",
    }
