"""Read one entry of the setting PROMPTCMS_CONNECTIONS; say in words what is wrong with it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from evaluation.providers.base import Usage
from evaluation.providers.rate import Limits
from registry.domain.errors import Refused

FIELDS = (
    *("base_url", "key_env", "models", "timeout", "connect_timeout", "at_once"),
    *("requests_per_minute", "tokens_per_minute", "prices", "max_cost_month"),
)
KINDS = ("input", "output", "cached")  # of prices
MOST_PER_MINUTE = 1_000_000_000
MOST_DOLLARS = 1_000_000
MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens of `model`; “*” is any model. `cached` input may differ."""

    model: str
    input: Decimal
    output: Decimal
    cached: Decimal | None = None

    def of(self, usage: Usage) -> Decimal:
        """Return the cost of one call."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.input_tokens - usage.cached_tokens
        dollars = fresh * self.input + usage.cached_tokens * cached
        return (dollars + usage.output_tokens * self.output) / MILLION


@dataclass(frozen=True)
class Entry:
    """What an entry says, checked. Times are in seconds, money is in US dollars."""

    base_url: str
    key: str = field(repr=False)
    models: tuple[str, ...]
    timeout: float
    connect_timeout: float
    at_once: int
    limits: Limits
    prices: tuple[Price, ...]
    max_cost_month: Decimal | None


def read_entry(name: str, spec: object) -> Entry:
    """Return what the entry called `name` says. Raises Refused, which never shows a key."""
    if not isinstance(spec, Mapping):
        raise refused(name, "its settings must be an object with base_url")
    unknown = sorted(set(spec) - {*FIELDS, "key_optional"})
    if unknown:
        raise refused(name, f"{', '.join(unknown)} is not known; use {', '.join(sorted(FIELDS))}")
    return Entry(
        base_url=_base_url(name, spec.get("base_url")),
        key=_key(name, spec),
        models=_models(name, spec),
        timeout=number(name, spec, "timeout", 60.0, least=0.1),
        connect_timeout=number(name, spec, "connect_timeout", 10.0, least=0.1),
        at_once=int(number(name, spec, "at_once", 50, least=1)),
        limits=Limits(
            _per_minute(name, spec, "requests_per_minute"),
            _per_minute(name, spec, "tokens_per_minute"),
        ),
        prices=_prices(name, spec.get("prices", {})),
        max_cost_month=_dollars(name, spec, "max_cost_month"),
    )


def number(
    name: str,
    spec: Mapping[str, Any],
    key: str,
    default: float,
    *,
    least: float = 0.0,
    most: float = 3600,
) -> float:
    """Return the number at `key`. Raises Refused for anything else, or one out of bounds."""
    value = spec.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise refused(name, f"{key} must be a number from {least:g} to {most:,.0f}")
    return float(value)


def refused(name: str, why: str) -> Refused:
    """Return the error that says why the connection called `name` cannot be used."""
    return Refused(f"The connection “{name}” cannot be used: {why}.", field="connection")


def _base_url(name: str, value: object) -> str:
    """Return the address without its last slash; one with a password or a query is refused."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise refused(name, "base_url must be an address such as https://host/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise refused(name, "base_url must hold no password and no query; name key_env instead")
    return str(value).rstrip("/")


def _key(name: str, spec: Mapping[str, Any]) -> str:
    """Return the key from the environment. What is wrong with it is said without showing it."""
    variable = spec.get("key_env")
    if not variable:
        return ""
    key = os.environ.get(str(variable), "").strip()
    if not key and not spec.get("key_optional"):
        raise refused(name, f"the environment variable {variable} is not set")
    if not all("!" <= sign <= "~" for sign in key):
        raise refused(name, f"the key in {variable} holds a space or a sign that keys do not have")
    return key


def _models(name: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
    models = spec.get("models", ())
    if not isinstance(models, list | tuple) or not all(isinstance(model, str) for model in models):
        raise refused(name, "models must be a list of names")
    return tuple(models)


def _per_minute(name: str, spec: Mapping[str, Any], key: str) -> int | None:
    if spec.get(key) is None:
        return None
    return int(number(name, spec, key, 0, least=1, most=MOST_PER_MINUTE))


def _dollars(name: str, spec: Mapping[str, Any], key: str) -> Decimal | None:
    if spec.get(key) is None:
        return None
    return _money(name, spec, key)


def _money(name: str, spec: Mapping[str, Any], key: str) -> Decimal:
    return Decimal(str(number(name, spec, key, 0, most=MOST_DOLLARS)))


def _prices(name: str, prices: object) -> tuple[Price, ...]:
    if not isinstance(prices, Mapping) or not all(
        isinstance(price, Mapping) and {"input", "output"} <= set(price) <= set(KINDS)
        for price in prices.values()
    ):
        raise refused(
            name, 'prices must look like {"gpt-…": {"input": 0.15, "output": 0.6, "cached": 0.08}}'
        )
    return tuple(
        Price(str(model), **{kind: _price(name, model, price, kind) for kind in price})
        for model, price in prices.items()
    )


def _price(name: str, model: object, price: Mapping[str, Any], kind: str) -> Decimal:
    """Return one price; what is wrong with it is said with the model that it is of."""
    said = f"the {kind} price of {model}"
    return _money(name, {said: price[kind]}, said)
