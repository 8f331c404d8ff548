"""`GET …/diff?from=&to=`: what changed between two versions."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from registry.domain.diff import Comparison, FieldChange, compare, unified
from registry.runtime.answers import Problem
from registry.runtime.api.reading import ReadView, answer, asked_of, find_prompt, find_visible
from registry.runtime.api.schema import CLIENT, NAME, documented, semver_of
from registry.runtime.api.serializers import Difference
from registry.runtime.authentication import KeyRequest
from registry.runtime.core import FOR_EVER
from registry.web.compare.words import summary_words

_SECONDS = 0.3  # for the words; as long again at most for the lines. Later it gets coarser.


class DiffView(ReadView):
    """The difference of two versions that the key may see, in words, as text and as fields."""

    @documented(
        "getDiff",
        Difference,
        "What changed from one version to another: in words, as a text and field by field. "
        "The key must be allowed to see both.",
        NAME,
        semver_of("from", "The older version.", required=True),
        semver_of("to", "The newer version.", required=True),
        CLIENT,
    )
    def get(self, request: KeyRequest, name: str) -> HttpResponse:
        """Answer the difference; both versions are frozen, so it holds for ever."""
        asked = asked_of(request, "from", "to")
        for side in ("from", "to"):
            if not asked.get(side):
                text = "Name two versions, such as ?from=2.3.0&to=2.4.0."
                raise Problem(400, "bad_request", text, side)
        prompt = find_prompt(request.auth, name)
        old = find_visible(prompt, request.auth, asked["from"], "from")
        new = find_visible(prompt, request.auth, asked["to"], "to")
        before, after = old.as_content(), new.as_content()
        found = compare(before, after, seconds=_SECONDS)
        document = {
            "name": prompt.name,
            "from": old.semver,
            "to": new.semver,
            "same": found.same,
            "summary": summary_words(found),
            "unified": unified(before, after, old.semver, new.semver),
            "config": _fields(found.config),
            "output_schema": _fields(found.output_schema),
            "variables": _variables(found),
        }
        return answer(request, document, caching=FOR_EVER)


def _variables(found: Comparison) -> dict[str, Any]:
    variables = found.variables
    return {
        "added": list(variables.added),
        "removed": list(variables.removed),
        "renamed": [{"from": old, "to": new} for old, new in variables.renamed],
        "changed": _fields(variables.changed),
    }


def _fields(changes: Iterable[FieldChange]) -> list[dict[str, Any]]:
    return [
        {"path": change.path, "what": change.what, "from": change.old, "to": change.new}
        for change in changes
    ]
