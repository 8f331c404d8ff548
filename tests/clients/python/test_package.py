"""The package stands alone: typed, small, without a line of the product."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.clients.python.conftest import SOURCE
from tests.source import functions_of

PACKAGE = SOURCE / "promptcms_client"
ALLOWED = {"__future__", "promptcms_client", "urllib3", *sys.stdlib_module_names}
USE = """
import sys
sys.path[:0] = sys.argv[1:3]
from promptcms_client import FakeClient
assert FakeClient({"a": "Hi {{n}}"}).get_prompt("a").compile({"n": "Zoë"}) == "Hi Zoë"
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_the_types_of_the_client_hold() -> None:
    strict = ["--strict", "--explicit-package-bases", "--config-file", "pyproject.toml"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *strict, "promptcms_client", "examples"],
        cwd=SOURCE,
        env={"MYPYPATH": ".", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_client_imports_nothing_but_urllib3_and_the_standard_library() -> None:
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            foreign = {name.partition(".")[0] for name in names} - ALLOWED
            assert not foreign, f"{path.name} imports {foreign}"


def test_files_and_functions_of_the_client_stay_small() -> None:
    for path in PACKAGE.glob("*.py"):
        text = path.read_text()
        assert len(text.splitlines()) <= 300, path.name
        for function in functions_of(ast.parse(text)):
            assert (function.end_lineno or 0) - function.lineno < 60, function.name


def test_the_wheel_holds_the_client_and_works_without_the_product(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=SOURCE,
        capture_output=True,
        check=True,
    )
    wheel = tmp_path / "promptcms_client-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        about = packed.read("promptcms_client-0.1.0.dist-info/METADATA").decode()
    assert "promptcms_client/py.typed" in names
    assert "promptcms_client/examples/chat_handler.py" in names, "the README names it"
    assert not [name for name in names if not name.startswith("promptcms_client")]
    assert [line for line in about.splitlines() if line.startswith("Requires-Dist")] == [
        "Requires-Dist: urllib3>=2"
    ]
    import urllib3

    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "urllib3").symlink_to(Path(urllib3.__file__).parent)
    used = subprocess.run(
        [sys.executable, "-I", "-S", "-c", USE, str(wheel), str(beside)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert used.returncode == 0, used.stderr
    assert not {"django", "promptcms", "registry", "evaluation"} & set(used.stdout.split())
