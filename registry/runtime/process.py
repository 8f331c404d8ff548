"""What a web process has of its own: one memory, the thread that keeps it true, one mount."""

from django.conf import settings
from django.db import close_old_connections, connection, connections

from registry.runtime.memory import MemoryStore
from registry.runtime.mount import Application, Mount
from registry.runtime.refresher import Refresher
from registry.runtime.store import DatabaseStore

mount: Mount | None = None  # of this process, once it serves


def mounted(application: Application) -> Mount:
    """Return `application` behind the read core; the process answers fetches from memory."""
    global mount
    threads = settings.WEB_THREADS  # a quarter may ask the database, half may be Django's
    limit = settings.FETCH_MEMORY_BYTES
    memory = MemoryStore(DatabaseStore(), limit=limit, places=max(1, threads // 4))
    refresher = Refresher(memory, own_connection)
    places = max(1, threads // 2)
    mount = Mount(application, memory, refresher, close_old_connections, places)
    return mount


def own_connection() -> None:
    """Give the present thread a new connection outside the pool, instead of the one that it has.

    A pool waits long before it says that the database is away, and longer before it tries again.
    """
    connection.close()  # one that broke stays broken, also when the database is back
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    connections["default"] = own
