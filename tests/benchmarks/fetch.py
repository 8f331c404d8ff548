"""What a fetch costs: server CPU per request beside a server that does nothing.

Run: `python tests/benchmarks/fetch.py [--seconds 3] [--rounds 5] [--prompts 100000]`, on an
otherwise idle machine with two cores or more. One core serves (one worker of granian, one
blocking thread), another one asks over 16 kept connections. The figures that count are CPU
microseconds of the server's processes per request (user and system): requests per second
depend on the asking side too. All servers run beside each other and are asked in turn, in
rounds; each figure is the median of its rounds.
"""

import argparse
import os
import random
import re
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = 16
TICKS = os.sysconf("SC_CLK_TCK")
HELLO = """
def application(environ, start_response):
    start_response("200 OK", HEADERS if environ["QUERY_STRING"] else HEADERS[:1])
    return [BODY]
BODY = b"x" * 2200
HEADERS = [
    ("Content-Type", "application/json"),
    ("Content-Length", "2200"),
    ("ETag", '"0123456789abcdef0123456789abcdef"'),
    ("Cache-Control", "private, max-age=0, stale-if-error=86400"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Pcms-Generation", "01234567-89ab-cdef-0123-456789abcdef:1234"),
]
"""
Requests = Callable[[], bytes]


@dataclass(frozen=True)
class Server:
    """A running server. `pids` are all its processes."""

    port: int
    pid: int

    def pids(self) -> Iterator[int]:
        """Yield the process and its children."""
        yield self.pid
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.pid:
                yield int(path.parent.name)

    def cpu(self) -> float:
        """Return the CPU seconds that it used so far."""
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self) -> float:
        """Return the megabytes of all its processes; a page that two share counts half in each."""
        found = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids())
        return sum(int(re.search(r"^Pss: +(\d+) kB", text, re.M)[1]) for text in found) / 1000


@contextmanager
def granian(target: str, folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Run one worker of granian on the first core, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "1", "--no-ws", "--log-level", "error"]
    process = subprocess.Popen([*command, target], cwd=folder, env=environment)
    os.sched_setaffinity(process.pid, {0})
    try:
        _wait(port)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The server did not start.")


def ask(server: Server, request: Requests, seconds: float) -> tuple[int, float]:
    """Ask for `seconds` over kept connections; return how often, and the CPU seconds it took."""
    sockets = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(CONNECTIONS)]
    try:
        for one in sockets:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        before, asked = server.cpu(), 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for one in sockets:
                one.sendall(request())
            for one in sockets:
                _answer(one)
            asked += CONNECTIONS
        return asked, server.cpu() - before
    finally:
        for one in sockets:
            one.close()


def _answer(connection: socket.socket) -> int:
    """Read one answer, and return its status."""
    data = connection.recv(65536)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += connection.recv(65536)
    head = data[:end].lower()
    at = head.find(b"content-length: ")
    length = int(head[at + 16 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    missing = end + 4 + length - len(data) if not head.startswith(b"http/1.1 304") else 0
    while missing > 0:
        missing -= len(connection.recv(missing))
    status = int(head[9:12])
    if status not in (200, 304):
        raise SystemExit(f"The server answered {status}: {data[:400]!r}")
    return status


def get(path: str, key: str = "", **headers: str) -> bytes:
    """Return a GET request."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "X-Pcms-Client: bench/1;here"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def main() -> None:
    """Measure, print a table, and the ratios that matter."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--prompts", type=int, default=100_000)
    chosen = options.parse_args()
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {1})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        (folder / "hello.py").write_text(HELLO)
        ground = _ground(folder / "few", 10), _ground(folder / "many", chosen.prompts)
        hello = stack.enter_context(
            granian("hello:application", folder, {**os.environ, "PYTHONPATH": str(folder)})
        )
        servers = [stack.enter_context(_product(folder / n)) for n in ("few", "many")]
        _compare(hello, servers, ground, chosen)


def _compare(
    hello: Server,
    servers: list[Server],
    ground: tuple[tuple[str, str], tuple[str, str]],
    chosen: argparse.Namespace,
) -> None:
    (few_key, etag), (many_key, _) = ground
    few, many = servers
    names = random.Random(7)
    one = get("/api/v1/prompts/bench/p1", few_key)
    same = get("/api/v1/prompts/bench/p1", few_key, If_None_Match=etag)
    plain = get("/api/v1/prompts/bench/p1", few_key)  # the same request, to be read alike
    headed = get("/api/v1/prompts/bench/p1?headers", few_key)

    def any_of(count: int, key: str) -> Requests:
        return lambda: get(f"/api/v1/prompts/bench/p{names.randrange(count)}", key)

    cases: dict[str, tuple[Server, Requests]] = {
        "hello": (hello, lambda: plain),
        "hello, 6 headers": (hello, lambda: headed),
        "fetch, 200": (few, lambda: one),
        "fetch, 304": (few, lambda: same),
        "10 prompts": (few, any_of(10, few_key)),
        f"{chosen.prompts:,} prompts": (many, any_of(chosen.prompts, many_key)),
    }
    print(f"filling the memory with {chosen.prompts:,} prompts …", flush=True)
    _fill(many, many_key, chosen.prompts)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(chosen.rounds):
        for name, (server, request) in cases.items():
            asked, cpu = ask(server, request, chosen.seconds)
            found[name].append((cpu / asked * 1e6, asked / chosen.seconds))
    _print(found, few, many)


def _fill(server: Server, key: str, prompts: int) -> None:
    numbers = iter(range(prompts))
    waiting = -(-prompts // CONNECTIONS) * CONNECTIONS
    with socket.create_connection(("127.0.0.1", server.port), 30) as one:
        for _ in range(waiting):
            one.sendall(get(f"/api/v1/prompts/bench/p{next(numbers, 0)}", key))
            _answer(one)


def _print(found: dict[str, list[tuple[float, float]]], few: Server, many: Server) -> None:
    cost = {name: statistics.median(us for us, _ in rounds) for name, rounds in found.items()}
    for name, rounds in found.items():
        rate = statistics.median(rate for _, rate in rounds)
        print(f"{name:18} {cost[name]:7.1f} µs CPU  {rate:8,.0f} requests/s")
    hello, headed, fetch, unchanged, ten, lots = cost.values()
    print(f"\nserver that does nothing / fetch      {hello / fetch:5.2f}  (goal 0.85)")
    print(f"  of the rest: sending its headers    {headed - hello:5.1f} µs")
    print(f"  of the rest: the read core           {fetch - headed:5.1f} µs")
    print(f"304 / 200                             {unchanged / fetch:5.2f}  (goal 1.00)")
    print(f"many prompts / 10 prompts             {lots / ten:5.2f}  (goal 1.30)")
    print(f"memory of the web tree, 10 prompts    {few.memory():5.0f} MB  (goal 130)")
    print(f"memory of the web tree, many          {many.memory():5.0f} MB")


def _ground(folder: Path, prompts: int) -> tuple[str, str]:
    """Make a database in `folder` with so many prompts; return a key and an ETag."""
    folder.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("fetch_ground.py")), str(prompts)]
    environment = {**os.environ, "PROMPTCMS_VAR": str(folder), "PYTHONPATH": str(ROOT)}
    made = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    key, etag = made.stdout.split()[-2:]
    return key, etag


@contextmanager
def _product(folder: Path) -> Iterator[Server]:
    environment = {
        **os.environ,
        "PROMPTCMS_VAR": str(folder),
        "PYTHONPATH": str(ROOT),
        "PROMPTCMS_FETCH_MEMORY_MB": "1024",
        "SECRET_KEY": secrets.token_hex(32),
    }
    began = time.monotonic()
    with granian("promptcms.wsgi:application", ROOT, environment) as server:
        print(f"first connection after {time.monotonic() - began:.1f} s", flush=True)
        yield server


if __name__ == "__main__":
    main()
