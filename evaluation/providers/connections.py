"""The named connections to models. People choose a name; addresses come from settings alone.

`PROMPTCMS_CONNECTIONS` names them: {"azure": {"base_url": "https://…/v1", "key_env":
"AZURE_KEY", "models": ["gpt-…"]}}. `OPENAI_API_KEY` or `OPENAI_BASE_URL` in the environment
make one called “openai”. “simulated” is always there. Keys stay in the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from evaluation.providers.base import Provider
from evaluation.providers.openai_compatible import Endpoint, OpenAICompatible
from evaluation.providers.simulated import Simulated
from registry.domain.errors import Refused

SIMULATED = "simulated"
OPENAI = "openai"
OPENAI_URL = "https://api.openai.com/v1"
_FIELDS = {"base_url", "key_env", "models", "timeout", "connect_timeout", "at_once"}


@dataclass(frozen=True)
class Connection:
    """A way to a model. `models` are those to offer; empty means that any may be asked for.

    `at_once` is how many questions may be under way at the same time.
    """

    name: str
    provider: Provider = field(repr=False, compare=False)
    simulated: bool = False
    models: tuple[str, ...] = ()
    at_once: int = 50


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
    if not isinstance(spec, Mapping):
        raise _refused(name, "its settings must be an object with base_url")
    if name == SIMULATED:
        pace = _number(name, spec, "pace", 0.0)
        return Connection(name, Simulated(pace=pace), simulated=True)
    endpoint = _endpoint(name, spec)
    return Connection(
        name,
        _provider(endpoint, os.getpid()),
        models=_models(name, spec),
        at_once=endpoint.at_once,
    )


def problems() -> list[str]:
    """Return a sentence for each connection that could not be used, for the start-up checks."""
    found = []
    for name in names():
        try:
            get(name)
        except Refused as error:
            found.append(str(error))
    return found


def _specs() -> dict[str, Mapping[str, Any]]:
    """Return what is known of each connection; settings win over the environment."""
    specs: dict[str, Mapping[str, Any]] = {SIMULATED: {}}
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        base_url = os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
        specs[OPENAI] = {"base_url": base_url, "key_env": "OPENAI_API_KEY", "key_optional": True}
    return specs | getattr(settings, "PROMPTCMS_CONNECTIONS", {})


@lru_cache(maxsize=64)
def _provider(endpoint: Endpoint, process: int) -> OpenAICompatible:
    """Return the one provider of an endpoint in this process: sockets do not survive a fork."""
    return OpenAICompatible(endpoint)


def _endpoint(name: str, spec: Mapping[str, Any]) -> Endpoint:
    unknown = sorted(set(spec) - _FIELDS - {"key_optional"})
    if unknown:
        raise _refused(name, f"{', '.join(unknown)} is not known; use {', '.join(sorted(_FIELDS))}")
    return Endpoint(
        base_url=_base_url(name, spec.get("base_url")),
        key=_key(name, spec),
        timeout=_number(name, spec, "timeout", 60.0, least=0.1),
        connect_timeout=_number(name, spec, "connect_timeout", 10.0, least=0.1),
        at_once=int(_number(name, spec, "at_once", 50, least=1)),
    )


def _base_url(name: str, value: object) -> str:
    """Return the address without its last slash; one with a password or a query is refused."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise _refused(name, "base_url must be an address such as https://host/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _refused(name, "base_url must hold no password and no query; name key_env instead")
    return str(value).rstrip("/")


def _key(name: str, spec: Mapping[str, Any]) -> str:
    """Return the key from the environment. What is wrong with it is said without showing it."""
    variable = spec.get("key_env")
    if not variable:
        return ""
    key = os.environ.get(str(variable), "").strip()
    if not key and not spec.get("key_optional"):
        raise _refused(name, f"the environment variable {variable} is not set")
    if not all("!" <= sign <= "~" for sign in key):
        raise _refused(name, f"the key in {variable} holds a space or a sign that keys do not have")
    return key


def _models(name: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
    models = spec.get("models", ())
    if isinstance(models, str) or not all(isinstance(model, str) for model in models):
        raise _refused(name, "models must be a list of names")
    return tuple(models)


def _number(
    name: str, spec: Mapping[str, Any], key: str, default: float, *, least: float = 0.0
) -> float:
    value = spec.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 3600:
        raise _refused(name, f"{key} must be a number from {least:g} to 3600")
    return float(value)


def _refused(name: str, why: str) -> Refused:
    return Refused(f"The connection “{name}” cannot be used: {why}.", field="connection")
