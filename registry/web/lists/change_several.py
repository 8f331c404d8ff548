"""Change several prompts at once: first what will change, then the click that does it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from registry.audit.clock import database_now
from registry.domain.errors import Refused, Stale
from registry.domain.fields import storable_text, whole_number
from registry.projects.access import projects_of, scoped
from registry.projects.models import Person
from registry.prompts.bulk import MOST, Several, Verb, change_several, digest_of, plan_several
from registry.prompts.models import Prompt
from registry.prompts.search.found import all_ids
from registry.web.lists.asked import read_asked
from registry.web.lists.export_several import export_several
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in

WORDS = {
    Verb.ADD_TAG: "Add the tag {}",
    Verb.REMOVE_TAG: "Remove the tag {}",
    Verb.OWNER: "Make {} the owner",
    Verb.ARCHIVE: "Archive",
    Verb.RESTORE: "Bring back",
}


@dataclass(frozen=True)
class Typed:
    """The form: which prompts, what to do, and the plan that was seen."""

    ids: list[int]
    change: Several
    asked: str
    seen: str


@signed_in
def prompts_change(request: PersonRequest) -> HttpResponse | FileResponse:
    """Show what would change; with the plan that was seen, do it."""
    if request.method != "POST":
        return redirect("admin:registry_prompt_changelist")
    ids, asked, seen = _chosen(request)
    if request.POST.get("change") == "export":
        chosen = _visible(request.user, ids)
        return export_several(request, chosen, asked=asked, sure=bool(seen))
    typed = Typed(ids, _change(request), asked, seen)
    if not typed.seen:
        return _preview(request, typed)
    try:
        done = change_several(
            typed.ids,
            typed.change,
            seen=typed.seen,
            find=lambda ids: _visible(request.user, ids),
            actor=request.actor,
            reason=f"{_words(typed.change)}: several prompts at once, by {request.user}.",
        )
    except Stale:
        problem = "Something changed since you looked. This is what would change now."
        return _preview(request, typed, problem=problem, status=409)
    count = sum(1 for row in done if not row.refused)
    messages.success(request, f"{_words(typed.change)}: done on {_prompts(count)}.")
    return redirect(reverse("admin:registry_prompt_changelist") + typed.asked)


def _preview(
    request: PersonRequest, typed: Typed, *, problem: str = "", status: int = 200
) -> HttpResponse:
    planned = plan_several(_visible(request.user, typed.ids), typed.change, actor=request.actor)
    changing = [row for row in planned if not row.refused]
    context = {
        "words": _words(typed.change),
        "verb": typed.change.verb,
        "changing": changing,
        "staying": [row for row in planned if row.refused],
        "typed": typed,
        "ids": ",".join(str(pk) for pk in typed.ids),
        "seen": digest_of(planned),
        "button": f"{_words(typed.change)} · {_prompts(len(changing))}",
        "problem": problem,
    }
    title = "Change several prompts"
    return page(request, "registry/lists/preview.html", context, title=title, status=status)


def _chosen(request: PersonRequest) -> tuple[list[int], str, str]:
    """Return the chosen prompts, the list's address and the plan seen. Raises Refused."""
    sent = request.POST
    asked = sent.get("asked", "")
    asked = asked if asked.startswith("?") else ""
    if sent.get("all") == "yes":
        ids = _all(request.user, asked)
    else:
        ids = [pk for text in sent.getlist("prompt") for pk in _numbers(text)]
    if not ids:
        raise Refused("Nothing is selected. Go back and tick prompts, or choose all that fit.")
    if len(ids) > MOST:
        raise Refused(
            f"More than {MOST:,} prompts are chosen. Go back and narrow the list by a folder, "
            "a tag or words."
        )
    return list(dict.fromkeys(ids)), asked, sent.get("seen", "")[:64]


def _change(request: PersonRequest) -> Several:
    """Read what is to be done. Raises Refused or ContentError for what cannot be."""
    tag = storable_text(request.POST.get("tag", ""), "The tag", "tag").strip()
    owner = _mate(request.user, _numbers(request.POST.get("owner", "")))
    return Several(_verb(request.POST.get("change", "")), tag, owner)


def _verb(text: str) -> Verb:
    try:
        return Verb(text)
    except ValueError:
        raise Refused("Choose what to change: tags, the owner or the archive.") from None


def _mate(person: Person, ids: list[int]) -> Person | None:
    """Return the chosen owner, among the people of one's projects. Raises Refused."""
    if not ids:
        return None
    rows = Person.objects.filter(memberships__project__in=projects_of(person), is_active=True)
    found = rows.filter(pk=ids[0]).first()
    if found is None:
        raise Refused("This person is in none of your projects. Choose another owner.")
    return found


def _all(person: Person, asked: str) -> list[int]:
    read = read_asked(QueryDict(asked[1:]), list(projects_of(person)), person)
    return all_ids(read.wanted, now=database_now())


def _visible(person: Person, ids: Sequence[int]) -> list[Prompt]:
    rows = scoped(Prompt.objects.filter(pk__in=ids), person)
    return list(rows.select_related("project", "owner").order_by("name", "pk"))


def _numbers(text: str) -> list[int]:
    found = (whole_number(part) for part in text.split(",")[: MOST + 1])
    return [number for number in found if number is not None]


def _words(change: Several) -> str:
    return WORDS[change.verb].format(
        change.tag if change.verb is not Verb.OWNER else change.owner or "nobody"
    )


def _prompts(count: int) -> str:
    return "1 prompt" if count == 1 else f"{count:,} prompts"
