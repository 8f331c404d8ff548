"""How long lists and the search take at 10, 1,000 and 100,000 prompts, in milliseconds.

`python -m tests.benchmarks.lists [sizes…]`: on SQLite in a folder that goes away, and with
`--postgresql` on a PostgreSQL of its own. Rows are written past the use-cases, and the whole
page is measured, from the request to the answer: the fastest of five, for on a busy machine
the others tell of the machine. SQLite works in this process, so there only its own time counts.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

BATCH = 2000
AREAS = 40
TIMES = 5
LIST = "/registry/prompt/"
DEEP = "?after=area20/team-3/prompt-050000:1"
PAGES = {
    "first page": "",
    "deep page": DEEP,
    "a folder": "?folder=area20/",
    "a folder in it": "?folder=area20/team-3/",
    "waiting": "?is=waiting",
    "rolling out": "?is=rollout",
    "failed": "?is=failed",
    "stale": "?is=stale",
    "serves nothing": "?is=unserved",
    "archived": "?archived=yes",
    "of one owner": "?owner=me",
    "kind chat": "?kind=chat",
    "a tag": "?tag=tag7",
    "a rare word": "?q=needle77",
    "a common word": "?q=customer",
    "the start of a word": "?q=cust",
    "a common word in a folder": "?q=customer&folder=area39/",
    "common word, waiting": "?q=customer&is=waiting",
}
SEARCHES = {
    "search box: a rare word": "/search?q=needle77",
    "search box: a common word": "/search?q=customer",
    "search box: a version": "/search?q=area20/team-3/prompt-{some:06d} 1.0.0",
    "search box: a digest": "/search?q=abc1230000",
}


def main(arguments: list[str]) -> None:
    """Measure each size on an empty database and print a table."""
    sizes = [int(text) for text in arguments if text.isdigit()] or [10, 1_000, 100_000]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="promptcms-")))
        folder.chmod(0o711)
        os.environ |= {"PROMPTCMS_VAR": str(folder), "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "promptcms.settings"
        if "--postgresql" in arguments:
            from tests import services

            os.environ["DATABASE_URL"] = stack.enter_context(
                services.postgresql(folder / "postgresql")
            )
        _measure(sizes)


def _measure(sizes: list[int]) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from promptcms import guards

    call_command("migrate", verbosity=0)
    guards.drop_all(connection)
    world = _World()
    columns: list[dict[str, float]] = []
    for size in sorted(sizes):
        world.fill(size)
        columns.append(world.times(size))
        print(f"{size:,} prompts measured", flush=True)
    heads = "".join(f"{size:>12,}" for size in sorted(sizes))
    print(f"\n{connection.vendor + ', milliseconds':<30}{heads}")
    for name in columns[0]:
        print(f"{name:<30}" + "".join(f"{column[name]:>12.1f}" for column in columns))
    connection.close()


class _World:
    """One project that grows, and a browser of somebody in it."""

    def __init__(self) -> None:
        from django.test import Client

        from tests import stages

        self.world = stages.world()
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.client.force_login(self.world.person("ana"))
        self.count = 0

    def fill(self, size: int) -> None:
        """Add prompts until there are `size`."""
        from django.db import connection

        for start in range(self.count, size, BATCH):
            _insert(self.world, range(start, min(start + BATCH, size)))
        self.count = size
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def times(self, size: int) -> dict[str, float]:
        """Return the milliseconds of every page, and of the one of a prompt with many versions."""
        from registry.prompts.models import Prompt

        pages = {name: LIST + query for name, query in PAGES.items()}
        pages |= {name: url.format(some=size // 2) for name, url in SEARCHES.items()}
        many = Prompt.objects.order_by("pk")[0]
        _versions(self.world, many, 1000)
        pages["prompt page, 1,000 versions"] = f"/projects/shop/prompts/{many.name}"
        return {name: _fastest(lambda url=url: self._get(url)) for name, url in pages.items()}

    def _get(self, url: str) -> None:
        answer = self.client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)


def _fastest(work: Callable[[], None]) -> float:
    from django.db import connection

    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    work()
    times = []
    for _ in range(TIMES):
        started = clock()
        work()
        times.append((clock() - started) * 1000)
    return min(times)


def _insert(world: Any, numbers: range) -> None:
    """Write prompts with a version each, what it serves and where it stands."""
    from django.db import transaction

    from registry.audit.clock import database_now
    from registry.prompts.models import Prompt
    from registry.release.entry import write_entries

    now = database_now()
    with transaction.atomic():
        prompts = Prompt.objects.bulk_create([_prompt(world, n, now) for n in numbers])
        _write_versions(world, list(zip(numbers, prompts, strict=True)), now)
        write_entries(prompts)


def _prompt(world: Any, n: int, now: Any) -> Any:
    from registry.prompts.models import Prompt

    return Prompt(
        project=world.project,
        name=f"area{n % AREAS}/team-{n % 7}/prompt-{n:06d}",
        title=f"Prompt number {n}",
        kind="chat" if n % 500 == 0 else "text",
        tags=[f"tag{n % 100}", "all"],
        owner=world.person("ana" if n % 1000 == 0 else "rui"),
        archived_at=now if n % 300 == 299 else None,
    )


def _write_versions(world: Any, pairs: list[tuple[int, Any]], now: Any) -> None:
    from registry.prompts.models import Version
    from registry.release.models import Label, Release, Rollout

    versions = Version.objects.bulk_create([_version(world, p, n, 1) for n, p in pairs])
    policy = world.project.policy_revisions.latest("number")
    releases, labels, rollouts = [], [], []
    for (n, prompt), version in zip(pairs, versions, strict=True):
        state = {1: "in_review", 2: "failed", 3: "cleared"}.get(n % 400, "cleared")
        releases.append(Release(version=version, prompt=prompt, state=state, changed_at=now))
        if n % 400 in (1, 2, 3):
            continue
        rolling = n % 400 == 4
        rollouts.append(
            Rollout(
                prompt=prompt,
                version=version,
                state="soaking" if rolling else "complete",
                salt="s",
                percent=0 if rolling else 100,
                plan={"soak_minutes": 0, "stages": []},
                policy=policy,
                step_started_at=now,
                started_at=now,
            )
        )
        if not rolling:
            moved = now - timedelta(days=200 if n % 3 == 0 else 1)
            labels.append(Label(prompt=prompt, name="production", version=version, moved_at=moved))
    Release.objects.bulk_create(releases)
    Rollout.objects.bulk_create(rollouts)
    Label.objects.bulk_create(labels)


def _version(world: Any, prompt: Any, n: int, revision: int) -> Any:
    from registry.prompts.models import Version

    words = " ".join(f"word{(n * 31 + k * 7) % 5000}" for k in range(60))
    return Version(
        prompt=prompt,
        revision=revision,
        major=1,
        minor=0,
        patch=revision - 1,
        bump="MAJOR" if revision == 1 else "PATCH",
        content=f"You help the customer of {{{{company}}}}. needle{n}. {words}",
        author=world.person("ana"),
        change_reason="Written for the measurement.",
        digest=f"abc{n:06d}{revision:04d}".ljust(64, "0"),
    )


def _versions(world: Any, prompt: Any, count: int) -> None:
    """Give one prompt `count` versions."""
    from registry.audit.clock import database_now
    from registry.prompts.models import Version
    from registry.release.models import Release

    there = prompt.versions.count()
    rows = [_version(world, prompt, 0, revision) for revision in range(there + 1, count + 1)]
    for made in _batches(Version.objects.bulk_create(rows)):
        Release.objects.bulk_create(
            [Release(version=v, prompt=prompt, changed_at=database_now()) for v in made]
        )


def _batches(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


if __name__ == "__main__":
    main(sys.argv[1:])
