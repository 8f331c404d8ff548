"""A file with the answers of one label: what serves before, or without, a server."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from promptcms_client import identity
from promptcms_client.document import Document, NoPromptError, read_document
from promptcms_client.errors import ConfigError, Unavailable, refusal
from promptcms_client.fetch import Key
from promptcms_client.prompt import Source
from promptcms_client.settings import Settings
from promptcms_client.transport import NoAnswerError, Transport

LONGEST_BUNDLE = 32 * 1024 * 1024
PULL_SECONDS = 30.0


class Snapshot:
    """The prompts of a snapshot file, read once."""

    def __init__(self, generation: str | None, label: str, documents: dict[str, Document]) -> None:
        self.generation = generation
        self.label = label
        self.documents = documents

    def find(self, key: Key, clock: Callable[[], float]) -> Source | None:
        """Return the answer to a question, if the file holds that label or that version."""
        document = self.documents.get(key.name)
        if document is None:
            return None
        if key.version is not None:
            if document.version.version != key.version:
                return None
            document = Document(document.version, None, None)
        elif key.label != self.label:
            return None
        return Source(document, clock, generation=self.generation, snapshot=True)


def read_snapshot(path: str | os.PathLike[str]) -> Snapshot:
    """Read a snapshot file. Raises ConfigError saying what to do."""
    try:
        return parse_snapshot(Path(path).read_bytes())
    except OSError as fault:
        raise ConfigError(
            f"The snapshot {path} cannot be read ({fault.strerror}). Write it with "
            "`python -m promptcms_client pull`, or unset PROMPTCMS_SNAPSHOT."
        ) from None
    except NoPromptError as fault:
        raise ConfigError(
            f"The snapshot {path} is damaged: {fault}. Write it again with "
            "`python -m promptcms_client pull`."
        ) from None


def parse_snapshot(content: bytes) -> Snapshot:
    """Read `{"generation", "label", "prompts": {name: document}}`. Raises NoPromptError."""
    try:
        raw = json.loads(content)
        generation, label, prompts = raw.get("generation"), raw["label"], raw["prompts"].items()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NoPromptError("it is not a JSON object with label and prompts") from None
    documents = {}
    for name, document in prompts:
        try:
            documents[name] = read_document(document)
        except NoPromptError as fault:
            raise NoPromptError(f"the prompt {name}: {fault}") from None
    return Snapshot(generation, label, documents)


def pull(settings: Settings, transport: Transport, *, label: str, prefix: str) -> bytes:
    """Ask the server for all prompts that have the label; return the content of the file.

    Raises Unavailable or what the server refused with.
    """
    client = f"{identity.NAME}/{identity.VERSION}"
    headers = {
        "Authorization": f"Bearer {settings.key}",
        "Accept": "application/json",
        "User-Agent": client,
        identity.HEADER: identity.header(client, identity.process_name(), None),
    }
    query = {"label": label, **({"prefix": prefix} if prefix else {})}
    try:
        response = transport.request(
            "GET",
            f"/api/v1/bundle?{urlencode(query)}",
            headers,
            timeout=PULL_SECONDS,
            longest=LONGEST_BUNDLE,
        )
    except NoAnswerError as fault:
        raise Unavailable(f"The server {settings.url} cannot be asked: {fault}.") from None
    if response.status != 200:
        raise refusal(response.status, response.body)
    try:
        parse_snapshot(response.body)
    except NoPromptError as fault:
        raise Unavailable(f"What the server answered is no bundle: {fault}.") from None
    return response.body


def write(path: str | os.PathLike[str], content: bytes) -> None:
    """Put the file there in one step: whoever reads it finds the old or the new one, whole."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink()
        raise
