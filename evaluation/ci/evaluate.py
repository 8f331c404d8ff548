"""`promptcms evaluate`: find the prompts, have them evaluated, write down what came out."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from evaluation.ci import git
from evaluation.ci.config import read_config
from evaluation.ci.effect import Where, refuse_what_has_no_effect
from evaluation.ci.exits import OF_OUTCOME, Exit
from evaluation.ci.local import evaluate_here, foreseen
from evaluation.ci.options import Evaluate
from evaluation.ci.prompt_files import PromptFile, find_prompts
from evaluation.ci.results import results_of, write_results
from evaluation.ci.server import evaluate_on_server, key_from_environment
from evaluation.offline.documents import junit_of, markdown_of

SUMMARY = "GITHUB_STEP_SUMMARY"
NOTHING = "Nothing to evaluate: no prompt was changed.\n"
Tell = Callable[[str], None]


def evaluate(asked: Evaluate, *, folder: Path, tell: Tell) -> Exit:
    """Do what was asked and return the exit code. `tell` gets one line at a time for people.

    Without `gate` a verdict against the candidate is still a 0: `check` says no. Raises
    UsageError and NoVerdict.
    """
    if not asked.dry_run:
        forget_results(asked, folder)
    where = Where.SERVER if asked.server else Where.HERE
    refuse_what_has_no_effect(asked, where, folder)
    found = find_prompts(folder, asked)
    files = [file for file in found if not file.unchanged or asked.suite != "auto"]
    tell(_announcement(files))
    if asked.dry_run:
        for line in foreseen(files, asked, folder) if where is Where.HERE else ():
            tell(line)
        return Exit.PASS
    commit = git.commit(folder)
    documents = _documents(files, asked, folder, commit, tell) if files else []
    return write_and_tell(documents, asked, folder=folder, commit=commit, tell=tell)


def forget_results(asked: Evaluate, folder: Path) -> None:
    """Delete what an earlier evaluation wrote: `check` must not pass by it if this one breaks."""
    for name in filter(None, (asked.output, asked.junit, asked.markdown)):
        with suppress(OSError):  # what cannot be written is refused in a moment
            (folder / name).unlink()


def write_and_tell(
    documents: list[dict[str, Any]], asked: Evaluate, *, folder: Path, commit: str, tell: Tell
) -> Exit:
    """Write the files that were asked for, tell each headline, and return the exit code."""
    results = results_of(documents, commit=commit)
    _write(results, asked, folder)
    for document in documents:
        tell(f"{document['prompt']}: {document['headline']}")
    if asked.gate or results["outcome"] == "error":
        return OF_OUTCOME[results["outcome"]]
    return Exit.PASS


def _documents(
    files: list[PromptFile], asked: Evaluate, folder: Path, commit: str, tell: Tell
) -> list[dict[str, Any]]:
    key = key_from_environment()
    if asked.server and key:
        return evaluate_on_server(files, asked, key=key, ref=commit, tell=tell)
    config = read_config(folder, asked.config)
    why = "There is no key for the server, as in a pull request from a fork."
    return evaluate_here(
        files, asked, config, folder=folder, ref=commit, only_text=why if asked.server else ""
    )


def _announcement(files: list[PromptFile]) -> str:
    if not files:
        return NOTHING.strip()
    names = ", ".join(file.name for file in files)
    return f"To evaluate: {names}."


def _write(results: dict[str, Any], asked: Evaluate, folder: Path) -> None:
    """Write the files that were asked for, and the summary of a GitHub workflow."""
    write_results(folder / asked.output, results)
    runs = [(document, document["cases"]) for document in results["prompts"]]
    if asked.junit:
        (folder / asked.junit).write_text("".join(junit_of(runs)), encoding="utf-8")
    words = markdown_of(runs) if runs else NOTHING
    if asked.markdown:
        (folder / asked.markdown).write_text(words, encoding="utf-8")
    if summary := os.environ.get(SUMMARY):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(words)
