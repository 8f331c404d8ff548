"""`manage.py test`: the whole suite on SQLite and on PostgreSQL, with nothing to install first.

The first run is the embedded default (SQLite, file broker). The second is the production
form (PostgreSQL, Redis) and holds only the tests that touch a database.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from promptcms.processes.lifeline import dies_with_parent
from promptcms.progress import StepError, step, stop
from tests import services, source

ROOT = Path(__file__).resolve().parent.parent
LAST_WORDS = 30  # seconds for pytest's report after Ctrl-C
NO_TEST_FITTED = 5  # pytest's exit code when everything was deselected
OWN_WAY_TO_RUN = ("-n", "--numprocesses", "--pdb", "-s", "--capture=no", "--collect-only", "--co")


def main(arguments: list[str]) -> int:
    """Run pytest twice and print a summary; return 0 only if every run passed.

    `--full` adds the slow tier; all other arguments go to pytest unchanged.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers stop too
    full = "--full" in arguments
    chosen = [argument for argument in arguments if argument != "--full"]
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="promptcms-")))
            folder.chmod(0o711)  # PostgreSQL, as another person, passes through
            (folder / "var" / "static").mkdir(parents=True)
            return _run_both(chosen, full, folder, stack)
    except StepError as failure:
        stop(str(failure))
    except KeyboardInterrupt:
        return 130


def _run_both(chosen: list[str], full: bool, folder: Path, stack: ExitStack) -> int:
    started = time.monotonic()
    # Bytecode is kept even where the person leaves it out: without it each of the processes
    # spends ten seconds on rewriting the same tests, and each program compiles us anew.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {
        **kept,
        "PROMPTCMS_VAR": str(folder / "var"),
        "PROMPTCMS_NO_BOOTSTRAP": "1",
        "PROMPTCMS_MIGRATED": os.environ.get("PROMPTCMS_MIGRATED", str(folder / "migrated")),
    }
    embedded = {k: v for k, v in environment.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    whole = not any((ROOT / argument.split("::")[0]).exists() for argument in chosen)
    if whole:
        _migrate_ahead(embedded, stack)
        environment["CHROMIUM"] = embedded["CHROMIUM"] = services.chromium()
    database, queue = _given("DATABASE_URL", "postgres"), _given("REDIS_URL", "redis")
    with step("Starting PostgreSQL and Redis"):
        environment["DATABASE_URL"] = database or stack.enter_context(
            services.postgresql(folder / "postgresql")
        )
        environment["REDIS_URL"] = queue or stack.enter_context(
            services.redis_server(folder / "redis")
        )
    if whole:
        _migrate_ahead(environment, stack)
    ready = time.monotonic()
    options = _options(chosen, full)
    print("\nSQLite, file broker", flush=True)
    first = _pytest([*options, *chosen], embedded)
    halfway = time.monotonic()
    print("\nPostgreSQL, Redis: the tests that touch a database", flush=True)
    second = _pytest([*options, "--database-only", *chosen], environment)
    if database:  # it is not ours: leave nothing behind on it
        subprocess.run(
            [sys.executable, "-m", "tests.migrated", "forget"], cwd=ROOT, env=environment
        )
    ended = time.monotonic()
    print(f"\nset-up      {ready - started:6.1f} s")
    print(f"SQLite      {halfway - ready:6.1f} s  {_word(first)}")
    print(f"PostgreSQL  {ended - halfway:6.1f} s  {_word(second)}")
    print(source.size_report())
    if not full:
        print("The slow tier was left out; --full adds it.")
    return _verdict(first, second)


def _migrate_ahead(environment: dict[str, str], stack: ExitStack) -> None:
    """Migrate while something else is done; a test that comes sooner waits, or says what failed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.migrated"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _given(name: str, kind: str) -> str:
    """Return the server that the person chose by environment variable, or an empty string."""
    url = os.environ.get(name, "")
    if url and not url.startswith(kind):
        stop(f"{name} must name a {kind} server for the tests; it starts with {url[:10]!r}.")
    return url


def _options(chosen: list[str], full: bool) -> list[str]:
    options = ["-q"]
    if not full:  # only the fuzzing uses this plugin, and each process pays 2 s to load it
        options += ["-p", "no:schemathesis"]
    if not full and "-m" not in chosen:
        options += ["-m", "not slow"]
    if not any(argument.startswith(OWN_WAY_TO_RUN) for argument in chosen):
        # One more than there are cores: a third of the time a test waits for a browser or a server.
        processes = min(8, (os.cpu_count() or 1) + 1)
        options += ["-n", str(processes), "--dist", "worksteal"]
    return options


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    """Run pytest to its end; Ctrl-C reaches it too, and it may print what it knows."""
    command = [sys.executable, "-m", "pytest", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as run:
        try:
            return run.wait()
        except KeyboardInterrupt:
            run.wait(timeout=LAST_WORDS)
            raise
        except SystemExit:
            run.terminate()
            raise


def _word(code: int) -> str:
    return {0: "passed", NO_TEST_FITTED: "no test to run here"}.get(code, f"FAILED ({code})")


def _verdict(first: int, second: int) -> int:
    """Return the exit code: a run without a test is fine only if the other had some."""
    if first == second == NO_TEST_FITTED:
        print("No test fits these arguments; tests marked slow need --full.")
        return NO_TEST_FITTED
    return next((code for code in (first, second) if code not in (0, NO_TEST_FITTED)), 0)
