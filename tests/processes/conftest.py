"""Folders of run-time files: one that a first start made, copies of it, and a running one."""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes.product import Product


@dataclass(frozen=True)
class FirstStart:
    """What a first start on a new folder printed, served and left behind."""

    var: Path
    text: str
    served: dict[str, object]


@pytest.fixture(scope="session")
def first_start(ground: Path) -> FirstStart:
    """Run `up` on a new folder and stop it, once for all test processes of the run.

    Copy the folder before you change it.
    """
    folder = ground.with_name("first-start")
    folder.mkdir(parents=True, exist_ok=True)
    said, var = folder / "said.json", folder / "var"
    with (folder / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not said.exists():
            shutil.rmtree(var, ignore_errors=True)
            product = Product(var)
            served = product.fetch()
            product.stop()
            said.write_text(json.dumps({"text": product.text, "served": served}))
    return FirstStart(var, **json.loads(said.read_text()))


@pytest.fixture
def var(first_start: FirstStart, tmp_path: Path) -> Path:
    """A copy of the folder, for one test."""
    return Path(shutil.copytree(first_start.var, tmp_path / "var"))


@pytest.fixture
def start(var: Path) -> Iterator[Callable[..., Product]]:
    """Start `up` on the test's folder; what is still running at the end is stopped."""
    started: list[Product] = []

    def start_with(*options: str, on: Path = var) -> Product:
        started.append(Product(on, options))
        return started[-1]

    yield start_with
    for product in started:
        if product.process.poll() is None:
            product.stop()


@pytest.fixture(scope="session")
def running(first_start: FirstStart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One `up` for tests that leave it running as they found it."""
    product = Product(
        Path(shutil.copytree(first_start.var, tmp_path_factory.mktemp("running") / "var"))
    )
    yield product
    product.stop()
