"""What saving a version and moving a label cost as versions grow: milliseconds, and the ratio.

Run: `python -m tests.benchmarks.publish [versions, default 1000]`; on the database that
DATABASE_URL names, else on SQLite in a folder that goes away. A save makes a version; a move
gives production to another one that had it, by a rollback.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import django


def main(most: int) -> None:
    """Measure at 10 versions and at `most`, and print both."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ.setdefault("PROMPTCMS_VAR", folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "promptcms.settings"
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _measure(most)


def _measure(most: int) -> None:
    from registry.audit.clock import database_now
    from registry.domain.semver import Bump
    from registry.prompts.models import Version
    from registry.release.labels import version_at
    from registry.release.rollback import roll_back
    from tests import stages

    shop = stages.world(sandbox=True)
    prompt = stages.prompt_named(shop)
    saved: list[Version] = []

    def save() -> Version:
        base = saved[-1] if saved else None
        text = f"{stages.FIRST_TEXT} Number {len(saved)} of many."
        saved.append(stages.saved(shop, prompt, text, base=base, bump=base and Bump.MINOR))
        return saved[-1]

    def move() -> None:
        now = database_now()
        there = served if version_at(prompt, "production") == saved[0] else saved[0]
        roll_back(prompt, to=there, actor=shop.actor("lea"), reason="To and fro.", now=now)

    for _ in range(2):
        text = f"{stages.FIRST_TEXT} First ones, {len(saved)}."
        saved.append(stages.in_production(shop, prompt, text))
    served = saved[1]
    found = {}
    for count in (10, most):
        while len(saved) < count:
            save()
        found[count] = [_median(save), _median(move)]
        print(
            f"{count:6,} versions   save {found[count][0]:6.1f} ms   move {found[count][1]:6.1f} ms"
        )
    few, many = found.values()
    print(f"ratio             save {many[0] / few[0]:6.2f}      move {many[1] / few[1]:6.2f}")


def _median(act: Callable[[], object], times: int = 15) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
