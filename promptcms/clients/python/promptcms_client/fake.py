"""A client for unit tests: the real one, with a table of prompts in the place of the server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Union
from urllib.parse import parse_qs, unquote, urlsplit

from promptcms_client.client import Client
from promptcms_client.transport import LONGEST_ANSWER, Response

Body = Union[str, Sequence[Mapping[str, object]], Mapping[str, object]]


class FakeClient(Client):
    """Knows only the prompts it is given: name -> a text, messages, or a whole document.

        client = FakeClient({"support/system": "Hello {{name}}"})

    It asks nobody and reads no environment variable. Every label serves the same, as version
    1.0.0; an exact version is served as that version. `reports` holds what was reported,
    with every sample.
    """

    def __init__(self, prompts: Mapping[str, Body]) -> None:
        self._table = _Table(prompts)
        super().__init__(
            "http://fake.invalid",
            "fake",
            ingest_key="fake",
            label="production",
            pin={},
            snapshot="",
            offline=False,
            sample_share=1,
            background=False,
            transport=self._table,
        )

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The observations that were reported, oldest first, as the server would get them."""
        self.flush()
        return self._table.reports

    def put(self, name: str, body: Body) -> None:
        """Let a prompt serve something else from now on."""
        self._table.prompts[name] = body
        self._hits.clear()
        self._cache.entries.clear()


class _Table:
    """A transport that answers from a table."""

    def __init__(self, prompts: Mapping[str, Body]) -> None:
        self.prompts = dict(prompts)
        self.reports: list[dict[str, Any]] = []

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: bytes | None = None,
        timeout: float,
        longest: int = LONGEST_ANSWER,
    ) -> Response:
        """Answer as the server would."""
        if method == "POST":
            self.reports += json.loads(body or b"{}")["observations"]
            return Response(202, {}, b"{}")
        parts = urlsplit(path)
        name = unquote(parts.path.partition("/prompts/")[2])
        if name not in self.prompts:
            said = {"error": "prompt_not_found", "message": f"The fake has no prompt {name}."}
            return Response(404, {}, json.dumps(said).encode())
        asked = {field: values[0] for field, values in parse_qs(parts.query).items()}
        return Response(200, {}, json.dumps(_document(name, self.prompts[name], asked)).encode())

    def renew(self) -> None:
        """There are no connections."""

    def close(self) -> None:
        """There are no connections."""


def _document(name: str, body: Body, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return a whole document as the server would answer it."""
    if isinstance(body, Mapping):
        return dict(body)
    text = isinstance(body, str)
    return {
        "name": name,
        "kind": "text" if text else "chat",
        "version": asked.get("version", "1.0.0"),
        "revision": 1,
        "digest": "fake",
        "template" if text else "messages": body,
        "config": {},
        "variables": [],
        "output_schema": None,
        "label": asked.get("label"),
        "rollout": None,
    }
