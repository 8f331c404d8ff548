"""What holds for every file: style, types, migrations, sizes, and tests that can fail."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.source import ROOT, functions_of, product_modules, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 80


def test_the_style_is_kept() -> None:
    found = complaints("ruff", "check", "--quiet", "--output-format", "concise", ".")
    assert not found, found


def test_the_types_hold() -> None:
    found = complaints("mypy", "--no-error-summary")
    assert not found, found


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration() -> None:
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit as missing:
        pytest.fail(f"Run `manage.py makemigrations` (exit code {missing.code}).")


def test_files_and_functions_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    files = {str(path.relative_to(ROOT)): lines_of(path) for path in product_files()}
    functions = dict(function_sizes())
    with capsys.disabled():
        print(f"\n{summary('files', files)}; {summary('functions', functions)}")
    too_long = [name for name, lines in files.items() if lines > LONGEST_FILE]
    too_long += [name for name, lines in functions.items() if lines > LONGEST_FUNCTION]
    assert not too_long, f"Too long to hold in mind: {too_long}"


def test_every_test_can_fail() -> None:
    idle = [
        f"{path.relative_to(ROOT)}: {test.name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for test in functions_of(ast.parse(path.read_text()))
        if test.name.startswith("test_") and not asserts(test)
    ]
    assert not idle, "\n".join(idle)


def test_a_test_without_an_assertion_would_be_noticed() -> None:
    idle, strict = ast.parse("def test_a():\n  run()\ndef test_b():\n  assert run()").body
    assert isinstance(idle, ast.FunctionDef)
    assert isinstance(strict, ast.FunctionDef)
    assert (asserts(idle), asserts(strict)) == (False, True)


def complaints(*command: str) -> str:
    """Run a tool of the test set on the whole project; return what it found wrong."""
    answer = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f"\n{answer.stdout}{answer.stderr}" if answer.returncode else ""


def product_files() -> list[Path]:
    """Return the files whose sizes count: the product's, with its clients, and the tests."""
    return [ROOT / "manage.py", *python_files("promptcms", "registry", "evaluation", "tests")]


def lines_of(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text().splitlines())


def function_sizes() -> Iterator[tuple[str, int]]:
    """Yield name and lines of every function of the product."""
    for module, tree in product_modules().items():
        for function in functions_of(tree):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            yield f"{module}.{function.name}:{function.lineno}", lines


def summary(what: str, sizes: dict[str, int]) -> str:
    """Return median, 95th percentile and longest of `sizes` in words."""
    ordered = sorted(sizes.values())
    p95 = statistics.quantiles(ordered, n=20)[-1]
    median = statistics.median(ordered)
    return f"{what}: {len(ordered)}, median {median:.0f}, p95 {p95:.0f}, longest {ordered[-1]}"


def asserts(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether the test states something: assert, pytest.raises, pytest.fail or expect()."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in ("raises", "fail", "expect"):
                return True
    return False
