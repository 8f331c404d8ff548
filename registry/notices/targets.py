"""The named webhooks. Addresses come from settings alone; nobody types one into a page.

`PROMPTCMS_WEBHOOKS` is JSON: {"slack-team": {"url": "https://hooks.example.com/…",
"format": "slack", "projects": ["shop"], "notices": ["approval_wanted", "rolled_back"]},
"audit": {"url": "https://…", "format": "json", "secret_env": "AUDIT_SECRET"}}.
`format` is json (the default) or slack; `secret_env` names the environment variable that holds
the signing secret, 16 characters or more (slack needs none: its address is the secret); without
`projects` or `notices` a target hears all of them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from registry.domain.errors import Refused
from registry.notices.kinds import Notice

FORMATS = ("json", "slack")
SECRET_LENGTH = 16
NAME_LENGTH = 64
_FIELDS = {"url", "format", "secret_env", "projects", "notices"}


@dataclass(frozen=True)
class Target:
    """A receiver of notices. Empty `projects` or `notices` mean all."""

    name: str
    url: str = field(repr=False)
    format: str = "json"
    secret: str = field(default="", repr=False)
    projects: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()

    @property
    def host(self) -> str:
        """The host and port alone: the rest of the address may be a secret."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    @property
    def is_encrypted(self) -> bool:
        """Does the address begin with https?"""
        return urlsplit(self.url).scheme == "https"

    def hears(self, project: str) -> bool:
        """Does it hear of the project with this slug?"""
        return not self.projects or project in self.projects


def all_targets() -> list[Target]:
    """Return the targets that can be used, by name; `problems` tells of the others."""
    found = []
    for name in sorted(_specs()):
        try:
            found.append(get(name))
        except Refused:
            continue
    return found


def targets_of(project: str) -> list[Target]:
    """Return the targets that hear of the project with this slug, by name."""
    return [target for target in all_targets() if target.hears(project)]


def targets_for(project: str, notice: Notice) -> list[Target]:
    """Return the targets that hear of this kind of notice in this project, by name."""
    return [t for t in targets_of(project) if not t.notices or notice.value in t.notices]


def get(name: str) -> Target:
    """Return the target called `name`. Raises Refused, with the cure, when it cannot be used."""
    spec = _specs().get(name)
    if spec is None:
        raise Refused(f"There is no webhook “{name}” in the setting PROMPTCMS_WEBHOOKS any more.")
    if not isinstance(spec, Mapping):
        raise _refused(name, "its settings must be an object with url")
    unknown = sorted(set(spec) - _FIELDS)
    if unknown:
        raise _refused(name, f"{', '.join(unknown)} is not known; use {', '.join(sorted(_FIELDS))}")
    form = spec.get("format", "json")
    if form not in FORMATS:
        raise _refused(name, f"format must be {' or '.join(FORMATS)}")
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise _refused(name, f"a name has 1 to {NAME_LENGTH} characters that can be shown")
    return Target(
        name=name,
        url=_url(name, spec.get("url")),
        format=form,
        secret=_secret(name, spec.get("secret_env"), needed=form == "json"),
        projects=_names(name, spec, "projects"),
        notices=_notices(name, spec),
    )


def problems() -> list[str]:
    """Return a sentence for each target that could not be used, for the start-up checks."""
    if not isinstance(settings.PROMPTCMS_WEBHOOKS, Mapping):
        return ["PROMPTCMS_WEBHOOKS must be an object: names, and what belongs to each."]
    found = []
    for name in _specs():
        try:
            get(name)
        except Refused as refused:
            found.append(str(refused))
    return found


def _specs() -> Mapping[str, Any]:
    specs = settings.PROMPTCMS_WEBHOOKS
    return specs if isinstance(specs, Mapping) else {}


def _url(name: str, value: object) -> str:
    """Return the address. It is never quoted in a refusal: it may hold a secret."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not str(value).isascii() or any(sign.isspace() for sign in str(value)):
        raise _refused(name, "url must be an address such as https://host/path")
    if parts.username or parts.password or parts.fragment:
        raise _refused(name, "url must hold no password; the request is signed instead")
    return str(value)


def _secret(name: str, variable: object, *, needed: bool) -> str:
    """Return the secret from the environment. What is wrong is said without showing it."""
    if not variable:
        if needed:
            raise _refused(name, "secret_env must name the variable that holds its secret")
        return ""
    secret = os.environ.get(str(variable), "")
    if len(secret) < SECRET_LENGTH:
        raise _refused(name, f"{variable} must hold {SECRET_LENGTH} characters or more")
    return secret


def _names(name: str, spec: Mapping[str, Any], key: str) -> frozenset[str]:
    value = spec.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _refused(name, f"{key} must be a list of names")
    if key in spec and not value:
        raise _refused(name, f"{key} is empty, so it would hear nothing; leave it out for all")
    return frozenset(value)


def _notices(name: str, spec: Mapping[str, Any]) -> frozenset[str]:
    notices = _names(name, spec, "notices")
    unknown = sorted(notices - {notice.value for notice in Notice})
    if unknown:
        raise _refused(name, f"there is no notice {', '.join(unknown)}; use {', '.join(Notice)}")
    return notices


def _refused(name: str, why: str) -> Refused:
    return Refused(f"The webhook “{name}” cannot be used: {why}.")
