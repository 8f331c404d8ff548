"""How every page of our own is answered: inside the admin's shell."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse

from promptcms.site import site


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
    request.current_app = site.name
    response = TemplateResponse(
        request,
        template,
        {**site.each_context(request), "title": title, **(context or {})},
        status=status,
    )
    # Asked again on each visit, yet Back still finds what was typed (no-store would lose it).
    response.headers["Cache-Control"] = "private, no-cache"
    response.render()
    return response
