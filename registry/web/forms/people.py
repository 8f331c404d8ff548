"""Forms about people: joining, set-up, the own profile, inviting and roles."""

from django import forms

from registry.web.forms.fields import reason_field, roles_field, zone_field


class AccountForm(forms.Form):
    """What a new account needs."""

    name = forms.CharField(
        label="Your name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = forms.EmailField(
        label="Email",
        max_length=150,
        help_text="You sign in with it.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        help_text="At least 8 characters, and not one that everybody uses.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    time_zone = zone_field("Time zone", "Times are shown in it.")


class SetUpForm(AccountForm):
    """The first person, their project and the one question that chooses its preset."""

    project_name = forms.CharField(
        label="What is the first project called?",
        max_length=120,
        help_text="A project holds prompts and the people who work on them.",
    )
    reviewed = forms.TypedChoiceField(
        label="Does someone else review your changes?",
        choices=[
            ("yes", "Yes: a MAJOR change waits for the approval of somebody who did not write it"),
            ("no", "No, I work alone: I may skip steps, and every skipped step stays visible"),
        ],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
        help_text="You can change this later, when a colleague joins.",
    )
    field_order = ["name", "email", "password", "project_name", "reviewed", "time_zone"]


class ProfileForm(forms.Form):
    """What people choose about themselves."""

    name = forms.CharField(label="Your name", max_length=150)
    time_zone = zone_field("Time zone", "All times you see are shown in it.")


class InviteForm(forms.Form):
    """Whom a link is for and what it gives."""

    email = forms.EmailField(
        label="For whom?",
        required=False,
        help_text="Their email, so that you know later whose link this is. Nothing is sent.",
    )
    roles = roles_field()


class RolesForm(forms.Form):
    """The roles of a member."""

    roles = roles_field()
    reason = reason_field()


class ReasonForm(forms.Form):
    """Only a reason."""

    reason = reason_field()
