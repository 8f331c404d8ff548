"""The thread that looks for changes has a connection of its own, and a new one when it broke."""

import time

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from registry.runtime.memory import MemoryStore
from registry.runtime.process import own_connection
from registry.runtime.refresher import Refresher
from registry.runtime.store import DatabaseStore

SECONDS = 20


@pytest.mark.django_db
def test_after_its_connection_broke_the_thread_looks_with_another() -> None:
    opened: list[BaseDatabaseWrapper] = []

    def prepare() -> None:
        own_connection()
        opened.append(connections["default"])

    memory = MemoryStore(DatabaseStore(), limit=1000)
    refresher = Refresher(memory, prepare)
    end = time.monotonic() + SECONDS
    refresher.want(time.monotonic())
    while memory.behind is not None or not opened:
        assert time.monotonic() < end
        time.sleep(0.01)
    broke = time.monotonic()
    opened[0].connection.close()
    try:
        while memory.checked < broke or memory.behind is not None:
            assert time.monotonic() < end
            refresher.want(time.monotonic())
            time.sleep(0.01)
        assert len(opened) > 1
    finally:
        for one in opened:
            if one.connection is not None:
                one.connection.close()
