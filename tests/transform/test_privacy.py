"""What is blacked out before a text is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer

from migrate.transform.privacy import HIDDEN, redacted


def _valid() -> str:
    """The first number of a day whose check digits are right: made, and nobody's that we know."""
    numbers = (f"010189{serial:05d}" for serial in range(100_000))
    return next(number for number in numbers if fodselsnummer.is_valid(number))


NUMBER = _valid()


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        f"{NUMBER[:6]} {NUMBER[6:]}",
        f"{NUMBER[:6]}-{NUMBER[6:]}",
        f"{NUMBER[:2]}.{NUMBER[2:4]}.{NUMBER[4:6]} {NUMBER[6:]}",
    ],
)
def test_an_identity_number_is_not_shown_however_it_is_written(written: str) -> None:
    assert redacted(f"Gjelder fnr {written}, takk") == f"Gjelder fnr {HIDDEN}, takk"


@pytest.mark.parametrize("number", ["12345678901", "1" + NUMBER, "IM10001", "+47 73 59 50 00"])
def test_other_numbers_are_shown(number: str) -> None:
    assert redacted(f"Se {number}.") == f"Se {number}."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Passord: hemmelig1 takk", f"Passord: {HIDDEN} takk"),
        ("password=hunter2", f"password={HIDDEN}"),
        ("Passordet er: Sommer2019!", f"Passordet er: {HIDDEN}"),
        ("Jeg har glemt passordet mitt", "Jeg har glemt passordet mitt"),
    ],
)
def test_a_password_is_not_shown(text: str, shown: str) -> None:
    assert redacted(text) == shown


@given(st.text())
def test_shown_twice_is_shown_once(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)
