"""Replace a key: a new one with the same name, scopes and labels, and the old one beside it."""

from django.http import HttpResponse

from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.runtime.replace_key import replace_key, why_not_replace
from registry.web.forms.fields import add_refusal
from registry.web.keys.forms import ReplaceForm
from registry.web.keys.views import find_key, shown_once
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.signin import recent_sign_in


@needs(Action.MANAGE_KEYS)
@recent_sign_in
def key_replace(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the form; after it the new key, this once."""
    key = find_key(request, pk)
    form = ReplaceForm(request.POST or None)
    if form.is_valid():
        now = database_now()
        try:
            new = replace_key(
                key,
                actor=request.actor,
                reason=form.cleaned_data["reason"],
                expires_at=form.expires_at(now),
                old_ends_at=form.old_ends_at(now),
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return shown_once(request, new)
    context = {
        "place": "keys",
        "project": request.project,
        "key": key,
        "form": form,
        "may_manage": True,
        "fault": why_not_replace(key),
    }
    status = 400 if form.errors else 200
    return page(
        request, "registry/keys/replace.html", context, title=f"Replace {key}", status=status
    )
