"""Old addresses of a prompt that was renamed lead to its new ones."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


class Renamed(Exception):
    """The address names a prompt by a name that it had before; `name` is its present one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def to_new_name(request: HttpRequest, renamed: Renamed) -> HttpResponse:
    """Answer the same address with the present name. A form is sent on with all it holds."""
    match = request.resolver_match
    assert match is not None
    address = reverse(match.view_name, kwargs={**match.kwargs, "name": renamed.name})
    query = request.META.get("QUERY_STRING", "")
    answer = HttpResponseRedirect(f"{address}?{query}" if query else address)
    if request.method not in ("GET", "HEAD"):
        answer.status_code = 307
    return answer
