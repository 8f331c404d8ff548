"""The programs that the tests of the C# client run, compiled once."""

from pathlib import Path

import pytest

from tests.clients.csharp import mono

if not mono.is_here():  # then test_mono_is_here says so, once
    collect_ignore = [
        "test_contract.py",
        "test_own_cases.py",
        "test_on_the_wire.py",
        "test_against_the_server.py",
        "test_example.py",
        "test_package.py",
    ]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner of the contract, which is the driver too."""
    folder = tmp_path_factory.mktemp("csharp")
    return mono.compile(folder / "tests.exe", sorted(mono.HERE.glob("*.cs")))
