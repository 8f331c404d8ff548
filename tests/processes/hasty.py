"""The product's settings, with a watcher that looks each second: no test waits for minutes."""

from promptcms.settings import *  # noqa: F403
from promptcms.settings import CELERY_BEAT_SCHEDULE

_LOOK = "look at each rollout, and start what is planned"

CELERY_BEAT_SCHEDULE = {
    **CELERY_BEAT_SCHEDULE,
    _LOOK: {**CELERY_BEAT_SCHEDULE[_LOOK], "schedule": 1.0},
}
