"""The model connections as a project sees them, and the button that tests one."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect

from evaluation.offline.connection_tests import is_waiting, last_tests, start_test
from evaluation.providers import connections as known
from evaluation.web.connections.rows import rows_of
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import can
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not

EXAMPLE = """\
PROMPTCMS_CONNECTIONS='{"gateway": {"base_url": "https://models.example.com/v1",
  "key_env": "GATEWAY_KEY", "models": ["small", "large"],
  "at_once": 50, "requests_per_minute": 3000, "tokens_per_minute": 400000,
  "prices": {"small": {"input": 0.15, "output": 0.6}}, "max_cost_month": 200}}'
GATEWAY_KEY=…"""


@needs(Action.VIEW)
def connections(request: ProjectRequest, slug: str) -> HttpResponse:
    """List the connections."""
    return _answer(request)


@needs(post=Action.TEST_CONNECTION)
def connection_test(request: ProjectRequest, slug: str) -> HttpResponse:
    """Let a worker ask one connection, and go back to the list."""
    name = request.POST.get("connection", "")
    try:
        start_test(
            request.project,
            connection=name,
            model=request.POST.get("model", ""),
            actor=request.actor,
        )
    except (Refused, ContentError) as error:
        status = 400 if isinstance(error, ContentError) else 409
        return _answer(request, failed=name, error=str(error), status=status)
    messages.success(request, f"A worker is asked to test {name}.")
    return redirect("connections", slug)


@needs(Action.VIEW)
def connection_tests(request: ProjectRequest, slug: str) -> JsonResponse:
    """Say which connections are still being tested, for the page that waits."""
    tests = last_tests(request.project, known.names())
    return JsonResponse({"waiting": [name for name, test in tests.items() if is_waiting(test)]})


def _answer(
    request: ProjectRequest, *, failed: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    """Answer the list; `error` is shown at the connection called `failed`, as it was typed."""
    project = request.project
    rows = rows_of(project)
    context = {
        "project": project,
        "place": "connections",
        "rows": rows,
        "usable": [row for row in rows if not row.trouble and not row.simulated],
        "broken": [row for row in rows if row.trouble],
        "any_waiting": any(row.waiting for row in rows),
        "may_test": can(request.actor, Action.TEST_CONNECTION, project),
        "why_not": why_not(request.actor, Action.TEST_CONNECTION, project),
        "names": [row.name for row in rows if not row.trouble],
        "failed": failed,
        "error": error,
        "typed": request.POST.get("model", ""),
        "example": EXAMPLE,
    }
    title = "Model connections"
    return page(request, "evaluation/connections.html", context, title=title, status=status)
