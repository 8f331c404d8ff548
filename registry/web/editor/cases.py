"""The golden cases that the editor may show: those of the prompt's suite, without `holdout`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models.functions import Left

from evaluation.offline.cases import HOLDOUT
from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.estimate import Basis
from evaluation.offline.models import Case, Snapshot, Suite
from evaluation.offline.render import values_of
from evaluation.offline.suites import suite_of
from registry.domain.content import Content
from registry.domain.rendering import used_variables
from registry.prompts.models import Prompt

OFFERED = 200  # cases in the choice
ABOUT = 90  # characters of what a case asks


@dataclass(frozen=True)
class Cases:
    """The golden cases of a prompt, looked up once for all parts of a page."""

    prompt: Prompt
    suite: Suite | None
    snapshot: Snapshot | None

    @property
    def total(self) -> int:
        """How many there are, those that are held out too."""
        return self.snapshot.case_count if self.snapshot else 0

    @cached_property
    def basis(self) -> Basis | None:
        """What holds for an evaluation of the prompt; None while it has no cases."""
        if self.suite is None or self.snapshot is None:
            return None
        return Basis(self.prompt, self.suite, self.snapshot)

    @cached_property
    def seen(self) -> tuple[list[tuple[str, str]], bool]:
        """Id and beginning of the cases to choose from, in order; and whether there are more."""
        if self.snapshot is None:
            return [], False
        rows = self.snapshot.cases.order_by("position").annotate(about=Left("query", 2 * ABOUT))
        looked = list(rows.values_list("case_id", "about", "tags")[: 2 * OFFERED])
        found = [
            (case_id, " ".join(about.split())[:ABOUT])
            for case_id, about, tags in looked
            if HOLDOUT not in tags
        ]
        return found[:OFFERED], len(found) > OFFERED or self.total > len(looked)

    def offered(self) -> list[str]:
        """Return the ids of the cases to choose from, in their order."""
        return [case_id for case_id, _ in self.seen[0]]

    def lacking(self, content: Content) -> list[str]:
        """Return the variables that `content` needs and the first case gives no value for.

        One case, so that the answer comes while somebody types; the submit looks at all.
        """
        optional = {v.name for v in content.variables if not v.required}
        needed = [name for name in used_variables(content) if name not in optional]
        first = self.snapshot.cases.first() if self.snapshot and needed else None
        given = values_of(first) if first else {}
        return [name for name in needed if name not in given] if first else []

    def values(self, case_id: str) -> dict[str, Any]:
        """Return what a case gives for variables, as evaluation would put it in.

        Empty for an unknown case and for a holdout.
        """
        if self.snapshot is None or not case_id or "\x00" in case_id:
            return {}
        case = Case.objects.filter(snapshot=self.snapshot, case_id=case_id).first()
        if case is None or HOLDOUT in case.tags:
            return {}
        return dict(values_of(case))


def cases_of(prompt: Prompt) -> Cases:
    """Return the golden cases that `prompt` is evaluated with now."""
    suite = suite_of(prompt)
    return Cases(prompt, suite, latest_snapshot(suite.dataset) if suite else None)
