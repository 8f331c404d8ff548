"""A prompt with 1.0.0 in production and 1.1.0 in its canary, and a key that may tell of calls."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from evaluation.online.models import Rollup
from registry.prompts.models import Prompt
from registry.release.models import Rollout
from tests import stages
from tests.stages import World

ADDRESS = "/api/v1/observations"
Send = Callable[..., HttpResponse]


@dataclass
class Ground:
    """The project `shop` with a canary of 1.1.0 against 1.0.0, begun about now."""

    shop: World
    prompt: Prompt
    rollout: Rollout
    secret: str

    def call(self, id: str, version: str = "1.0.0", **fields: Any) -> dict[str, Any]:
        """Return a call as an application sends it; a field that is None is left out."""
        item = {
            "id": id,
            "ts": timezone.now().isoformat(),
            "prompt": self.prompt.name,
            "version": version,
            "label": "production",
            **fields,
        }
        return {name: value for name, value in item.items() if value is not None}

    def in_rollout(self, id: str, version: str, bucket: int, **fields: Any) -> dict[str, Any]:
        """Return a call of a client that takes part in the rollout."""
        known = {"rollout": self.rollout.pk, "epoch": self.rollout.epoch, "bucket": bucket}
        return self.call(id, version, **{**known, **fields})

    def send(self, *items: Any, secret: str = "") -> HttpResponse:
        """Send these calls in one batch."""
        return Client().post(
            ADDRESS,
            json.dumps({"observations": items}, default=str),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret or self.secret}"},
        )


def sums(minutes: int = 60) -> dict[tuple[str, str, str], tuple[int, float]]:
    """Return {(version, arm, metric): (n, total)} of all roll-ups of that length."""
    found: dict[tuple[str, str, str], tuple[int, float]] = {}
    rows = Rollup.objects.filter(minutes=minutes).select_related("series__version__prompt")
    for row in rows:
        key = (row.series.version.semver, row.series.arm, row.metric)
        n, total = found.get(key, (0, 0.0))
        found[key] = (n + row.n, round(total + row.total, 9))
    return found


def made(shop: World) -> Ground:
    """Bring the prompt to its canary."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    rollout = stages.in_canary(shop, prompt)
    return Ground(shop, prompt, rollout, stages.key(shop, "ingest").secret)


@pytest.fixture
def ground(db: None) -> Ground:
    return made(stages.world(sandbox=True))


@pytest.fixture
def now() -> datetime:
    return timezone.now()
