"""`GET /api/v1/prompts`: which prompts there are, and what their labels serve."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.http import HttpResponse

from registry.prompts.models import Prompt
from registry.release.models import Label
from registry.runtime.answers import Problem
from registry.runtime.api.reading import (
    ReadView,
    answer,
    asked_of,
    generation_now,
    page_of,
    readable_label,
)
from registry.runtime.api.schema import (
    CLIENT,
    GENERATION,
    LIMIT,
    PREFIX,
    documented,
    label_of,
    parameter,
)
from registry.runtime.api.serializers import PromptList
from registry.runtime.authentication import KeyRequest

_PREFIX = re.compile(r"[a-z0-9._/-]{0,128}")


class PromptsView(ReadView):
    """The prompts of the key's project by name, at most 100 a page."""

    @documented(
        "listPrompts",
        PromptList,
        "The prompts of the key's project by name, with the version that each label answers. "
        "A prompt that serves nothing yet has no labels.",
        PREFIX,
        label_of("Only prompts that serve something under it."),
        parameter("after", "The `next` of the page before."),
        LIMIT,
        CLIENT,
        GENERATION,
    )
    def get(self, request: KeyRequest) -> HttpResponse:
        """Answer a page of prompts with what each label serves that the key may read."""
        asked = asked_of(request, "prefix", "label", "after", "limit")
        key = request.auth
        rows = Prompt.objects.filter(project=key.project_id, name__startswith=prefix_in(asked))
        if "label" in asked:
            rows = rows.filter(wires__label=readable_label(asked, key))
        if "after" in asked:
            rows = rows.filter(name__gt=asked["after"])
        generation = generation_now()
        facts = ("name", "title", "kind", "archived_at")
        prompts, more = page_of(rows.order_by("name").only(*facts), asked)
        served = served_versions(prompts, key.labels)
        document = {
            "prompts": [_row(prompt, served[prompt.pk]) for prompt in prompts],
            "next": prompts[-1].name if more else None,
        }
        return answer(request, document, generation=generation)


def prefix_in(asked: Mapping[str, str]) -> str:
    """Return the beginning of names that is asked for. Raises Problem for one no name has."""
    prefix = asked.get("prefix", "")
    if not _PREFIX.fullmatch(prefix):
        text = "Names are lower-case letters, digits and . _ / - only; so is the start of one."
        raise Problem(400, "bad_request", text, "prefix")
    return prefix


def served_versions(
    prompts: Sequence[Prompt], labels: Collection[str]
) -> defaultdict[int, dict[str, str]]:
    """Return by prompt which version each of `labels` answers; the numbers are semvers.

    While no canary has run, `canary` answers what production answers.
    """
    numbers = ("version__major", "version__minor", "version__patch")
    rows = Label.objects.filter(prompt__in=prompts).select_related("version")
    held: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for row in rows.only("name", "prompt_id", *numbers):
        held[row.prompt_id][row.name] = row.version.semver
    served: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for prompt, versions in held.items():
        if "production" in versions:
            versions.setdefault("canary", versions["production"])
        served[prompt] = {name: versions[name] for name in sorted(labels) if name in versions}
    return served


def _row(prompt: Prompt, labels: dict[str, str]) -> dict[str, object]:
    return {
        "name": prompt.name,
        "title": prompt.title,
        "kind": prompt.kind,
        "labels": labels,
        "archived": prompt.archived_at is not None,
    }
