"""The form of a judge version: criterion and points in words, the model, its limits."""

from typing import Any

from django import forms

from evaluation.domain.judge import BUILT_IN
from evaluation.domain.judge.rubric import CONTEXT, REFERENCE
from evaluation.offline.judging.create import JudgeText
from evaluation.offline.models import Judge, JudgeVersion
from evaluation.providers import connections
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.web.forms.fields import reason_field

ABOUT = {
    Judge.Kind.FAITHFULNESS: (
        "Faithfulness",
        "Is everything the answer claims supported by the case's context? For answers from "
        "documents. Cases need a context.",
    ),
    Judge.Kind.RELEVANCE: (
        "Relevance",
        "Does the answer respond to what was asked, wholly and without padding? For every prompt.",
    ),
    Judge.Kind.CORRECTNESS: (
        "Correctness",
        "Does the answer say what the case's reference says, in whatever words? Cases need a "
        "reference.",
    ),
    Judge.Kind.CUSTOM: (
        "Your own criterion",
        "Tone, safety, how well a rule of your house is kept: you describe it and its five points.",
    ),
}


class JudgeForm(forms.Form):
    """Everything of a version; the name only while the judge is being made."""

    name = forms.SlugField(
        label="Name",
        max_length=60,
        help_text="Small letters, digits and hyphens. It names the figure in reports.",
    )
    criteria = forms.CharField(
        label="What is scored",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Tell the model what to look at, what counts and what does not.",
    )
    point_1 = forms.CharField(label="1, the worst", widget=forms.Textarea(attrs={"rows": 2}))
    point_2 = forms.CharField(label="2", widget=forms.Textarea(attrs={"rows": 2}))
    point_3 = forms.CharField(label="3", widget=forms.Textarea(attrs={"rows": 2}))
    point_4 = forms.CharField(label="4", widget=forms.Textarea(attrs={"rows": 2}))
    point_5 = forms.CharField(label="5, the best", widget=forms.Textarea(attrs={"rows": 2}))
    needs = forms.MultipleChoiceField(
        label="What a case must have to be scored",
        choices=[(CONTEXT, "a context"), (REFERENCE, "a reference")],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Cases without it are left out of this judge's figures, not scored badly.",
    )
    connection = forms.ChoiceField(label="Model connection")
    model = forms.CharField(
        label="Model",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off"}),
        help_text="Preferably of another make than the models whose answers it scores: a model "
        "prefers its own words. May stay empty for the simulated connection.",
    )
    max_tokens = forms.IntegerField(
        label="Most tokens of its answer",
        initial=800,
        help_text="Reasoning and score must fit: an answer that is cut off is no score.",
    )
    context_tokens = forms.IntegerField(
        label="Most tokens of a context",
        initial=24_000,
        help_text="A longer one is cut at its end, and every score of it says so.",
    )
    scale = forms.ChoiceField(
        label="Scale of the values",
        choices=[
            (JudgeVersion.Scale.FIFTHS, "score / 5: from 0.2 to 1"),
            (JudgeVersion.Scale.UNIT, "(score − 1) / 4: from 0 to 1"),
        ],
        help_text="The raw score of 1 to 5 is kept in any case.",
    )
    reason = reason_field()

    def __init__(self, *args: Any, named: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["connection"].choices = [(n, _words(n)) for n in connections.names()]  # type: ignore[attr-defined]
        if not named:
            del self.fields["name"]

    def text(self) -> JudgeText:
        """Return what was typed, once it is valid."""
        typed = self.cleaned_data
        return JudgeText(
            connection=typed["connection"],
            model=typed["model"],
            criteria=typed["criteria"],
            points=[typed[f"point_{score}"] for score in range(1, 6)],
            needs=typed["needs"],
            max_tokens=typed["max_tokens"],
            scale=typed["scale"],
            context_tokens=typed["context_tokens"],
        )

    @property
    def models(self) -> list[tuple[str, str]]:
        """The models that connections name, each with its connection, to choose from by typing."""
        return [(model, name) for name in connections.names() for model in _models(name)]

    def add_content_error(self, error: ContentError) -> None:
        """Show what a use-case refused beside its field, on top if the form has no such field."""
        self.add_error(error.field if error.field in self.fields else None, error.message)

    @property
    def points(self) -> list[forms.BoundField]:
        """The five descriptions, the best first."""
        return [self[f"point_{score}"] for score in range(5, 0, -1)]


OWN = {
    "criteria": "For example: Is the answer calm and friendly? Whether it is true does not count.",
    "point_5": "For example: Warm and calm from the first word to the last.",
    "point_4": "For example: Friendly, with one cold or hasty phrase.",
    "point_3": "For example: Neither friendly nor unfriendly, as from a form.",
    "point_2": "For example: Short-tempered or preaching in places.",
    "point_1": "For example: Rude, or blames the customer.",
}


def show_examples(form: JudgeForm) -> None:
    """Show in the empty fields of an own criterion what one looks like."""
    for name, words in OWN.items():
        form.fields[name].widget.attrs["placeholder"] = words


def initial_of(kind: str) -> dict[str, Any]:
    """Return what the form of a new judge of `kind` starts with."""
    start: dict[str, Any] = {"reason": "", "connection": connections.names()[0]}
    if rubric := BUILT_IN.get(kind):
        start |= {"name": kind, "criteria": rubric.criteria, "needs": list(rubric.needs)}
        start |= {f"point_{score}": words for score, words in enumerate(rubric.points, 1)}
    return start


def initial_from(version: JudgeVersion) -> dict[str, Any]:
    """Return what the form of the next version starts with."""
    names = ("criteria", "needs", "connection", "model", "max_tokens", "context_tokens", "scale")
    start = {name: getattr(version, name) for name in names}
    return start | {f"point_{score}": words for score, words in enumerate(version.points, 1)}


def _models(name: str) -> tuple[str, ...]:
    """Return what a connection names; one that cannot be used offers nothing."""
    try:
        return connections.get(name).models
    except Refused:
        return ()


def _words(name: str) -> str:
    return "simulated (no model is asked)" if name == connections.SIMULATED else name
