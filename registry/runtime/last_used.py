"""When each key was last used, and by whom, written beside the requests and never within one.

A request only notes in memory: the key here, or the caller in `registry.runtime.fetchers`. A
thread of the web process, started by `promptcms.wsgi`, writes what was noted; the time of a
key at most once a minute.
"""

import threading
import time
from datetime import timedelta

import structlog
from django.db import Error, connection
from django.db.models import Q
from django.db.models.functions import Now

from registry.audit.clock import database_now
from registry.runtime import fetchers
from registry.runtime.models import ApiKey

FLUSH_SECONDS = 5.0
MINUTE = timedelta(minutes=1)

_noted: set[int] = set()
_log = structlog.get_logger(__name__)


def note(key_id: int) -> None:
    """Remember that a key was used. Costs no query."""
    _noted.add(key_id)


def flush() -> None:
    """Write the callers, and the time of the database to the keys, if not written within a minute.

    Raises what the database raises; what was noted then waits for the next time.
    """
    _noted.update(fetchers.flush())
    if not _noted:
        return
    keys = set(_noted)
    due = Q(last_used_at=None) | Q(last_used_at__lt=database_now() - MINUTE)
    ApiKey.objects.filter(due, pk__in=keys).update(last_used_at=Now())
    _noted.difference_update(keys)


def start() -> None:
    """Begin to write what is noted, in a thread that ends with the process."""
    threading.Thread(target=_run, name="callers", daemon=True).start()


def _run() -> None:
    while True:
        time.sleep(FLUSH_SECONDS)
        try:
            flush()
        except Error as error:
            _log.warning("last_used_not_written", error=type(error).__name__)
        except Exception:  # our own fault must not end the writing for good
            _log.exception("last_used_not_written")
        finally:
            connection.close()  # no connection waits idle between two flushes
