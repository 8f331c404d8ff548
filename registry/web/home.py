"""Home: what waits for this person, what is rolling out, what failed, what changed."""

from django.http import HttpRequest, HttpResponse

from registry.web.pages import page, signed_in


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Answer the first page after sign-in."""
    return page(request, "registry/home.html", title="Home")
