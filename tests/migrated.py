"""An empty migrated database, made once for a whole test run: to migrate takes ten seconds.

    python -m tests.migrated           # makes it ahead of the tests, for the engine of DATABASE_URL
    python -m tests.migrated forget    # drops it from a PostgreSQL server

It bears a name that the text of all migrations gives, so that a changed one makes another.
Whoever takes a copy still runs `migrate` on it, which makes the guards as they are declared now.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.processes.product import environment
from tests.source import ROOT

_var = Path(os.environ.get("PROMPTCMS_VAR", ROOT / "var"))
FOLDER = Path(os.environ.get("PROMPTCMS_MIGRATED", _var / "migrated"))
DATABASE = "promptcms.sqlite3"  # its name in the folder of run-time files


def lay_file(place: Path) -> None:
    """Put an empty migrated SQLite database at `place`, whatever was there.

    Raises RuntimeError with the words of `migrate` when it fails.
    """
    made = FOLDER / f"{_fingerprint()}.sqlite3"
    with _turn():
        if not made.exists():
            for older in FOLDER.glob("*.sqlite3*"):
                older.unlink()
            making = made.with_suffix(".making")
            making.unlink(missing_ok=True)
            _migrate(f"sqlite:///{making}")
            making.rename(made)
    for beside in ("-wal", "-shm"):
        Path(f"{place}{beside}").unlink(missing_ok=True)
    shutil.copyfile(made, place)


def template(url: str) -> str:
    """Return the name of an empty migrated database on the PostgreSQL server of `url`.

    Raises RuntimeError with the words of `migrate` when it fails.
    """
    import psycopg

    name = f"promptcms_migrated_{_fingerprint()}"
    with _turn(), psycopg.connect(url, autocommit=True) as server:
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not server.execute(known, [name]).fetchone():
            server.execute(f"DROP DATABASE IF EXISTS {name}_making")
            server.execute(f"CREATE DATABASE {name}_making")
            _migrate(_named(url, f"{name}_making"))
            server.execute(f"ALTER DATABASE {name}_making RENAME TO {name}")
    return name


def drop_template(url: str) -> None:
    """Leave nothing on a server that is not ours."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS promptcms_migrated_{_fingerprint()}")


def _fingerprint() -> str:
    """Return a word for the text of our migrations and the versions of everybody else's."""
    seen = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        seen.update(path.name.encode() + path.read_bytes())
    return seen.hexdigest()[:12]


@contextmanager
def _turn() -> Iterator[None]:
    """Let one process of the run at a time look and make."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> None:
    command = [sys.executable, "-m", "django", "migrate", "--verbosity=0", "--skip-checks"]
    settings = {"DJANGO_SETTINGS_MODULE": "promptcms.settings", "DATABASE_URL": url}
    done = subprocess.run(
        command,
        env=environment(FOLDER / "var", **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"The migrations failed on an empty database:\n{done.stderr[-3000:]}")


def _named(url: str, database: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


if __name__ == "__main__":
    address = os.environ.get("DATABASE_URL")
    if address and "forget" in sys.argv:
        drop_template(address)
    elif address:
        template(address)
    else:
        lay_file(FOLDER / DATABASE)
