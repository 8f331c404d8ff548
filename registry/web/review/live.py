"""What live traffic asks of people: alarms about production, starts that wait for their text."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from registry.domain.lifecycle import RolloutState
from registry.domain.roles import Action, allowed
from registry.projects.access import scoped
from registry.projects.models import Person
from registry.release.models import Label, PlannedStart, Verdict
from registry.web.prompts.table import texts_of
from registry.web.review.due import Rights


def alarms(person: Person, rights: Rights) -> QuerySet[Verdict]:
    """Return the drops found in what production still serves, for who may roll it back."""
    serves = Label.objects.filter(version=OuterRef("version"), name="production")
    found = Verdict.objects.filter(
        Exists(serves),
        kind=Verdict.Kind.WATCH,
        outcome=Verdict.Outcome.FAIL,
        rollout__state=RolloutState.COMPLETE,
        version__prompt__project__in=_where(rights, Action.ROLL_BACK),
        version__prompt__archived_at=None,
    )
    rows = scoped(found, person, "version__prompt__project")
    rows = rows.select_related("version__prompt__project", "version__release")
    return rows.defer("evidence", "metrics", *texts_of("version")).order_by("id")


def rebases(person: Person, rights: Rights) -> QuerySet[PlannedStart]:
    """Return the starts that wait for a text, for who wrote it or starts rollouts."""
    own = Q(version__author=person, prompt__project__in=_where(rights, Action.EDIT_TEXT))
    starts = Q(prompt__project__in=_where(rights, Action.START_ROLLOUT))
    found = PlannedStart.objects.filter(own | starts, state=PlannedStart.State.REBASE)
    rows = scoped(found.filter(prompt__archived_at=None), person, "prompt__project")
    rows = rows.select_related("prompt__project", "version__release").order_by("planned_at")
    return rows.defer(*texts_of("version"))


def _where(rights: Rights, action: Action) -> list[int]:
    return [pk for pk, roles in rights.items() if allowed(action, roles)]
