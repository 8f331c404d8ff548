"""The memory before the database: what it keeps, what makes it forget, what it says meanwhile."""

import threading
import time
from collections.abc import Callable, Hashable
from math import inf
from typing import Any

import pytest

from registry.runtime.core import Found, Generation, Missing, Reader, StoreError
from registry.runtime.key_format import digest_of
from registry.runtime.memory import MISSING, OVERHEAD, MemoryStore, News
from registry.runtime.question import Semver
from registry.runtime.refresher import Refresher

SECRET = "pcms_read_x"
READER = Reader(1, 1, frozenset({"read"}), frozenset({"production"}))


class Script:
    """A source that tells what a test wrote into it, and counts how often it is asked."""

    behind = None

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.keys = {digest_of(SECRET): READER}
        self.next: list[News] = []
        self.number, self.installation, self.time = 1, "here", 1000.0
        self.asked = 0
        self.down = False
        self.meanwhile: Callable[[], object] = lambda: None

    def news(self, known: Generation) -> News:
        if self.down:
            raise StoreError
        now = Generation(self.installation, self.number)
        if known.installation != now.installation:
            return News(now, self.time, everything=True, keys=True)
        return self.next.pop() if self.next else News(now, self.time)

    def change(self, prompt: int | None = None, *, keys: bool = False) -> None:
        """Say with the next look that a prompt, or the keys, changed."""
        self.number += 1
        now = Generation(self.installation, self.number)
        prompts = frozenset([prompt] if prompt is not None else [])
        self.next = [News(now, self.time, prompts=prompts, keys=keys)]

    def readers(self) -> dict[str, Reader]:
        return dict(self.keys)

    def reader(self, secret: str) -> Reader | None:
        return self.keys.get(digest_of(secret))

    def told(self, found: Found) -> Generation:
        return found.generation

    def label(self, reader: Reader, name: str, label: str) -> Found | Missing:
        self.asked += 1
        number = self.number
        body = self.bodies.get(name)
        self.meanwhile()
        generation = Generation(self.installation, number)
        if body is None:
            return Missing(None, generation)
        return Found(body, "e", generation, prompt=int(name[1:]))

    def version(self, reader: Reader, name: str, semver: Semver) -> Found | Missing:
        return self.label(reader, name, str(semver))


@pytest.fixture
def source() -> Script:
    script = Script()
    script.bodies = {f"p{n}": b"%d" % n * 100 for n in range(9)}
    return script


@pytest.fixture
def memory(source: Script) -> MemoryStore:
    memory = MemoryStore(source, limit=10_000_000)
    memory.check()
    return memory


def body(memory: MemoryStore, name: str) -> bytes | None:
    """Return what the memory answers for production, None for nothing."""
    found = memory.label(READER, name, "production")
    return found.body if isinstance(found, Found) else None


def test_an_answer_is_asked_for_once_and_anew_after_its_prompt_changed(
    memory: MemoryStore, source: Script
) -> None:
    got = [body(memory, name) for name in ("p1", "p1", "p2", "p2")]
    assert got == [b"1" * 100] * 2 + [b"2" * 100] * 2
    assert source.asked == 2
    source.bodies["p1"] = b"new"
    source.change(1)
    assert body(memory, "p1") == b"1" * 100
    memory.check()
    assert (body(memory, "p1"), body(memory, "p2")) == (b"new", b"2" * 100)
    assert source.asked == 3


def test_answers_for_other_labels_and_other_readers_are_kept_apart(
    memory: MemoryStore, source: Script
) -> None:
    other = Reader(2, 1, frozenset({"read"}), frozenset({"staging"}))
    elsewhere = Reader(3, 2, frozenset({"read"}), frozenset({"production"}))
    for reader in (READER, other, elsewhere):
        memory.label(reader, "p1", "production")
    memory.label(READER, "p1", "staging")
    memory.version(READER, "p1", (1, 0, 0))
    assert source.asked == 5


def test_what_does_not_exist_is_remembered_until_anything_changes(
    memory: MemoryStore, source: Script
) -> None:
    assert (body(memory, "p100"), body(memory, "p100"), source.asked) == (None, None, 1)
    source.bodies["p100"] = b"here now"
    source.change()
    memory.check()
    assert body(memory, "p100") == b"here now"


def test_however_many_names_are_made_up_only_so_many_are_remembered(
    memory: MemoryStore, source: Script
) -> None:
    for number in range(MISSING + 10):
        body(memory, f"p{1000 + number}")
    before = source.asked
    body(memory, f"p{1000 + MISSING + 9}")
    assert source.asked == before
    body(memory, "p1000")
    assert source.asked == before + 1


@pytest.mark.parametrize("name", ["p1", "p100"])
def test_what_was_read_while_something_changed_is_given_but_not_kept(
    memory: MemoryStore, source: Script, name: str
) -> None:
    def moved() -> None:
        source.meanwhile = lambda: None
        source.bodies[name] = b"after"
        source.change(100 if name == "p100" else 1)
        memory.check()

    source.meanwhile = moved
    first = memory.label(READER, name, "production")
    assert body(memory, name) == b"after"
    if isinstance(first, Found):  # nobody is told that the text from before holds after it
        assert (first.body, memory.told(first)) == (b"1" * 100, Generation("here", 1))


def test_a_request_that_looks_while_another_is_answered_gets_the_very_same(
    memory: MemoryStore, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Meanwhile(dict[Hashable, Missing]):
        def get(self, key: Hashable, default: Any = None) -> Any:
            monkeypatch.setattr(memory, "_missing", {})
            others.append(memory.label(READER, "p1", "production"))
            return default

    others: list[Found | Missing] = []
    monkeypatch.setattr(memory, "_missing", Meanwhile())
    mine = memory.label(READER, "p1", "production")
    assert others == [mine]
    assert memory.size == (1, 100 + OVERHEAD)
    source.change(1)
    memory.check()
    assert not any(isinstance(found, Missing) or found.live for found in (mine, *others))


def test_the_generation_told_never_goes_back(memory: MemoryStore, source: Script) -> None:
    found = memory.label(READER, "p1", "production")
    assert isinstance(found, Found)
    assert memory.told(found) == Generation("here", 1)
    source.change(7)
    memory.check()
    assert memory.told(found) == Generation("here", 2)
    source.number = 3
    newer = memory.label(READER, "p2", "production")
    assert isinstance(newer, Found)
    assert memory.told(newer) == Generation("here", 3)


def test_a_restored_database_makes_everything_be_read_anew(
    memory: MemoryStore, source: Script
) -> None:
    body(memory, "p1")
    source.installation, source.number = "there", 1
    source.bodies["p1"] = b"restored"
    memory.check()
    assert (body(memory, "p1"), memory.generation.installation) == (b"restored", "there")


def test_a_key_is_known_until_it_is_revoked_or_its_time_is_over(source: Script) -> None:
    clock = [50.0]
    ends = Reader(2, 1, READER.scopes, READER.labels, expires=1010.0)
    source.keys[digest_of("short")] = ends
    memory = MemoryStore(source, limit=1000, clock=lambda: clock[0])
    with pytest.raises(StoreError):
        memory.reader(SECRET)
    memory.check()
    assert (memory.reader(SECRET), memory.reader("short")) == (READER, ends)
    assert memory.reader("made up") is None
    clock[0] = 60.0  # ten seconds later on the database's clock too
    assert (memory.reader(SECRET), memory.reader("short")) == (READER, None)
    del source.keys[digest_of(SECRET)]
    assert memory.reader(SECRET) == READER
    source.change(keys=True)
    memory.check()
    assert memory.reader(SECRET) is None
    assert source.asked == 0


def test_without_the_database_the_last_answers_go_on_and_are_marked(
    memory: MemoryStore, source: Script
) -> None:
    body(memory, "p1")
    assert memory.behind is None
    source.down = True
    assert memory.check() is False
    assert body(memory, "p1") == b"1" * 100
    assert (memory.behind or -1) >= 0
    assert memory.reader(SECRET) == READER
    with pytest.raises(StoreError):
        body(memory, "p2")
    assert source.asked == 1  # nobody waits for what does not answer
    source.down = False
    assert memory.check() is True
    assert (memory.behind, body(memory, "p2")) == (None, b"2" * 100)


def test_the_memory_stays_within_its_limit_and_keeps_what_is_wanted(source: Script) -> None:
    memory = MemoryStore(source, limit=3 * (100 + OVERHEAD))
    memory.check()
    for name in ("p1", "p2", "p3", "p1", "p4", "p5"):
        body(memory, name)
    assert memory.size == (3, 3 * (100 + OVERHEAD))
    asked = source.asked
    body(memory, "p1")
    assert source.asked == asked
    body(memory, "p2")
    assert source.asked == asked + 1
    source.bodies["p8"] = b"x" * 100_000  # larger than all room there is
    assert body(memory, "p8") == b"x" * 100_000
    assert memory.size[0] == 3


def test_many_who_want_the_same_at_once_ask_once(memory: MemoryStore, source: Script) -> None:
    source.meanwhile = lambda: time.sleep(0.2)
    got: list[bytes | None] = []
    threads = [threading.Thread(target=lambda: got.append(body(memory, "p1"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [b"1" * 100] * 20
    assert source.asked == 1


def test_who_asks_after_a_change_does_not_wait_for_what_was_read_before_it(
    memory: MemoryStore, source: Script
) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        source.meanwhile = lambda: None
        reading.set()
        go_on.wait(20)

    source.meanwhile = slow
    before: list[bytes | None] = []
    thread = threading.Thread(target=lambda: before.append(body(memory, "p1")))
    thread.start()
    assert reading.wait(20)
    source.bodies["p1"] = b"rolled back"
    source.change(1)
    memory.check()
    assert body(memory, "p1") == b"rolled back"
    go_on.set()
    thread.join()
    assert (before, body(memory, "p1")) == ([b"1" * 100], b"rolled back")


def test_a_question_that_failed_is_asked_again(memory: MemoryStore, source: Script) -> None:
    def broken() -> None:
        raise StoreError

    source.meanwhile = broken
    with pytest.raises(StoreError):
        body(memory, "p1")
    source.meanwhile = lambda: None
    assert body(memory, "p1") == b"1" * 100


def test_who_asks_an_old_memory_waits_for_a_look_and_then_nobody_does(
    memory: MemoryStore, source: Script
) -> None:
    refresher = Refresher(memory)
    body(memory, "p1")
    source.bodies["p1"] = b"new"
    source.change(1)
    memory.checked = -inf
    refresher.want(time.monotonic())
    assert body(memory, "p1") == b"new"
    assert time.monotonic() - memory.checked < 5
    checked = memory.checked
    refresher.want(checked)  # recent: looks beside the request
    assert memory.behind is None


def test_a_database_that_hangs_holds_a_request_up_once_and_the_others_not_at_all(
    memory: MemoryStore, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.runtime.refresher.PATIENCE", 0.1)
    answers = threading.Event()

    def hang(known: Generation) -> News:
        answers.wait(20)
        return News(Generation("here", 2), 1000.0)

    monkeypatch.setattr(source, "news", hang)
    refresher = Refresher(memory)
    memory.checked = -inf
    refresher.want(time.monotonic())
    assert memory.behind is not None
    began = time.monotonic()
    for _ in range(100):
        refresher.want(time.monotonic())
    assert time.monotonic() - began < 5
    answers.set()
    until = time.monotonic() + 20
    while memory.behind is not None and time.monotonic() < until:
        refresher.want(time.monotonic())
        time.sleep(0.01)
    assert memory.behind is None


def test_whatever_breaks_a_look_the_next_begins_anew_and_the_memory_is_true_again(
    memory: MemoryStore, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.runtime.refresher.RETRY", 0.01)
    news, opened = source.news, []

    def broken(known: Generation) -> News:
        raise LookupError("There is no such table.")

    def until(good: bool) -> None:
        end = time.monotonic() + 20
        while (memory.behind is None) is not good and time.monotonic() < end:
            refresher.want(time.monotonic())
            time.sleep(0.01)
        assert (memory.behind is None) is good

    body(memory, "p1")
    refresher = Refresher(memory, lambda: opened.append(source.down))
    memory.away = True
    until(good=True)
    assert opened == [False]
    monkeypatch.setattr(source, "news", broken)
    until(good=False)
    assert body(memory, "p1") == b"1" * 100
    source.down = True
    monkeypatch.setattr(source, "news", news)
    until(good=False)
    source.down = False
    until(good=True)
    assert len(opened) > 1
