"""Is what a person looked at still so? If not, what changed, in words they can act on."""

from registry.domain.errors import Stale
from registry.projects.policies import current_policy
from registry.prompts.models import Version
from registry.release.labels import version_at
from registry.release.meaning import risk_now
from registry.release.models import Release, Verdict
from registry.release.standard import outdated, refuse_outdated


def what_changed(release: Release, seen_digest: str, seen_verdict: int | None) -> str:
    """Return what changed since somebody saw that digest and verdict; "" when nothing did."""
    version = release.version
    if seen_digest != version.digest:
        return f"The text of {version.semver} is another one than you were shown."
    if seen_verdict == release.verdict_id:
        return ""
    seen = Verdict.objects.filter(version=version, pk=seen_verdict or 0).first()
    return " ".join(_differences(seen, release))


def refuse_unless_current(release: Release) -> None:
    """Raise Stale when `release` was evaluated against something else than holds now."""
    if overtaken := overtaken_by(release, version_at(release.prompt, "production")):
        raise Stale(f"{overtaken} Evaluate it again, then decide.")
    refuse_outdated(release)


def why_not_current(release: Release) -> str:
    """Return why the evaluation of `release` counts no more, and the cure; "" if it counts."""
    try:
        refuse_unless_current(release)
    except Stale as why:
        return str(why)
    return ""


def overtaken_by(release: Release, production: Version | None) -> str:
    """Return that `release` was evaluated against something else than `production`, in words.

    "" when it was not; `production` is what serves now, or None for nothing.
    """
    if release.baseline_id == (production.pk if production else None):
        return ""
    then = release.baseline.semver if release.baseline else "nothing"
    now = production.semver if production else "nothing"
    return (
        f"Production serves {now} now, but {release.version.semver} was evaluated against {then}."
    )


def may_be_asked_again(release: Release) -> bool:
    """Could another evaluation say something else: did anything change that its verdict rests on?

    Also where a connection could not be used, unless the text itself failed: it may be there now.
    """
    verdict, production = release.verdict, version_at(release.prompt, "production")
    if verdict is None or overtaken_by(release, production) or outdated(release):
        return True
    unheard = verdict.pins.get("snapshot") and not verdict.pins.get("connection")
    if unheard and verdict.outcome != Verdict.Outcome.FAIL:
        return True
    policy, _ = current_policy(release.prompt.project)
    return verdict.policy_id != policy.pk or risk_now(release.version, production) != release.risk


def _differences(before: Verdict | None, release: Release) -> list[str]:
    """Return sentences about what the present verdict rests on and the one seen did not."""
    after = release.verdict
    if after is None:
        return ["It is being evaluated again."]
    found = [f"It was evaluated again: {(after.reasons or [after.outcome])[0]}"]
    if before is None:
        return found
    if before.policy_id != after.policy_id and after.policy is not None:
        found.append(f"Revision {after.policy.number} of the policy holds for it now.")
    for pin, words in (
        ("baseline", "Production serves another version than then."),
        ("snapshot", "The golden cases are others."),
        ("checks", "The checks are others."),
        ("judges", "The judges are others."),
        ("thresholds", "The thresholds are others."),
        ("connection", "The model connection is another one."),
    ):
        if before.pins.get(pin) != after.pins.get(pin):
            found.append(words)
    return found
