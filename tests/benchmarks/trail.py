"""How long the ledger and the audit trail take with 50,000 moves of labels and 200,000 events.

`python -m tests.benchmarks.trail`: on SQLite in a folder that goes away, and with
`--postgresql` on a PostgreSQL of its own. Nine tenths of the rows are of one project, the rest
of a small one beside it. Rows are written past the use-cases. Prints milliseconds of whole
pages, the fastest of five, and how long a walk along the chain takes; asserts nothing.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PROMPTS, MOVES, EVENTS, BATCH, TIMES = 500, 50_000, 200_000, 2_000, 5
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
OLD_WEEK = "from=2026-03-01T00:00&until=2026-03-08T00:00"
LEDGER = {
    "first page": "",
    "deep page": "before=2026-04-01T00:00:00%2B00:00,9",
    "an old week": OLD_WEEK,
    "somebody who did little": "person=rui",
    "a folder": "prompt=area7/",
    "one prompt": "prompt=area7/prompt-7",
    "label staging": "label=staging",
    "served at a moment": "at=2026-05-01T00:00",
}
AUDIT = {
    "first page": "",
    "deep page": "before=900",
    "an old week": OLD_WEEK,
    "somebody who did little": "person=rui",
    "a rare action": "action=policy.changed",
    "a common action": "action=label.moved",
    "one prompt": "prompt=area7/prompt-7",
    "a folder": "prompt=area7/",
    "a rare word": "text=needle",
    "a word nobody wrote": "text=nowhere",
    "one request": "request=request-77",
}


def main(arguments: list[str]) -> None:
    """Fill a database of its own, and print a table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="promptcms-")))
        folder.chmod(0o711)
        os.environ |= {"PROMPTCMS_VAR": str(folder), "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "promptcms.settings"
        if "--postgresql" in arguments:
            from tests import services

            database = services.postgresql(folder / "postgresql")
            os.environ["DATABASE_URL"] = stack.enter_context(database)
        _measure()


def _measure() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from promptcms import guards
    from tests import stages

    call_command("migrate", verbosity=0)
    guards.drop_all(connection)
    worlds = [stages.world("shop"), stages.world("mill")]
    _write_moves(worlds)
    _write_events(worlds)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(worlds[0].person("ana"))
    print(f"{connection.vendor}, milliseconds{'large project':>28}{'small':>9}")
    for page, queries in (("ledger", LEDGER), ("audit", AUDIT)):
        for name, query in queries.items():
            times = [
                _fastest(lambda url=f"/projects/{w.project.slug}/{page}?{query}": _get(client, url))
                for w in worlds
            ]
            print(f"{page + ': ' + name:<40}{times[0]:>9.1f}{times[1]:>9.1f}", flush=True)
    _print_long_ones(client, worlds[0].project.pk)
    connection.close()


def _print_long_ones(client: Any, project: int) -> None:
    from registry.audit.verify import walk

    for path in ("ledger/export", "audit/export/jsonl"):
        took = _once(lambda path=path: _get(client, f"/projects/shop/{path}"))
        print(f"{path + ', all':<40}{took:>9.0f}")
    print(f"{'walk along the chain':<40}{_once(lambda: walk(f'project:{project}')):>9.0f}")


def _write_moves(worlds: list[Any]) -> None:
    from registry.prompts.models import Prompt
    from registry.release.models import Label, LabelEvent
    from tests import stages

    labels = []
    for number in range(PROMPTS):
        world = worlds[0 if number % 10 else 1]
        prompt = Prompt.objects.create(
            project=world.project, name=f"area{number % 20}/prompt-{number}", kind="text"
        )
        version = stages.saved(world, prompt)
        labels += [
            Label.objects.create(prompt=prompt, name=name, version=version, moved_at=BEGAN)
            for name in ("production", "staging")
        ]
    lea, rui = worlds[0].person("lea"), worlds[0].person("rui")
    for start in range(0, MOVES, BATCH):
        rows = []
        for number in range(start, start + BATCH):
            label = labels[number * 7 % len(labels)]
            person = lea if number % 5_000 else rui
            rows.append(
                LabelEvent(
                    prompt_id=label.prompt_id,
                    label=label,
                    name=label.name,
                    rev=number + 2,
                    version_after_id=label.version_id,
                    actor=person,
                    actor_name=person.username,
                    reason="Go.",
                    at=BEGAN + timedelta(minutes=9 * number),
                )
            )
        LabelEvent.objects.bulk_create(rows)


def _write_events(worlds: list[Any]) -> None:
    from registry.audit.models import ChainHead, Event
    from registry.audit.record import link_hash
    from registry.prompts.models import Version

    heads = {w.project.pk: ChainHead.objects.get(chain=f"project:{w.project.pk}") for w in worlds}
    people = [worlds[0].person(name) for name in ("lea", "rui")]
    versions = list(Version.objects.select_related("prompt").order_by("pk"))
    for start in range(0, EVENTS, BATCH):
        rows = []
        for number in range(start, start + BATCH):
            version = versions[number * 7 % len(versions)]
            head = heads[version.prompt.project_id]
            head.seq += 1
            person = people[number % 5_000 == 0]
            event = Event(
                chain=head.chain,
                seq=head.seq,
                project_id=version.prompt.project_id,
                at=BEGAN + timedelta(minutes=2 * number),
                action="label.moved" if number % 2_000 else "policy.changed",
                actor=person,
                actor_name=person.username,
                object_type="version",
                object_id=str(version.pk),
                object_name=f"{version.prompt.name} 1.0.0",
                before='{"label":"staging","version":"1.0.0"}',
                after='{"label":"staging","rev":2,"version":"1.0.1"}',
                reason="It looks good." if number % 20_000 else "A needle.",
                request_id=f"request-{number // 3}",
                previous_hash=head.hash,
            )
            event.hash = head.hash = link_hash(event)
            rows.append(event)
        Event.objects.bulk_create(rows)
    for head in heads.values():
        head.save()


def _get(client: Any, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    if answer.streaming:
        for _ in answer.streaming_content:
            pass


def _fastest(work: Callable[[], object]) -> float:
    return min(_once(work) for _ in range(TIMES))


def _once(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main(sys.argv[1:])
