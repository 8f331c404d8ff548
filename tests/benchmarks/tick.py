"""How long one look at a rollout takes: five metrics in three segments, 64 groups of units.

Run: `python -m tests.benchmarks.tick [looks, default 200] [--profile]`, on SQLite and on a
PostgreSQL that is started for it (or on the database that DATABASE_URL names). A look gathers,
decides, and writes down what it saw, in its own transaction. Goal: 20 ms of this process's own
time, and no more with many more calls; what the clock on the wall says beside it depends on what
else the machine does.
"""

import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.evaluation.online.watch.ground import Story

GOAL_MS = 20.0
HOURS = (48, 6, 6)


def main(arguments: list[str]) -> None:
    """Measure on each database, in a process of its own."""
    if "--here" in arguments:
        return _here(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as somebody else
        again = [sys.executable, "-m", "tests.benchmarks.tick", "--here", *arguments]
        plain = {**os.environ, "PROMPTCMS_VAR": folder, "LOG_LEVEL": "ERROR"}
        subprocess.run(again, check=True, env=plain)
        if os.environ.get("DATABASE_URL"):
            return None
        from tests.services import postgresql

        with postgresql(Path(folder) / "postgresql") as url:
            subprocess.run(again, check=True, env={**plain, "DATABASE_URL": url})
    return None


def _here(arguments: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "promptcms.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    numbers = [int(word) for word in arguments if word.isdigit()]
    looks = numbers[0] if numbers else 200
    story, calls, rows = _rollout(10_000)
    few = _timed(story, looks)
    _more(story, 1_000_000)
    many = _timed(story, looks)
    print(f"{connection.vendor}: {rows} rows of sums, {calls:,} calls, {looks} looks each")
    for name, times in (("as they are", few), ("and a million calls more", many)):
        own, wall = (statistics.median(column) for column in zip(*times, strict=True))
        word = "within" if own <= GOAL_MS else "over"
        print(f"  {name}: {own:.1f} ms of its own ({word} {GOAL_MS:g}), {wall:.1f} ms on the wall")
    if "--profile" in arguments:
        profile = cProfile.Profile()
        profile.runcall(_timed, story, 50)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(30)


def _rollout(calls_an_hour: int) -> tuple["Story", int, int]:
    """Return a rollout at 50 % that is looked at without a step, its calls, and its rows."""
    from evaluation.online.models import Rollup, Shard
    from tests.evaluation.online.watch.ground import Calls, Story

    story = Story(stages=((5, 60 * HOURS[0]), (25, 60 * HOURS[1]), (50, 60_000)))
    scores = {"relevance": 0.8}
    story.traffic(calls=Calls(calls_an_hour, custom=scores))
    story.start(story.version(), percent=5, attended=False)
    calls = 0
    for hours, percent in zip(HOURS, (5, 25, 50), strict=True):
        share = percent / 100
        old = Calls(round(calls_an_hour * (1 - share)), slow=400, custom=scores)
        new = Calls(round(calls_an_hour * share), slow=round(400 * share), custom=scores)
        story.live(new, old, hours=hours)
        calls += calls_an_hour * hours
        story.tick()
    assert story.stands() == ("canary", 50, False), story.stands()
    return story, calls, Rollup.objects.count() + Shard.objects.count()


def _more(story: "Story", calls: int) -> None:
    from tests.evaluation.online.watch.ground import Calls

    story.live(Calls(calls // 2, slow=20_000), Calls(calls // 2, slow=20_000))


def _timed(story: "Story", looks: int) -> list[tuple[float, float]]:
    """Return the milliseconds of each look: of this process, and on the wall."""
    times = []
    for _ in range(looks):
        own, wall = time.process_time(), time.perf_counter()
        answer = story.tick()
        times.append(((time.process_time() - own) * 1000, (time.perf_counter() - wall) * 1000))
        assert answer is not None
    return times


if __name__ == "__main__":
    main(sys.argv[1:])
