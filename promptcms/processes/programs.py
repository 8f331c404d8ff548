"""The programs that make up the product, as the embedded default runs them."""

import os
import signal
import sys
from collections.abc import Mapping

from promptcms.processes.child import Program

WEB_THREADS = "32"  # of which a quarter is kept for answers from memory
WORKER_THREADS = 4  # evaluations wait for models, so threads are enough


def web(host: str, port: int, workers: int) -> Program:
    """Granian serving WSGI, with `workers` processes."""
    # Its worker processes get no signal when it is killed, so it is asked to end them.
    return Program(
        "web",
        _python(
            "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", str(workers), "--workers-kill-timeout", "10", "--no-ws",
            "--blocking-threads", os.environ.get("PROMPTCMS_WEB_THREADS", WEB_THREADS),
            "--log-level", "error", "promptcms.wsgi:application",
        ),
        farewell=signal.SIGTERM,
    )  # fmt: skip


def worker(level: str) -> Program:
    """The Celery worker: one process with threads."""
    return Program(
        "worker",
        _celery("worker", "-P", "threads", "-c", str(WORKER_THREADS), "--loglevel", level,
                "--without-gossip", "--without-mingle", "--without-heartbeat"),
    )  # fmt: skip


def beat(level: str) -> Program:
    """The Celery timer."""
    return Program("beat", _celery("beat", "--loglevel", level))


def environment(address: str, level: str) -> Mapping[str, str]:
    """Return the environment of the programs: ours, and how they are reached and log."""
    quiet_root = "ignore:You're running the worker with superuser privileges"
    return {
        "PROMPTCMS_URL": address,
        "LOG_LEVEL": level,
        "PYTHONWARNINGS": quiet_root,
        **os.environ,
        "PYTHONUNBUFFERED": "1",
    }


def _celery(*arguments: str) -> tuple[str, ...]:
    return _python("celery", "--quiet", "-A", "promptcms.celery", *arguments)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
