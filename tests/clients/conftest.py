"""One running product for all tests of the clients in a test process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.server import Server, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The product with prompts and a key; see `tests.clients.server`."""
    own: Path = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with running(shared / "clients-ground") as server:
        yield server
