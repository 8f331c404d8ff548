"""The signing key of the embedded default: made once, kept beside the database."""

import os
import secrets
from pathlib import Path

from promptcms.folders import writable_folder


def local_secret(path: Path) -> str:
    """Return the key in `path`, creating it (mode 0600) the first time.

    Safe when several processes start at once: the first to create the file wins.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    writable_folder(path.parent)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
