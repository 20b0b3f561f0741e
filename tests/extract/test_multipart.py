from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.multipart import boundary_in, parts, root_part
from migrate.extract.web import Garbled

KIND = 'multipart/related; type="application/xop+xml"; boundary="edge=7"; start="<root>"'


def message(*contents: bytes, preamble: bytes = b"\r\n") -> bytes:
    body = preamble
    for number, content in enumerate(contents):
        body += b"--edge=7\r\nContent-ID: <%d@x>\r\nContent-Type: text/plain\r\n\r\n" % number
        body += content + b"\r\n"
    return body + b"--edge=7--\r\n"


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 80))
def test_parts_are_the_same_however_they_come(contents: list[bytes], size: int) -> None:
    contents = [content.replace(b"--edge", b"--egde") for content in contents]
    whole = message(*contents)
    pieces = (whole[at : at + size] for at in range(0, len(whole), size))
    found = [(headers["Content-ID"], b"".join(part)) for headers, part in parts(pieces, b"edge=7")]
    assert found == [(f"<{n}@x>", content) for n, content in enumerate(contents)]


def test_a_part_that_is_not_read_is_passed_over() -> None:
    found = [headers["Content-ID"] for headers, _ in parts([message(b"a" * 999, b"b")], b"edge=7")]
    assert found == ["<0@x>", "<1@x>"]


@pytest.mark.parametrize("cut", [90, 40, 20, 5])
def test_an_answer_without_its_end_is_garbled(cut: int) -> None:
    whole = message(b"content of some length")
    with pytest.raises(Garbled):
        list(map(b"".join, (part for _, part in parts([whole[:-cut]], b"edge=7"))))


def test_the_first_part_is_the_xml() -> None:
    assert boundary_in(KIND) == b"edge=7"
    assert root_part(KIND, message(b"<xml/>", b"file", preamble=b"preamble\r\n")) == b"<xml/>"
    assert root_part("text/xml", b"<xml/>") == b"<xml/>"
    assert boundary_in("") == b""
