"""`GET /api/v1/openapi.json` and `/api/docs`: the API described, for programs and for people."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from registry.release.wire_body import encode, etag_of
from registry.runtime.api.reading import answer_bytes, asked_of
from registry.runtime.key_view import KeyView

ROOT = "/api/v1/"
FOR_AN_HOUR = "public, max-age=3600"


class OpenAPIView(KeyView):
    """The document. It holds nothing secret, so it needs no key."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    http_method_names = ("get", "head")

    @extend_schema(exclude=True)
    def get(self, request: Any) -> HttpResponse:
        """Answer the document, which is the same as long as this process runs."""
        asked_of(request)
        body = document()
        return answer_bytes(request, body, etag_of(body), generation="", caching=FOR_AN_HOUR)


class DocsView(KeyView, SpectacularSwaggerSplitView):
    """Swagger UI, from our own files: its script is an address of its own, not in the page."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    url_name = "api_openapi"
    template_name = "registry/api/docs.html"
    template_name_js = "registry/api/docs.js"
    http_method_names = ("get", "head")

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the page, or with `?script` its script."""
        response: HttpResponse = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return response


@cache
def document() -> bytes:
    """Return the OpenAPI document as JSON; to write it takes a tenth of a second."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return encode(schema)


def only_ours(endpoints: Sequence[tuple[Any, ...]], **_: Any) -> list[tuple[Any, ...]]:
    """Return the addresses to describe: not those that others have described, such as Langfuse's.

    A hook of drf-spectacular; the first of each tuple is the path.
    """
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(ROOT)]
