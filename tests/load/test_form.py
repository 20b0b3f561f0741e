"""A file on its way as a form: what a reader of forms makes of it, and that it is never held."""

from __future__ import annotations

import email
import io
import socket
import threading
import tracemalloc
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from migrate.config import TargetConfig
from migrate.load.form import Form
from migrate.load.http import Http

MB = 1 << 20


def parts_of(form: Form) -> dict[str, Message]:
    """The parts by name, as a reader of MIME finds them."""
    content = b"".join(form)
    assert len(content) == form.length
    message = email.message_from_bytes(
        f"Content-Type: {form.content_type}\r\n\r\n".encode() + content
    )
    assert message.is_multipart()
    found = {}
    for part in message.walk():
        if part is not message:
            found[str(part.get_param("name", header="content-disposition"))] = part
    return found


@given(st.binary(max_size=300_000))
def test_any_content_arrives_as_it_is_beside_the_values(content: bytes) -> None:
    values = {"description": "[IM1/a/1] blåbær", "invisibleForCaller": "true"}
    parts = parts_of(Form("a.bin", io.BytesIO(content), len(content), values))
    assert set(parts) == {"file", *values}
    assert parts["description"].get_payload(decode=True) == "[IM1/a/1] blåbær".encode()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_the_length_is_right_wherever_the_pieces_end(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    form = Form("a.bin", io.BytesIO(content[:size]), size, {})
    sent = b"".join(form)
    assert len(sent) == form.length
    assert sent.split(b"\r\n\r\n", 1)[1].rpartition(b"\r\n--")[0].startswith(content[:size])


def test_a_name_cannot_end_its_header() -> None:
    form = Form('a"\r\nX: y.txt', io.BytesIO(b""), 0, {})
    assert b'filename="a%22%0D%0AX: y.txt"' in b"".join(form)


def test_a_file_that_ends_early_is_no_file() -> None:
    with pytest.raises(OSError):
        list(Form("a.bin", io.BytesIO(b"short"), 6, {}))


def test_half_a_character_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(UnicodeEncodeError):
        Form("\ud800.txt", io.BytesIO(b""), 0, {})


def drain(listener: socket.socket, received: list[int]) -> None:
    """Take one request without keeping it, and answer it."""
    connection, _ = listener.accept()
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        head, _, body = head.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        left, buffer = int(fields[b"content-length"]) - len(body), bytearray(65_536)
        received.append(left + len(body))
        while left:
            left -= connection.recv_into(buffer)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id": "1"}')


def test_a_file_of_50_mb_is_sent_in_a_few_pieces_of_memory(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as out:
        out.truncate(50 * MB)
    received: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drain, args=(listener, received))
        thread.start()
        config = TargetConfig(url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=20)
        http = Http(config, SecretStr("x"))
        with file.open("rb") as content:
            form = Form("large.bin", content, 50 * MB, {})
            tracemalloc.start()
            reply = http.upload("/files", form)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        http.close()
        thread.join()
    assert (reply.status, received) == (200, [form.length])
    assert peak < 2 * MB
