"""What every address for keys has in common: JSON whatever is asked for, kept by nobody."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.runtime.answers import NO_STORE


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
