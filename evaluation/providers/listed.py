"""Prices from the table of genai-prices, looked up by a process that ends at once.

The table and what it is built with take up to 80 MB, as much as the rest of a worker, and
give back none of it. So a child reads it: about half a second, once in an hour for a model.

`python -m evaluation.providers.listed` reads {"address", "models"} and prints what
`listed_prices` returns for each, as JSON.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from evaluation.providers.entries import KINDS, Price

PATIENCE = 20.0  # seconds for the child
KEPT = 3600  # seconds; some prices change with the time of day
TABLE = {"input": "input_mtok", "output": "output_mtok", "cached": "cache_read_mtok"}

PAUSE = 60.0  # seconds after trouble in which prices are unknown

_looking = threading.Lock()
log = structlog.get_logger(__name__)

Listed = tuple[tuple[int, Price], ...]
"""Prices by how many tokens of input they begin above; empty when the table has none."""


def listed_prices(address: str, model: str, among: tuple[str, ...] = ()) -> Listed:
    """Return the prices of `model` at the base address of a provider, as they are now.

    If it is one of the models `among`, all of these are looked up together.
    """
    wanted = among if model in among else (model,)
    with _looking:
        if time.monotonic() < _Trouble.until:
            return ()
        try:
            return _looked_up(address, wanted, int(time.time() // KEPT))[model]
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            _Trouble.until = time.monotonic() + PAUSE
            log.warning("prices could not be looked up", error=type(error).__name__)
            return ()


class _Trouble:
    """Until when nothing is looked up, because it did not work."""

    until = 0.0


@lru_cache(maxsize=256)
def _looked_up(address: str, models: tuple[str, ...], hour: int) -> dict[str, Listed]:
    child = subprocess.run(
        [sys.executable, "-m", "evaluation.providers.listed"],
        input=json.dumps({"address": address, "models": models}),
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    found = zip(models, json.loads(child.stdout), strict=True)
    return {
        model: tuple(
            (start, Price(model, **{kind: Decimal(price) for kind, price in prices.items()}))
            for start, prices in tiers
        )
        for model, tiers in found
    }


def _tiers(address: str, model: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield from how many tokens on which prices hold; nothing for what is not listed."""
    from genai_prices import Usage, calc_price

    try:
        usage = Usage(input_tokens=1, output_tokens=1)
        found: Any = calc_price(usage, model, provider_api_url=address).model_price
    except (LookupError, ValueError):
        return
    units = {kind: getattr(found, TABLE[kind], None) for kind in KINDS}
    if units["input"] is None or units["output"] is None:
        return
    tiers = [tier for unit in units.values() for tier in getattr(unit, "tiers", ())]
    for start in sorted({0, *(tier.start for tier in tiers)}):
        prices = {kind: _price_above(unit, start) for kind, unit in units.items()}
        yield start, {kind: str(price) for kind, price in prices.items() if price is not None}


def _price_above(unit: Any, start: int) -> Decimal | None:
    """Return the price for more than `start` tokens: one price, or the highest tier reached."""
    price: Decimal | None = getattr(unit, "base", unit)
    for tier in getattr(unit, "tiers", ()):
        price = tier.price if tier.start <= start else price
    return price


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    print(json.dumps([list(_tiers(wanted["address"], model)) for model in wanted["models"]]))
