"""Find what an address names, inside the project the person was let into."""

from django.http import Http404

from registry.prompts import queries
from registry.prompts.models import Alias, Prompt, Version
from registry.web.moved import Renamed
from registry.web.permissions import ProjectRequest

SHOWN = ("author", "base", "release__policy", "release__verdict", "release__baseline")


def find_prompt(request: ProjectRequest, name: str) -> Prompt:
    """Return the prompt of the request's project. Raises Http404, or Renamed for an old name."""
    rows = Prompt.objects.select_related("project", "owner")
    prompt = rows.filter(project=request.project, name=name).first()
    if prompt is None:
        alias = Alias.objects.filter(project=request.project, name=name).first()
        if alias is not None:
            raise Renamed(alias.prompt.name)
        raise Http404(f"There is no prompt {name} in {request.project}.")
    return prompt


def find_version(request: ProjectRequest, name: str, semver: str) -> Version:
    """Return the version `semver` of the prompt. Raises Http404."""
    prompt = find_prompt(request, name)
    found = queries.find_version(prompt, semver)
    if found is None:
        raise Http404(f"{name} has no version {semver}.")
    version = Version.objects.select_related(*SHOWN).get(pk=found.pk)
    # Known already: no further query fetches them.
    version.prompt = version.release.prompt = prompt
    return version
