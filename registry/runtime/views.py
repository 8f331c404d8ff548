"""The API's addresses: thin views over the read core and the verbs."""

import random
from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.audit.clock import database_now
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version
from registry.runtime.answers import NO_STORE, Problem, no_prompt
from registry.runtime.api.schema import (
    CLIENT,
    GENERATION,
    NAME,
    STALE,
    WRITING,
    documented,
    parameter,
    semver_of,
)
from registry.runtime.api.serializers import RollBack, RolledBack, ServedPrompt
from registry.runtime.authentication import KeyRequest
from registry.runtime.client_header import HEADER
from registry.runtime.core import Fetch, lookup
from registry.runtime.errors import respond
from registry.runtime.question import UNIT_LENGTH
from registry.runtime.stop import stop
from registry.runtime.store import DatabaseStore, prompt_named

REASON_LENGTH = 1000


class AlwaysJSON(BaseContentNegotiation):
    """JSON whatever the header Accept says: there is nothing else to give."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser of the body's type, or None (415)."""
        sent = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the JSON renderer."""
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class KeyView(APIView):
    """An address for keys. Nobody keeps an answer that does not say so."""

    content_negotiation_class = AlwaysJSON

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add the header Cache-Control where the answer has none."""
        response.headers.setdefault(*NO_STORE)
        return super().finalize_response(request, response, *args, **kwargs)


class PromptView(KeyView):
    """`GET /api/v1/prompts/{name}`: the prompt under a label, or an exact version."""

    authentication_classes = ()  # the read core reads the key itself
    permission_classes = (AllowAny,)
    http_method_names = ("get", "head")

    @documented(
        "getPrompt",
        ServedPrompt,
        "The prompt under a label, or an exact version. What an application asks for at run time: "
        "it is answered from memory. Without label and version it is production.",
        NAME,
        parameter("label", "production (the default), staging or canary; v2.4.0 is that version."),
        semver_of("version", "An exact version instead of a label."),
        parameter(
            "unit",
            "Let the server choose between control and treatment for this user or conversation; "
            "empty: by chance. Not together with a version.",
            {"type": "string", "maxLength": UNIT_LENGTH},
        ),
        CLIENT,
        GENERATION,
        STALE,
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """Answer by the read core."""
        asked = fetch_of(request, name, request.META.get("QUERY_STRING", ""))
        return respond(lookup(asked, DatabaseStore(), cast(Any, random)), request._request)


class RollbackView(KeyView):
    """`POST /api/v1/prompts/{name}/rollback`: stop the rollout, or return production."""

    scope = "stop"
    http_method_names = ("post",)

    @documented(
        "rollBack",
        RolledBack,
        "End the rollout under way, or return production to what it served before. "
        "Needs the scope stop; the fetch of every process follows within half a second.",
        NAME,
        request=RollBack,
        refusals=WRITING,
        cached=False,
    )
    def post(self, request: KeyRequest, name: str) -> Response:
        """Roll back; the body is `{"reason", "version"?: what is bad, "to"?: where to}`."""
        fields = _texts(cast(Any, request.data), required="reason", optional=("version", "to"))
        prompt = prompt_named(request.auth.project_id, name)
        if prompt is None:
            raise no_prompt(name)
        serving = stop(
            prompt,
            key=request.auth,
            reason=fields["reason"],
            now=database_now(),
            bad=_version(prompt, fields, "version"),
            to=_version(prompt, fields, "to"),
        )
        return Response({"name": prompt.name, "production": serving and serving.semver})


def fetch_of(request: Request, name: str, query: str) -> Fetch:
    """Return what the read core is asked; `query` stands in for the one of the address."""
    sent = request.headers
    return Fetch(
        name=name,
        query=query,
        authorization=sent.get("Authorization", ""),
        if_none_match=sent.get("If-None-Match", ""),
        client=sent.get(HEADER, ""),
    )


def _version(prompt: Prompt, fields: dict[str, str], field: str) -> Version | None:
    """Return the version that a field names, None if it is empty. Raises Problem."""
    if not fields[field]:
        return None
    version = find_version(prompt, fields[field])
    if version is None:
        text = f"{prompt} has no version {fields[field][:40]!r}. Write it like 2.3.1."
        raise Problem(404, "version_not_found", text, field)
    return version


def _texts(body: dict[str, Any], *, required: str, optional: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of a body as trimmed text; those not sent are empty. Raises Problem."""
    for key, value in body.items():
        if key not in (required, *optional):
            known = ", ".join((required, *optional))
            raise Problem(400, "bad_request", f"Unknown field. Known: {known}.", key[:40])
        if not isinstance(value, str) or len(value) > REASON_LENGTH:
            text = f"Send text of at most {REASON_LENGTH} characters."
            raise Problem(400, "bad_request", text, key)
    fields = {key: str(body.get(key, "")).strip() for key in (required, *optional)}
    if not fields[required]:
        raise Problem(400, "bad_request", "Say in one sentence why.", required)
    return fields
