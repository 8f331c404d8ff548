"""Export several prompts at once: first what the files hold, then the files."""

from collections.abc import Sequence

from django.db.models import Count
from django.http import FileResponse, HttpResponse

from registry.domain.errors import Refused
from registry.prompts.models import Prompt
from registry.web.in_out.export import zip_of
from registry.web.pages import page
from registry.web.permissions import PersonRequest


def export_several(
    request: PersonRequest, prompts: Sequence[Prompt], *, asked: str, sure: bool
) -> HttpResponse | FileResponse:
    """Say what the files would hold; when the person is `sure`, answer them as one zip.

    Raises Refused for prompts of several projects: a file belongs to one.
    """
    projects = {prompt.project for prompt in prompts}
    if len(projects) != 1:
        raise Refused("A file holds prompts of one project. Go back and choose one project.")
    (project,) = projects
    if sure:
        name = f"{project.slug}-{len(prompts)}-prompts"
        return zip_of(project, name, prompts=prompts, actor=request.actor)
    rows = Prompt.objects.filter(pk__in=[prompt.pk for prompt in prompts]).order_by("name")
    rows = rows.annotate(version_count=Count("versions"))
    context = {
        "project": project,
        "rows": rows,
        "asked": asked,
        "ids": ",".join(str(prompt.pk) for prompt in prompts),
    }
    title = "Export several prompts"
    return page(request, "registry/lists/export.html", context, title=title)
