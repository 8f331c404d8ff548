"""Refuse options that would have no effect: a gate that leaves out what was asked for misleads."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from evaluation.ci.exits import UsageError
from evaluation.ci.options import Evaluate

_IN_AN_INSTALLATION = re.compile(r"v?\d+\.\d+\.\d+|label:.*")


class Where(StrEnum):
    """Who evaluates: this process the files, a server the files, this installation a version."""

    HERE = "for files that are evaluated here"
    SERVER = "with --server"
    STORED = "for a version of this installation"


_SUITE = "What the prompt's evaluation page says holds there."
# By option: where it has an effect, and what to do elsewhere.
_EFFECT: dict[str, tuple[tuple[Where, ...], str]] = {
    "prompts": ((Where.HERE, Where.SERVER), "Name the prompt with --prompt."),
    "changed_since": ((Where.HERE, Where.SERVER), "Name the version with --candidate."),
    "changed_files": ((Where.HERE, Where.SERVER), "Name the version with --candidate."),
    "dataset": ((Where.HERE,), _SUITE),
    "suite": ((Where.HERE, Where.STORED), "A server goes by the risk that it finds."),
    "concurrency": ((Where.HERE,), "There at_once of the connection holds, in its settings."),
    "max_calls": ((Where.HERE,), _SUITE),
    "max_cost": ((Where.HERE,), _SUITE),
    "max_seconds": ((Where.HERE, Where.SERVER), _SUITE),
    "resume": ((Where.SERVER,), "Nothing is kept here to go on with: evaluate again."),
    "project": ((Where.STORED,), "It names the project of a version that manage.py evaluates."),
    "config": ((Where.HERE, Where.SERVER), _SUITE),
}


def names_version(text: str) -> bool:
    """Is `text` a version or a label of an installation, and no file?"""
    return bool(_IN_AN_INSTALLATION.fullmatch(text))


def refuse_what_has_no_effect(asked: Evaluate, where: Where, folder: Path) -> None:
    """Raise UsageError for the first option that would be left out, before anything is paid."""
    for sentence in (*_idle(asked, where), *_baseline(asked, where), *_unwritable(asked, folder)):
        raise UsageError(sentence)


def _idle(asked: Evaluate, where: Where) -> Iterator[str]:
    default = Evaluate()
    for name, (places, instead) in _EFFECT.items():
        if where not in places and getattr(asked, name) != getattr(default, name):
            yield f"--{name.replace('_', '-')} has no effect {where}. {instead}"


def _baseline(asked: Evaluate, where: Where) -> Iterator[str]:
    """Yield why there would be no baseline where one was asked for, or another one."""
    inside = names_version(asked.baseline)
    if where is not Where.STORED and names_version(asked.candidate):
        yield (
            f"--candidate {asked.candidate} names a version of an installation: run "
            "`manage.py evaluate_prompts` there. Here it is a file."
        )
    if where is Where.HERE and inside:
        yield (
            f"--baseline {asked.baseline} is known to a server only: add --server, or compare "
            "with a file or with ref:origin/main."
        )
    elif where is not Where.HERE and asked.baseline and not inside:
        yield (
            f"--baseline {asked.baseline} cannot be compared with there: write label:production "
            "or a version such as v2.3.1."
        )
    if (
        where is Where.HERE
        and asked.compare_baseline
        and not (asked.baseline or asked.changed_since)
    ):
        yield (
            "--compare-baseline: say what to compare with, such as --changed-since origin/main or "
            "--baseline ref:origin/main."
        )


def _unwritable(asked: Evaluate, folder: Path) -> Iterator[str]:
    for name in (asked.output, asked.junit, asked.markdown):
        if name and not (folder / name).parent.is_dir():
            yield f"There is no folder for {name}. Make it first."
        elif name and (folder / name).is_dir():
            yield f"{name} is a folder. Name a file."
