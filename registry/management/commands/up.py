"""`manage.py up`: prepare the database and the pages, then run web, worker and beat."""

import os
import sys
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connections

from promptcms.processes import programs
from promptcms.processes.claim import TakenError, claim
from promptcms.processes.ports import is_loopback, obstacle, reachable_at
from promptcms.processes.ready import UntilReady
from promptcms.processes.static import collect_if_changed
from promptcms.processes.supervisor import Supervisor
from promptcms.progress import step, stop
from registry.demo import summary
from registry.projects.models import Project
from registry.projects.setup import setup_link


class Command(BaseCommand):
    """Start everything on this machine; Ctrl-C stops it, and nothing is lost."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options of `up`."""
        parser.add_argument("--port", type=int, default=8000, help="default: 8000")
        parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
        parser.add_argument("--workers", type=int, default=1, help="web processes; default: 1")
        parser.add_argument(
            "--no-demo", action="store_true", help="start empty; prints a link to set up"
        )

    def handle(self, *, host: str, port: int, workers: int, no_demo: bool, **options: Any) -> None:
        """Run until Ctrl-C (exit code 130) or SIGTERM (143)."""
        os.umask(0o077)  # what it writes holds password hashes and keys
        address = _address(host, port)
        note = f"process {os.getpid()}, {address}"
        try:
            with claim(settings.VAR_DIR, note) as lock:
                _refuse_obstacles(host, port, workers)
                _prepare(host, with_demo=not no_demo)
                sys.exit(_run(host, port, workers, address, lock, options["verbosity"]))
        except TakenError as taken:
            stop(f"promptcms already runs from this folder ({taken}): use that, or stop it first.")
        except OperationalError as error:
            stop(f"The database does not answer: {str(error).strip()}")
        except KeyboardInterrupt:
            sys.exit(130)


def _address(host: str, port: int) -> str:
    """Return where people open the pages."""
    if is_loopback(host) and "PROMPTCMS_URL" not in os.environ:
        return f"http://{reachable_at(host)}:{port}"
    return str(settings.PUBLIC_URL)


def _refuse_obstacles(host: str, port: int, workers: int) -> None:
    """Stop with one sentence if what was asked for cannot work."""
    if sentence := obstacle(host, port):
        stop(sentence)
    if workers < 1:
        stop(f"{workers} web processes cannot answer: choose 1 or more with --workers.")
    if not is_loopback(host) and not settings.IS_PRODUCTION:
        stop(
            f"--host {host} lets other machines in: set PROMPTCMS_URL to the address they "
            "will use, for example https://prompts.example.com."
        )


def _prepare(host: str, *, with_demo: bool) -> None:
    """Bring database and pages up to date; load the demo into a new database."""
    with step("Preparing the database"):
        call_command("migrate", interactive=False, verbosity=0)
    is_new = with_demo and not Project.objects.exists()
    if not is_loopback(host) and (is_new or summary.demo_passwords_stand()):
        stop(
            f"The passwords of the demo people are public, so --host {host} is refused: start "
            "with --no-demo on a new database, or leave the demo on its project page first."
        )
    with step("Preparing the pages"):
        collect_if_changed()
    if is_new:
        with step("Loading the demo"):
            call_command("demo", verbosity=0, stdout=StringIO())
    connections.close_all()  # this process only watches from here on


def _run(host: str, port: int, workers: int, address: str, lock: int, verbosity: int) -> int:
    """Supervise the programs until a signal; return the exit code."""
    level = "INFO" if verbosity > 1 else "WARNING"
    supervisor = Supervisor(
        [programs.web(host, port, workers), programs.worker(level), programs.beat(level)],
        programs.environment(address, level),
        lock,
        _say,
    )
    ready = UntilReady(reachable_at(host), port, lambda: _announce(address))
    print("Starting web, worker and beat ...", flush=True)
    code = supervisor.run(lambda: ready.still_hopeful(supervisor.failures_of("web")))
    if not ready.is_ready and code == 1:
        print("The web process does not start; its own words are above.", file=sys.stderr)
    return code


def _say(name: str, line: str) -> None:
    if line:
        print(f"{name:<6} | {line}", flush=True)


def _announce(address: str) -> None:
    """Print where to go, who to be, and a first fetch."""
    lines = [f"\npromptcms is ready: {address}", ""]
    if summary.demo_passwords_stand():
        lines += [*("  " + line for line in summary.sign_in_lines()), ""]
        lines += ["Fetch a prompt:", f"  {summary.curl_line(address)}", ""]
    elif link := setup_link(address):
        lines += [f"Set it up with this link, which works once: {link}", ""]
    connections.close_all()
    print("\n".join([*lines, "Ctrl-C stops it; nothing is lost."]), flush=True)
