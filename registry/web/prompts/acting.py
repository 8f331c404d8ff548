"""Run what a click asks for and say what came of it: on the version's page, on its review."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.prompts.models import Version
from registry.web.permissions import ProjectRequest
from registry.web.prompts.find import find_version

# A page of one version; called with `problem`, a sentence, and `status`.
VersionPage = Callable[..., HttpResponse]


def act_on(
    request: ProjectRequest,
    version: Version,
    act: Callable[[], str],
    *,
    show: VersionPage,
    then: str,
) -> HttpResponse:
    """Run `act`, say what it returned and go to the address `then`.

    A refusal shows the page again with what was typed: 400 for what cannot be read, 409 for
    what is not possible now, then with the version as it stands by now.
    """
    try:
        said = act()
    except ContentError as error:
        return show(request, version, problem=error.message, status=400)
    except Refused as refusal:
        fresh = find_version(request, version.prompt.name, version.semver)
        return show(request, fresh, problem=str(refusal), status=409)
    messages.success(request, said)
    return redirect(then)
