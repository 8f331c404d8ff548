"""The golden cases that the editor may show: those of the prompt's suite, without `holdout`."""

from dataclasses import dataclass
from typing import Any

from evaluation.offline.cases import HOLDOUT
from evaluation.offline.models import Case, Snapshot, Suite
from registry.domain.content import Content
from registry.domain.rendering import used_variables
from registry.prompts.models import Prompt

OFFERED = 200  # cases in the choice


@dataclass(frozen=True)
class Cases:
    """The golden cases of a prompt: how many there are, and those that may be shown."""

    total: int
    snapshot: Snapshot | None
    connection: str

    def offered(self) -> list[str]:
        """Return the ids of the cases to choose from, in their order."""
        if self.snapshot is None:
            return []
        rows = self.snapshot.cases.values_list("case_id", "tags")[: OFFERED * 2]
        return [case_id for case_id, tags in rows if HOLDOUT not in tags][:OFFERED]

    def lacking(self, content: Content) -> list[str]:
        """Return the variables that `content` needs and the first case gives no value for.

        One case, so that the answer comes while somebody types; the submit looks at all.
        """
        optional = {v.name for v in content.variables if not v.required}
        needed = [name for name in used_variables(content) if name not in optional]
        first = self.snapshot.cases.first() if self.snapshot and needed else None
        given = _given(first) if first else {}
        return [name for name in needed if name not in given] if first else []

    def values(self, case_id: str) -> dict[str, Any]:
        """Return what a case gives for variables, as evaluation would put it in.

        Its query and context stand for the variables of those names. Empty for an unknown
        case and for a holdout.
        """
        if self.snapshot is None or not case_id or "\x00" in case_id:
            return {}
        case = Case.objects.filter(snapshot=self.snapshot, case_id=case_id).first()
        if case is None or HOLDOUT in case.tags:
            return {}
        return _given(case)


def _given(case: Case) -> dict[str, Any]:
    given = {"query": case.query, "context": "\n\n".join(case.context)}
    return {name: value for name, value in given.items() if value} | dict(case.inputs)


def cases_of(prompt: Prompt) -> Cases:
    """Return the golden cases that `prompt` is evaluated with now."""
    suite = Suite.objects.filter(prompt=prompt).first()
    if suite is None:
        return Cases(0, None, "")
    snapshot = Snapshot.objects.filter(dataset=suite.dataset_id, sealed=True).first()
    return Cases(snapshot.case_count if snapshot else 0, snapshot, suite.connection)
