"""Folders for run-time files, made when they are first needed."""

import os
from contextlib import suppress
from pathlib import Path

from promptcms.progress import stop


def writable_folder(path: Path) -> Path:
    """Return `path`, made if it was not there; end with one sentence if nobody can write to it."""
    with suppress(OSError):  # the check below says it in words
        path.mkdir(parents=True, exist_ok=True)
    if not os.access(path, os.W_OK):
        stop(
            f"promptcms cannot write to {path}, where it keeps its run-time files: make it "
            "writable, or set PROMPTCMS_VAR to a folder that is."
        )
    return path
