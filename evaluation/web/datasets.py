"""Make a golden dataset, and look at its snapshots and their cases."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from evaluation.offline.datasets import create_dataset
from evaluation.offline.golden.edit import edits_of
from evaluation.offline.golden.export import FORMATS
from evaluation.offline.models import Dataset
from evaluation.web.find import find_dataset
from evaluation.web.golden.shown import read_asked, shown_cases
from evaluation.web.golden.snapshots import chosen_snapshot
from registry.domain.content import ContentError
from registry.domain.roles import Action
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not


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
    snapshot = chosen_snapshot(dataset, request.GET.get("v", ""))
    asked = read_asked(request.GET)
    snapshots = list(dataset.snapshots.filter(sealed=True).select_related("created_by"))
    context = {
        "project": request.project,
        "dataset": dataset,
        "snapshots": list(zip(snapshots, [*snapshots[1:], None], strict=True)),
        "snapshot": snapshot,
        "is_newest": bool(snapshots) and snapshot == snapshots[0],
        "version": request.GET.get("v", ""),
        "asked": asked,
        "shown": shown_cases(snapshot, asked),
        "formats": FORMATS,
        "prompts": [suite.prompt for suite in dataset.suites.select_related("prompt")],
        "waiting": edits_of(dataset, request.actor).count(),
        "no_edit": why_not(request.actor, Action.EDIT_DATASETS, request.project),
    }
    return page(request, "evaluation/dataset.html", context, title=dataset.name)


def dataset_url(dataset: Dataset) -> str:
    """Return the address of the dataset's page."""
    return reverse("dataset", args=[dataset.project.slug, dataset.pk])
