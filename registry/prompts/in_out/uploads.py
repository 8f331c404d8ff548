"""Files on their way in: kept until they became prompts, so that nothing is lost in between."""

from collections.abc import Mapping, Sequence
from typing import Any

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project
from registry.prompts.in_out.files import TextFile
from registry.prompts.models import PromptUpload

IMPORT, ADOPT = "import", "adopt"
RIGHTS = {
    IMPORT: (Action.EDIT_PROMPT, Action.EDIT_TEXT),
    ADOPT: (Action.MANAGE_PROJECT,),
}


def keep_files(
    project: Project, files: Sequence[TextFile], *, purpose: str, actor: Actor
) -> PromptUpload:
    """Keep what `actor` is bringing in, in place of what they had given before.

    No audit event: nothing is decided yet. Raises NotPermitted or Refused.
    """
    for right in RIGHTS[purpose]:
        require(actor, right, project)
    if actor.person is None:
        raise Refused("Sign in to import files.")
    upload, _ = PromptUpload.objects.update_or_create(
        project=project,
        person=actor.person,
        defaults={"files": [file.stored() for file in files], "choices": {"purpose": purpose}},
    )
    return upload


def kept_upload(project: Project, *, purpose: str, actor: Actor) -> PromptUpload | None:
    """Return what `actor` gave for this purpose and has not yet brought in, if anything."""
    upload = PromptUpload.objects.filter(project=project, person=actor.person).first()
    return upload if upload and upload.choices.get("purpose") == purpose else None


def files_of(upload: PromptUpload) -> list[TextFile]:
    """Return the kept files."""
    return [TextFile(**stored) for stored in upload.files]


def keep_choices(upload: PromptUpload, choices: Mapping[str, Any]) -> None:
    """Keep what was chosen so far."""
    upload.choices = {**upload.choices, **choices}
    PromptUpload.objects.filter(pk=upload.pk).update(choices=upload.choices)


def discard_upload(project: Project, *, actor: Actor) -> None:
    """Forget the files that `actor` was bringing in."""
    PromptUpload.objects.filter(project=project, person=actor.person).delete()
