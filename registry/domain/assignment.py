"""Which unit (user, conversation) sees the treatment: a stable hash, the same in every client.

`int(sha256(salt + ":" + unit).hexdigest()[:13], 16) % 10000`: 13 hexadecimal digits are 52
bits, which a JavaScript number holds exactly. The salt is constant within a rollout, so a
unit that got the treatment at 5 % keeps it at 25 %.
"""

import hashlib
import re
from typing import Protocol

BUCKETS = 10_000

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Random(Protocol):
    """What is needed of a random number generator; `random.Random` has it."""

    def randrange(self, stop: int, /) -> int:
        """Return an integer from 0 to stop - 1."""
        ...


def bucket(salt: str, unit: str) -> int:
    """Return the bucket, 0 to 9999, of a unit.

    The unit is taken as given: no trimming, case folding or Unicode normalisation. A lone
    surrogate counts as U+FFFD, as encoders in other languages write it.
    """
    text = _LONE_SURROGATE.sub("\ufffd", f"{salt}:{unit}")
    return int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) % BUCKETS


def in_treatment(salt: str, unit: str, percent: float) -> bool:
    """Does this unit see the treatment while `percent` (0 to 100) of the units do?"""
    return bucket(salt, unit) < percent * 100


def random_in_treatment(rng: Random, percent: float) -> bool:
    """Decide for a call without a unit; `rng` is given so that a test can fix it."""
    return rng.randrange(BUCKETS) < percent * 100
