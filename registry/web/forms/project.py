"""Forms about a project itself."""

from django import forms

from registry.projects.models import Project
from registry.web.forms.fields import explained, reason_field, zone_field

PRESET_MEANS = {
    Project.Preset.TEAM: "a MAJOR change waits for somebody who did not write it; an admin who did "
    "not write it may skip evaluation, soak or canary, with a reason that stays visible",
    Project.Preset.SOLO: "for one person, who may skip any step of their own version; it is marked "
    "unreviewed, unevaluated or unmeasured for ever",
    Project.Preset.REGULATED: "nothing can be skipped, and a MAJOR change needs two people",
}
PRESETS = [(preset.value, explained(preset, words)) for preset, words in PRESET_MEANS.items()]


class ProjectForm(forms.Form):
    """A new project."""

    name = forms.CharField(
        label="Name", max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )
    slug = forms.CharField(
        label="Short name in addresses",
        required=False,
        max_length=64,
        help_text="Small letters, digits and hyphens. Left empty, it is made from the name. "
        "It cannot be changed later.",
    )
    preset = forms.ChoiceField(
        label="How strict?",
        choices=PRESETS,
        initial=Project.Preset.TEAM,
        widget=forms.RadioSelect,
        help_text="It can be changed on the policy page.",
    )
    time_zone = zone_field("Time zone", "For the people who share this project.")


class ProjectSettingsForm(forms.Form):
    """What can be changed about a project."""

    name = forms.CharField(label="Name", max_length=120)
    time_zone = zone_field("Time zone")
    reason = reason_field()


class PresetForm(forms.Form):
    """Another preset, and why."""

    preset = forms.ChoiceField(label="Preset", choices=PRESETS, widget=forms.RadioSelect)
    reason = reason_field()
