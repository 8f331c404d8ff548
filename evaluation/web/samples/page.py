"""Samples of a prompt's live traffic: what sank a rollout, the worst answers, the newest."""

from django.http import HttpResponse

from evaluation.offline.effective import effective
from evaluation.offline.suites import suite_of
from evaluation.online.models import Sample, Series
from evaluation.online.samples.keep import DAYS
from evaluation.web.samples.shown import ARMS, NEWEST, WORST, Asked, Shown, Side, shown
from registry.domain.roles import Action
from registry.projects.access import can
from registry.prompts.models import Prompt, Version
from registry.release.models import Rollout
from registry.web.keys.report_snippets import report_snippets
from registry.web.keys.snippets import Example
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt

ROLLOUTS = 20  # offered to choose from, the newest


@needs(Action.VIEW)
def samples(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show samples; for `?rollout=` the worst of the treatment beside control's usual ones."""
    prompt = find_prompt(request, name)
    asked = Asked.read(request.GET)
    rollouts = _rollouts(prompt)
    rollout = next((one for one in rollouts if one.pk == asked.rollout), None)
    if rollout and not asked.by:
        asked = Asked(**{**vars(asked), "by": _sank_it(rollout)})
    found = shown(prompt, asked)
    any_at_all = bool(found.n) or Sample.objects.filter(prompt=prompt).exists()
    holds = effective(suite_of(prompt), request.project)
    context = {
        "project": request.project,
        "prompt": prompt,
        "shown": found,
        "back": found.asked.query(after=found.previous),
        "on": found.asked.query(after=found.following),
        "asked": found.asked,
        "rollout": rollout,
        "rollouts": rollouts,
        "card": bool(rollouts),
        "versions": _versions(prompt),
        "arms": [arm.value for arm in ARMS],
        "orders": (WORST, NEWEST),
        "headline": _headline(found, rollout),
        "any": any_at_all,
        "days": DAYS,
        "judges": [used.version.judge.name for used in holds.judges],
        "a_day": holds.budget["live_samples_day"],
        "may_add": can(request.actor, Action.EDIT_DATASETS, request.project),
        "snippets": () if any_at_all else report_snippets(Example(prompt.name, prompt.kind)),
    }
    return page(request, "evaluation/samples/page.html", context, title=_title(prompt, rollout))


def _title(prompt: Prompt, rollout: Rollout | None) -> str:
    if rollout and rollout.ended_as == Rollout.EndedAs.REGRESSED:
        return f"The answers that sank {rollout.version.semver} of {prompt}"
    return f"Live answers of {prompt}"


def _headline(found: Shown, rollout: Rollout | None) -> str:
    """Say first what the page shows, in figures."""
    if not found.n:
        return "No answer of live traffic is kept here."
    if not found.sides:
        kept = f"{found.n} answer{'s' * (found.n > 1)} of live traffic"
        if found.asked.order == NEWEST or not found.by:
            return f"{kept}, the newest first."
        return f"{kept}, the worst {found.by} first."
    told = "; ".join(_side_words(side, found.by) for side in found.sides)
    told = told[0].upper() + told[1:]
    return f"{told}." if found.by else f"{told}. None of them is scored yet."


def _side_words(side: Side, by: str) -> str:
    who = "the new version" if side.arm == Series.Arm.TREATMENT else _ARM_WORDS[side.arm]
    kept = f"{who}: {side.n} answer{'s' * (side.n > 1)} kept"
    if side.mean is None:
        return kept
    return f"{kept}, {by} {side.mean:.2f} on average of {side.scored}"


_ARM_WORDS = {"control": "production", "staging": "staging"}


def _sank_it(rollout: Rollout) -> str:
    """Return the score that the last answer blames, or ""."""
    tick = getattr(rollout, "tick", None)
    metrics = (tick.evidence if tick else {}).get("metrics") or []
    blamed = [one["metric"] for one in metrics if one.get("says") == "fail"]
    return next((m.removeprefix("score:") for m in blamed if m.startswith("score:")), "")


def _rollouts(prompt: Prompt) -> list[Rollout]:
    rows = Rollout.objects.filter(prompt=prompt).select_related("version", "tick")
    return list(rows.order_by("-pk")[:ROLLOUTS])


def _versions(prompt: Prompt) -> list[Version]:
    ids = Sample.objects.filter(prompt=prompt).order_by().values("version")
    return list(Version.objects.filter(pk__in=ids).order_by("-revision")[:ROLLOUTS])
