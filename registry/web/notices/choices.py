"""What a person wants to hear by mail, and how: one table, one button."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.audit.clock import database_now
from registry.notices.choices import How, choices_of, choose
from registry.notices.kinds import WORDS, Notice, Words
from registry.web.pages import page
from registry.web.permissions import PersonRequest, signed_in


class ChoicesForm(forms.Form):
    """How one hears of each kind of notice; a field for each."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Make a choice for every kind, named like it."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for notice, words in WORDS.items():
            self.fields[notice.value] = forms.TypedChoiceField(
                label=words.name, choices=How.choices, coerce=How
            )

    def rows(self) -> list[tuple[Words, BoundField]]:
        """Return the words and the field of each kind, in the table's order."""
        return [(words, self[notice.value]) for notice, words in WORDS.items()]


@signed_in
def notice_choices(request: PersonRequest) -> HttpResponse:
    """Show the table, or keep it."""
    person = request.user
    now = {notice.value: how for notice, how in choices_of(person).items()}
    form = ChoicesForm(request.POST or None, initial=now)
    if form.is_valid():
        chosen = {Notice(name): how for name, how in form.cleaned_data.items()}
        choose(person, chosen=chosen, now=database_now())
        messages.success(request, "Saved. It holds from the next notice on.")
        return redirect("notice_choices")
    context = {
        "form": form,
        "person": person,
        "is_printed": settings.EMAIL_BACKEND.endswith("console.EmailBackend"),
        "zone": person.time_zone.replace("_", " "),
    }
    status = 400 if form.errors else 200
    title = "What you hear by mail"
    return page(request, "registry/notices/choices.html", context, title=title, status=status)
