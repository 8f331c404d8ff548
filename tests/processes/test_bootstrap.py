"""The first seconds of a fresh clone, on a small folder whose lock files name no package."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import ROOT

STARTER = """
import os, sys
{before}
from promptcms import bootstrap
bootstrap.enter(sys.argv)
print("inside", sys.prefix)
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as `git clone` leaves it."""
    return make_clone(tmp_path / "clone")


@pytest.fixture(scope="session")
def first_set_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which `up` was started once, and what that start printed."""
    folder = make_clone(tmp_path_factory.mktemp("set-up") / "clone")
    code, output, errors = outcome(start(folder, "up"))
    assert (code, errors) == (0, "")
    return folder, output


@pytest.fixture
def used(first_set_up: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of the folder in which `up` was started once."""
    return Path(shutil.copytree(first_set_up[0], tmp_path / "used", symlinks=True))


def make_clone(folder: Path) -> Path:
    """Make a folder with the starting code and empty locks: set-up needs no network."""
    (folder / "promptcms").mkdir(parents=True)
    for name in ("__init__.py", "bootstrap.py", "progress.py"):
        shutil.copy(ROOT / "promptcms" / name, folder / "promptcms" / name)
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (folder / lock).write_text("# none\n")
    return folder


def start(clone: Path, *arguments: str, before: str = "") -> "subprocess.Popen[str]":
    """Start the folder's `manage.py` with pip, as if `before` were true of the machine."""
    (clone / "manage.py").write_text(STARTER.format(before=before))
    variables = {k: v for k, v in os.environ.items() if k != "PROMPTCMS_NO_BOOTSTRAP"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=clone,
        env={**variables, "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Return exit code, output and errors of a finished start."""
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


@pytest.mark.slow
def test_the_environment_is_made_once_and_used_from_then_on(
    first_set_up: tuple[Path, str],
) -> None:
    folder, first = first_set_up
    assert "Making .venv" in first
    assert f"inside {folder / '.venv'}" in first
    assert outcome(start(folder, "up")) == (0, f"inside {folder / '.venv'}\n", "")


@pytest.mark.slow
def test_tests_add_their_own_packages_and_a_changed_lock_is_installed(used: Path) -> None:
    _, for_tests, _ = outcome(start(used, "test"))
    assert "requirements-dev.lock" in for_tests
    assert "Making .venv" not in for_tests
    (used / "requirements.lock").write_text("# changed\n")
    _, changed, _ = outcome(start(used, "up"))
    assert "from requirements.lock" in changed
    assert "requirements-dev.lock" not in changed


@pytest.mark.slow
def test_of_two_starts_at_once_one_works_and_the_other_waits(clone: Path) -> None:
    both = start(clone, "up"), start(clone, "up")
    one, two = outcome(both[0]), outcome(both[1])
    assert (one[0], two[0]) == (0, 0)
    assert (one[1] + two[1]).count("Making .venv") == 1
    assert (one[1] + two[1]).count("waiting for it") == 1


@pytest.mark.slow
def test_what_a_killed_installation_left_is_made_again(used: Path) -> None:
    (used / ".venv" / "unfinished").touch()
    code, output, _ = outcome(start(used, "up"))
    assert code == 0
    assert "incomplete: making it again" in output
    assert not (used / ".venv" / "unfinished").exists()


@pytest.mark.slow
def test_an_environment_whose_python_went_away_is_made_again(used: Path) -> None:
    python = used / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(used / "gone")
    code, output, _ = outcome(start(used, "up"))
    assert code == 0
    assert "incomplete: making it again" in output


@pytest.mark.slow
def test_a_python_without_pip_installs_with_the_pip_it_brings_along(clone: Path) -> None:
    code, output, _ = outcome(start(clone, "up", before="sys.modules.update(pip=None)"))
    assert code == 0
    assert "Adding pip" in output
    assert list((clone / ".venv").glob("lib/python*/site-packages/pip"))


@pytest.mark.slow
def test_a_package_that_cannot_be_installed_is_named(used: Path) -> None:
    (used / "requirements.lock").write_text("no-such-package==1.0 --hash=sha256:" + "0" * 64)
    code, _, errors = outcome(start(used, "up", before="os.environ['PIP_NO_INDEX'] = '1'"))
    assert code == 2
    assert "Installing packages from requirements.lock" in errors
    assert "no-such-package" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("sys.modules.update(pip=None, ensurepip=None)", "install the package python3-venv"),
        ("os.access = lambda *_: False", "cannot write to its folder"),  # a read-only mount
    ],
)
def test_what_stands_in_the_way_is_one_plain_sentence(clone: Path, before: str, said: str) -> None:
    code, output, errors = outcome(start(clone, "up", before=before))
    assert code == 2
    assert output == ""
    assert said in errors
    assert errors.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_an_image_that_installs_itself_is_left_alone(clone: Path) -> None:
    code, output, _ = outcome(
        start(clone, "up", before="os.environ['PROMPTCMS_NO_BOOTSTRAP'] = '1'")
    )
    assert (code, output) == (0, f"inside {sys.prefix}\n")
    assert not (clone / ".venv").exists()


def test_a_python_that_is_too_old_can_read_manage_far_enough_to_say_so() -> None:
    source = (ROOT / "manage.py").read_text()
    tree = ast.parse(source, feature_version=(3, 6))
    assert "needs Python 3.11 or later" in source.split("from promptcms")[0]
    imported = {n.names[0].name for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)}
    assert imported == {"os", "sys"}
