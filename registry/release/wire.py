"""Ready answers: written in the transaction that changes what a prompt serves."""

import uuid

from django.db import IntegrityError, transaction

from registry.domain.lifecycle import RolloutState
from registry.prompts.models import Prompt
from registry.release.models import Change, Generation, Label, Rollout, Wire
from registry.release.wire_body import etag_of, wire_body


def refresh_wires(prompt: Prompt) -> int:
    """Write the answer of every label of `prompt` and return the new generation.

    Called last in a transaction: the generation's row lock makes commit order equal
    number order, and must not be held while other work is done.
    """
    labels = {
        row.name: row
        for row in Label.objects.filter(prompt=prompt).select_related("version__prompt")
    }
    answers = {name: _body(prompt, labels, name) for name in ("production", "staging", "canary")}
    number = next_generation("wire", prompt)
    for name, body in answers.items():
        if body is not None:
            Wire.objects.update_or_create(
                prompt=prompt,
                label=name,
                defaults={
                    "body": body,
                    "etag": etag_of(body),
                    "generation": number,
                },
            )
    return number


def next_generation(kind: str, prompt: Prompt | None = None) -> int:
    """Raise the generation and note what changed in it: a prompt's `wire`, a `name`, or a `key`."""
    row = _locked_generation()
    number = row.number + 1
    Generation.objects.filter(pk=row.pk).update(number=number)
    Change.objects.create(generation=number, prompt=prompt, kind=kind)
    return number


def current_generation() -> tuple[uuid.UUID, int]:
    """Return the installation id and the generation that is served now."""
    row = Generation.objects.first()
    if row is None:
        with transaction.atomic():
            row = _locked_generation()
    return row.installation, row.number


def _locked_generation() -> Generation:
    row = Generation.objects.select_for_update().first()
    if row is not None:
        return row
    try:
        with transaction.atomic():
            Generation.objects.create(pk=1, installation=uuid.uuid4())
    except IntegrityError:
        pass  # another process made it a moment ago
    return Generation.objects.select_for_update().get(pk=1)


def _body(prompt: Prompt, labels: dict[str, Label], name: str) -> bytes | None:
    """Return the answer for one label; `canary` without a label row answers production."""
    label = labels.get(name) or (labels.get("production") if name == "canary" else None)
    if label is None:
        return None
    holders = [n for n, row in labels.items() if row.version_id == label.version_id]
    return wire_body(
        label.version,
        label=name,
        label_rev=label.rev,
        labels=holders,
        rollout=_canary(prompt) if name == "production" else None,
    )


def _canary(prompt: Prompt) -> Rollout | None:
    """Return the rollout whose canary runs, or None."""
    return (
        Rollout.objects.select_related("version__prompt")
        .filter(prompt=prompt, state=RolloutState.CANARY)
        .first()
    )
