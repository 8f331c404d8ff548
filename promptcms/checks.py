"""What is unsafe or missing in the settings, each with an id, what is wrong and its cure.

`manage.py check` lists all; web, worker and beat refuse to start on an error, by
`refuse_unsafe_start`. "In production" means that PROMPTCMS_URL names another host than
this machine.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.db import Error as DatabaseProblem
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from promptcms import guards
from registry.notices import targets

TAG = "promptcms"
SECRET_LENGTH = 50
SAFE_CONTENT = {"json", "application/json"}
NEW_SECRET = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


@register(TAG)
def production_settings(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Refuse in production what is right on one's own machine only."""
    if not settings.IS_PRODUCTION:
        return []
    return [*_address(), *_secrets(), *_storage()]


@register(TAG)
def message_formats(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Refuse any message format but JSON: a pickled one runs code of who can write the queue."""
    strange = sorted(set(settings.CELERY_ACCEPT_CONTENT) - SAFE_CONTENT)
    if not strange:
        return []
    text = f"Celery accepts {', '.join(strange)} messages: who writes to the queue can run code."
    return [Error(text, hint='Set CELERY_ACCEPT_CONTENT = ["json"].', id="promptcms.E007")]


@register(TAG)
def webhooks(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Refuse webhooks that could never be reached; warn of those that anybody could read."""
    cure = "Correct PROMPTCMS_WEBHOOKS; registry/notices/targets.py says what belongs there."
    found: list[CheckMessage] = [
        Error(problem, hint=cure, id="promptcms.E008") for problem in targets.problems()
    ]
    open_ones = [t.name for t in targets.all_targets() if not t.is_encrypted]
    if settings.IS_PRODUCTION and open_ones:
        text = f"Notices go over plain http to {', '.join(open_ones)}."
        found.append(Warning(text, hint="Use https addresses.", id="promptcms.W003"))
    return found


@register(TAG)
def mail_server(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Refuse a mail server that cannot work; warn when mails are only printed."""
    if settings.EMAIL_PORT == 465 and settings.EMAIL_USE_TLS:
        text = "EMAIL_URL asks port 465 for STARTTLS, which that port does not speak."
        hint = "Write smtp+ssl://…:465, or smtp+tls://…:587."
        return [Error(text, hint=hint, id="promptcms.E009")]
    if settings.IS_PRODUCTION and settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        text = "There is no EMAIL_URL: mails are only printed by the worker, and nobody gets them."
        hint = "Set EMAIL_URL=smtp+tls://user:password@host:587"
        return [Warning(text, hint=hint, id="promptcms.W004")]
    return []


@register(Tags.admin)
def admin_lists(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Check the lists of the admin site: Django looks before `promptcms.urls` reads them."""
    import evaluation.admin  # noqa: F401
    import registry.admin  # noqa: F401
    from promptcms.site import site

    found: list[CheckMessage] = site.check(app_configs)
    return found


@register(Tags.database)
def guards_present(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Warn when a migrated database has lost guards.

    A warning, because an error would stop the command that cures it.
    """
    found: list[CheckMessage] = []
    for alias in databases or []:
        missing = lost_guards(alias)
        if missing:
            text = f"The database does not hold {len(missing)} of its guards: {', '.join(missing)}."
            found.append(Warning(text, hint="Run: python3 manage.py migrate", id="promptcms.W002"))
    return found


def lost_guards(alias: str = "default") -> list[str]:
    """Return the guards that a database with all its migrations lacks."""
    connection = connections[alias]
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return []  # not migrated yet; the migration makes them
    return guards.missing(connection)


def refuse_unsafe_start(process: str) -> None:
    """End this process, with every fault and its cure, if it would run unsafely.

    A database that cannot be reached is no reason: the process waits for it.
    """
    faults = [fault for fault in run_checks(tags=[TAG]) if fault.is_serious()]
    try:
        faults += guards_present(None, databases=["default"])
    except DatabaseProblem:
        pass
    finally:
        connections.close_all()  # whoever forks now must not share a connection
    if not faults:
        return
    print(f"promptcms: the {process} refuses to start.", file=sys.stderr)
    for fault in faults:
        print(f"  {fault.id}: {fault.msg}\n    What to do: {fault.hint}", file=sys.stderr)
    sys.stderr.flush()
    sys.exit(1)


def _address() -> Iterator[CheckMessage]:
    url = urlsplit(settings.PUBLIC_URL)
    if url.scheme not in ("http", "https") or not url.hostname or url.path:
        yield Error(
            f"PROMPTCMS_URL is {settings.PUBLIC_URL!r}, which is no public address.",
            hint="Set PROMPTCMS_URL=https://prompts.example.com, without a path.",
            id="promptcms.E001",
        )
    elif url.scheme == "http" and not settings.ALLOW_HTTP:
        yield Error(
            "People and applications would send passwords and keys over plain http.",
            hint="Put a proxy with TLS in front and set PROMPTCMS_URL=https://…; if the network "
            "itself is encrypted, set PROMPTCMS_INSECURE=1.",
            id="promptcms.E002",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "Any host name is accepted, so links in mails and pages can be forged.",
            hint="Name the hosts in PROMPTCMS_HOSTS, without *.",
            id="promptcms.E003",
        )


def _secrets() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            "DEBUG is on: errors would show code and settings to everybody.",
            hint="Unset DEBUG.",
            id="promptcms.E004",
        )
    if settings.SECRET_KEY_IS_LOCAL or len(settings.SECRET_KEY) < SECRET_LENGTH:
        yield Error(
            "SECRET_KEY is missing or short, so sessions could be forged or differ by machine.",
            hint=f"Set SECRET_KEY, the same on every machine, to what this prints: {NEW_SECRET}",
            id="promptcms.E005",
        )


def _storage() -> Iterator[CheckMessage]:
    if settings.USES_SQLITE and not settings.ALLOW_SQLITE:
        yield Error(
            "The database is SQLite, a file that only one machine can use.",
            hint="Set DATABASE_URL=postgres://…; if one machine is all you want, set "
            "PROMPTCMS_ALLOW_SQLITE=1.",
            id="promptcms.E006",
        )
    if not settings.USES_SQLITE and not settings.REDIS_URL:
        yield Warning(
            "There is no REDIS_URL: workers on other machines will not be woken.",
            hint="Set REDIS_URL=redis://…, or keep web, worker and beat on one machine.",
            id="promptcms.W001",
        )
