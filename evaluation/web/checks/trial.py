"""Try the checks of a form on an output, as they stand there; nothing is saved.

The output is pasted, or one that a run got. Answers are JSON for the page's script.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse

from evaluation.domain.checks import Outcome, Output, Result, parse_check, run_check, run_checks
from evaluation.offline.cases import HOLDOUT
from evaluation.offline.models import CaseResult, Run
from evaluation.web.check_rows import CheckRows, Checks
from evaluation.web.find import one_of
from registry.domain.roles import Action
from registry.projects.models import Project
from registry.prompts.models import Prompt
from registry.web.permissions import ProjectRequest, needs

LONGEST = 200_000  # characters of an output that is tried
OFFERED = 50  # answers of the last run
SAID = (
    ("fail", "fails", "fail"),
    ("error", "cannot be looked at", "cannot be looked at"),
    ("not readable", "is not readable", "are not readable"),
    ("skipped", "is skipped", "are skipped"),
    ("pass", "passes", "pass"),
)
RANK = [word for word, _, _ in SAID]


class TrialForm(forms.Form):
    """The output, and what else is known of it. Milliseconds; US dollars."""

    output = forms.CharField(
        required=False,
        strip=False,
        max_length=LONGEST,
        error_messages={"max_length": f"At most {LONGEST:,} characters are tried. Paste less."},
    )
    finish_reason = forms.CharField(required=False, max_length=30)
    latency_ms = forms.FloatField(required=False, min_value=0)
    tokens = forms.IntegerField(required=False, min_value=0)
    cost = forms.FloatField(required=False, min_value=0)
    tags = forms.CharField(required=False, max_length=6000)

    @property
    def answer(self) -> Output:
        """The output as checks look at it; a figure left out is not known."""
        data = self.cleaned_data
        tokens = data["tokens"]
        return Output(
            text=data["output"].replace("\r\n", "\n"),
            finish_reason=data["finish_reason"] or None,
            latency_ms=data["latency_ms"],
            cost=data["cost"],
            usage=None if tokens is None else {"output_tokens": tokens},
        )

    @property
    def case_tags(self) -> list[str]:
        """The tags of the case that the output is taken for."""
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]


@dataclass(frozen=True)
class Line:
    """What one row says: a result, or the fault that keeps it from being looked at."""

    number: int | None
    result: Result | None
    fault: str = ""

    @property
    def words(self) -> str:
        """The outcome as its chip says it."""
        return self.result.outcome.value if self.result else "not readable"


@needs(post=Action.EDIT_DATASETS)
def try_checks(request: ProjectRequest, slug: str) -> HttpResponse:
    """Answer what every check of the form says of the output: `said` in a line, and `html`."""
    trial = TrialForm(request.POST, prefix="trial")
    rows = Checks(request.POST, prefix="c")
    if not trial.is_valid():
        field, messages = next(iter(trial.errors.items()))
        name = field.replace("_", " ")
        return JsonResponse({"said": f"Not tried: {name}: {messages[0]}", "html": ""}, status=422)
    rows.is_valid()  # a row with a fault is told among the others
    lines = lines_of(rows, trial.answer, trial.case_tags)
    html = render_to_string("evaluation/checks/verdicts.html", {"lines": lines}, request=request)
    return JsonResponse({"said": _said(lines), "html": html})


@needs(Action.EDIT_DATASETS)
def show_answer(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Answer the values of the trial's fields for an answer that a run got."""
    rows = CaseResult.objects.filter(run__prompt__project=request.project)
    otherwise = "There is no such answer, or its case is held out."
    row = one_of(rows.select_related("case"), pk, otherwise=otherwise)
    if HOLDOUT in row.case.tags:
        raise Http404(otherwise)
    return JsonResponse(
        {
            "output": row.output,
            "finish_reason": row.finish_reason,
            "latency_ms": row.latency_ms,
            "tokens": row.output_tokens,
            "cost": float(row.cost) if row.cost is not None else None,
            "tags": ", ".join(row.case.tags),
        }
    )


def lines_of(rows: CheckRows, output: Output, tags: list[str]) -> list[Line]:
    """Return a line for each row that is filled: those that do not hold first."""
    [complete] = run_checks([], output)
    lines = [] if complete.outcome is Outcome.PASS else [Line(None, complete)]
    sound = dict(rows.numbered)
    for number, row in enumerate(rows, 1):
        if number in sound:
            lines.append(Line(number, run_check(parse_check(sound[number]), output, tags)))
        elif row.errors and not row.data.get(row.add_prefix("DELETE")):
            lines.append(Line(number, None, _fault(row)))
    return sorted(lines, key=lambda line: RANK.index(line.words))


def try_panel(project: Project, prompt: Prompt | None = None) -> dict[str, Any]:
    """Return what templates/evaluation/checks/try.html shows, with the last answers to `prompt`."""
    return {
        "url": reverse("check_trial", args=[project.slug]),
        "answers": _answers(prompt) if prompt else [],
    }


def _fault(row: forms.Form) -> str:
    return " ".join(str(message) for messages in row.errors.values() for message in messages)


def _said(lines: list[Line]) -> str:
    """Say in one line how many hold, the bad news first."""
    if not lines:
        return "There is no check yet. Choose one to see what it says."
    counted = Counter(line.words for line in lines)
    said = [
        f"{counted[word]} {one if counted[word] == 1 else many}"
        for word, one, many in SAID
        if counted[word]
    ]
    return f"{', '.join(said)}."


def _answers(prompt: Prompt) -> list[dict[str, Any]]:
    """Return the candidate's answers of the last run that has any, held-out cases left out."""
    rows = CaseResult.objects.filter(run__prompt=prompt, arm=CaseResult.Arm.CANDIDATE, error="")
    answered = Exists(rows.filter(run=OuterRef("pk")))
    run = Run.objects.filter(answered, prompt=prompt).order_by("-id").first()
    if run is None:
        return []
    found = (
        rows.filter(run=run, repeat=1)
        .order_by("id")
        .values_list("pk", "case__case_id", "case__tags", "passed")
    )
    return [
        {"pk": pk, "case": case, "passed": passed, "run": run.pk}
        for pk, case, tags, passed in found[: 2 * OFFERED]
        if HOLDOUT not in tags
    ][:OFFERED]
