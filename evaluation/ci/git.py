"""What git knows: the commit, what changed since a ref, and a file as it was there."""

import subprocess
from pathlib import Path

from evaluation.ci.exits import UsageError


def commit(folder: Path) -> str:
    """Return the commit that is checked out in `folder`, or "" where there is none."""
    found = _run(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return found.strip() if found is not None else ""


def merge_base(folder: Path, ref: str) -> str:
    """Return where the work in `folder` left `ref`. Raises UsageError with the cure."""
    if not ref or ref.startswith("-"):
        raise UsageError(f"{ref!r} is no git ref. Write one such as origin/main.")
    found = _run(folder, "merge-base", ref, "HEAD")
    if found is None:
        raise UsageError(
            f"git finds no common ancestor with {ref}. Fetch it: in a GitHub workflow set "
            "fetch-depth: 0 at actions/checkout."
        )
    return found.strip()


def changed(folder: Path, since: str) -> set[str]:
    """Return the files that differ from `since`, also those not committed yet, from `folder`."""
    differing = _run(folder, "diff", "--name-only", "--relative", "-z", since, "--", ".") or ""
    fresh = _run(folder, "ls-files", "--others", "--exclude-standard", "-z") or ""
    return {name for name in (differing + fresh).split("\0") if name}


def file_at(folder: Path, ref: str, name: str) -> str | None:
    """Return the text of the file `name` (from `folder`) at `ref`, or None where it was not."""
    return _run(folder, "show", f"{ref}:./{name}")


def _run(folder: Path, *words: str) -> str | None:
    """Return what git says, None if it fails. Raises UsageError without git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("git is not installed, so nothing is known of changes.") from None
    return done.stdout if done.returncode == 0 else None
