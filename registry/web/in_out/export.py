"""Export a project: what the files hold, and the files."""

from collections.abc import Sequence
from tempfile import SpooledTemporaryFile

from django.http import FileResponse, HttpResponse
from django.utils import timezone

from registry.audit.actor import Actor
from registry.domain.roles import Action
from registry.projects.models import Project
from registry.prompts.in_out.export import write_export
from registry.prompts.models import Prompt, Version
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

IN_MEMORY = 8 * 1024 * 1024


@needs(Action.VIEW)
def prompts_export(request: ProjectRequest, slug: str) -> HttpResponse:
    """Say what the files hold, and offer them."""
    project = request.project
    context = {
        "project": project,
        "prompts": Prompt.objects.filter(project=project).count(),
        "versions": Version.objects.filter(prompt__project=project).count(),
    }
    return page(request, "registry/in_out/export.html", context, title="Export prompts")


@needs(Action.VIEW)
def prompts_export_file(request: ProjectRequest, slug: str) -> FileResponse:
    """Answer the zip; a large one is written to a temporary file, not held in memory."""
    return zip_of(request.project, f"{slug}-prompts", actor=request.actor)


def zip_of(
    project: Project, name: str, *, actor: Actor, prompts: Sequence[Prompt] | None = None
) -> FileResponse:
    """Answer the files of the project, or of some `prompts` of it, as `name` and today's date."""
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_export(file, project, prompts=prompts, actor=actor)
    file.seek(0)
    filename = f"{name}-{timezone.now():%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response
