"""Evaluate a version that is in this installation, as `manage.py evaluate_prompts` may."""

import re
from collections.abc import Callable
from pathlib import Path

from evaluation.ci import git
from evaluation.ci.exits import OF_OUTCOME, Exit, UsageError
from evaluation.ci.options import Evaluate
from evaluation.ci.results import results_of, write_results
from evaluation.ci.work import work_through
from evaluation.offline.candidates import submit_candidate
from evaluation.offline.documents import document_of
from registry.audit.actor import Actor
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version
from registry.release.labels import version_at
from registry.release.models_serving import LabelName

_VERSION = re.compile(r"v\d+\.\d+\.\d+")
_LABEL = "label:"


def is_stored(asked: Evaluate) -> bool:
    """Does `asked` name a version of an installation, and no file?"""
    return not asked.server and _names_version(asked.candidate)


def evaluate_stored(asked: Evaluate, *, folder: Path, tell: Callable[[str], None]) -> Exit:
    """Evaluate the version here and now, beside what the workers do, and write the results.

    It is evidence for whoever reads it and clears nothing: people submit a version on its
    page. Raises UsageError.
    """
    prompt = _prompt(asked)
    version = _version(prompt, asked.candidate)
    baseline = _version(prompt, asked.baseline or "label:production")
    if version is None:
        raise UsageError(f"Nothing holds {asked.candidate} of {prompt}.")
    tell(f"To evaluate: {prompt.name} {version.semver}.")
    if asked.dry_run:
        return Exit.PASS
    run = submit_candidate(
        prompt,
        version.as_content(),
        baseline=baseline,
        ref=f"{version.semver}",
        key=None,
        actor=Actor.system("operator"),
        reason="Evaluated at the server's shell.",
        fresh=asked.fresh_baseline,
        repeat=asked.repeat if asked.repeat > 1 else None,
        margin=asked.margin,
    )
    run = work_through(run)
    document = document_of(run)
    results = results_of([document], commit=git.commit(folder))
    write_results(folder / asked.output, results)
    tell(f"{prompt.name}: {document['headline']}")
    if asked.gate or results["outcome"] == "error":
        return OF_OUTCOME[results["outcome"]]
    return Exit.PASS


def _names_version(text: str) -> bool:
    return bool(_VERSION.fullmatch(text)) or text.startswith(_LABEL)


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
