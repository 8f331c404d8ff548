"""The addresses of prompts, their versions and rollouts.

The words after a prompt's name (versions, ledger, rollout, settings) are reserved in names,
and the bare name comes last, so that no name can hide a page.
"""

from django.urls import path

from registry.web.prompts import rollout_actions, settings, version_actions
from registry.web.prompts.ab import ab_start
from registry.web.prompts.new import new_prompt
from registry.web.prompts.planned import planned_cancel
from registry.web.prompts.prompt import show_prompt
from registry.web.prompts.start import version_start
from registry.web.prompts.stop import roll_back, rollout_end
from registry.web.prompts.version import show_version

PROMPTS = "projects/<slug:slug>/prompts/"
PROMPT = PROMPTS + "<path:name>"
VERSION = PROMPT + "/versions/<str:semver>"

urlpatterns = [
    path(PROMPTS + "new", new_prompt, name="new_prompt"),
    path(VERSION, show_version, name="version"),
    path(VERSION + "/submit", version_actions.version_submit, name="version_submit"),
    path(VERSION + "/approve", version_actions.version_approve, name="version_approve"),
    path(
        VERSION + "/request-changes",
        version_actions.version_request_changes,
        name="version_request_changes",
    ),
    path(VERSION + "/reject", version_actions.version_reject, name="version_reject"),
    path(VERSION + "/accept", version_actions.version_accept, name="version_accept"),
    path(VERSION + "/withdraw", version_actions.version_withdraw, name="version_withdraw"),
    path(VERSION + "/waive", version_actions.version_waive, name="version_waive"),
    path(VERSION + "/start", version_start, name="version_start"),
    path(VERSION + "/ab", ab_start, name="ab_start"),
    path(PROMPT + "/rollout/advance", rollout_actions.rollout_advance, name="rollout_advance"),
    path(PROMPT + "/rollout/hold", rollout_actions.rollout_hold, name="rollout_hold"),
    path(PROMPT + "/rollout/resume", rollout_actions.rollout_resume, name="rollout_resume"),
    path(PROMPT + "/rollout/back", roll_back, name="roll_back"),
    path(PROMPT + "/rollout/end", rollout_end, name="rollout_end"),
    path(PROMPT + "/rollout/planned/<int:pk>/cancel", planned_cancel, name="planned_cancel"),
    path(PROMPT + "/settings", settings.prompt_settings, name="prompt_settings"),
    path(PROMPT + "/settings/archive", settings.prompt_archive, name="prompt_archive"),
    path(PROMPT + "/settings/rename", settings.prompt_rename, name="prompt_rename"),
    path(PROMPT + "/settings/old-names/<int:pk>", settings.alias_remove, name="alias_remove"),
    path(PROMPT, show_prompt, name="prompt"),
]
