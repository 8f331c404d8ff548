"""The two small forms about a prompt: making one, and changing what people read about it."""

from django import forms

from registry.prompts.models import Kind


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


class NewPromptForm(PromptForm):
    """Also the name that applications fetch, and the kind; both stay for ever."""

    name = forms.CharField(
        max_length=128,
        label="Name",
        help_text="Applications fetch it by this name, for example support/refunds. "
        "Lower-case letters, digits and . _ / - ; it cannot be changed later.",
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
