"""The named connections to models. People choose a name; addresses come from settings alone.

`PROMPTCMS_CONNECTIONS` names them: {"azure": {"base_url": "https://…/v1", "key_env":
"AZURE_KEY", "models": ["gpt-…"]}}. `OPENAI_API_KEY` or `OPENAI_BASE_URL` in the environment
make one called “openai”. “simulated” is always there. Keys stay in the environment.

Beside these an entry may hold: `timeout`, `connect_timeout` (seconds), `at_once` (questions
under way in one worker), `requests_per_minute` and `tokens_per_minute` (of all workers),
`prices` ({"gpt-…": {"input": 0.15, "output": 0.6}}, US dollars for a million tokens; “*”
for any other model) and `max_cost_month` (US dollars, of all projects).
"""

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from evaluation.providers.base import Provider
from evaluation.providers.calls import Caller
from evaluation.providers.entries import Entry, Price, number, read_entry, refused
from evaluation.providers.openai_compatible import Endpoint, OpenAICompatible
from evaluation.providers.rate import Limits, rate_of
from evaluation.providers.simulated import Simulated
from registry.domain.errors import Refused

SIMULATED = "simulated"
OPENAI = "openai"
OPENAI_URL = "https://api.openai.com/v1"

_making = threading.Lock()


@dataclass(frozen=True)
class Connection:
    """A way to a model. `models` are those to offer; empty means that any may be asked for.

    `at_once` is how many questions may be under way at the same time in one worker, `limits`
    what all workers keep to. `max_cost_month` is in US dollars, of all projects together.
    """

    name: str
    provider: Provider = field(repr=False, compare=False)
    simulated: bool = False
    models: tuple[str, ...] = ()
    at_once: int = 50
    base_url: str = ""
    limits: Limits = field(default_factory=Limits)
    prices: tuple[Price, ...] = ()
    max_cost_month: Decimal | None = None

    @property
    def host(self) -> str:
        """The name of the machine that is asked, and its port if it is unusual; "" for none."""
        return urlsplit(self.base_url).netloc

    @cached_property
    def caller(self) -> Caller:
        """What asks it: one for this process, so that places and rate hold for all threads."""
        rate = rate_of(self.name, self.limits, settings.REDIS_URL)
        return Caller(self.provider, at_once=self.at_once, rate=rate)


def names() -> list[str]:
    """Return the names of all connections, the simulated one last."""
    return [name for name in _specs() if name != SIMULATED] + [SIMULATED]


def get(name: str) -> Connection:
    """Return the connection called `name`. Raises Refused, with the cure, if it has none."""
    specs = _specs()
    if name not in specs:
        raise Refused(
            f"There is no connection “{name}”. Choose one of {', '.join(names())}, "
            "or name it in the setting PROMPTCMS_CONNECTIONS.",
            field="connection",
        )
    spec = specs[name]
    with _making:  # so that shards that start at once get the same one
        if name != SIMULATED:
            return _connection(name, read_entry(name, spec), os.getpid())
        if not isinstance(spec, Mapping):
            raise refused(name, "its settings must be an object")
        return _simulated(number(name, spec, "pace", 0.0), os.getpid())


def problems() -> list[str]:
    """Return a sentence for each connection that could not be used, for the start-up checks."""
    found = []
    for name in names():
        try:
            get(name)
        except Refused as error:
            found.append(str(error))
    return found


def adapt(name: str, *, models: Iterable[str] = (), at_once: int | None = None) -> None:
    """Let the connection offer these models first and ask so many at once, in this process only."""
    spec = dict(_specs()[name])
    if offered := [model for model in models if model]:
        spec["models"] = list(dict.fromkeys([*offered, *spec.get("models", ())]))
    if at_once is not None:
        spec["at_once"] = at_once
    settings.PROMPTCMS_CONNECTIONS = {**settings.PROMPTCMS_CONNECTIONS, name: spec}


def _specs() -> dict[str, Mapping[str, Any]]:
    """Return what is known of each connection; settings win over the environment."""
    specs: dict[str, Mapping[str, Any]] = {SIMULATED: {}}
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        base_url = os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
        specs[OPENAI] = {"base_url": base_url, "key_env": "OPENAI_API_KEY", "key_optional": True}
    return specs | getattr(settings, "PROMPTCMS_CONNECTIONS", {})


@lru_cache(maxsize=64)
def _connection(name: str, entry: Entry, process: int) -> Connection:
    """Return the one connection of this name in this process: sockets do not survive a fork."""
    endpoint = Endpoint(
        base_url=entry.base_url,
        key=entry.key,
        timeout=entry.timeout,
        connect_timeout=entry.connect_timeout,
        at_once=entry.at_once,
    )
    return Connection(
        name,
        OpenAICompatible(endpoint),
        models=entry.models,
        at_once=entry.at_once,
        base_url=entry.base_url,
        limits=entry.limits,
        prices=entry.prices,
        max_cost_month=entry.max_cost_month,
    )


@lru_cache(maxsize=4)
def _simulated(pace: float, process: int) -> Connection:
    return Connection(SIMULATED, Simulated(pace=pace), simulated=True)
