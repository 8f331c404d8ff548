"""The small forms about a prompt: making one, changing what people read about it, renaming it."""

from typing import Any

from django import forms

from registry.projects.models import Person
from registry.prompts.models import Kind, Prompt


class PromptForm(forms.Form):
    """Title, description and tags."""

    title = forms.CharField(
        required=False,
        max_length=200,
        label="Title",
        help_text="What people call it, for example: Customer support, main voice.",
    )
    description = forms.CharField(
        required=False,
        label="Description",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What it is for and who relies on it.",
    )
    tags = forms.CharField(
        required=False, max_length=1100, label="Tags", help_text="Words, separated by commas."
    )

    def tag_list(self) -> list[str]:
        """Return the typed tags."""
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]


class AboutForm(PromptForm):
    """Also who looks after it."""

    owner = forms.ModelChoiceField(
        Person.objects.none(),
        required=False,
        empty_label="nobody",
        label="Owner",
        help_text="Whom to ask about it. It gives no rights.",
        error_messages={"invalid_choice": "Choose one of the project's members."},
    )

    @classmethod
    def of(cls, prompt: Prompt, typed: Any = None) -> "AboutForm":
        """Return the form about `prompt`, with what was typed if there is any."""
        now = {
            "title": prompt.title,
            "description": prompt.description,
            "tags": ", ".join(prompt.tags),
            "owner": prompt.owner_id,
        }
        form = cls(typed, initial=now)
        members = Person.objects.filter(memberships__project=prompt.project, is_active=True)
        # Who left may stay the owner until somebody chooses another.
        kept = members | Person.objects.filter(pk=prompt.owner_id or 0)
        owner = form.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = kept.distinct().order_by("username")
        return form


class RenameForm(forms.Form):
    """Another name, and why."""

    new_name = forms.CharField(
        max_length=128,
        label="New name",
        help_text="Lower-case letters, digits and . _ / - as in support/refunds.",
        widget=forms.TextInput(attrs={"autocapitalize": "off"}),
    )
    reason = forms.CharField(
        required=False, max_length=1000, label="Why?", help_text="Optional, kept in the audit."
    )


class NewPromptForm(PromptForm):
    """Also the name that applications fetch, and the kind, which stays for ever."""

    name = forms.CharField(
        max_length=128,
        label="Name",
        help_text="Applications fetch it by this name, for example support/refunds. "
        "Lower-case letters, digits and . _ / - ; a later rename keeps the old name alive.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocapitalize": "off"}),
    )
    kind = forms.ChoiceField(
        choices=Kind.choices,
        initial=Kind.TEXT,
        label="Kind",
        widget=forms.RadioSelect,
        help_text="Chat messages have roles (system, user, …); text is one piece.",
    )
    field_order = ["name", "kind", "title", "description", "tags"]
