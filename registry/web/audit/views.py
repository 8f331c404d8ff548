"""The audit trail of a project: every event, its own page, and exports that can be checked."""

from pathlib import Path

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from registry.audit import outsider
from registry.audit.changes import changes_of
from registry.audit.clock import database_now
from registry.audit.export import export
from registry.audit.models import Event
from registry.audit.record import chain_of
from registry.audit.words import action_words
from registry.domain.periods import PRESETS
from registry.domain.roles import Action
from registry.web.audit.badge import badge_of
from registry.web.audit.filters import EventFilter, action_groups
from registry.web.audit.groups import page_of
from registry.web.ledger.filters import people_of
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

KINDS = {"csv": "text/csv", "jsonl": "application/jsonl"}


@needs(Action.VIEW)
def audit(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the events, those of one click together."""
    project = request.project
    asked = EventFilter.of(request.GET, now=database_now())
    context = {
        "project": project,
        "place": "audit",
        "asked": asked,
        "shown": page_of(asked.events(project), request.GET.get("before", "")),
        "badge": badge_of(project),
        "actions": action_groups(),
        "people": people_of(project),
        "presets": PRESETS,
        "script": Path(outsider.__file__).read_text(encoding="utf-8"),
        "zone": timezone.localtime().tzname(),
    }
    status = 400 if asked.when.problem else 200
    title = f"Audit of {project.name}"
    return page(request, "registry/audit/audit.html", context, title=title, status=status)


@needs(Action.VIEW)
def audit_event(request: ProjectRequest, slug: str, seq: int) -> HttpResponse:
    """Show one event, what it changed and its place in the chain."""
    rows = Event.objects.filter(chain=chain_of(request.project), seq=seq)
    event = rows.select_related("actor", "project").first() if seq < 2**63 else None
    if event is None:
        raise Http404("There is no such event in this project.")
    context = {
        "project": request.project,
        "event": event,
        "words": action_words(event.action),
        "changes": changes_of(event),
    }
    return page(request, "registry/audit/event.html", context, title=f"Audit event {seq}")


@needs(Action.VIEW)
def audit_export(request: ProjectRequest, slug: str, kind: str) -> HttpResponseBase:
    """Send every event of the period, whatever else the filter says: the hashes need them all."""
    now = database_now()
    period = EventFilter.of(request.GET, now=now).when.checked()
    found = export(chain_of(request.project), period, now=now)
    lines = found.csv() if kind == "csv" else found.jsonl()
    answer = StreamingHttpResponse(lines, content_type=f"{KINDS[kind]}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{slug}.{kind}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
