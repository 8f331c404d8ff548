"""After going back: what does the fetch path answer now, and who still has the other version?"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.prompts.models import Prompt
from registry.release.labels import lock_prompt, version_at
from registry.release.models import Segment
from registry.release.rollback import under_way
from registry.runtime.core import Found, Reader
from registry.runtime.models import Fetcher
from registry.runtime.question import LABELS
from registry.runtime.store import DatabaseStore

LATELY = timedelta(days=1)  # who has not asked for longer does not run any more
ROWS = 1000


@dataclass(frozen=True)
class Behind:
    """Clients that last fetched `version`, and when the last of them did."""

    version: str
    clients: int
    at: datetime


@dataclass(frozen=True)
class ReadBack:
    """What fetching production gave at `at`.

    `served` is the number of the version, "" for nothing; `treatment` that of a canary that is
    still given to some, "" for none; `expected` what the label says. `behind` are clients that
    have not asked since the change, by the version they hold.
    """

    at: datetime
    served: str
    treatment: str
    expected: str
    behind: tuple[Behind, ...] = ()

    @property
    def is_well(self) -> bool:
        """Is everybody who asks given what production should serve, and nothing else?"""
        return self.served == self.expected and not self.treatment

    @property
    def words(self) -> str:
        """`Serving 2.3.1 everywhere as of 14:07:12 UTC; 2 clients last fetched 2.4.0 40 s ago.`"""
        return self.sentence(f"{self.at.astimezone(UTC):%H:%M:%S} UTC")

    def sentence(self, at: str) -> str:
        """Return the words with `at` for the time of day."""
        if not self.is_well:
            served = self.served or "nothing"
            some = f", and {self.treatment} to some" if self.treatment else ""
            return (
                f"Fetching gives {served}{some} as of {at}, but production should serve "
                f"{self.expected or 'nothing'} to all. "
                "Look at the status page, then roll back again."
            )
        what = f"Serving {self.served} everywhere" if self.served else "Production serves nothing"
        return f"{what} as of {at}{''.join(self._behind_words())}."

    def _behind_words(self) -> list[str]:
        return [
            f"; {one.clients} client{'s' if one.clients > 1 else ''} last fetched {one.version} "
            f"{_ago(self.at - one.at)} ago"
            for one in self.behind
        ]


@transaction.atomic
def read_back(prompt: Prompt, *, actor: Actor, now: datetime) -> ReadBack:
    """Fetch `prompt` as an application would, compare, and record what was found.

    Call it after the commit of the change; `actor` is who made it.
    """
    lock_prompt(prompt)
    expected, running = version_at(prompt, "production"), under_way(prompt)
    body = _fetched(prompt)
    treatment = (body.get("rollout") or {}).get("treatment", {}).get("version", "")
    if running is not None and running.percent:
        treatment = ""  # another one was started since; it is meant to be given to some
    found = ReadBack(
        at=now,
        served=body.get("version", ""),
        treatment=treatment,
        expected=expected.semver if expected else "",
        behind=tuple(_behind(prompt, now)),
    )
    record(
        "rollback.read_back",
        expected or prompt,
        actor=actor,
        project=prompt.project,
        reason=found.words,
        after={
            "served": found.served,
            "well": found.is_well,
            "behind": sum(one.clients for one in found.behind),
        },
    )
    return found


def _fetched(prompt: Prompt) -> dict[str, Any]:
    """Return what the store of the read core answers for production; empty for nothing."""
    anybody = Reader(0, prompt.project_id, frozenset({"read"}), frozenset(LABELS))
    answer = DatabaseStore().label(anybody, prompt.name, "production")
    return json.loads(answer.body) if isinstance(answer, Found) else {}


def _behind(prompt: Prompt, now: datetime) -> list[Behind]:
    """Return who follows production and has not asked since it changed, the most first."""
    present, before = [*Segment.objects.filter(prompt=prompt).order_by("-id")[:2], None, None][:2]
    if present is None:
        return []
    rows = Fetcher.objects.select_related("version").filter(
        prompt=prompt,
        label="production",
        last_fetch_at__lt=present.started_at,
        last_fetch_at__gt=now - LATELY,
        key__revoked_at=None,
        version__isnull=False,
    )
    rows = rows.defer("version__content", "version__config", "version__output_schema")
    given = before.treatment if before and before.percent else None
    count: Counter[str] = Counter()
    latest: dict[str, datetime] = {}
    for row in rows.order_by("-last_fetch_at")[:ROWS]:
        assert row.version is not None
        # Who asked during a canary holds its document, the treatment in it.
        held = given if row.version_id == present.control_id else row.version
        if held is not None:
            count[held.semver] += 1
            latest.setdefault(held.semver, row.last_fetch_at)
    return [Behind(version, n, latest[version]) for version, n in count.most_common()]


def _ago(passed: timedelta) -> str:
    """Return `40 s`, `3 min` or `2 h`."""
    seconds = max(0, int(passed.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
