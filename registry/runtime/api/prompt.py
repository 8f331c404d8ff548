"""`GET /api/v1/prompts/{name}`: what the mount before Django answers, as a view of Django."""

import random
from typing import Any, cast

from django.http import HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from registry.runtime.api.schema import (
    CLIENT,
    GENERATION,
    NAME,
    STALE,
    documented,
    parameter,
    semver_of,
)
from registry.runtime.api.serializers import ServedPrompt
from registry.runtime.client_header import HEADER
from registry.runtime.core import Fetch, lookup
from registry.runtime.errors import respond
from registry.runtime.key_view import KeyView
from registry.runtime.question import UNIT_LENGTH
from registry.runtime.store import DatabaseStore


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
