"""Which version a call gets while a rollout runs: by the hash of its unit, or by chance."""

from __future__ import annotations

from typing import Protocol

from promptcms_client.assignment import BUCKETS, bucket, in_treatment
from promptcms_client.document import Document
from promptcms_client.prompt import CONTROL, TREATMENT, Arm, Running


class Random(Protocol):
    """What is needed of a random number generator; `random.Random` has it."""

    def random(self) -> float:
        """Return a number from 0 up to, but without, 1."""
        ...

    def randrange(self, stop: int, /) -> int:
        """Return an integer from 0 to stop - 1."""
        ...


def choose(document: Document, unit: str | None, random: Random) -> Arm:
    """Return the version for `unit`; without one (None or empty) `random` decides."""
    rollout = document.rollout
    if rollout is None:
        return Arm(document.version)
    own = bucket(rollout.salt, unit) if unit else None
    treated = in_treatment(random.randrange(BUCKETS) if own is None else own, rollout.percent)
    control, treatment = document.version, rollout.treatment
    return Arm(
        version=treatment if treated else control,
        variant=TREATMENT if treated else CONTROL,
        assignment="random" if own is None else "hash",
        bucket=own,
        rollout=Running(rollout.id, rollout.epoch),
        other=control if treated else treatment,
    )
