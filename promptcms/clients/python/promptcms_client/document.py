"""What the server answers for a prompt, read once and ready to be filled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promptcms_client.errors import TemplateError
from promptcms_client.template import Filler, Part, Text


class NoPromptError(ValueError):
    """Not the document of a prompt; the text says why."""


@dataclass(frozen=True)
class Version:
    """One exact version. `body` is the text, or the list of messages and placeholders."""

    name: str
    kind: str
    version: str | None
    revision: int | None
    digest: str | None
    body: str | list[dict[str, Any]]
    config: dict[str, Any]
    variables: list[dict[str, Any]]
    output_schema: dict[str, Any] | None
    filler: Filler

    @property
    def needed(self) -> list[str]:
        """The variables that must be given: used, and not declared as optional."""
        optional = {v["name"] for v in self.variables if not v.get("required", True)}
        return [name for name in self.filler.used if name not in optional]


@dataclass(frozen=True)
class Rollout:
    """A canary that runs: `percent` (0 to 100) of the units get `treatment`."""

    id: int
    epoch: int
    salt: str
    percent: float
    treatment: Version


@dataclass(frozen=True)
class Document:
    """The version that a label holds, and the rollout that runs on it."""

    version: Version
    label: str | None
    rollout: Rollout | None


def read_bytes(body: bytes) -> Document:
    """Read an answer. Raises NoPromptError."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise NoPromptError("it is no JSON") from None
    return read_document(raw)


def read_document(raw: object) -> Document:
    """Read a document; fields that it may have beside the known ones are ignored.

    Raises NoPromptError when it cannot be a prompt.
    """
    try:
        fields = _mapping(raw)
        rollout = fields.get("rollout")
        return Document(
            version=_read_version(fields),
            label=fields.get("label"),
            rollout=None if rollout is None else _read_rollout(_mapping(rollout)),
        )
    except NoPromptError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, TemplateError) as fault:
        raise NoPromptError(f"a field is missing or wrong: {fault}") from None


def own_version(name: str, body: str | Sequence[Mapping[str, object]]) -> Version:
    """Return a caller's own text or messages as a version without a number."""
    kind = "text" if isinstance(body, str) else "chat"
    kept = body if isinstance(body, str) else [dict(message) for message in body]
    filler = Filler(kind, _parts(kept), takes_anything=True)
    return Version(name, kind, None, None, None, kept, {}, [], None, filler)


def _read_version(fields: Mapping[str, Any]) -> Version:
    kind = fields["kind"]
    if kind not in ("text", "chat"):
        raise NoPromptError(f"its kind is {kind!r}")
    body = fields["template"] if kind == "text" else fields["messages"]
    if not isinstance(body, str if kind == "text" else list):
        raise NoPromptError("its text is of a wrong type")
    variables = [_mapping(variable) for variable in fields.get("variables") or ()]
    return Version(
        name=str(fields["name"]),
        kind=kind,
        version=str(fields["version"]),
        revision=fields.get("revision"),
        digest=fields.get("digest"),
        body=body,
        config=_mapping(fields.get("config") or {}),
        variables=variables,
        output_schema=fields.get("output_schema"),
        filler=filler_of(kind, body, variables),
    )


def filler_of(
    kind: str, body: str | list[dict[str, Any]], variables: Sequence[Mapping[str, Any]]
) -> Filler:
    """Split the texts of a version. An optional variable without a default stands for nothing."""
    optional = {
        v["name"]: "" if v.get("default") is None else v["default"]
        for v in variables
        if not v.get("required", True)
    }
    declared = [v["name"] for v in variables]
    return Filler(kind, _parts(body), declared=declared, optional=optional)


def _read_rollout(fields: Mapping[str, Any]) -> Rollout:
    return Rollout(
        id=int(fields["id"]),
        epoch=int(fields["epoch"]),
        salt=str(fields["salt"]),
        percent=float(fields["percent"]),
        treatment=_read_version(_mapping(fields["treatment"])),
    )


def _parts(body: str | Sequence[Mapping[str, Any]]) -> list[Part]:
    if isinstance(body, str):
        return [Part("", Text(body))]
    return [
        Part("", Text(""), placeholder=str(message["name"]))
        if message.get("type") == "placeholder"
        else Part(str(message["role"]), Text(message["content"]))
        for message in body
    ]


def _mapping(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise NoPromptError(f"a {type(raw).__name__} stands where an object is expected")
    return raw
