"""`manage.py up` as a person sees it: it starts, stops, comes back, and refuses in words."""

import os
import re
import secrets
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import migrated
from tests.processes.conftest import FirstStart
from tests.processes.product import Product, manage, wait_until
from tests.services import free_port

pytestmark = pytest.mark.slow

Start = Callable[..., Product]


def test_a_first_start_loads_the_demo_and_its_curl_line_fetches_a_prompt(
    first_start: FirstStart,
) -> None:
    assert "Loading the demo" in first_start.text
    assert re.search(r"ready: http://127\.0\.0\.1:\d+$", first_start.text, re.M)
    assert re.search(r"^ +\w+ +promptcms-demo ", first_start.text, re.M)
    assert first_start.served["label"] == "production"


def test_without_the_demo_it_prints_a_link_that_sets_it_up(tmp_path: Path, start: Start) -> None:
    new = tmp_path / "new"
    new.mkdir()
    migrated.lay_file(new / migrated.DATABASE)  # the first start above migrates by itself
    product = start("--no-demo", on=new)
    assert re.search(rf"http://127\.0\.0\.1:{product.port}/setup/\S+", product.text)
    assert "promptcms-demo" not in product.text


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_every_process(start: Start, how: signal.Signals, code: int) -> None:
    product = start()
    assert {"granian", "worker", "beat"} <= set(" ".join(product.children().values()).split())
    assert product.stop(how) == code
    assert product.children() == {}


def test_a_second_start_is_fast_and_has_lost_nothing(start: Start, first_start: FirstStart) -> None:
    began = time.monotonic()
    second = start()
    seconds = time.monotonic() - began
    assert "Loading the demo" not in second.text
    assert second.fetch() == first_start.served
    assert seconds < 30


@pytest.mark.parametrize("word", ["granian", "celery worker", "celery beat"])
def test_a_killed_child_comes_back(running: Product, word: str) -> None:
    killed = running.child(word)
    os.kill(killed, signal.SIGKILL)
    back_after = wait_until(lambda: killed not in running.children() and running.has(word), 10)
    wait_until(running.answers, 20)
    assert back_after < 3
    assert running.process.poll() is None


def test_a_killed_web_worker_comes_back(running: Product) -> None:
    main = running.child("granian")
    inner = next(p for p, c in running.children().items() if "granian" in c and p != main)
    os.kill(inner, signal.SIGKILL)
    wait_until(lambda: inner not in running.children(), 10)
    wait_until(running.answers, 20)
    assert running.process.poll() is None


def test_a_killed_parent_leaves_no_orphan(start: Start) -> None:
    product = start()
    assert len(product.children()) >= 4
    product.stop(signal.SIGKILL)
    wait_until(lambda: product.children() == {}, 10)
    assert not product.answers()


def test_a_taken_port_is_one_plain_sentence(var: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = manage(var, "up", "--port", str(port))
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith(f"Port {port} on 127.0.0.1 is taken by another program")
    assert answer.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_plain_sentence() -> None:
    answer = manage(Path("/proc/nobody-can-write-here"), "up")
    assert answer.returncode == 2
    assert answer.stderr.startswith("promptcms cannot write to /proc/nobody-can-write-here")
    assert answer.stderr.count("\n") == 1


def test_a_second_up_from_the_same_folder_is_refused(running: Product) -> None:
    answer = manage(running.var, "up", "--port", str(free_port()))
    assert answer.returncode == 2
    assert f"process {running.process.pid}, http://127.0.0.1:{running.port}" in answer.stderr
    assert running.answers()


def test_other_machines_are_refused_while_the_demo_passwords_stand(var: Path) -> None:
    public = {
        "PROMPTCMS_URL": "https://prompts.example.com",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PROMPTCMS_ALLOW_SQLITE": "1",
    }
    unnamed = manage(var, "up", "--host", "0.0.0.0", "--port", str(free_port()))
    named = manage(var, "up", "--host", "0.0.0.0", "--port", str(free_port()), **public)
    assert (unnamed.returncode, named.returncode) == (2, 2)
    assert "set PROMPTCMS_URL" in unnamed.stderr
    assert "passwords of the demo people are public" in named.stderr
