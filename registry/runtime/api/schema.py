"""What the OpenAPI document says of every address alike: headers, refusals, the key."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.serializers import CharField, Serializer

from registry.runtime.question import LABELS

View = TypeVar("View", bound=Callable[..., Any])

SEMVER = r"^v?\d{1,9}\.\d{1,9}\.\d{1,9}$"
READING = (400, 401, 403, 404, 405, 503)
WRITING = (400, 401, 403, 404, 405, 409, 413, 415, 503)


class Error(Serializer[Any]):
    """Why a request was refused."""

    error = CharField(help_text="A word for programs, such as prompt_not_found.")
    message = CharField(help_text="What is wrong and what to do next, for a person.")
    field = CharField(required=False, help_text="The parameter or field that it is about.")


_REFUSALS = {
    400: "A parameter, a field or the body cannot be read; `field` names it.",
    401: "There is no live key in the header Authorization. The answer is the same whatever is "
    "wrong with the key.",
    403: "The key lacks the scope, or may not read the label.",
    404: "The project of this key has no such thing that the key may see.",
    405: "The address does not take the method; the header Allow names those it takes.",
    409: "It is not possible as things stand; `message` says why.",
    413: "It is too large; `message` says what to leave out.",
    415: "The body is not application/json.",
    422: "Nothing of it was taken; `rejected` says why, item by item.",
    429: "Too much of this key is under way already.",
    503: "The database cannot be reached. Try again after the seconds in Retry-After.",
}


def parameter(name: str, says: str, kind: Any = str, **more: Any) -> OpenApiParameter:
    """Return a parameter of the query; `kind` is its Python type or its JSON schema."""
    return OpenApiParameter(name, kind, "query", description=says, **more)


def in_path(name: str, says: str, **more: Any) -> OpenApiParameter:
    """Return a part of the address."""
    return OpenApiParameter(name, str, "path", description=says, **more)


def _sent(name: str, statuses: Sequence[int], says: str, **more: Any) -> OpenApiParameter:
    """Return a header of the answers with one of `statuses`."""
    return OpenApiParameter(
        name, str, "header", response=list(statuses), description=says, **{"required": True, **more}
    )


_OF_REFUSALS = (
    _sent("WWW-Authenticate", [401], "How to send a key."),
    _sent("Allow", [405], "The methods that the address takes."),
    _sent("Retry-After", [503], "Seconds to wait."),
)
CLIENT = OpenApiParameter(
    "X-Pcms-Client",
    str,
    "header",
    description="Who asks: `name/version;process;variables=a,b`. The prompt's page lists it under "
    "Used by, and warns before a change that the client cannot follow.",
)
STALE = _sent(
    "X-Pcms-Stale",
    [200, 304],
    "Sent while the database is away: for how many seconds nothing new has been heard of it.",
    required=False,
)
_CACHED = (
    OpenApiParameter(
        "If-None-Match",
        str,
        "header",
        description="The ETag of the answer that you have: 304 without a body if it still holds. "
        "Lists, `*` and weak tags count.",
    ),
    _sent("ETag", [200, 304], "A strong tag of exactly these bytes."),
    _sent("Cache-Control", [200, 304], "For how long a client may keep it; no cache may share it."),
)
GENERATION = _sent(
    "X-Pcms-Generation",
    [200, 304],
    "`installation:number`. The number rises with every change of what is served; never step "
    "back within one installation.",
)
NAME = in_path(
    "name",
    "The prompt's name or an old name of it. Its slashes may stand as they are or as %2F.",
)
AFTER = parameter("after", "The `next` of the page before.", int)
LIMIT = parameter(
    "limit",
    "How many at most.",
    {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
)
PREFIX = parameter(
    "prefix", "The beginning of the names, such as support/.", pattern=r"^[a-z0-9._/-]{0,128}$"
)


def label_of(says: str, **more: Any) -> OpenApiParameter:
    """Return the parameter `label` for one of the three labels."""
    return parameter("label", says, enum=LABELS, **more)


def semver_of(name: str, says: str, **more: Any) -> OpenApiParameter:
    """Return a parameter that is a version's number."""
    return parameter(name, says, pattern=SEMVER, **more)


def documented(
    operation: str,
    answer: Any,
    says: str,
    *parameters: OpenApiParameter,
    request: Any = None,
    refusals: Iterable[int] = READING,
    status: int = 200,
    partly: str = "",
    cached: bool = True,
    group: str = "prompts",
) -> Callable[[View], View]:
    """Decorate a view's method with what the document says of it.

    `answer` is the serializer of the body, `says` one sentence about it. `partly` says what the
    same body means with the status 207, where there is that. `cached` adds ETag and 304; `group`
    is the heading it stands under. Docstrings of views are for their readers and do not get into
    the document.
    """
    responses: dict[int, Any] = {status: OpenApiResponse(answer, description=says)}
    if partly:
        responses[207] = OpenApiResponse(answer, description=partly)
    if cached:
        responses[304] = OpenApiResponse(description="You have it: the ETag still holds.")
    for code in refusals:
        responses[code] = OpenApiResponse(Error, description=_REFUSALS[code])
    headers = [
        header for header in _OF_REFUSALS if set(cast(list[int], header.response)) & set(refusals)
    ]
    return extend_schema(
        operation_id=operation,
        summary=says.partition(". ")[0].rstrip("."),
        description=says,
        parameters=[*parameters, *(_CACHED if cached else ()), *headers],
        tags=[group],
        request=request,
        responses=responses,
        auth=[{"bearer": []}],  # type: ignore[list-item]
    )
