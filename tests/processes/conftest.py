"""Folders of run-time files: one that a first start made, copies of it, and a running one."""

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
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    """Run `up` once on a new folder and stop it. Copy the folder before you change it."""
    product = Product(tmp_path_factory.mktemp("first") / "var")
    served = product.fetch()
    product.stop()
    return FirstStart(product.var, product.text, served)


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
