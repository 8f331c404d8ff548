"""Evaluate a version that is in this installation, as `manage.py evaluate_prompts` may."""

from collections.abc import Callable
from pathlib import Path

from evaluation.ci import git
from evaluation.ci.effect import Where, names_version, refuse_what_has_no_effect
from evaluation.ci.evaluate import forget_results, write_and_tell
from evaluation.ci.exits import Exit, UsageError
from evaluation.ci.options import Evaluate, risk_asked
from evaluation.ci.work import work_through
from evaluation.offline.candidates import submit_candidate
from evaluation.offline.documents import document_of
from evaluation.offline.models import Run
from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version
from registry.release.labels import version_at
from registry.release.models_serving import LabelName

_LABEL = "label:"


def is_stored(asked: Evaluate) -> bool:
    """Does `asked` name a version of an installation, and no file?"""
    return not asked.server and names_version(asked.candidate)


def evaluate_stored(asked: Evaluate, *, folder: Path, tell: Callable[[str], None]) -> Exit:
    """Evaluate the version here and now, beside what the workers do, and write the results.

    It is evidence for whoever reads it and clears nothing: people submit a version on its
    page. Raises UsageError, also for what the installation refuses.
    """
    if not asked.dry_run:
        forget_results(asked, folder)
    refuse_what_has_no_effect(asked, Where.STORED, folder)
    prompt = _prompt(asked)
    version = _version(prompt, asked.candidate)
    baseline = _version(prompt, asked.baseline) if asked.baseline else None
    for named, found in ((asked.candidate, version), (asked.baseline, baseline)):
        if named and found is None:
            raise UsageError(f"Nothing holds {named} of {prompt}.")
    assert version is not None
    tell(f"To evaluate: {prompt.name} {version.semver}.")
    if asked.dry_run:
        return Exit.PASS
    try:
        run = _begun(version, baseline, asked)
    except Refused as refusal:
        raise UsageError(str(refusal)) from None
    document = document_of(work_through(run))
    commit = git.commit(folder)
    return write_and_tell([document], asked, folder=folder, commit=commit, tell=tell)


def _begun(version: Version, baseline: Version | None, asked: Evaluate) -> Run:
    """Submit the text of `version` against `baseline` (None: what production serves)."""
    return submit_candidate(
        version.prompt,
        version.as_content(),
        baseline=baseline,
        ref=f"{version.semver}",
        key=None,
        actor=Actor.system("operator"),
        reason="Evaluated at the server's shell.",
        fresh=asked.fresh_baseline,
        repeat=asked.repeat,
        second_look=asked.max_repeat != 1,
        margin=asked.margin,
        risk=risk_asked(asked),
    )


def _prompt(asked: Evaluate) -> Prompt:
    found = Prompt.objects.select_related("project").filter(
        project__slug=asked.project, name=asked.prompt
    )
    prompt = found.first()
    if prompt is None:
        raise UsageError(
            f"There is no prompt {asked.prompt!r} in a project {asked.project!r}. "
            "Say which with --project and --prompt."
        )
    return prompt


def _version(prompt: Prompt, named: str) -> Version | None:
    """Return the version, or None for a label that nothing holds. Raises UsageError."""
    if named.startswith(_LABEL):
        label = named.removeprefix(_LABEL)
        if label not in LabelName.values:
            raise UsageError(f"There is no label {label!r}: {', '.join(LabelName.values)}.")
        return version_at(prompt, label)
    version = find_version(prompt, named.removeprefix("v"))
    if version is None:
        raise UsageError(f"{prompt} has no version {named}. Write it like v2.3.1.")
    return version
