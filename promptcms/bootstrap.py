"""Makes `.venv` once from the lock files and runs `manage.py` inside it.

Standard library only: this runs before any package is there. Uses `uv` if it is on
PATH, else `venv` and `pip`; both accept only files whose hashes the lock names.
Whatever stands in the way is one plain sentence and exit code 2.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from promptcms.progress import StepError, run_visibly, stop

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"  # exists while an install runs; left behind by one that died
LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-dev.lock"


def enter(argv: list[str]) -> None:
    """Return when running inside a complete `.venv`; else make it and start again in it.

    `argv` is the command line of `manage.py`; for `test` the test packages are added.
    `PROMPTCMS_NO_BOOTSTRAP=1` leaves packages to whoever installed them (a container).
    """
    if os.environ.get("PROMPTCMS_NO_BOOTSTRAP") == "1":
        return
    locks = [LOCK, TEST_LOCK] if argv[1:2] == ["test"] else [LOCK]
    if not all(_is_installed(lock) for lock in locks):
        _make(locks)
    if Path(sys.prefix).resolve() != VENV.resolve():
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *argv[1:]])


def _is_installed(lock: Path) -> bool:
    """Say whether `.venv` holds exactly what `lock` names, for the Python it was made with."""
    stamp = _stamp(lock)
    return (
        not UNFINISHED.exists()
        and PYTHON.exists()
        and stamp.exists()
        and stamp.read_text() == _fingerprint(lock)
    )


def _stamp(lock: Path) -> Path:
    return VENV / f"{lock.name}.stamp"


def _fingerprint(lock: Path) -> str:
    """Return the lock's SHA-256 and the real interpreter: a new Python needs a new `.venv`."""
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {PYTHON.resolve()}\n"


def _make(locks: list[Path]) -> None:
    """Make or repair `.venv`, one process at a time; the others wait and find it done."""
    if not os.access(ROOT, os.W_OK):
        stop(f"promptcms cannot write to its folder {ROOT}: make it writable, or clone elsewhere.")
    with LOCK.open() as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another start is preparing .venv; waiting for it.", flush=True)
            fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            _fill(locks, turn.fileno())
        except (StepError, OSError) as error:
            stop(str(error))
        except KeyboardInterrupt:
            sys.exit(130)  # the next start finds it unfinished, and makes it again


def _fill(locks: list[Path], turn: int) -> None:
    """Install each lock that is not installed yet; the children share the lock `turn`."""
    missing = [lock for lock in locks if not _is_installed(lock)]
    if not missing:
        return
    if VENV.exists() and not _is_healthy():
        print("The folder .venv is incomplete: making it again.", flush=True)
        shutil.rmtree(VENV)
    uv = shutil.which("uv")
    if not PYTHON.exists():
        _create(uv, turn)
    UNFINISHED.touch()
    for lock in missing:
        _install(lock, uv, turn)
        _stamp(lock).write_text(_fingerprint(lock))
    UNFINISHED.unlink()


def _is_healthy() -> bool:
    """Say whether packages can be added to `.venv`: it starts, and no install died in it."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    if any(VENV.glob("*.stamp")) and not _stamp_names_interpreter():
        return False
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", probe], capture_output=True, check=False).returncode == 0


def _stamp_names_interpreter() -> bool:
    return any(str(PYTHON.resolve()) in stamp.read_text() for stamp in VENV.glob("*.stamp"))


def _create(uv: str | None, turn: int) -> None:
    """Create an empty `.venv` with the running Python; packages need no pip inside it."""
    if uv:
        command = [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)]
    elif find_spec("venv") and (find_spec("pip") or find_spec("ensurepip")):
        command = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
    else:
        stop(
            "This Python cannot make a virtual environment: install the package python3-venv "
            "(Debian, Ubuntu: apt install python3-venv), or install uv, and start again."
        )
    run_visibly("Making .venv", command, keep_open=(turn,))


def _install(lock: Path, uv: str | None, turn: int) -> None:
    """Install what `lock` names, refusing every file whose hash it does not list."""
    if uv:
        command = [uv, "pip", "install", "--compile-bytecode", "--python", str(PYTHON)]
    else:
        command = [*_pip(turn), "install", "--no-input", "--progress-bar", "off"]
        command += ["--disable-pip-version-check"]
    count = lock.read_text().count("==")
    run_visibly(
        f"Installing packages from {lock.name} ({count} at most, once)",
        [*command, "--require-hashes", "--no-deps", "-r", str(lock)],
        keep_open=(turn,),
    )


def _pip(turn: int) -> list[str]:
    """Return the command of a pip that works on `.venv`: the running Python's, or its own."""
    if find_spec("pip"):  # saves the seconds that installing pip into .venv takes
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if not any(VENV.glob("lib/python*/site-packages/pip")):
        run_visibly("Adding pip", [str(PYTHON), "-m", "ensurepip"], keep_open=(turn,))
    return [str(PYTHON), "-m", "pip"]
