"""The notices of a project for its admins: webhooks, what was sent, what failed, one more try."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.domain.roles import Action
from registry.notices.kinds import WORDS, Notice
from registry.notices.log import SHOWN, deliveries, last_results, send_test, try_again
from registry.notices.targets import Target, targets_of
from registry.notices.telling import Telling
from registry.projects.models import Project
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs


@dataclass(frozen=True)
class Delivery:
    """A row of the outbox as an admin reads it."""

    row: Outbox
    what: str
    tone: str
    state: str

    @property
    def has_failed(self) -> bool:
        """Can it be tried again?"""
        return self.row.sent_at is None and bool(self.row.last_error)


@dataclass(frozen=True)
class Receiver:
    """A webhook as an admin reads it: never its address, which may be a secret."""

    target: Target
    hears: str
    last: Delivery | None


@needs(Action.MANAGE_PROJECT)
def notices(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the webhooks and the delivery log; `?failed=1` shows what did not arrive."""
    project = request.project
    only_failed = request.GET.get("failed") == "1"
    rows = [delivery(row) for row in deliveries(project, failed=only_failed)[:SHOWN]]
    receivers = _receivers(project)
    context = {
        "place": "notices",
        "project": project,
        "receivers": receivers,
        "deliveries": rows,
        "only_failed": only_failed,
        "failed": deliveries(project, failed=True).count(),
        "most": SHOWN,
        "is_waiting": any(shown.state == "waiting" for shown in rows),
    }
    title = f"Notices of {project}"
    return page(request, "registry/notices/notices.html", context, title=title)


@needs(post=Action.MANAGE_PROJECT)
def notice_test(request: ProjectRequest, slug: str) -> HttpResponse:
    """Send a test to the webhook named in the form; the answer appears in the log."""
    target = request.POST.get("target", "")
    send_test(request.project, target=target, actor=request.actor, now=database_now())
    messages.success(request, f"A test for {target} is on its way; its answer appears below.")
    return redirect("notices", slug)


@needs(post=Action.MANAGE_PROJECT)
def notice_again(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Try a failed delivery again, beginning now."""
    row = Outbox.objects.filter(project=request.project, pk=pk).first()
    if row is None:
        raise Http404("There is no such delivery.")
    try_again(row, actor=request.actor, now=database_now())
    messages.success(request, "It is tried again now, and for a day if it fails.")
    return redirect(reverse("notices", args=[slug]))


def delivery(row: Outbox) -> Delivery:
    """Return how `row` is shown."""
    what = Telling.from_payload(row.payload).headline
    if row.sent_at:
        tone, state = "good", "sent"
    elif row.given_up_at:
        tone, state = "bad", "given up"
    elif row.last_error:
        tone, state = "warn", "failed"
    elif row.daily:
        tone, state = "", "daily mail"
    else:
        tone, state = "live", "waiting"
    return Delivery(row, what, tone, state)


def _receivers(project: Project) -> list[Receiver]:
    targets = targets_of(project.slug)
    last = last_results(project, [target.name for target in targets])
    return [
        Receiver(
            target,
            ", ".join(WORDS[Notice(n)].name for n in Notice if n in target.notices) or "everything",
            delivery(last[target.name]) if target.name in last else None,
        )
        for target in targets
    ]
