"""One running product for all tests of the clients in a test process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.server import Server, running


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first test process of a run keeps a fresh database for all."""
    own: Path = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "clients-ground"


@pytest.fixture(scope="session")
def server(ground: Path) -> Iterator[Server]:
    """The product with prompts and a key; see `tests.clients.server`."""
    with running(ground) as server:
        yield server
