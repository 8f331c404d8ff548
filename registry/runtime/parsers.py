"""How a JSON body is read: within the limits, and only what both databases can keep."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from registry.domain.strict_json import StrictError, strict
from registry.runtime.answers import Problem


class StrictJSONParser(BaseParser):
    """Parses an object; refuses in one sentence what cannot be read or stored."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object in the body. Raises Problem (400, 413)."""
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise Problem(413, "too_large", f"The body is larger than {limit // 1024} KiB.")
        try:
            value = strict(json.loads(body), "The body")
        except StrictError as error:
            raise _bad(str(error)) from None
        except RecursionError:
            raise _bad("The body is nested too deeply. Flatten it.") from None
        except ValueError:
            raise _bad("The body is not JSON in UTF-8. Send an object such as {}.") from None
        if not isinstance(value, dict):
            raise _bad("The body must be a JSON object, such as {}.")
        return value


def _bad(message: str) -> Problem:
    return Problem(400, "bad_request", message)
