"""Make a golden dataset, and look at its snapshots and their cases."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from evaluation.offline.datasets import create_dataset
from evaluation.offline.models import Case, Dataset, Snapshot
from evaluation.web.find import find_dataset
from registry.domain.content import ContentError
from registry.domain.roles import Action
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not

CASES_A_PAGE = 50


class DatasetForm(forms.Form):
    """A name and what it is for."""

    name = forms.CharField(
        label="Name",
        max_length=128,
        help_text="For example: Refund questions.",
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=4000,
        help_text="Where the cases come from and what they should show.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@needs(Action.EDIT_DATASETS)
def new_dataset(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the form, or make the dataset and go on to its cases."""
    form = DatasetForm(request.POST or None)
    if form.is_valid():
        try:
            dataset = create_dataset(request.project, actor=request.actor, **form.cleaned_data)
        except ContentError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, f"{dataset} exists now. Import its cases.")
            return redirect("import_cases", slug, dataset.pk)
    return page(
        request,
        "evaluation/new_dataset.html",
        {"project": request.project, "form": form},
        title="New golden dataset",
        status=400 if form.errors else 200,
    )


@needs(Action.VIEW)
def show_dataset(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the snapshots, and the cases of one of them (`?v=2`; else the newest)."""
    dataset = find_dataset(request, pk)
    snapshot = _chosen(dataset, request.GET.get("v", ""))
    cases = Case.objects.filter(snapshot=snapshot).order_by("position")
    context = {
        "project": request.project,
        "dataset": dataset,
        "snapshots": dataset.snapshots.select_related("created_by"),
        "snapshot": snapshot,
        "shown": Paginator(cases, CASES_A_PAGE).get_page(request.GET.get("page")),
        "prompts": [suite.prompt for suite in dataset.suites.select_related("prompt")],
        "no_import": why_not(request.actor, Action.EDIT_DATASETS, request.project),
    }
    return page(request, "evaluation/dataset.html", context, title=dataset.name)


def dataset_url(dataset: Dataset) -> str:
    """Return the address of the dataset's page."""
    return reverse("dataset", args=[dataset.project.slug, dataset.pk])


def _chosen(dataset: Dataset, number: str) -> Snapshot | None:
    """Return the snapshot that the address names, or the newest. Raises Http404."""
    if not number:
        return dataset.snapshots.first()
    known = number.isascii() and number.isdigit() and len(number) < 10
    found = dataset.snapshots.filter(number=int(number)).first() if known else None
    if found is None:
        raise Http404(f"{dataset} has no snapshot {number}.")
    return found
