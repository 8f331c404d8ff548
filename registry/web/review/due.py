"""Which clearances wait for a person: the conditions, for lists and for counts alike."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from evaluation.offline.models import Run
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action, Role, allowed
from registry.projects.access import scoped
from registry.projects.models import Person
from registry.prompts.models import Version
from registry.release.models import Approval, Contributor, Release, Rollout
from registry.release.passed_by import not_passed_by, with_served
from registry.web.prompts.table import texts_of

LATELY = timedelta(days=30)
FEW = 10  # first versions; who brought in more at once finds them in the list of prompts
Rights = dict[int, frozenset[Role]]


def due_releases(person: Person, rights: Rights, now: datetime) -> QuerySet[Release]:
    """Return the clearances whose next step is this person's."""

    def where(action: Action) -> list[int]:
        return [pk for pk, roles in rights.items() if allowed(action, roles)]

    to_sign = Q(
        ~Exists(Contributor.objects.filter(version=OuterRef("version"), person=person)),
        ~Exists(_approvals_of(person)),
        state__in=[Clearance.IN_REVIEW, Clearance.UNDECIDED],
        prompt__project__in=where(Action.REVIEW),
    )
    to_start = Q(
        ~Exists(Rollout.objects.filter(version=OuterRef("version"), kind=Rollout.Kind.SHIP)),
        not_passed_by(),
        state=Clearance.CLEARED,
        prompt__project__in=where(Action.START_ROLLOUT),
    )
    to_repeat = Q(
        Q(version__author=person) | Q(submitted_by=person),
        Exists(_broken_runs()),
        state=Clearance.EVALUATING,
        prompt__project__in=where(Action.SUBMIT),
    )
    to_change = Q(
        ~Exists(Version.objects.filter(answers=OuterRef("version"))),
        state=Clearance.CHANGES_REQUESTED,
        changed_at__gte=now - LATELY,
        version__author=person,
        prompt__project__in=where(Action.EDIT_TEXT),
    )
    to_submit = Q(
        Q(version__base__isnull=False) | ~Exists(_first_versions(person)[FEW:]),
        not_passed_by(),
        state=Clearance.DRAFT,
        version__author=person,
        version__origin__isnull=True,  # what was adopted is not on its way to anywhere
        prompt__project__in=where(Action.SUBMIT),
    )
    # Named, so that an index finds them: nearly all there ever was is cleared.
    states = [Clearance.IN_REVIEW, Clearance.UNDECIDED, Clearance.EVALUATING]
    states += [Clearance.CHANGES_REQUESTED, Clearance.DRAFT]
    if where(Action.START_ROLLOUT):
        states.append(Clearance.CLEARED)
    some = Release.objects.filter(state__in=states)
    rows = with_served(scoped(some, person, "prompt__project"))
    return rows.filter(
        to_sign | to_start | to_repeat | to_change | to_submit, prompt__archived_at=None
    )


def with_words(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Fetch what a row says, without the texts."""
    rows = rows.select_related("version__author", "prompt__project", "verdict")
    return rows.defer(*texts_of("version"))


def _first_versions(person: Person) -> QuerySet[Release]:
    """Return what the person began or imported and never submitted."""
    return Release.objects.filter(
        state=Clearance.DRAFT,
        version__author=person,
        version__base__isnull=True,
        version__origin__isnull=True,
        prompt__archived_at=None,
    )


def _approvals_of(person: Person) -> QuerySet[Approval]:
    return Approval.objects.filter(
        version=OuterRef("version"),
        approver=person,
        verdict=OuterRef("verdict"),
        decision=Approval.Decision.APPROVE,
    )


def _broken_runs() -> QuerySet[Run]:
    """Return the runs of the present attempt that ended without a verdict."""
    return Run.objects.filter(
        version=OuterRef("version"),
        attempt=OuterRef("attempt"),
        state__in=Run.BROKEN_OFF,
    )
