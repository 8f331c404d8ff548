"""One running product for all tests of the clients in a test process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.server import Server, running


@pytest.fixture(scope="session")
def server(ground: Path) -> Iterator[Server]:
    """The product with prompts and a key; see `tests.clients.server`."""
    with running(ground) as server:
        yield server
