"""How every page of our own is answered: inside the admin's shell, for signed-in people."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from promptcms.site import site

View = Callable[..., HttpResponse]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    title: str,
    status: int = 200,
) -> TemplateResponse:
    """Answer `template` in the shell, rendered; `title` is the heading and the tab's name.

    A `project` in the context makes the shell say when that project is a sandbox.
    """
    request.current_app = site.name  # type: ignore[attr-defined]
    response = TemplateResponse(
        request,
        template,
        {**site.each_context(request), "title": title, **(context or {})},
        status=status,
    )
    # Rendered here, so that a database error in a template is met inside the view's handlers.
    return response.render()


def signed_in(view: View) -> View:
    """Send people who are not signed in to the sign-in page, and keep pages out of caches."""
    return site.admin_view(view)
