"""Unsafe settings: each has an id and a cure, and stops web, worker and beat."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.test import override_settings

from promptcms import guards
from promptcms.checks import TAG, guards_present

ROOT = Path(settings.BASE_DIR)
SAFE: dict[str, Any] = {
    "IS_PRODUCTION": True,
    "DEBUG": False,
    "PUBLIC_URL": "https://prompts.example.com",
    "ALLOWED_HOSTS": ["prompts.example.com"],
    "SECRET_KEY": "k" * 60,
    "SECRET_KEY_IS_LOCAL": False,
    "USES_SQLITE": False,
    "REDIS_URL": "redis://cache/0",
    "ALLOW_HTTP": False,
    "ALLOW_SQLITE": False,
}


def ids(**changed: Any) -> list[str]:
    """Return what the checks say of safe production settings with `changed` in them."""
    with override_settings(**{**SAFE, **changed}):
        found = run_checks(tags=[TAG])
    assert all(fault.hint for fault in found)
    return [str(fault.id) for fault in found]


def test_safe_settings_pass() -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("unsafe", "fault"),
    [
        ({"PUBLIC_URL": "prompts.example.com"}, "promptcms.E001"),
        ({"PUBLIC_URL": "https://example.com/prompts"}, "promptcms.E001"),
        ({"PUBLIC_URL": "http://prompts.example.com"}, "promptcms.E002"),
        ({"ALLOWED_HOSTS": ["*"]}, "promptcms.E003"),
        ({"DEBUG": True}, "promptcms.E004"),
        ({"SECRET_KEY_IS_LOCAL": True}, "promptcms.E005"),
        ({"SECRET_KEY": "short"}, "promptcms.E005"),
        ({"USES_SQLITE": True}, "promptcms.E006"),
        ({"CELERY_ACCEPT_CONTENT": ["json", "pickle"]}, "promptcms.E007"),
        ({"REDIS_URL": ""}, "promptcms.W001"),
    ],
)
def test_each_unsafe_setting_has_its_own_id(unsafe: dict[str, Any], fault: str) -> None:
    assert ids(**unsafe) == [fault]


@pytest.mark.parametrize(
    "spoken",
    [
        {"PUBLIC_URL": "http://prompts.example.com", "ALLOW_HTTP": True},
        {"USES_SQLITE": True, "ALLOW_SQLITE": True, "REDIS_URL": ""},
    ],
)
def test_an_exception_that_is_spoken_out_passes(spoken: dict[str, Any]) -> None:
    assert ids(**spoken) == []


def test_ones_own_machine_may_be_unsafe_but_never_accept_pickle() -> None:
    own = {"IS_PRODUCTION": False, "DEBUG": True, "SECRET_KEY_IS_LOCAL": True, "USES_SQLITE": True}
    assert ids(**own) == []
    assert ids(**own, CELERY_ACCEPT_CONTENT=["pickle"]) == ["promptcms.E007"]


@pytest.mark.django_db
def test_lost_guards_are_named_with_their_cure() -> None:
    assert guards_present(None, databases=["default"]) == []
    guards.drop_all(connection)
    (found,) = guards_present(None, databases=["default"])
    assert (found.id, found.hint) == ("promptcms.W002", "Run: python3 manage.py migrate")
    assert "registry_event_no_update" in found.msg
    guards.create_all(connection)
    assert guards_present(None, databases=["default"]) == []


WEB = ["-c", "import promptcms.wsgi"]
WORKER = ["-m", "celery", "-A", "promptcms.celery", "worker", "-P", "solo"]
BEAT = ["-m", "celery", "-A", "promptcms.celery", "beat"]


def start(program: list[str], var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of ours with a private folder until it ends."""
    own = {"DJANGO_SETTINGS_MODULE": "promptcms.settings", "PROMPTCMS_VAR": str(var)}
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env={**kept, **own, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("program", [WEB, WORKER, BEAT], ids=["web", "worker", "beat"])
def test_no_program_starts_with_unsafe_settings(program: list[str], tmp_path: Path) -> None:
    ended = start(program, tmp_path, PROMPTCMS_URL="http://prompts.example.com")
    assert ended.returncode == 1
    assert "refuses to start" in ended.stderr
    for fault in ("promptcms.E002", "promptcms.E005", "promptcms.E006"):
        assert fault in ended.stderr
    assert "What to do: Set SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_web_server_starts_with_safe_settings(tmp_path: Path) -> None:
    ended = start(
        WEB,
        tmp_path,
        PROMPTCMS_URL="https://prompts.example.com",
        SECRET_KEY="k" * 60,
        PROMPTCMS_ALLOW_SQLITE="1",
    )
    assert (ended.returncode, "refuses" in ended.stderr) == (0, False), ended.stderr


LISTS_CHECKED = """
import django
django.setup()
from django.core.checks import run_checks
from promptcms.site import site
first, seen, check = len(site._registry), [], site.check
site.check = lambda configs: seen.append(len(site._registry)) or check(configs)
run_checks()
print(first, max(seen))
"""


def test_the_lists_of_the_admin_site_are_checked_although_nothing_has_read_them(
    tmp_path: Path,
) -> None:
    ended = start(["-c", LISTS_CHECKED], tmp_path)
    first, checked = map(int, ended.stdout.split())
    assert (first, checked > 5) == (0, True)


def test_a_database_that_vanished_is_given_up_in_seconds_unless_the_url_says_otherwise(
    tmp_path: Path,
) -> None:
    names = ("tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count")
    told = f"given = connection.get_connection_params(); print(*(given[n] for n in {names}))"
    program = ["-c", f"import django; django.setup(); from django.db import connection; {told}"]
    ended = start(program, tmp_path, DATABASE_URL="postgres://db/x?keepalives_idle=60")
    assert ended.stdout.split() == ["5000", "60", "2", "3"], ended.stderr
