"""What a client is told, by argument or by environment variable; times in seconds."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from promptcms_client.errors import ConfigError

_KEY = re.compile(r"[\x21-\x7e]+")
_PIN = re.compile(r"\s*(?P<name>\S(?:.*\S)?)@(?P<version>[0-9]+\.[0-9]+\.[0-9]+)\s*")
_YES, _NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Settings:
    """All settings of a client. `read_settings` fills what is missing from the environment."""

    url: str = ""
    key: str = field(default="", repr=False)
    ingest_key: str = field(default="", repr=False)
    label: str = "production"
    pin: Mapping[str, str] = field(default_factory=dict)
    snapshot: str = ""
    offline: bool = False
    sample_share: float = 0
    refresh: float = 10
    jitter: float = 0.2
    max_stale: float = 60
    timeout: float = 2
    attempts: int = 3
    idle: float = 600
    batch: int = 100
    batch_seconds: float = 1
    waiting: int = 10_000


def read_settings(
    *,
    url: str | None = None,
    key: str | None = None,
    ingest_key: str | None = None,
    label: str | None = None,
    pin: str | Mapping[str, str] | None = None,
    snapshot: str | os.PathLike[str] | None = None,
    offline: bool | None = None,
    sample_share: float | None = None,
    refresh: float = Settings.refresh,
    max_stale: float = Settings.max_stale,
    timeout: float = Settings.timeout,
) -> Settings:
    """Return the settings; what is None is read from the environment. Raises ConfigError."""
    secret = _secret(key, "PROMPTCMS_KEY")
    if offline is None:
        offline = _yes("PROMPTCMS_OFFLINE")
    settings = Settings(
        url=_address(_given(url, "PROMPTCMS_URL")),
        key=secret,
        ingest_key=_secret(ingest_key, "PROMPTCMS_INGEST_KEY") or secret,
        label=_given(label, "PROMPTCMS_LABEL") or Settings.label,
        pin=_pins(_given(pin, "PROMPTCMS_PIN") if not isinstance(pin, Mapping) else pin),
        snapshot=_given(None if snapshot is None else os.fspath(snapshot), "PROMPTCMS_SNAPSHOT"),
        offline=offline,
        sample_share=_share(sample_share),
        refresh=_positive("refresh", refresh),
        max_stale=_positive("max_stale", max_stale),
        timeout=_positive("timeout", timeout),
    )
    _refuse_gaps(settings)
    return settings


def _refuse_gaps(settings: Settings) -> None:
    if settings.offline and not settings.snapshot:
        raise ConfigError(
            "PROMPTCMS_OFFLINE is set, but no snapshot: set PROMPTCMS_SNAPSHOT to the file that "
            "`python -m promptcms_client pull` wrote."
        )
    if settings.offline:
        return
    if not settings.url:
        raise ConfigError("Set PROMPTCMS_URL, or url=, to the address of the server.")
    if not settings.key:
        raise ConfigError(
            "Set PROMPTCMS_KEY, or key=, to an API key; the project's page API keys makes one."
        )


def _given(value: str | None, variable: str) -> str:
    return (os.environ.get(variable, "") if value is None else value).strip()


def _secret(value: str | None, variable: str) -> str:
    """Return a key that fits into a header. The message does not repeat it."""
    secret = _given(value, variable)
    if secret and not _KEY.fullmatch(secret):
        raise ConfigError(
            f"{variable} holds something that is no API key: a space, a line break or a letter "
            "that keys do not have. Copy the key again."
        )
    return secret


def _address(url: str) -> str:
    """Return the address without a slash at its end. Raises ConfigError."""
    if not url:
        return ""
    try:
        parts = parse_url(url)
    except LocationParseError:
        parts = parse_url("")
    if parts.scheme not in ("http", "https") or not parts.host or parts.auth or parts.query:
        raise ConfigError(
            "PROMPTCMS_URL is no address of a server. Write it like https://prompts.example.org, "
            "without a name, password or query."
        )
    return url.rstrip("/")


def _pins(pins: str | Mapping[str, str]) -> dict[str, str]:
    """Return name -> version of `name@1.2.0, other@2.0.0`. Raises ConfigError."""
    written = (
        [f"{name}@{version}" for name, version in pins.items()]
        if isinstance(pins, Mapping)
        else [pin for pin in pins.split(",") if pin.strip()]
    )
    found = {}
    for pin in written:
        match = _PIN.fullmatch(pin)
        if match is None:
            raise ConfigError(
                f"PROMPTCMS_PIN holds {pin.strip()!r}. Write name@1.2.0, separated by commas."
            )
        found[match["name"]] = match["version"]
    return found


def _positive(name: str, value: float) -> float:
    if not value > 0:
        raise ConfigError(f"{name} is {value}: give a number of seconds above 0.")
    return value


def _share(value: float | None) -> float:
    """Return the share of calls whose sample is sent, 0 to 1. Raises ConfigError."""
    given = os.environ.get("PROMPTCMS_SAMPLE_SHARE", "").strip() or 0 if value is None else value
    try:
        share = float(given)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigError(
            f"PROMPTCMS_SAMPLE_SHARE is {given!r}. Give a share from 0 (no samples) to 1 (all)."
        )
    return share


def _yes(variable: str) -> bool:
    word = os.environ.get(variable, "").strip().lower()
    if word not in (*_YES, *_NO):
        raise ConfigError(f"{variable} is {word!r}. Set it to 1 or 0.")
    return word in _YES
