"""The question that is put to a model for one case by one version."""

from collections.abc import Mapping
from typing import Any

from evaluation.offline.models import Case
from evaluation.offline.render import messages_for
from evaluation.providers.base import ModelRequest
from evaluation.providers.connections import Connection
from registry.domain.canonical import canonical, sha256
from registry.domain.content import Content
from registry.domain.rendering import Prepared, prepare


class Asker:
    """Puts the cases of a run to one version. Raises TemplateError for a broken text."""

    def __init__(self, content: Content, connection: Connection) -> None:
        self._prompt: Prepared = prepare(content)
        self._model = model_of(content.config, connection)
        self._params = {k: v for k, v in content.config.items() if k != "model"}

    def question(self, case: Case) -> ModelRequest:
        """Return the request for `case`. Raises TemplateError when a value is missing."""
        return ModelRequest(
            model=self._model,
            messages=messages_for(self._prompt, case),
            params=self._params,
            case={
                "id": case.case_id,
                "inputs": case.inputs,
                "query": case.query,
                "context": case.context,
                "reference": case.reference,
                "tags": case.tags,
            },
        )


def digest_of(request: ModelRequest) -> str:
    """Return the SHA-256 of what a provider is sent: model, messages and parameters."""
    sent = {
        "model": request.model,
        "messages": [dict(message) for message in request.messages],
        "params": dict(request.params),
    }
    return sha256(canonical(sent))


def model_of(config: Mapping[str, Any], connection: Connection) -> str:
    """Return the model that a version asks for, else the connection's first, else ""."""
    named = config.get("model")
    if isinstance(named, str) and named:
        return named
    if connection.models:
        return connection.models[0]
    return connection.name if connection.simulated else ""
