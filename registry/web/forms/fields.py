"""Fields that several forms share."""

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.domain.errors import Refused
from registry.domain.roles import TABLE, Action, Role
from registry.projects.create import known_zones

REASON_LENGTH = 2000


def zone_field(label: str, help_text: str = "") -> forms.ChoiceField:
    """Return a choice of the time zones that this machine knows, UTC first."""
    names = sorted(name for name in known_zones() if "/" in name and "Etc/" not in name)
    choices = [(name, name.replace("_", " ")) for name in ("UTC", *names)]
    return forms.ChoiceField(label=label, choices=choices, initial="UTC", help_text=help_text)


def reason_field(*, required: bool = True, help_text: str = "") -> forms.CharField:
    """Return the one-line reason that the audit trail keeps."""
    return forms.CharField(
        label="Why?",
        required=required,
        max_length=REASON_LENGTH,
        help_text=help_text or "One sentence; the audit trail keeps it.",
    )


def roles_field() -> forms.TypedMultipleChoiceField:
    """Return the choice of roles, each with what it allows."""
    return forms.TypedMultipleChoiceField(
        label="Roles",
        choices=[(role.value, explained(role.value, role_words(role))) for role in Role],
        coerce=Role,
        widget=forms.CheckboxSelectMultiple,
        help_text="Roles add up.",
        error_messages={"required": "Choose at least one role."},
    )


def role_words(role: Role) -> str:
    """Return what `role` allows beyond looking and commenting, as the table of roles says it."""
    common = {Action.VIEW.value, Action.COMMENT.value}
    own = [action.value for action, roles in TABLE.items() if role in roles]
    beyond = [words for words in own if words not in common]
    return "; ".join(beyond) or Action.VIEW.value


def explained(word: str, meaning: str) -> SafeString:
    """Return the label of a choice: the word, and beside it what it means."""
    return format_html(
        '<span><strong>{}</strong> <span class="muted">{}</span></span>', word, meaning
    )


def add_refusal(form: forms.Form, refused: Refused) -> None:
    """Show why a use-case refused, beside the field it is about if the form has it."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
