"""Many threads, an event loop, a fork and the end of a process: nothing is asked or sent twice."""

import asyncio
import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from promptcms_client import AsyncClient, Client, FakeClient, Unavailable

from tests.clients.python.conftest import SOURCE
from tests.clients.python.stub import DOCUMENT, Asked, Reply, Stub, serve, stub
from tests.processes.product import wait_until

SLOW = 0.3


@pytest.fixture
def there() -> Iterator[Stub]:
    with stub() as running:
        yield running


def slowly(asked: Asked) -> Reply:
    time.sleep(SLOW)
    return serve(DOCUMENT)


def test_fifty_threads_that_want_the_same_prompt_make_one_request(there: Stub) -> None:
    there.reply = slowly
    with Client(there.url, "pcms_k") as client, ThreadPoolExecutor(50) as threads:
        found = list(threads.map(lambda _: client.get_prompt("support/system"), range(50)))
    assert len(there.asked) == 1
    assert {id(prompt) for prompt in found} == {id(found[0])}


def test_fifty_threads_that_get_no_answer_fail_together(there: Stub) -> None:
    def broken(asked: Asked) -> Reply:
        time.sleep(SLOW)
        return 503, {}, b""

    there.reply = broken
    raised: list[Unavailable] = []

    def get(_: int) -> None:
        with pytest.raises(Unavailable) as error:
            client.get_prompt("support/system")
        raised.append(error.value)

    with Client(there.url, "pcms_k") as client, ThreadPoolExecutor(50) as threads:
        list(threads.map(get, range(50)))
    assert len(there.asked) == 3
    assert len({id(error) for error in raised}) == 50, "each thread has a traceback of its own"


def test_connections_are_used_again(there: Stub) -> None:
    with Client(there.url, "pcms_k") as client:
        for number in range(5):
            client.get_prompt(f"support/{number}")
    assert len(there.asked) == 5
    assert len({asked.connection for asked in there.asked}) == 1


def test_the_background_sees_a_change_and_the_names_of_the_variables_are_told(there: Stub) -> None:
    with Client(there.url, "pcms_k", refresh=0.2) as client:
        first = client.get_prompt("support/system")
        first.compile({"company": "Lumen"})
        there.reply = lambda _: serve({**DOCUMENT, "version": "1.0.1"}, ETag='"b"')
        wait_until(lambda: client.get_prompt("support/system").version == "1.0.1", 5)
    assert there.asked[0].headers["x-pcms-client"].count(";") == 1
    told = there.asked[1].headers
    assert told["x-pcms-client"].endswith(";variables=company")
    assert told["if-none-match"] == '"a"'
    assert first.version == "1.0.0"


def test_an_application_that_supplies_nothing_says_so(there: Stub) -> None:
    there.reply = lambda _: serve({**DOCUMENT, "template": "Plain."})
    with Client(there.url, "pcms_k", refresh=0.2) as client:
        client.get_prompt("support/system").compile()
        wait_until(lambda: len(there.asked) > 1, 5)
    assert there.asked[1].headers["x-pcms-client"].endswith(";variables=")


def test_a_client_that_nobody_holds_any_more_ends_with_its_thread(there: Stub) -> None:
    client = Client(there.url, "pcms_k", refresh=0.2)
    client.get_prompt("support/system")
    names = {thread.name for thread in threading.enumerate()}
    assert "promptcms-refresh" in names
    gone = weakref.ref(client)
    del client
    wait_until(lambda: gc.collect() >= 0 and gone() is None, 5)
    wait_until(lambda: "promptcms-refresh" not in {t.name for t in threading.enumerate()}, 5)


def test_the_loop_goes_on_while_a_get_waits(there: Stub) -> None:
    there.reply = slowly

    async def run() -> tuple[int, int, bool]:
        async with AsyncClient(there.url, "pcms_k") as client:
            gets = [asyncio.create_task(client.get_prompt("support/system")) for _ in range(20)]
            turns = 0
            while not all(get.done() for get in gets):
                await asyncio.sleep(0.005)
                turns += 1
            found = await asyncio.gather(*gets)
            again = await client.get_prompt("support/system")
            return turns, len({id(prompt) for prompt in found}), again is found[0]

    turns, prompts, same = asyncio.run(run())
    assert turns > 10
    assert (prompts, same, len(there.asked)) == (1, True, 1)


def test_a_hit_and_a_fallback_need_no_thread_in_a_loop() -> None:
    async def run() -> tuple[str, str]:
        client = AsyncClient(client=FakeClient({"support/system": "Hi {{name}}"}))
        missing = await client.get_prompt("nothing", fallback="Call us.")
        prompt = await client.get_prompt("support/system")
        return prompt.compile({"name": "Zoë"}), missing.compile()

    assert asyncio.run(run()) == ("Hi Zoë", "Call us.")


FORKED = """
import os, sys, time
from promptcms_client import Client

client = Client(sys.argv[1], "pcms_k", refresh=0.2)
prompt = client.get_prompt("support/system")
client.report(prompt, latency_ms=1)
child = os.fork()
if not child:
    time.sleep(0.5)
    same = client.get_prompt("support/system")
    client.report(same, latency_ms=2)
    deadline = time.monotonic() + 5
    while client.get_prompt("support/system").version == "1.0.0" and time.monotonic() < deadline:
        time.sleep(0.02)
    client.close()
    print(client.get_prompt("support/system").version, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


def test_after_a_fork_both_go_on_with_connections_of_their_own(there: Stub) -> None:
    def changing(asked: Asked) -> Reply:
        if asked.method == "POST":
            return 202, {}, b"{}"
        seen = [a.headers["x-pcms-client"] for a in there.asked if a.method == "GET"]
        return serve({**DOCUMENT, "version": "1.0.1" if len(set(seen)) > 1 else "1.0.0"})

    there.reply = changing
    said = run(FORKED, there.url)
    assert said.stdout.strip() == "1.0.1", said.stderr
    assert sorted(o["latency_ms"] for o in there.observations) == [1, 2]
    processes: dict[str, set[tuple[str, int]]] = {}
    for asked in there.asked:
        name = asked.headers["x-pcms-client"].split(";")[1]
        processes.setdefault(name, set()).add(asked.connection)
    parent, child = processes.values()
    assert not parent & child


LEAVING = """
import sys
from promptcms_client import Client

client = Client(sys.argv[1], "pcms_k")
client.report(client.get_prompt("support/system"), latency_ms=3)
"""


def test_what_waits_is_sent_when_the_process_ends(there: Stub) -> None:
    there.reply = lambda asked: (202, {}, b"") if asked.method == "POST" else serve(DOCUMENT)
    assert run(LEAVING, there.url).returncode == 0
    assert [o["latency_ms"] for o in there.observations] == [3]


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with nothing but the client and what is installed."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
