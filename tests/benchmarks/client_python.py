"""What the Python client costs an application: a hit, a choice, a compile. Prints a table.

Run it from the project's folder: `python -m tests.benchmarks.client_python`.
"""

import statistics
import sys
import time
import timeit
from collections.abc import Callable
from typing import Any

from tests.source import ROOT

sys.path.insert(0, str(ROOT / "promptcms" / "clients" / "python"))

from promptcms_client import FakeClient

ROUNDS = 15
CALLS = 20_000
WORDS = "Please answer in one short and friendly line "


def main() -> None:
    """Measure each thing in several rounds; print the best and the median in microseconds."""
    names = [f"value_{n:02}" for n in range(50)]
    text = "".join(f"{WORDS[: 28 - n % 3]}{{{{{name}}}}}" for n, name in enumerate(names))
    values: dict[str, object] = {name: f"text {name}" for name in names}
    numbers: dict[str, object] = {**values, "value_07": 7}
    rolling = {"support/rolling": _rolling(text)}
    client = FakeClient({"support/system": text, **rolling})
    prompt = client.get_prompt("support/system")
    treated = client.get_prompt("support/rolling", unit="user-1")
    print(f"The text has {len(text.encode()):,} bytes and {len(names)} placeholders.")
    print(f"{'µs':34}{'best':>8}{'median':>8}{'goal':>8}")
    plain = {"support/system": prompt}
    _row("a dict alone", lambda: plain["support/system"])
    _row("a dict and a look at the clock", lambda: plain["support/system"] and time.monotonic())
    _row("get_prompt, a hit", lambda: client.get_prompt("support/system"), "0.5")
    _row(
        "get_prompt, a hit with a label",
        lambda: client.get_prompt("support/system", label="production"),
        "0.5",
    )
    _row(
        "get_prompt by unit, a rollout runs",
        lambda: client.get_prompt("support/rolling", unit="user-1"),
    )
    _row("compile, all values text", lambda: prompt.compile(values), "4")
    _row("compile, one value a number", lambda: prompt.compile(numbers))
    _row("compile, a rollout runs", lambda: treated.compile(values))


def _row(title: str, call: Callable[[], object], goal: str = "") -> None:
    call()
    times = [t / CALLS * 1e6 for t in _rounds(call)]
    print(f"{title:34}{min(times):8.2f}{statistics.median(times):8.2f}{goal:>8}")


def _rounds(call: Callable[[], object]) -> list[float]:
    """Return the seconds of this process's own time that each round took."""
    return timeit.repeat(call, timer=time.process_time, number=CALLS, repeat=ROUNDS)


def _rolling(text: str) -> dict[str, Any]:
    """Return a document with a canary of half the units."""
    version = {"name": "support/rolling", "kind": "text", "version": "1.0.0", "template": text}
    treatment = {**version, "version": "1.1.0", "template": f"{text} Be brief."}
    rollout = {"id": 1, "epoch": 1, "salt": "s", "percent": 50, "treatment": treatment}
    return {**version, "label": "production", "rollout": rollout}


if __name__ == "__main__":
    main()
