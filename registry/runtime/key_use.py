"""Who uses the keys of a project: the clients seen lately, and whether a replaced key still is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max

from registry.projects.models import Project
from registry.runtime.client_header import client_words
from registry.runtime.models import ApiKey, Fetcher

LATELY = timedelta(days=7)
QUIET = timedelta(minutes=10)  # clients ask every few seconds; a use is written once a minute
CLIENTS_SHOWN = 5


@dataclass(frozen=True)
class KeyUse:
    """A key with the clients seen lately, the latest first: `promptcms-python 0.1.0 (4)`."""

    key: ApiKey
    clients: list[str]
    newer: ApiKey | None = None
    older: ApiKey | None = None

    @property
    def shown(self) -> list[str]:
        """The first clients; `more` says how many there are besides."""
        return self.clients[:CLIENTS_SHOWN]

    @property
    def more(self) -> int:
        """How many clients are not shown."""
        return max(0, len(self.clients) - CLIENTS_SHOWN)

    @property
    def waits(self) -> bool:
        """Is the new key not used yet? Silence then proves nothing: a job may run once a night."""
        used = self.key.last_used_at
        return bool(self.newer and used and not self.newer.last_used_at)

    def is_quiet(self, now: datetime) -> bool:
        """Was it not used for so long that the application has switched over?"""
        used = self.key.last_used_at
        return used is None or (now - used > QUIET and not self.waits)


def uses_of(project: Project, keys: Iterable[ApiKey], *, now: datetime) -> list[KeyUse]:
    """Return the use of each of the live `keys` of `project`, in their order; one query."""
    keys = list(keys)
    by_id = {key.pk: key for key in keys}
    newer = {key.replaces_id: key for key in keys if key.replaces_id in by_id}
    clients: defaultdict[int, list[str]] = defaultdict(list)
    rows = (
        Fetcher.objects.filter(key__project=project, last_fetch_at__gt=now - LATELY)
        .values("key_id", "client")
        .annotate(processes=Count("process", distinct=True), last=Max("last_fetch_at"))
        .order_by("-last", "client")
    )
    for row in rows:
        words = client_words(row["client"])
        several = f" ({row['processes']} processes)" if row["processes"] > 1 else ""
        clients[row["key_id"]].append(words + several)
    return [
        KeyUse(key, clients[key.pk], newer.get(key.pk), by_id.get(key.replaces_id or 0))
        for key in keys
    ]
