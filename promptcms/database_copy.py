"""Copies of a SQLite database that are whole even while others write to it.

Standard library only. A copy is one file in the plain journal mode: it can be moved, kept
and opened anywhere without companions.
"""

import os
import sqlite3
from collections.abc import Set
from contextlib import closing
from pathlib import Path

COMPANIONS = ("", "-wal", "-shm")  # the files of one SQLite database in WAL mode


class CopyError(Exception):
    """The copy cannot be made or used; the text says why and what to do."""


def copy_database(source: Path, target: Path) -> None:
    """Write the state of `source` at this moment to the new file `target`, mode 0600.

    `target` appears only when it is complete. Raises CopyError if it exists already.
    """
    if target.exists():
        raise CopyError(f"{target} exists already: choose another name, or move it away.")
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(_open(source)) as old, closing(sqlite3.connect(unfinished)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
        unfinished.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise CopyError(f"{source} could not be copied to {target}: {error}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def check_ours(file: Path, known_migrations: Set[tuple[str, str]]) -> None:
    """Raise CopyError unless `file` is an undamaged promptcms database that this code can read.

    `known_migrations` are the (app, name) of the migrations that this code has.
    """
    if not file.is_file():
        raise CopyError(f"There is no file {file}.")
    try:
        with closing(_open(file)) as database:
            damage = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            applied = set(database.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error as error:
        raise CopyError(f"{file} is no whole backup ({error}), so nothing was changed.") from None
    if damage != "ok":
        raise CopyError(f"{file} is damaged ({damage}), so nothing was changed: use another.")
    if ("registry", "0001_initial") not in applied:
        raise CopyError(f"{file} is no backup of promptcms, so nothing was changed.")
    ours = {migration for migration in applied if migration[0] in ("registry", "evaluation")}
    if ours - known_migrations:
        raise CopyError(f"{file} comes from a newer promptcms: update this one first.")


def rename_database(old: Path, new: Path) -> None:
    """Rename the files of the database `old`, those that there are."""
    for companion in COMPANIONS:
        file = old.with_name(old.name + companion)
        if file.exists():
            file.rename(new.with_name(new.name + companion))


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=20)
