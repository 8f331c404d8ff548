"""When the loop over a shard's calls looks again: never in a circle while there is no place."""

import time
from math import inf
from unittest.mock import Mock

from evaluation.offline.lanes import Call, Lane
from evaluation.providers.connections import Connection
from evaluation.providers.simulated import Simulated


def lane() -> Lane:
    """A lane with one place (half of it is none, so nothing goes ahead)."""
    return Lane(Connection("model", Simulated(), at_once=1))


def test_a_call_that_is_due_but_finds_no_place_waits_for_an_answer_and_not_for_a_moment() -> None:
    full = lane()
    full.later(Call(Mock()), wait=-1.0)  # due
    full.flying = 1
    assert full.next() is None
    assert full.opens_at == inf

    full.flying = 0
    assert full.next() is not None


def test_a_closed_lane_opens_when_its_share_of_the_rate_is_there_whatever_is_due() -> None:
    closed = lane()
    closed.later(Call(Mock()), wait=-1.0)
    call = closed.next()
    assert call is not None
    closed.put_back(call, pause=30.0)
    closed.later(Call(Mock()), wait=-1.0)
    assert closed.next() is None
    assert 25 < closed.opens_at - time.monotonic() < 31


def test_what_comes_due_after_the_look_is_looked_at_again() -> None:
    idle = lane()
    assert idle.next() is None
    idle.later(Call(Mock()), wait=0.0)
    assert idle.opens_at <= time.monotonic()
    assert not idle.empty
