from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from migrate.errors import StoppedError
from migrate.state.blobs import BlobStore


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "state" / "blobs")


def files(blobs: BlobStore) -> list[Path]:
    return [path for path in blobs.folder.rglob("*") if path.is_file()]


def test_a_content_lies_under_the_digest_of_its_bytes(blobs: BlobStore) -> None:
    kept = blobs.add([b"en ", b"fil"])
    assert kept == (sha256(b"en fil").hexdigest(), 6)
    with blobs.open(kept.sha256) as stream:
        assert stream.read() == b"en fil"


def test_the_same_content_is_kept_once(blobs: BlobStore) -> None:
    assert blobs.add([b"en fil"]) == blobs.add([b"en", b" fil"])
    assert len(files(blobs)) == 1


def test_nothing_is_a_content_too(blobs: BlobStore) -> None:
    kept = blobs.add([])
    assert kept.size == 0
    assert blobs.has(kept.sha256)


def test_only_the_owner_can_read(blobs: BlobStore) -> None:
    path = blobs.path(blobs.add([b"hemmelig"]).sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(blobs.folder.stat().st_mode) == 0o700


def test_nothing_is_kept_of_what_could_not_be_read(blobs: BlobStore) -> None:
    def parts() -> Iterator[bytes]:
        yield b"begynnelsen"
        raise ValueError

    with pytest.raises(ValueError):
        blobs.add(parts())
    assert files(blobs) == []


def test_what_a_cut_left_half_written_is_swept_after_an_hour(blobs: BlobStore) -> None:
    kept = blobs.add([b"hel"])
    old, new = blobs.folder / ".adding-old", blobs.folder / ".adding-new"
    for half in (old, new):
        half.write_bytes(b"ha")
    os.utime(old, (time.time() - 4000,) * 2)
    blobs.sweep()
    assert (old.exists(), new.exists(), blobs.has(kept.sha256)) == (False, True, True)


def test_a_disk_that_refuses_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("not a folder")
    with pytest.raises(StoppedError) as stopped:
        BlobStore(tmp_path / "blobs").add([b"fil"])
    assert stopped.value.problems[0].code == "state-unwritable"


def test_a_folder_with_contents_has_a_name_by_which_others_know_it(
    blobs: BlobStore, tmp_path: Path
) -> None:
    assert blobs.named() == blobs.name == ""
    blobs.add([b"en fil"])
    name = blobs.named()
    assert name
    assert blobs.named() == BlobStore(blobs.folder).name == name
    assert BlobStore(tmp_path / "other").name == ""
