"""Test a connection: a worker puts one short question to it, and says what came back.

No audit event: like a try-out it decides nothing. The worker asks, because keys and the way
out of the house are its own; what it cost is counted in the month.
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from evaluation.offline.budget import refuse_spent_month
from evaluation.offline.models import ConnectionTest
from evaluation.offline.spend import add_spend
from evaluation.offline.wake import TEST, wake_on_commit
from evaluation.providers import connections
from evaluation.providers.base import ModelRequest, ModelResponse, ProviderError
from evaluation.providers.connections import Connection
from evaluation.providers.prices import cost_of
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.fields import ContentError, storable_text
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project

PATIENCE = timedelta(minutes=2)
AN_HOUR = 30  # tests of one project
MODEL_LENGTH = 100
MESSAGE_LENGTH = 400
FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "ready",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"ready": {"type": "boolean"}},
            "required": ["ready"],
            "additionalProperties": False,
        },
    },
}


def start_test(
    project: Project, *, connection: str, model: str = "", actor: Actor
) -> ConnectionTest:
    """Queue a test of the connection by the model called `model`; wake a worker on commit.

    Without a model the connection's first is asked. A test that still waits is returned as
    it is. Raises NotPermitted; Refused for an unknown connection, or too many tests within an
    hour; ContentError (model) when there is none to ask.
    """
    require(actor, Action.TEST_CONNECTION, project)
    if actor.person is None:
        raise Refused("Only a person tests a connection.")
    known = connections.get(connection)
    model = _model(known, model)
    refuse_spent_month(project, known)
    now = database_now()
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # one at a time
        tests = ConnectionTest.objects.filter(project=project)
        waiting = tests.filter(connection=connection, model=model, state="queued")
        open_test = waiting.filter(created_at__gt=now - PATIENCE).first()
        if open_test:
            return open_test
        if tests.filter(created_at__gt=now - timedelta(hours=1)).count() >= AN_HOUR:
            raise Refused(f"This project made {AN_HOUR} tests within an hour. Test again later.")
        test = ConnectionTest.objects.create(
            project=project, connection=connection, model=model, requested_by=actor.person
        )
        wake_on_commit([test.pk], TEST)
    return test


def work_on_test(pk: int) -> None:
    """Ask, and keep what came back. One that is done, or older than two minutes, is left."""
    test = ConnectionTest.objects.filter(
        pk=pk, state=ConnectionTest.State.QUEUED, created_at__gt=database_now() - PATIENCE
    ).first()
    if test is None:
        return
    try:
        known = connections.get(test.connection)
        response = known.caller.complete(_question(test.model))
    except (Refused, ProviderError) as error:
        _finish(test, works=False, message=str(error))
        return
    cost = cost_of(known, response.model, response.usage)
    with transaction.atomic():
        message = _in_words(response, cost)
        if _finish(test, works=True, message=message, latency_ms=response.latency_ms):
            add_spend(
                test.project_id,
                test.connection,
                unpriced=int(cost is None),
                input_tokens=response.usage.input_tokens if response.usage else 0,
                output_tokens=response.usage.output_tokens if response.usage else 0,
                cost=cost or Decimal(0),
            )


def last_tests(project: Project, names: Iterable[str]) -> dict[str, ConnectionTest]:
    """Return the project's latest test of each connection that has one."""
    tests = ConnectionTest.objects.filter(project=project, connection__in=list(names))
    latest = tests.values("connection").annotate(last=Max("pk")).order_by().values("last")
    found = ConnectionTest.objects.filter(pk__in=latest).select_related("requested_by")
    return {test.connection: test for test in found}


def is_waiting(test: ConnectionTest) -> bool:
    """Whether a worker may still take it."""
    queued = test.state == ConnectionTest.State.QUEUED
    return queued and test.created_at > database_now() - PATIENCE


def _model(connection: Connection, model: str) -> str:
    wanted = storable_text(model, "The model", "model").strip()
    wanted = wanted or next(iter(connection.models), "")
    if len(wanted) > MODEL_LENGTH:
        raise ContentError("model", f"A model's name has at most {MODEL_LENGTH} letters.")
    if not wanted and not connection.simulated:
        raise ContentError("model", "Say which model to ask: this connection names none.")
    return wanted or connection.name


def _question(model: str) -> ModelRequest:
    messages = [{"role": "user", "content": 'Answer with this JSON object: {"ready": true}'}]
    params = {"temperature": 0, "max_tokens": 200, "response_format": FORM}
    return ModelRequest(model, messages, params, may_adapt=True)


def _finish(
    test: ConnectionTest, *, works: bool, message: str, latency_ms: float | None = None
) -> bool:
    """Keep the outcome; return whether nobody else had done so."""
    waiting = ConnectionTest.objects.filter(pk=test.pk, state=ConnectionTest.State.QUEUED)
    return bool(
        waiting.update(
            state=ConnectionTest.State.DONE,
            works=works,
            message=message[:MESSAGE_LENGTH],
            latency_ms=latency_ms,
            finished_at=Now(),
        )
    )


def _in_words(response: ModelResponse, cost: Decimal | None) -> str:
    """Return what came back. What the model wrote is not shown: nobody needs it."""
    if response.simulated:
        return "It is always there: answers are made up, without a model and without cost."
    seconds = f"{response.latency_ms / 1000:.1f} s"
    price = "at a price that nobody knows" if cost is None else f"for ${cost:f}"
    words = f"{response.model} answered in {seconds}, {price}."
    if response.free_text:
        words += " It takes no schema, so judges ask it for their form in words."
    return words
