"""What each label of a prompt serves now: since when, by whom and why."""

from dataclasses import dataclass

from django.db.models import F

from registry.prompts.models import Prompt
from registry.release.models import Label, LabelEvent
from registry.web.prompts.table import texts_of

LABEL_ORDER = ("production", "staging", "canary")


@dataclass(frozen=True)
class Served:
    """One label and the move that brought it here."""

    label: Label
    move: LabelEvent | None


def served_rows(prompt: Prompt) -> list[Served]:
    """Return the labels of `prompt` that serve something, production first."""
    labels = Label.objects.filter(prompt=prompt).select_related("version")
    # The last move of a label is the one with its present revision.
    last = LabelEvent.objects.filter(prompt=prompt, rev=F("label__rev")).select_related("actor")
    moves = {move.name: move for move in last}
    rows = [Served(label, moves.get(label.name)) for label in labels.defer(*texts_of("version"))]
    return sorted(rows, key=lambda row: LABEL_ORDER.index(row.label.name))
