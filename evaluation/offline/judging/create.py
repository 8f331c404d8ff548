"""Make a judge with its first version, and the next version of one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify

from evaluation.domain.judge import BUILT_IN, Rubric, instructions
from evaluation.domain.judge.rubric import CONTEXT, REFERENCE
from evaluation.domain.judge.scale import FIFTHS
from evaluation.offline.models import Judge, JudgeVersion
from evaluation.providers import connections
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.canonical import canonical, sha256
from registry.domain.errors import Refused
from registry.domain.fields import ContentError, storable_text
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project

MOST_TOKENS = 16_000  # of a judge's answer
LEAST_TOKENS = 50
MOST_CONTEXT_TOKENS = 1_000_000
LEAST_CONTEXT_TOKENS = 1_000
_CRITERIA = 8_000  # characters
_POINT = 1_000


@dataclass(frozen=True)
class JudgeText:
    """Everything a judge version consists of. `criteria` and `points`: None takes the built-in.

    `connection` is a name from settings; `needs` holds context, reference or nothing.
    """

    connection: str
    model: str
    criteria: str | None = None
    points: Sequence[str] | None = None
    needs: Sequence[str] | None = None
    max_tokens: int = 800
    scale: str = FIFTHS
    context_tokens: int = 24_000


@transaction.atomic
def create_judge(
    project: Project, *, name: str, kind: str, text: JudgeText, actor: Actor, reason: str
) -> JudgeVersion:
    """Make a judge and its version 1, and return that version.

    Raises NotPermitted, or ContentError naming the field.
    """
    require(actor, Action.EDIT_DATASETS, project)
    if kind not in Judge.Kind.values:
        raise ContentError("kind", f"Choose one of {', '.join(Judge.Kind.values)}.")
    if not name or len(name) > 60 or slugify(name) != name:
        raise ContentError(
            "name",
            "Give the judge a short name of small letters, digits and hyphens, up to 60: it "
            "names the figure in reports, such as faithfulness.",
        )
    try:
        with transaction.atomic():
            judge = Judge.objects.create(
                project=project, name=name, kind=kind, created_by=actor.person
            )
    except IntegrityError:
        raise ContentError("name", f"{project} has a judge {name!r} already.") from None
    version = _next_version(judge, text, actor, reason)
    record(
        "judge.created",
        judge,
        actor=actor,
        project=project,
        reason=version.reason,
        after={"name": name, "kind": kind, "digest": version.digest},
    )
    return version


@transaction.atomic
def new_version(judge: Judge, *, text: JudgeText, actor: Actor, reason: str) -> JudgeVersion:
    """Freeze `text` as the judge's next version. Suites that use an older one keep it.

    Raises NotPermitted, ContentError naming the field, or Refused when nothing changed.
    """
    require(actor, Action.EDIT_DATASETS, judge.project)
    judge = Judge.objects.select_for_update().select_related("project").get(pk=judge.pk)
    newest = judge.versions.first()
    version = _next_version(judge, text, actor, reason)
    record(
        "judge.version",
        judge,
        actor=actor,
        project=judge.project,
        reason=version.reason,
        before={"number": newest.number, "digest": newest.digest} if newest else None,
        after={"number": version.number, "digest": version.digest},
    )
    return version


def _next_version(judge: Judge, text: JudgeText, actor: Actor, reason: str) -> JudgeVersion:
    facts = _checked(judge, text)
    prompt = instructions(facts["criteria"], facts["points"])
    digest = sha256(canonical({**facts, "kind": judge.kind, "prompt": prompt}))
    same = judge.versions.filter(digest=digest).first()
    if same:
        raise Refused(f"This is word for word {same}. Change something, or use that version.")
    number = (judge.versions.aggregate(n=Max("number"))["n"] or 0) + 1
    return JudgeVersion.objects.create(
        judge=judge,
        number=number,
        prompt=prompt,
        digest=digest,
        reason=storable_text(reason, "The reason", "reason").strip(),
        created_by=actor.person,
        **facts,
    )


def _checked(judge: Judge, text: JudgeText) -> dict[str, Any]:
    """Return the columns of a version, built-in words filled in. Raises ContentError."""
    text = _filled(text, BUILT_IN.get(judge.kind))
    if text.scale not in JudgeVersion.Scale.values:
        raise ContentError("scale", "Choose one of the two scales.")
    return {
        "connection": text.connection,
        "model": _model(text),
        "criteria": _words(text.criteria, "The criterion", "criteria", _CRITERIA),
        "points": _points(text.points or ()),
        "needs": _needs(text.needs or ()),
        "max_tokens": _between("max_tokens", text.max_tokens, LEAST_TOKENS, MOST_TOKENS),
        "scale": text.scale,
        "context_tokens": _between(
            "context_tokens", text.context_tokens, LEAST_CONTEXT_TOKENS, MOST_CONTEXT_TOKENS
        ),
    }


def _filled(text: JudgeText, built_in: Rubric | None) -> JudgeText:
    """Put the built-in rubric where `text` says nothing. Raises ContentError without one."""
    if built_in is None:
        if text.criteria is None or text.points is None:
            raise ContentError("criteria", "Say what this judge scores, and its five points.")
        return text
    return replace(
        text,
        criteria=built_in.criteria if text.criteria is None else text.criteria,
        points=built_in.points if text.points is None else text.points,
        needs=built_in.needs if text.needs is None else text.needs,
    )


def _points(points: Sequence[str]) -> list[str]:
    if len(points) != 5:
        raise ContentError("points", "Describe all five points, from 1 to 5.")
    return [
        _words(words, f"The description of {score}", f"point_{score}", _POINT)
        for score, words in enumerate(points, 1)
    ]


def _needs(needs: Sequence[str]) -> list[str]:
    if unknown := sorted(set(needs) - {CONTEXT, REFERENCE}):
        raise ContentError("needs", f"A case has no {unknown[0]!r}; use context and reference.")
    return sorted(set(needs))


def _model(text: JudgeText) -> str:
    """Return the model's name. Raises ContentError for what the connection does not offer."""
    try:
        known = connections.get(text.connection)
    except Refused as error:
        raise ContentError("connection", str(error)) from None
    model = storable_text(text.model, "The model", "model").strip()
    if not model and known.simulated:
        model = known.name
    if not model or len(model) > 100 or "\n" in model:
        raise ContentError("model", "Name the model that scores, in up to 100 characters.")
    if known.models and model not in known.models:
        raise ContentError(
            "model", f"{text.connection} offers {', '.join(known.models)}. Choose one of them."
        )
    return model


def _words(value: Any, place: str, field: str, most: int) -> str:
    words = storable_text(value, place, field).strip()
    if not words:
        raise ContentError(field, f"{place} is empty. Say it in a sentence.")
    if len(words) > most:
        raise ContentError(field, f"{place} has {len(words):,} characters; the limit is {most:,}.")
    return words


def _between(field: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise ContentError(field, f"Give a whole number from {least:,} to {most:,}.")
    return number
