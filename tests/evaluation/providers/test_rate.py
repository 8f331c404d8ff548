"""Requests and tokens a minute, in this process and by a real Redis between several."""

import subprocess
import sys
import time

import pytest

from evaluation.providers.rate import Limits, OwnRate, SharedRate, rate_of
from tests import services


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def started(rate, clock, seconds, tokens=0):
    """Ask as fast as allowed for so long; return how many calls started."""
    end, count = clock.now + seconds, 0
    while clock.now < end:
        wait = rate.take(tokens)
        count += wait == 0.0
        clock.now += wait or 1e-9
    return count


def test_calls_start_evenly_at_the_rate():
    clock = Clock()
    rate = OwnRate(Limits(requests_per_minute=6000), clock)
    assert started(rate, clock, 1.0) == pytest.approx(110, abs=2)  # 100, and a tenth of a second
    assert started(rate, clock, 10.0) == pytest.approx(1000, abs=3)


def test_a_slow_rate_lets_one_start_and_says_when_the_next_may():
    clock = Clock()
    rate = OwnRate(Limits(requests_per_minute=60), clock)
    assert rate.take(10) == 0.0
    assert rate.take(10) == pytest.approx(0.9)
    clock.now += 0.95
    assert rate.take(10) == 0.0


def test_tokens_count_too_and_what_was_not_used_is_given_back():
    clock = Clock()
    rate = OwnRate(Limits(tokens_per_minute=60_000), clock)
    assert rate.take(2000) == 0.0  # two seconds' worth
    assert rate.take(1) == pytest.approx(1.9)
    rate.correct(-1500)
    assert rate.take(1) == pytest.approx(0.4)
    rate.correct(1000)
    assert rate.take(1) == pytest.approx(1.4)


def test_a_refused_share_takes_nothing_of_the_other_kind():
    clock = Clock()
    rate = OwnRate(Limits(requests_per_minute=600, tokens_per_minute=60_000), clock)
    assert rate.take(5000) == 0.0
    for _ in range(50):
        assert rate.take(1) > 0.0
    clock.now += 4.95
    assert rate.take(1) == 0.0


def test_without_limits_there_is_nothing_to_keep_to():
    assert rate_of("model", Limits(), "") is None
    assert isinstance(rate_of("model", Limits(requests_per_minute=1), ""), OwnRate)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    """A Redis of its own."""
    with services.redis_server(tmp_path_factory.mktemp("rate") / "redis") as url:
        yield url


WORKER = """
import sys, time
from evaluation.providers.rate import Limits, SharedRate
rate = SharedRate("model", Limits(requests_per_minute=6000, tokens_per_minute=10**9), sys.argv[1])
print("ready", flush=True)
end, count = float(sys.stdin.readline()), 0
while time.time() < end:
    wait = rate.take(5)
    count += wait == 0.0
    time.sleep(wait)
print(count)
"""


def test_two_processes_share_one_rate_through_redis(redis_url):
    command = [sys.executable, "-c", WORKER, redis_url]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    end = time.time() + 2.0
    for worker in workers:
        worker.stdin.write(f"{end}\n")
        worker.stdin.flush()
    counts = [int(worker.communicate()[0]) for worker in workers]
    assert min(counts) > 0
    # 100 a second for two seconds, and a tenth of a second ahead; a busy machine starts fewer.
    assert 100 <= sum(counts) <= 215


def test_redis_and_the_process_reckon_alike(redis_url):
    rate = SharedRate("alike", Limits(tokens_per_minute=60_000), redis_url)
    assert rate.take(2000) == 0.0
    assert rate.take(1) == pytest.approx(1.9, abs=0.5)
    rate.correct(-2000)
    assert rate.take(1) == 0.0


def test_without_an_answer_of_redis_the_process_keeps_the_rate_alone():
    nobody = f"redis://127.0.0.1:{services.free_port()}/0"
    rate = SharedRate("model", Limits(requests_per_minute=60), nobody)
    assert rate.take(1) == 0.0
    assert rate.take(1) == pytest.approx(0.9, abs=0.1)
