"""The comparison page: two versions of a prompt, or one's own draft with a version."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from registry.domain import risk
from registry.domain.content import Content
from registry.domain.diff import unified
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.prompts.drafts import live_draft
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version, labels_of, production_of
from registry.web.compare.present import DRAFT, shown
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt

# Characters of both texts above which the floor is left out: it would double the wait.
FLOOR_BELOW = 200_000


@dataclass(frozen=True)
class Side:
    """One side of the comparison: its name in the address, its labels, what it says."""

    name: str
    labels: list[str]
    content: Content
    version: Version | None = None

    @property
    def words(self) -> str:
        """How it is called on the page."""
        return self.name if self.version else "your draft"


@needs(Action.VIEW)
def compare_newest(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Go to the comparison asked for by `old` and `new`; by default production with the newest."""
    prompt = find_prompt(request, name)
    asked = request.GET.get("old", ""), request.GET.get("new", "")
    if all(asked):
        old, new = (_canonical(prompt, text) for text in asked)
        return redirect("compare", slug, name, old, new)
    newest = prompt.versions.first()
    if newest is None:
        return _nothing(request, prompt, "This prompt has no version yet.")
    start = production_of(prompt)
    if start is None or start == newest:
        start = newest.base or prompt.versions.exclude(pk=newest.pk).first()
    if start is None:
        sentence = f"{newest.semver} is the only version, so there is nothing to compare."
        return _nothing(request, prompt, sentence)
    return redirect("compare", slug, name, start.semver, newest.semver)


@needs(Action.VIEW)
def compare(request: ProjectRequest, slug: str, name: str, old: str, new: str) -> HttpResponse:
    """Show what changed from `old` to `new`; `?view=side` in columns, `?view=unified` as text."""
    prompt = find_prompt(request, name)
    try:
        before, after = (_side(request, prompt, text) for text in (old, new))
    except Refused as refusal:
        return _nothing(request, prompt, str(refusal))
    if request.GET.get("view") == "unified":
        text = unified(before.content, after.content, f"{name} {old}", f"{name} {new}")
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    view = "side" if request.GET.get("view") == "side" else "inline"
    context = {
        "project": request.project,
        "prompt": prompt,
        "old": before,
        "new": after,
        "floor": _floor(before.content, after.content),
        "choices": _choices(request, prompt),
        "shortcuts": _shortcuts(prompt, before, after),
        **shown(before.content, after.content, view),
    }
    title = f"{name} {before.words} → {after.words}"
    return page(request, "registry/compare/compare.html", context, title=title)


def _side(request: ProjectRequest, prompt: Prompt, name: str) -> Side:
    """Return the version or draft called `name`. Raises Http404, or Refused about a draft."""
    if name == DRAFT:
        draft = live_draft(prompt, request.user)
        if draft is None:
            raise Refused("You have no draft of this prompt: nothing was typed since you saved.")
        try:
            return Side(DRAFT, [], draft.as_content())
        except ContentError as error:
            raise Refused(f"Your draft cannot be compared yet. {error.message}") from None
    version = find_version(prompt, name)
    if version is None:
        raise Http404(f"{prompt} has no version {name}.")
    labels = sorted(label for label, holder in labels_of(prompt).items() if holder == version)
    return Side(version.semver, labels, version.as_content(), version)


def _floor(old: Content, new: Content) -> risk.Floor | None:
    """Return the smallest honest bump with reasons; None where working it out takes long."""
    size = sum(len(text) for content in (old, new) for _, text in content.parts())
    return risk.floor(old, new) if size < FLOOR_BELOW else None


def _canonical(prompt: Prompt, name: str) -> str:
    """Return the name of a side as it stands in the address. Raises Http404."""
    if name == DRAFT:
        return DRAFT
    version = find_version(prompt, name)
    if version is None:
        raise Http404(f"{prompt} has no version {name}.")
    return version.semver


def _shortcuts(prompt: Prompt, old: Side, new: Side) -> list[tuple[str, str]]:
    """Return other versions that `new` is often compared with: (name, words)."""
    production = production_of(prompt)
    base = new.version.base if new.version else None
    found = {}
    if base is not None:
        found[base.semver] = f"its base {base.semver}"
    if production is not None:
        found[production.semver] = f"production {production.semver}"
    return [(name, words) for name, words in found.items() if name not in (old.name, new.name)]


def _choices(request: ProjectRequest, prompt: Prompt) -> list[tuple[str, str]]:
    """Return what can be picked for a side: (name, words), the newest first."""
    held: dict[int, list[str]] = {}
    for label, version in labels_of(prompt).items():
        held.setdefault(version.pk, []).append(label)
    rows = [
        (version.semver, f"{version.semver} {' '.join(sorted(held.get(version.pk, [])))}".strip())
        for version in prompt.versions.all()[:200]
    ]
    draft = [(DRAFT, "your draft")] if live_draft(prompt, request.user) else []
    return [*draft, *rows]


def _nothing(request: ProjectRequest, prompt: Prompt, sentence: str) -> HttpResponse:
    """Say why there is nothing to compare, and what to do instead."""
    context = {"project": request.project, "prompt": prompt, "sentence": sentence}
    return page(request, "registry/compare/nothing.html", context, title=f"Compare {prompt.name}")
