"""Desks for the command line: prepared once, copied for each test that changes something."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_once import made_once
from service_desk import ENVIRONMENT, Desk, copy_of, prepare
from stores import in_database


@pytest.fixture(scope="session", autouse=True)
def password() -> Iterator[None]:
    """TOPdesk's password where the configuration says that it is."""
    os.environ["TOPDESK_PASSWORD"] = ENVIRONMENT["TOPDESK_PASSWORD"]
    yield
    del os.environ["TOPDESK_PASSWORD"]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, password: None) -> Path:
    return made_once(tmp_path_factory, "prepared-desk", prepare)


@pytest.fixture
def desk(prepared: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose mappings are approved; nothing is loaded yet."""
    with copy_of(prepared, tmp_path / "desk") as made:
        yield made


@pytest.fixture
def shared(prepared: Path, tmp_path: Path, postgres_url: str) -> Iterator[Desk]:
    """A desk whose journal and plan lie on PostgreSQL; nothing is loaded yet."""
    with copy_of(prepared, tmp_path / "desk") as made:
        made.share(in_database(postgres_url).url)
        yield made


@pytest.fixture(scope="session")
def loaded(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose pilot is loaded, to look at and not to change."""
    with copy_of(prepared, tmp_path_factory.mktemp("loaded") / "desk") as made:
        assert made.run("load", "--sprint", "pilot") == 0
        yield made
