"""Export several prompts at once: first what the files hold, then the files."""

from collections.abc import Sequence
from tempfile import SpooledTemporaryFile

from django.db.models import Count
from django.http import FileResponse, HttpResponse
from django.utils import timezone

from registry.domain.errors import Refused
from registry.projects.models import Project
from registry.prompts.in_out.export import write_export
from registry.prompts.models import Prompt
from registry.web.pages import page
from registry.web.permissions import PersonRequest

IN_MEMORY = 8 * 1024 * 1024


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
        return _file(request, project, prompts)
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


def _file(request: PersonRequest, project: Project, prompts: Sequence[Prompt]) -> FileResponse:
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_export(file, project, prompts=prompts, actor=request.actor)
    file.seek(0)
    name = f"{project.slug}-{len(prompts)}-prompts-{timezone.now():%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
