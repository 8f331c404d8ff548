"""What stands in the way of a start, found out before anything starts."""

import socket
from pathlib import Path

import pytest

from promptcms.processes.claim import TakenError, claim
from promptcms.processes.ports import is_loopback, obstacle, reachable_at
from tests.services import free_port


def test_a_free_port_has_no_obstacle_and_a_taken_one_is_named() -> None:
    port = free_port()
    assert obstacle("127.0.0.1", port) is None
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert f"Port {port} on 127.0.0.1 is taken" in str(obstacle("127.0.0.1", port))
    assert obstacle("127.0.0.1", port) is None


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("127.0.0.1", 0, "0 is no port"),
        ("127.0.0.1", 70000, "70000 is no port"),
        ("no.such.host.invalid", 8000, "is no address of this machine"),
        ("192.0.2.1", 8000, "Nothing can listen on 192.0.2.1"),  # kept for documentation
    ],
)
def test_an_impossible_place_is_named_with_its_cure(host: str, port: int, said: str) -> None:
    sentence = obstacle(host, port)
    assert sentence is not None
    assert said in sentence
    assert "--port" in sentence or "--host" in sentence


def test_only_addresses_of_this_machine_count_as_loopback() -> None:
    inner = [is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost")]
    outer = [is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.5", "example.com")]
    assert all(inner)
    assert not any(outer)
    assert (reachable_at("0.0.0.0"), reachable_at("::1")) == ("127.0.0.1", "[::1]")


def test_a_claimed_folder_names_its_holder_until_it_is_let_go(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with (
        claim(folder, "process 1, here"),
        pytest.raises(TakenError, match="process 1, here"),
        claim(folder, "process 2"),
    ):
        pytest.fail("two hold one folder")
    with claim(folder, "process 3") as descriptor:
        assert descriptor > 2
