"""How long calls took, in buckets of equal ratio: quantiles within 2 %, merged by adding.

Bucket i holds the milliseconds in (g^(i-1), g^i] with g = 1.02 / 0.98; the value that stands for
it, 2 g^i / (g + 1), is at most 2 % from everything in it (Masson et al. 2019, DDSketch).
"""

import math
from collections.abc import Mapping

GROWTH = 1.02 / 0.98
LEAST_MS, MOST_MS = 0.01, 1e9  # eleven days: what lies beyond counts as these


def bucket_of(ms: float) -> int:
    """Return the bucket of a call that took so many milliseconds."""
    return math.ceil(math.log(min(max(ms, LEAST_MS), MOST_MS)) / math.log(GROWTH) - 1e-9)


def value_of(bucket: int) -> float:
    """Return the milliseconds that stand for a bucket."""
    return 2 * GROWTH**bucket / (GROWTH + 1)


def upper_edge(bucket: int) -> float:
    """Return the most milliseconds a bucket holds."""
    return GROWTH**bucket


def quantile(counts: Mapping[int, int], q: float) -> float | None:
    """Return the milliseconds below which a share `q` (0 to 1) of the calls took; None of none."""
    bucket = _bucket_at(counts, q)
    return None if bucket is None else value_of(bucket)


def snapped(counts: Mapping[int, int], q: float) -> float | None:
    """Return that quantile moved up to its bucket's edge: whole buckets are then slow or not."""
    bucket = _bucket_at(counts, q)
    return None if bucket is None else upper_edge(bucket)


def _bucket_at(counts: Mapping[int, int], q: float) -> int | None:
    calls = sum(counts.values())
    if calls <= 0:
        return None
    seen, wanted = 0, q * calls
    held = sorted(bucket for bucket, n in counts.items() if n > 0)
    for bucket in held:
        seen += counts[bucket]
        if seen >= wanted:
            return bucket
    return held[-1]
