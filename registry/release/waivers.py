"""Skip a named step, with a reason that stays visible for ever."""

from django.db import IntegrityError, transaction

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Person, Project
from registry.prompts.models import Version
from registry.release.labels import lock_prompt
from registry.release.may_go import failed_on_traffic, headline_of
from registry.release.models import Contributor, Release, Waiver
from registry.release.transition import change_clearance
from registry.release.verdicts import broke_off, next_after_evidence


@transaction.atomic
def waive(version: Version, *, step: str, actor: Actor, reason: str) -> Waiver:
    """Skip a named step; visible for ever. Never a failed check.

    team: an admin who did not contribute, never the approval; solo: one's own version, any
    step; regulated: nobody. Raises NotPermitted or Refused.
    """
    project = version.prompt.project
    require(actor, Action.WAIVE, project)
    if actor.person is None:
        raise Refused("A waiver is signed by a person.")
    if not reason.strip():
        raise Refused("Say why this step is skipped; the reason stays visible for ever.")
    lock_prompt(version.prompt)
    release = Release.objects.select_for_update().get(version=version)
    _check_waiver(release, project, step, actor.person)
    try:
        with transaction.atomic():
            waiver = Waiver.objects.create(
                version=version,
                step=step,
                attempt=release.attempt,
                by=actor.person,
                reason=reason.strip(),
            )
    except IntegrityError as refusal:
        given = f"{step.capitalize()} is waived already."
        raise Refused(sentence_of(refusal, otherwise=given)) from refusal
    record(
        "release.waived",
        version,
        actor=actor,
        project=project,
        reason=waiver.reason,
        after={"step": step, "version": version.semver},
    )
    if step == Waiver.Step.EVALUATION:
        to = next_after_evidence(release)
        change_clearance(release, to=to, actor=actor, reason=f"Evaluation waived: {reason}")
    elif step == Waiver.Step.APPROVAL:
        change_clearance(
            release, to=Clearance.CLEARED, actor=actor, reason=f"Approval waived: {reason}"
        )
    return waiver


def _check_waiver(release: Release, project: Project, step: str, person: Person) -> None:
    """Raise Refused unless the preset and the state let `person` skip `step`."""
    if project.preset == Project.Preset.REGULATED:
        raise Refused("This project is regulated: no step can be waived.")
    if project.preset == Project.Preset.TEAM:
        if step == Waiver.Step.APPROVAL:
            raise Refused("An approval is never waived in a team. Ask a reviewer.")
        if Contributor.objects.filter(version=release.version, person=person).exists():
            raise Refused("You contributed to this version. Another admin may waive the step.")
    state = Clearance(release.state)
    if step == Waiver.Step.EVALUATION and not _evaluation_waivable(release):
        raise Refused("Only missing evidence can be waived, never a failed check.")
    if step == Waiver.Step.APPROVAL and state is not Clearance.IN_REVIEW:
        raise Refused(f"{release.version.semver} does not wait for an approval.")
    if step in (Waiver.Step.SOAK, Waiver.Step.CANARY):
        if state not in (Clearance.CLEARED, Clearance.IN_REVIEW):
            raise Refused("Clear the version first; then its soak or canary can be waived.")
        if failed := failed_on_traffic(release.version):
            raise Refused(
                f"It failed on live traffic: {headline_of(failed)} That is never waived: let it "
                "take its steps again, or save a new version."
            )


def _evaluation_waivable(release: Release) -> bool:
    if release.state == Clearance.UNDECIDED:
        return True
    return release.state == Clearance.EVALUATING and broke_off(release)
