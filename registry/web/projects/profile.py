"""What a person chooses about themselves: their name and the zone of all times."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.projects.people import change_profile
from registry.web.forms.fields import add_refusal
from registry.web.forms.people import ProfileForm
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in


@signed_in
def profile(request: PersonRequest) -> HttpResponse:
    """Show the form, or save it."""
    person = request.user
    now = {"name": str(person), "time_zone": person.time_zone}
    form = ProfileForm(request.POST or None, initial=now)
    if form.is_valid():
        try:
            change_profile(person, **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "Saved. Times are shown in your zone.")
            return redirect("profile")
    context = {"form": form, "person": person}
    status = 400 if form.errors else 200
    template = "registry/projects/profile.html"
    return page(request, template, context, title="Your profile", status=status)
