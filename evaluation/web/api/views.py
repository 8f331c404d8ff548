"""`/api/v1/evaluations`: submit a candidate, read its run and its cases. Nothing else."""

from typing import Any, cast

from django.db import transaction
from django.urls import reverse
from rest_framework.response import Response

from evaluation.offline.candidates import submit_candidate
from evaluation.offline.documents import cases_of, head_of
from evaluation.offline.models import Run
from evaluation.offline.plan import names_of
from evaluation.web.api.body import Asked, read
from evaluation.web.api.serializers import (
    CaseList,
    Evaluation,
    EvaluationPlace,
    NewEvaluation,
)
from registry.audit.actor import Actor
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version, production_of
from registry.runtime.answers import Problem
from registry.runtime.api.reading import asked_of
from registry.runtime.api.schema import AFTER, WRITING, documented
from registry.runtime.authentication import KeyRequest
from registry.runtime.key_view import KeyView
from registry.runtime.models import ApiKey
from registry.runtime.store import prompt_named

UNDER_WAY = 20  # evaluations of one key at a time
CASES_A_PAGE = 100
CI = Actor.system("ci-key")


class EvaluationsView(KeyView):
    """`POST /api/v1/evaluations`: have a text evaluated that is no version."""

    scope = "ci"
    http_method_names = ("post",)

    @documented(
        "startEvaluation",
        EvaluationPlace,
        "Have a text evaluated that is no version, against production or another version. "
        "Needs the scope ci, as reading it does; it can never be released from here.",
        request=NewEvaluation,
        refusals=(*WRITING, 429),
        status=201,
        cached=False,
        group="evaluations",
    )
    def post(self, request: KeyRequest) -> Response:
        """Queue the evaluation; 201 with where to read it."""
        asked = read(cast(Any, request.data))
        prompt = prompt_named(request.auth.project_id, asked.prompt)
        if prompt is None:
            raise Problem(404, "prompt_not_found", "There is no such prompt for this key.")
        with transaction.atomic():
            _refuse_too_many(request.auth)
            run = _submitted(prompt, asked, request.auth)
        return Response(_where(run), status=201)


class EvaluationView(KeyView):
    """`GET /api/v1/evaluations/{id}`: how far it is, and once it ended what came out."""

    scope = "ci"
    http_method_names = ("get", "head")

    @documented(
        "getEvaluation",
        Evaluation,
        "How far an evaluation is, and once it ended what came out.",
        cached=False,
        group="evaluations",
    )
    def get(self, request: KeyRequest, pk: int) -> Response:
        """Answer the state, and after the end the whole document without its cases."""
        asked_of(request)
        run = _own_run(request.auth, pk)
        return Response({**_where(run), **head_of(run)})


class EvaluationCasesView(KeyView):
    """`GET /api/v1/evaluations/{id}/cases?after=`: what each case gave, 100 a page."""

    scope = "ci"
    http_method_names = ("get", "head")

    @documented(
        "listEvaluationCases",
        CaseList,
        "What each golden case of an evaluation gave, 100 a page.",
        AFTER,
        cached=False,
        group="evaluations",
    )
    def get(self, request: KeyRequest, pk: int) -> Response:
        """Answer the cases from the `after`th on, and where the next page begins."""
        after = asked_of(request, "after").get("after", "0")
        run = _own_run(request.auth, pk)
        if not after.isascii() or not after.isdigit() or len(after) > 9:
            raise Problem(400, "bad_request", "after is the `next` of the page before.", "after")
        names = names_of(run.snapshot, smoke=run.smoke)
        start = int(after)
        end = start + CASES_A_PAGE
        following = end if end < len(names) else None
        cases = list(cases_of(run, names[start:end]))
        return Response({"cases": cases, "next": following})


def _where(run: Run) -> dict[str, Any]:
    """Return what identifies a run and says how far it is."""
    return {
        "id": run.pk,
        "state": run.state,
        "finished": run.state not in Run.OPEN,
        "page": reverse("run", args=[run.prompt.project.slug, run.pk]),
    }


def _own_run(key: ApiKey, pk: int) -> Run:
    """Return a run that a key of the same project asked for. Raises Problem (404)."""
    rows = Run.objects.select_related("prompt__project", "candidate", "baseline", "snapshot")
    run = rows.filter(pk=pk, candidate__key__project=key.project_id).first()
    if run is None:
        raise Problem(404, "evaluation_not_found", "There is no such evaluation for this key.")
    return run


def _submitted(prompt: Prompt, asked: Asked, key: ApiKey) -> Run:
    return submit_candidate(
        prompt,
        asked.content,
        baseline=_baseline(prompt, asked),
        ref=asked.ref,
        key=key,
        actor=CI,
        reason=f"Asked by CI, key {key}" + (f", {asked.ref}." if asked.ref else "."),
        fresh=asked.fresh_baseline,
        repeat=asked.repeat,
        second_look=asked.second_look,
        margin=asked.margin,
    )


def _refuse_too_many(key: ApiKey) -> None:
    """Raise Problem (429) when the key has enough under way: each one costs money.

    The key is locked, so that a burst of questions is counted one after the other.
    """
    ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
    if Run.objects.filter(candidate__key=key, state__in=Run.OPEN).count() >= UNDER_WAY:
        text = f"{UNDER_WAY} evaluations of this key are under way. Wait for one to end."
        raise Problem(429, "too_many_evaluations", text)


def _baseline(prompt: Prompt, asked: Asked) -> Version | None:
    """Return the version to compare with. Raises Problem for one that is not there."""
    if asked.baseline == "label:production":
        return production_of(prompt)
    version = find_version(prompt, asked.baseline.removeprefix("v"))
    if version is None:
        text = f"{prompt} has no version {asked.baseline!r}. Write 2.4.0 or label:production."
        raise Problem(404, "version_not_found", text, "baseline")
    return version
