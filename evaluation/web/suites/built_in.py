"""Offer the built-in judges that a project has not got yet, and make one with one click."""

from dataclasses import dataclass
from typing import Any

from evaluation.domain.judge import BUILT_IN
from evaluation.domain.judge.rubric import CONTEXT, REFERENCE
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Judge, JudgeVersion
from evaluation.offline.scorable import Scorable
from evaluation.providers import connections
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.projects.models import Project
from registry.web.permissions import PersonRequest

_SAYS = {
    "faithfulness": "does every claim stand in the case's context?",
    "relevance": "does it answer what was asked?",
    "correctness": "does it say what the reference answer says?",
}
_LACK = {CONTEXT: "context", REFERENCE: "a reference answer"}


@dataclass(frozen=True)
class Offer:
    """A built-in judge to make: what it asks, and how many of the cases it could score."""

    kind: str
    says: str
    scores: str
    useful: bool


def offers(project: Project, cases: Scorable) -> list[Offer]:
    """Return the built-in judges that `project` has not got, those that can score first."""
    taken = set(Judge.objects.filter(project=project).values_list("name", flat=True))
    found = []
    for kind in BUILT_IN:
        if kind not in taken:
            lack = [_LACK[need] for need in BUILT_IN[kind].needs]
            count = cases.with_all(BUILT_IN[kind].needs)
            words = f"can score {count:,} of {cases.total:,} cases"
            if count < cases.total:
                words += f"; the others have no {' and no '.join(lack).removeprefix('a ')}"
            found.append(Offer(kind, _SAYS[kind], words if cases.total else "", count > 0))
    return sorted(found, key=lambda offer: not offer.useful)


@dataclass(frozen=True)
class JudgeModel:
    """Which model a new judge asks: one of `choices`, or one that the person has `to_name`."""

    choices: tuple[str, ...] = ()
    to_name: bool = False


def model_of_judge(connection: str) -> JudgeModel:
    """Return what there is to say about the model when `connection` is asked."""
    try:
        known = connections.get(connection) if connection else None
    except Refused:
        known = None
    if known is None or known.simulated:
        return JudgeModel()
    return JudgeModel(known.models, to_name=not known.models)


def make(request: PersonRequest, project: Project, posted: Any, connection: str) -> JudgeVersion:
    """Make the built-in judge that was clicked, scored through `connection`.

    Raises ContentError naming judge_connection or judge_model, NotPermitted.
    """
    kind = posted["make_judge"]
    if kind not in BUILT_IN:
        raise ContentError("judges", f"There is no built-in judge {kind[:60]!r}.")
    if not connection:
        raise ContentError("connection", "Choose a model connection first: the judge asks it.")
    offered = model_of_judge(connection)
    model = posted.get("judge_model", "").strip() or next(iter(offered.choices), "")
    if not model and offered.to_name:
        raise ContentError(
            "judge_model", f"Name the model that judges: {connection} offers any, and names none."
        )
    return create_judge(
        project,
        name=kind,
        kind=kind,
        text=JudgeText(connection=connection, model=model),
        actor=request.actor,
        reason="The built-in rubric, chosen on an evaluation page.",
    )
