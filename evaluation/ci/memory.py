"""Django on a database in memory, for a command that leaves nothing behind."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.management import call_command


@contextmanager
def installation_in_memory() -> Iterator[None]:
    """Run the block with an empty installation of its own; call it before Django is set up."""
    with tempfile.TemporaryDirectory(prefix="promptcms-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "promptcms.settings",
            "PROMPTCMS_VAR": folder,
            "PROMPTCMS_URL": "http://127.0.0.1",
            "DATABASE_URL": "sqlite://:memory:",
            "LOG_LEVEL": "ERROR",
        }
        os.environ.pop("REDIS_URL", None)
        django.setup()
        logging.getLogger("urllib3").setLevel(logging.ERROR)  # commands say it in their own words
        call_command("migrate", verbosity=0)
        yield
