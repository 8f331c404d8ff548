"""Shared ground of all tests: the databases, and a real browser."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from promptcms import guards
from tests import migrated, services

if TYPE_CHECKING:
    from playwright.sync_api import Browser

START_PROCESSES = {"ground", "processes"}  # fixtures; `ground` is below every server of the tests
NEED_A_DATABASE = {"db", "transactional_db", "live_server", "client", "admin_client"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice that keeps a second run, on another database, from repeating the rest."""
    parser.addoption(
        "--database-only",
        action="store_true",
        help="only tests that touch the database (for the run on a second engine)",
    )


def pytest_configure() -> None:
    """Let the processes that tests start find the migrated database of this run."""
    os.environ.setdefault("PROMPTCMS_MIGRATED", str(migrated.FOLDER))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what cannot mean anything in this run; let a busy machine have a second try."""
    left_out = [item for item in items if not _belongs(item, config)]
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        if _depends_on_the_machine(item):
            item.add_marker(pytest.mark.flaky(reruns=1))
    config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """Look for garbage less often: the tests' modules stay for the run, and looking through
    them again and again took a seventh of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _depends_on_the_machine(item: pytest.Item) -> bool:
    """Say whether a test drives a browser or starts processes, and so can be late.

    On a busy machine one in some hundred of them waits in vain: that is no wrong answer. It is
    tried once more, and the summary names each test that needed it (RERUN).
    """
    used = set(getattr(item, "fixturenames", ()))
    if "chromium" in used:
        return True
    starts = used & START_PROCESSES or "processes" in item.path.parts
    return bool(starts) and item.get_closest_marker("slow") is not None


def _belongs(item: pytest.Item, config: pytest.Config) -> bool:
    """Say whether a test is for this run.

    The run on a second database leaves out what needs none, browsers but for the journeys, and
    what pages say (files named `test_…page` or `test_…pages`, folders named `pages`): every page
    and every form of theirs is sent to both databases by `test_permission_matrix` and
    `runtime/test_fuzz`, and what they do is tested by use-case. Nor is the replay told again,
    whose steps the watcher's tests take one by one.
    """
    if item.get_closest_marker("postgres"):
        return not settings.USES_SQLITE
    if not config.getoption("--database-only"):
        return True
    if item.get_closest_marker("browser") and "journeys" not in item.path.parts:
        return False
    if item.path.stem.endswith(("page", "pages")) or {"pages", "replay"} & set(item.path.parts):
        return False
    used = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(used & NEED_A_DATABASE)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Let Django take the SQLite file that it finds; on PostgreSQL it copies a template."""
    return bool(settings.USES_SQLITE)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """Begin with a copy of what was migrated once for the run; see `tests.migrated`."""
    test = settings.DATABASES["default"]["TEST"]
    if not settings.USES_SQLITE:
        test["TEMPLATE"] = migrated.template(os.environ["DATABASE_URL"])
        yield
        return
    migrated.lay_file(Path(test["NAME"]))
    yield
    connection.close()
    for path in Path(test["NAME"]).parent.glob(Path(test["NAME"]).name + "*"):
        path.unlink()


@pytest.fixture(scope="session", autouse=True)
def _guards_let_the_flush_pass() -> Iterator[None]:
    """Drop the guards before a transactional test empties its tables.

    Emptying a table is what the guards of frozen rows refuse. The flush sends
    `post_migrate`, which makes the guards again.
    """
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def drop_guards_then_flush(case: TransactionTestCase) -> None:
        guards.drop_all(connection)
        flush(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", drop_guards_then_flush)
        yield


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first test process of a run keeps a fresh database for all servers.

    See `tests.clients.server`.
    """
    own: Path = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "clients-ground"


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """A real Chromium for the session, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, in which Django refuses to query.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=services.chromium(), args=services.BROWSER_FLAGS
            )
            yield browser
            browser.close()
