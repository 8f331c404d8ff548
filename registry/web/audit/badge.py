"""Is the trail whole? The badge, the button that asks anew, and how far a walk is."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.offline.wake import wake_on_commit
from registry.audit.check import ask_for_check, is_awaited
from registry.audit.clock import database_now
from registry.audit.models import ChainCheck, ChainHead, Event
from registry.audit.record import chain_of
from registry.domain.roles import Action
from registry.projects.models import Project
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

PATIENCE = timedelta(seconds=45)  # then a walk should have begun
OLD = timedelta(hours=48)
TASK = "registry.audit.tasks.check"


@dataclass(frozen=True)
class Badge:
    """What is known about the chain of a project."""

    check: ChainCheck | None
    events: int
    awaited: bool
    overdue: bool
    old: bool
    broken: Event | None

    @property
    def state(self) -> str:
        """broken, verified or unknown."""
        if self.check is None or self.check.at is None:
            return "unknown"
        return "broken" if self.check.fault else "verified"

    @property
    def since(self) -> int:
        """How many events were written after the last one that was looked at."""
        return max(self.events - self.check.seq, 0) if self.check else self.events


def badge_of(project: Project) -> Badge:
    """Return what the last walk along the project's chain found."""
    chain, now = chain_of(project), database_now()
    check = ChainCheck.objects.filter(chain=chain).first()
    head = ChainHead.objects.filter(chain=chain).first()
    awaited = is_awaited(check)
    broken = None
    if check and check.fault_seq:
        broken = Event.objects.filter(chain=chain, seq=check.fault_seq).first()
    return Badge(
        check=check,
        events=head.seq if head else 0,
        awaited=awaited,
        overdue=bool(
            awaited and check and check.asked_at and not check.walked
            and now - check.asked_at > PATIENCE
        ),
        old=bool(check and check.at and now - check.at > OLD),
        broken=broken,
    )  # fmt: skip


@needs(Action.VIEW)
def audit_badge(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the badge alone: the page asks for it every second while a walk is under way."""
    context = {"project": request.project, "badge": badge_of(request.project)}
    return page(request, "registry/audit/_badge.html", context, title="Audit")


@needs(post=Action.VIEW)
def audit_verify(request: ProjectRequest, slug: str) -> HttpResponse:
    """Ask for a walk along the whole chain; once a minute is enough for everybody."""
    chain = chain_of(request.project)
    with transaction.atomic():
        asked = ask_for_check(chain, now=database_now())
        if asked:
            wake_on_commit([chain], TASK)
    if not asked:
        said = "It was asked for less than a minute ago. The answer appears below by itself."
        messages.info(request, said)
    return redirect("audit", slug)
