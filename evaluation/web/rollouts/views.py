"""Show the rollout of a prompt that is under way, or the last one; or any one by its number."""

from django.db.models import QuerySet
from django.http import Http404, HttpResponse

from evaluation.web.find import one_of
from evaluation.web.rollouts.page import monitor_page
from registry.domain.roles import Action
from registry.prompts.models import Prompt
from registry.release.models import Rollout
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt
from registry.web.prompts.table import texts_of


@needs(Action.VIEW)
def monitor(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the rollout under way, else the latest."""
    prompt = find_prompt(request, name)
    # Only one is under way at a time, and nothing starts before it ends: so the last is it.
    found = _rollouts(prompt).order_by("-id").first()
    if found is None:
        raise Http404(f"No version of {prompt} was ever rolled out. Start one on its page.")
    return monitor_page(request, _known(found, prompt))


@needs(Action.VIEW)
def show_rollout(request: ProjectRequest, slug: str, name: str, pk: int) -> HttpResponse:
    """Show one attempt."""
    prompt = find_prompt(request, name)
    return monitor_page(request, _known(one_of(_rollouts(prompt), pk), prompt))


def _rollouts(prompt: Prompt) -> QuerySet[Rollout]:
    rows = Rollout.objects.filter(prompt=prompt).select_related(
        *("version__release", "production_before", "staging_before", "tick", "policy"),
        "started_by",
    )
    return rows.defer(*texts_of("version", "production_before", "staging_before"))


def _known(rollout: Rollout, prompt: Prompt) -> Rollout:
    """Give it the prompt that is at hand, so that no query fetches it again."""
    rollout.prompt = rollout.version.prompt = prompt
    return rollout
