"""The Celery application: wakes workers; the database remains the queue of record."""

import os
from typing import Any

from celery import Celery, signals

from promptcms import file_broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")

file_broker.use()
app = Celery("promptcms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "evaluation.offline",
        "evaluation.online",
        "registry.audit",
        "registry.notices",
        "registry.prompts",
        "registry.runtime",
    ]
)


@signals.worker_init.connect
def _check_worker(**_: Any) -> None:
    _refuse_unsafe_start("worker")


@signals.beat_init.connect
def _check_beat(**_: Any) -> None:
    _refuse_unsafe_start("beat")


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Do nothing: with a listener, Celery leaves the logging of `promptcms.logs` alone."""


def _refuse_unsafe_start(process: str) -> None:
    from promptcms.checks import refuse_unsafe_start  # settings are read only now

    refuse_unsafe_start(process)
