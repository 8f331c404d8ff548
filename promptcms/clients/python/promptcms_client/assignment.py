"""Which unit (user, conversation) sees the treatment: a stable hash, the same everywhere.

The salt is constant within a rollout, so a unit that got the treatment at 5 % keeps it at 25 %.
"""

from __future__ import annotations

import hashlib
import re

BUCKETS = 10_000

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def bucket(salt: str, unit: str) -> int:
    """Return the bucket, 0 to 9999, of a unit. The unit is taken as given, not normalised."""
    text = _LONE_SURROGATE.sub("\ufffd", f"{salt}:{unit}")
    return int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) % BUCKETS


def in_treatment(bucket: int, percent: float) -> bool:
    """Does a unit in this bucket see the treatment while `percent` (0 to 100) of them do?"""
    return bucket < percent * 100
