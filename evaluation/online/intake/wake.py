"""Have the watcher look at once when the treatment of a rollout had errors."""

import time
from collections.abc import Iterable
from threading import Lock

from evaluation.offline.wake import wake_on_commit

LOOK = "evaluation.online.tasks.look"  # takes the id of a rollout
PAUSE = 1.0  # seconds, in each process: a burst of errors wakes once a second

_lock = Lock()
_last: dict[int, float] = {}


def wake_watcher(rollouts: Iterable[int]) -> None:
    """Wake the watcher for `rollouts` after the commit, in a thread of its own.

    Only a hint: without a broker it is logged, and the tick of the minute looks anyway.
    """
    now = time.monotonic()
    with _lock:
        for old in [rollout for rollout, at in _last.items() if now - at >= PAUSE]:
            del _last[old]
        due = [rollout for rollout in rollouts if rollout not in _last]
        _last.update(dict.fromkeys(due, now))
    if due:
        wake_on_commit(due, LOOK)
