"""Callers: noted in memory with each fetch, written beside the requests, bounded, forgotten."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import Error
from hypothesis import given
from hypothesis import strategies as st

from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from registry.runtime import fetchers, fetchers_kept, last_used
from registry.runtime.client_header import HEADER_LENGTH, Caller, read_client
from registry.runtime.fetchers import Seen, note
from registry.runtime.fetchers_kept import KEPT_EACH, KEPT_FOR, forget
from registry.runtime.keys import NewKey
from registry.runtime.models import ApiKey, Fetcher
from tests import stages
from tests.runtime.conftest import MakeKey
from tests.stages import World

PYTHON = "promptcms-python/0.1.0"


@pytest.fixture(autouse=True)
def nothing_noted() -> Iterator[None]:
    """Begin and end with an empty memory: it belongs to the process, not to a test."""
    fetchers._noted.clear()
    yield
    fetchers._noted.clear()


@pytest.fixture
def new(make_key: MakeKey) -> NewKey:
    return make_key()


def see(new: NewKey, prompt: Prompt, client: str = f"{PYTHON};web-1:7", asked: str = "production"):  # type: ignore[no-untyped-def]
    note(Seen(new.key.pk, prompt.pk, asked, client))


@pytest.mark.parametrize(
    ("header", "caller"),
    [
        (f"{PYTHON};web-1:7;variables=plan,company", (PYTHON, "web-1:7", ("company", "plan"))),
        (f"{PYTHON}; web-1:7", (PYTHON, "web-1:7", None)),
        (f"{PYTHON};variables=a", (PYTHON, "", ("a",))),
        (f"{PYTHON};web-1;variables=", (PYTHON, "web-1", ())),
        (f"{PYTHON};web-1;variables=a,b c", (PYTHON, "web-1", None)),
        (f"{PYTHON};web-1;variables=a;variables=b", (PYTHON, "web-1", None)),
        ("our own client", ("our own client", "", None)),
        ("", ("", "", None)),
        ("caf\u00e9\x00\x1b[31m;x", ("caf\u00e9 [31m;x", "", None)),
        ("x" * 400, ("x" * 99 + "\u2026", "", None)),
    ],
)
def test_the_header_is_read_strictly_and_what_is_odd_stays_a_readable_name(
    header: str, caller: tuple[str, str, tuple[str, ...] | None]
) -> None:
    expected = Caller(*caller)
    if not header:
        assert read_client(header) == Caller("")
    assert read_client(header) == expected


def test_of_a_key_in_the_header_only_the_public_part_is_kept(new: NewKey) -> None:
    secret, shown = new.secret, new.secret.rpartition("_")[0]
    assert read_client(f"{secret}/1;{secret};variables={secret}") == Caller(
        f"{shown}/1", shown, (shown,)
    )
    assert read_client(f"<{secret}>") == Caller(f"<{shown}>")


def test_a_list_that_was_cut_says_nothing_about_what_is_missing() -> None:
    names = ",".join(f"variable_{n}" for n in range(100))
    assert read_client(f"{PYTHON};w;variables={names}"[:HEADER_LENGTH]).variables is None
    assert read_client(f"{PYTHON};w;variables={names[:100]}").variables


@given(st.text(max_size=1100))
def test_no_header_breaks_the_reading_or_gets_past_the_columns(header: str) -> None:
    caller = read_client(header)
    assert (caller.client + caller.process).isprintable()
    assert max(len(caller.client), len(caller.process)) <= 100


def test_a_caller_is_written_beside_the_request_with_the_version_it_got(
    prompt: Prompt, new: NewKey, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        see(new, prompt, f"{PYTHON};web-1:7;variables=company")
        see(new, prompt, asked="canary")
        see(new, prompt, asked="1.0.0")
    assert not Fetcher.objects.exists()
    last_used.flush()
    rows = {row.label: row for row in Fetcher.objects.all()}
    assert {row.version.semver for row in rows.values() if row.version} == {"1.0.0"}
    assert {label: row.variables for label, row in rows.items()} == {
        "production": ["company"],
        "canary": None,
        "1.0.0": None,
    }
    assert ApiKey.objects.get().last_used_at is not None
    with django_assert_num_queries(0):
        last_used.flush()


def test_an_unchanged_caller_is_written_once_a_minute_and_a_new_version_at_once(
    shop: World, prompt: Prompt, new: NewKey
) -> None:
    def written() -> Fetcher:
        see(new, prompt)
        fetchers.flush()
        return Fetcher.objects.select_related("version").get()

    first = written()
    assert written().last_fetch_at == first.last_fetch_at
    Fetcher.objects.update(last_fetch_at=first.last_fetch_at - timedelta(minutes=2))
    assert written().last_fetch_at >= first.last_fetch_at
    patch = stages.in_production(shop, prompt, stages.PATCH_TEXT)
    assert written().version == patch


def test_a_process_supplies_what_all_of_its_calls_name(prompt: Prompt, new: NewKey) -> None:
    for variables in ("a,b", "b,c"):
        see(new, prompt, f"{PYTHON};web-1:7;variables={variables}")
    see(new, prompt)
    fetchers.flush()
    assert Fetcher.objects.get().variables == ["b"]


def test_unknown_keys_and_prompts_and_those_of_another_project_are_skipped(
    prompt: Prompt, new: NewKey
) -> None:
    other = stages.prompt_named(stages.world("bank"))
    note(Seen(new.key.pk, 10**9, "production", ""))
    note(Seen(10**9, prompt.pk, "production", ""))
    see(new, other)
    see(new, prompt, client="")
    assert fetchers.flush() == {new.key.pk, 10**9}
    assert Fetcher.objects.get().prompt == prompt


def test_invented_processes_cannot_fill_the_table(prompt: Prompt, new: NewKey) -> None:
    for turn in ("a", "b"):
        for n in range(KEPT_EACH + 20):
            see(new, prompt, f"{PYTHON};{turn}-{n}")
        fetchers.flush()
    kept = Fetcher.objects.values_list("process", flat=True)
    assert len(kept) == KEPT_EACH
    assert {process[0] for process in kept} == {"b"}


def test_the_memory_is_bounded(prompt: Prompt, new: NewKey, monkeypatch: Any) -> None:
    monkeypatch.setattr(fetchers, "NOTED", 2)
    for n in range(5):
        see(new, prompt, f"{PYTHON};{n}")
    fetchers.flush()
    assert Fetcher.objects.count() == 2


def test_what_could_not_be_written_waits_for_the_next_time(
    prompt: Prompt, new: NewKey, monkeypatch: Any
) -> None:
    def down(_: Any) -> None:
        raise Error("gone")

    see(new, prompt)
    with monkeypatch.context() as patched:
        patched.setattr(fetchers_kept, "write", down)
        with pytest.raises(Error):
            last_used.flush()
    last_used.flush()
    assert Fetcher.objects.count() == 1


def test_a_caller_is_forgotten_30_days_after_its_last_fetch(prompt: Prompt, new: NewKey) -> None:
    see(new, prompt)
    see(new, prompt, asked="staging")
    fetchers.flush()
    now = database_now()
    Fetcher.objects.filter(label="staging").update(last_fetch_at=now - KEPT_FOR - timedelta(1))
    assert forget(now=now) == 1
    assert Fetcher.objects.get().label == "production"


def test_what_breaks_in_the_thread_that_writes_does_not_end_it(monkeypatch: Any) -> None:
    asked: list[int] = []
    again = Event()

    def flush() -> None:
        asked.append(1)
        if len(asked) == 1:
            raise LookupError("odd")
        again.set()
        raise SystemExit  # so that nothing is left of the test

    # Python's own hook ends a thread by SystemExit in silence; pytest's would warn of it.
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    monkeypatch.setattr(last_used, "FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(last_used, "flush", flush)
    last_used.start()
    assert again.wait(20)
    for thread in threading.enumerate():
        if thread.name == "callers":
            thread.join(20)
