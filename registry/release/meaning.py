"""A reviewer's word that a MINOR wording means the same as production: the road of a PATCH."""

from django.db import IntegrityError, transaction

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused, Stale
from registry.domain.fields import check_size, storable_text
from registry.domain.lifecycle import BEFORE_ITS_ROAD
from registry.domain.risk import floor, risk_of
from registry.domain.roles import Action
from registry.domain.semver import Bump, Risk
from registry.projects.access import require
from registry.prompts.models import Version
from registry.release.labels import lock_prompt, version_at
from registry.release.models import Contributor, MeaningConfirmation, Release

REASON_BYTES = 4 * 1024


@transaction.atomic
def confirm_meaning(
    version: Version, *, actor: Actor, reason: str, seen_digest: str, seen_against: str = ""
) -> MeaningConfirmation:
    """Confirm that `version` means the same as what production serves now; visible for ever.

    Its risk at the next submit is then PATCH instead of MINOR; its number stays. A
    contributor cannot, and nobody can for a MAJOR. `seen_against` is the number of the
    production version on the page. Raises NotPermitted, Refused, Stale or ContentError.
    """
    prompt = lock_prompt(version.prompt)
    require(actor, Action.REVIEW, prompt.project)
    words = storable_text(reason, "The reason", "reason").strip()
    check_size(len(words.encode()), REASON_BYTES, "reason", "The reason")
    if actor.person is None or not words:
        raise Refused("Say in one sentence why the meaning is unchanged.", field="reason")
    against = version_at(prompt, "production")
    _check_state(version)
    if Contributor.objects.filter(version=version, person=actor.person).exists():
        raise Refused("You contributed to this version. Somebody who did not must confirm it.")
    if seen_digest != version.digest or (
        seen_against and seen_against != (against.semver if against else "")
    ):
        serving = against.semver if against else "nothing"
        raise Stale(f"Production serves {serving} by now. Compare with that, then confirm.")
    against = _lowerable(version, against)
    try:
        with transaction.atomic():
            confirmed = MeaningConfirmation.objects.create(
                version=version,
                against=against,
                person=actor.person,
                digest=version.digest,
                reason=words,
            )
    except IntegrityError as refusal:
        given = f"It is confirmed already that {version.semver} means the same."
        raise Refused(sentence_of(refusal, otherwise=given)) from refusal
    record(
        "release.meaning_confirmed",
        version,
        actor=actor,
        project=prompt.project,
        reason=words,
        after={"version": version.semver, "against": against.semver, "digest": version.digest},
    )
    return confirmed


def is_meaning_confirmed(version: Version, against: Version | None) -> bool:
    """Did a reviewer confirm that `version` means the same as `against`?"""
    if against is None:
        return False
    rows = MeaningConfirmation.objects.filter(version=version, against=against)
    return rows.filter(digest=version.digest).exists()


def risk_now(version: Version, production: Version | None) -> Risk:
    """Return the risk of `version` against `production`, a confirmed meaning counted."""
    return risk_of(
        production.as_content() if production else None,
        version.as_content(),
        Bump(version.bump),
        meaning_confirmed=is_meaning_confirmed(version, production),
        answered=risk_answered(version),
    )


def risk_answered(version: Version) -> str:
    """Return the risk of the version whose review `version` answers; "" when it answers none."""
    if version.answers_id is None:
        return ""
    found = Release.objects.filter(version=version.answers_id).values_list("risk", flat=True)
    return found.get()


def _check_state(version: Version) -> None:
    release = Release.objects.get(version=version)
    if release.state not in BEFORE_ITS_ROAD:
        raise Refused(
            f"{version.semver} is {release.get_state_display()}: its road is chosen. The meaning "
            "is confirmed before it is submitted, or while its evaluation is undecided."
        )


def _lowerable(version: Version, against: Version | None) -> Version:
    """Return `against` when a confirmation would lower the road. Raises Refused."""
    if against is None:
        raise Refused("Production serves nothing yet, so there is no meaning to compare with.")
    if against.pk == version.pk:
        raise Refused(f"{version.semver} serves production already.")
    level = risk_now(version, against)
    if level is Risk.MAJOR:
        reasons = floor(against.as_content(), version.as_content()).reasons
        raise Refused(f"A MAJOR change is never lowered. {' '.join(reasons)}")
    if level is Risk.PATCH:
        raise Refused(f"{version.semver} takes the road of a PATCH already.")
    return against
