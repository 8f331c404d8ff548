"""Start a try-out: say what is missing before anything is sent, then queue it."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from evaluation.offline.budget import refuse_spent_month
from evaluation.offline.cases import HOLDOUT
from evaluation.offline.models import TryOut
from evaluation.offline.requests import model_of
from evaluation.offline.tryouts.cancel import end_open
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.wake import TRY_OUT, wake_on_commit
from evaluation.providers import connections
from evaluation.providers.connections import Connection
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.content import Content
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.leaks import find_leaks
from registry.domain.rendering import prepare
from registry.domain.roles import Action
from registry.domain.template import TemplateError
from registry.projects.access import require
from registry.projects.models import Person
from registry.prompts.models import Prompt
from registry.prompts.queries import production_of

CASES = 5
AN_HOUR = 60  # try-outs of one person; each asks at most ten times


class TooOften(Refused):
    """The person has tried as often as one may within an hour."""


def start_try_out(
    prompt: Prompt,
    *,
    content: Content,
    cases: Sequence[TryCase],
    connection: str,
    actor: Actor,
) -> TryOut:
    """Queue `content` and what production serves now for `cases`; wake a worker on commit.

    An earlier try-out of the same person on this prompt ends with it. No audit event: like a
    draft it decides nothing, and is forgotten after a few days.
    Raises NotPermitted; ContentError (a field of the form, or values) and Refused (cases,
    connection) for what cannot be asked; TooOften.
    """
    require(actor, Action.EDIT_TEXT, prompt.project)
    if actor.person is None:
        raise Refused("Only a person tries a text out.")
    _refuse_wrong_number(cases)
    known = connections.get(connection)
    _refuse_unsendable(content, cases, known)
    refuse_spent_month(prompt.project, known)
    with transaction.atomic():
        # One at a time for each person, so that two clicks at once leave one running.
        person = Person.objects.select_for_update(no_key=True).get(pk=actor.person.pk)
        _refuse_too_often(person)
        end_open(prompt, person)
        try_out = TryOut.objects.create(
            prompt=prompt,
            person=person,
            content={
                "kind": content.kind,
                "body": content.body,
                "config": dict(content.config),
                "output_schema": content.served_fields()["output_schema"],
                "variables": content.declared(),
            },
            baseline=production_of(prompt),
            cases=[case.document() for case in cases],
            connection=known.name,
            simulated=known.simulated,
        )
        wake_on_commit([try_out.pk], TRY_OUT)
    return try_out


def _refuse_wrong_number(cases: Sequence[TryCase]) -> None:
    if not cases:
        raise Refused("Choose a golden case, or the values of the preview.", field="cases")
    if len(cases) > CASES:
        raise Refused(
            f"{len(cases)} cases are chosen; a try-out takes at most {CASES}. Choose fewer; a "
            "version that is submitted runs on all of them.",
            field="cases",
        )
    if any(HOLDOUT in case.tags for case in cases):
        raise Refused("A case that is held out is not tried. Choose another one.", field="cases")


def _refuse_unsendable(content: Content, cases: Sequence[TryCase], known: Connection) -> None:
    """Refuse a broken text, a secret in it, a missing value, a missing model."""
    try:
        prompt = prepare(content)
    except TemplateError as error:
        raise ContentError("content", str(error)) from None
    for leak in find_leaks(content):
        place = f"{leak.place}, line {leak.finding.line}," if leak.in_text else leak.place
        raise ContentError(
            leak.field,
            f"In {place} there seems to be a secret ({leak.finding.kind}). Take it out: it would "
            "be sent to the model.",
        )
    for case in cases:
        if missing := case.lacks(prompt):
            where = f"The case {case.id}" if case.id else "The preview"
            named = ", ".join(f"{{{{{name}}}}}" for name in missing[:10])
            raise ContentError(
                "values",
                f"{where} has no value for {named}. Type one under “Type values” and try the "
                "values of the preview, or choose another case.",
            )
    if not model_of(content.config, known):
        raise ContentError(
            "config",
            f"Neither the text nor the connection {known.name} names a model. "
            "Give one under “Model”.",
        )


def _refuse_too_often(person: Person) -> None:
    now = database_now()
    rows = TryOut.objects.filter(person=person, created_at__gt=now - timedelta(hours=1))
    times = list(rows.order_by("created_at").values_list("created_at", flat=True))
    if len(times) >= AN_HOUR:
        free_at = times[len(times) - AN_HOUR] + timedelta(hours=1)
        minutes = max(1, -(-int((free_at - now).total_seconds()) // 60))
        raise TooOften(
            f"You have tried {AN_HOUR} times within an hour, which is the most. "
            f"Try again in {minutes} min, or save a version and submit it."
        )
