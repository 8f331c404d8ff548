"""Replays: start one over the marked answers, look at it, cancel it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.offline.judging.replays.end import cancel_replay
from evaluation.offline.judging.replays.start import replay_marked
from evaluation.offline.models import Replay
from evaluation.web.judges.find import find_judge, find_replay, find_version, replay_url
from registry.domain.roles import Action
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.typed import reason_of

SHOWN = 200


@needs(post=Action.MARK)
def start_judge_replay(request: ProjectRequest, slug: str, pk: int, number: int) -> HttpResponse:
    """Let a version score the marked answers that it has no score for."""
    version = find_version(find_judge(request, pk), number)
    reason = reason_of(request, f"To measure {version} on the marks.")
    replay = replay_marked(version, actor=request.actor, reason=reason)
    return redirect(replay_url(replay))


@needs(Action.VIEW)
def show_replay(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show how far it is, and each answer with its score, reasoning or error."""
    replay = find_replay(request, pk)
    rows = replay.judgements.filter(last=True).select_related("result__case", "result__run")
    done = rows.count()
    context = {
        "project": request.project,
        "replay": replay,
        "judge": replay.judge.judge,
        "version": replay.judge,
        "open": replay.state in (Replay.State.QUEUED, Replay.State.RUNNING),
        "done": done,
        "total": len(replay.results),
        "unscored": rows.filter(score=None).count(),
        "rows": rows.order_by("result")[:SHOWN],
        "more": max(0, done - SHOWN),
        "no_mark": why_not(request.actor, Action.MARK, request.project),
    }
    return page(request, "evaluation/judges/replay.html", context, title=f"Replay {replay.pk}")


@needs(post=Action.MARK)
def end_replay(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Cancel it; the scores that came stay."""
    replay = find_replay(request, pk)
    cancel_replay(replay, actor=request.actor, reason=reason_of(request, "Cancelled on its page."))
    messages.success(request, "Cancelled. The scores that came stay.")
    return redirect(replay_url(replay))
