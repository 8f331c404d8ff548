"""Places and rate of one connection in one process."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from evaluation.providers.base import ModelRequest, ModelResponse, RateLimited, Transient, Usage
from evaluation.providers.calls import Caller
from evaluation.providers.rate import Limits, OwnRate

ASK = ModelRequest("small", [{"role": "user", "content": "Hi"}])


class Slow:
    """A model that answers, or raises, when it is let."""

    def __init__(self):
        self.may_answer, self.three_at_once = Event(), Event()
        self.error = None
        self.open = self.most = 0

    def complete(self, request):
        self.open += 1
        self.most = max(self.most, self.open)
        if self.open > 2:
            self.three_at_once.set()
        assert self.may_answer.wait(5)
        self.open -= 1
        if self.error:
            raise self.error
        return ModelResponse("Hello", "stop", 5.0, request.model, Usage(7, 3))


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_a_place_is_taken_until_the_answer_comes_and_half_as_many_wait_behind(pool):
    model = Slow()
    caller = Caller(model, at_once=2)
    futures = []
    for _ in range(3):
        assert caller.wait(ASK) == 0.0
        futures.append(caller.submit(pool, ASK))
    assert caller.wait(ASK) > 0.0
    model.may_answer.set()
    assert [future.result().text for future in futures] == ["Hello"] * 3
    assert caller.wait(ASK) == 0.0


def test_never_are_more_asked_at_once_than_there_are_places():
    model = Slow()
    caller = Caller(model, at_once=2)
    with ThreadPoolExecutor(4) as pool, ThreadPoolExecutor(4) as other:
        for used in (pool, other, pool):
            assert caller.wait(ASK) == 0.0
            caller.submit(used, ASK)
        assert not model.three_at_once.wait(0.2)
        model.may_answer.set()
    assert model.most == 2


@pytest.mark.parametrize("error", [RateLimited("Wait."), Transient("Broken.")])
def test_a_call_that_fails_gives_its_place_back(pool, error):
    model = Slow()
    model.error = error
    model.may_answer.set()
    caller = Caller(model, at_once=1)
    for _ in range(3):
        assert caller.wait(ASK) == 0.0
        assert isinstance(caller.submit(pool, ASK).exception(), type(error))


def test_a_call_that_is_cancelled_before_it_began_gives_its_place_back():
    model = Slow()
    caller = Caller(model, at_once=2)
    pool = ThreadPoolExecutor(1)
    for _ in range(3):
        assert caller.wait(ASK) == 0.0
        caller.submit(pool, ASK)
    assert caller.wait(ASK) > 0.0
    pool.shutdown(wait=False, cancel_futures=True)  # only the first one has begun
    assert caller.wait(ASK) == 0.0
    model.may_answer.set()


def test_a_rate_that_is_used_up_takes_no_place(pool):
    model = Slow()
    model.may_answer.set()
    caller = Caller(model, at_once=2, rate=OwnRate(Limits(requests_per_minute=60)))
    assert caller.wait(ASK) == 0.0
    assert caller.submit(pool, ASK).result().text == "Hello"
    for _ in range(5):
        assert 0.5 < caller.wait(ASK) <= 0.9
    with pytest.raises(RateLimited, match="used up") as refused:
        caller.complete(ASK)
    assert 0.5 < refused.value.retry_after <= 0.9


def test_a_storm_of_rate_limits_leaves_fewer_places(pool):
    model = Slow()
    model.error = RateLimited("Wait.")
    model.may_answer.set()
    caller = Caller(model, at_once=10)
    for _ in range(20):
        assert caller.wait(ASK) == 0.0
        caller.submit(pool, ASK).exception()
    assert caller.places == 7
