"""The clicks on a rollout: advance, hold, resume. What undoes is in `stop`."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.audit.clock import database_now
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.prompts.models import Prompt
from registry.release import rollback, rollout
from registry.release.may_go import passed
from registry.release.models import Rollout
from registry.runtime.callers import noted, warnings_of
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt
from registry.web.prompts.prompt import prompt_page, prompt_url
from registry.web.prompts.rollout_card import share_words
from registry.web.prompts.typed import number_of, reason_of


@needs(post=Action.ADVANCE)
def rollout_advance(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Take the next step."""
    prompt = find_prompt(request, name)

    def act() -> str:
        running, now = _running(prompt), database_now()
        verdict = passed(running, now=now)
        reason = reason_of(request, f"Advanced by {request.user}." if verdict else "")
        if reason:
            reason = noted(reason, warnings_of(running.version, now=now))
        moved = rollout.advance(
            running,
            expected_epoch=number_of(request, "epoch") or 0,
            actor=request.actor,
            reason=reason,
            now=now,
            verdict=verdict,
        )
        return f"{moved.version.semver} now serves {share_words(moved.percent)}."

    return _do(request, prompt, act)


@needs(post=Action.HOLD)
def rollout_hold(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Stop every forward move until somebody resumes it."""
    prompt = find_prompt(request, name)

    def act() -> str:
        reason = reason_of(request, f"Held by {request.user}.")
        rollout.hold(_running(prompt), actor=request.actor, reason=reason, now=database_now())
        return "The rollout is held. Rolling back stays possible."

    return _do(request, prompt, act)


@needs(post=Action.ADVANCE)
def rollout_resume(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Let a held rollout go on."""
    prompt = find_prompt(request, name)

    def act() -> str:
        reason = reason_of(request, f"Resumed by {request.user}.")
        rollout.resume(_running(prompt), actor=request.actor, reason=reason)
        return "The rollout goes on."

    return _do(request, prompt, act)


def _running(prompt: Prompt) -> Rollout:
    running = rollback.under_way(prompt)
    if running is None:
        raise Refused("No rollout is under way: somebody ended it a moment ago.")
    return running


def _do(request: ProjectRequest, prompt: Prompt, act: Callable[[], str]) -> HttpResponse:
    """Run `act` and say what it returned; a refusal shows the page again with what was typed."""
    try:
        said = act()
    except ContentError as error:
        return prompt_page(request, prompt, problem=error.message, status=400)
    except Refused as refusal:
        return prompt_page(request, prompt, problem=str(refusal), status=409)
    messages.success(request, said)
    if request.POST.get("then") == "monitor":
        return redirect("monitor", prompt.project.slug, prompt.name)
    return redirect(prompt_url(prompt))
