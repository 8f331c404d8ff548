"""The ledger of a prompt: what did a label serve at a moment, and who moved it when."""

from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone

from registry.domain.roles import Action
from registry.release.ledger import move_at
from registry.release.models import LabelEvent
from registry.release.models_serving import LabelName
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt
from registry.web.prompts.table import texts_of

ROWS = 50


@needs(Action.VIEW)
def ledger(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Answer "what did <label> serve at <moment>?" and list the moves of all labels."""
    prompt = find_prompt(request, name)
    label, typed = request.GET.get("label", "production"), request.GET.get("at", "")
    if label not in LabelName.values:
        label = "production"
    moment, problem = _moment(typed)
    moves = LabelEvent.objects.filter(prompt=prompt).select_related(
        "version_before", "version_after", "actor"
    )
    moves = moves.defer(*texts_of("version_before", "version_after"))
    context = {
        "project": request.project,
        "prompt": prompt,
        "label": label,
        "label_names": LabelName.values,
        "typed": typed,
        "moment": moment,
        "problem": problem,
        "event": move_at(prompt, label, moment) if moment else None,
        "shown": Paginator(moves, ROWS).get_page(request.GET.get("page")),
        "zone": timezone.localtime().tzname(),
    }
    title = f"Ledger of {prompt.name}"
    status = 400 if problem else 200
    return page(request, "registry/ledger.html", context, title=title, status=status)


def _moment(typed: str) -> tuple[datetime | None, str]:
    """Return the typed moment in the viewer's zone, and what is wrong with it."""
    if not typed:
        return None, ""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return None, "Give a date and time like 2026-11-03T14:05."
    if not 2000 <= moment.year <= 2100:
        return None, "Give a year between 2000 and 2100."
    moment = moment if moment.tzinfo else timezone.make_aware(moment)
    if moment > timezone.now():
        return None, "That moment has not come yet. Give one that has passed."
    return moment, ""
